//! Which hosts may be asked: those of the internet, and what an operator allows besides.

use super::address::{inner, is_public, kind};
use super::{OutgoingError, bare};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use url::{Host, Url};

/// Names of this machine, wherever a resolver says that they are.
const OWN_NAMES: [&str; 4] = [
    "localhost",
    "localhost.localdomain",
    "ip6-localhost",
    "ip6-loopback",
];

/// Whether a name in small letters means this machine, whatever name servers say.
#[must_use]
pub fn is_this_machine(name: &str) -> bool {
    let plain = name.trim_end_matches('.');
    OWN_NAMES.contains(&plain) || plain.ends_with(".localhost")
}

/// Addresses that begin alike: `192.168.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a network such as 192.168.0.0/16")]
pub struct BadNetwork;

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (base, bits) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
        let base: IpAddr = base.parse().map_err(|_| BadNetwork)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            "" => most,
            bits => bits.parse().map_err(|_| BadNetwork)?,
        };
        (bits <= most)
            .then_some(Self { base, bits })
            .ok_or(BadNetwork)
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        let differ = match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                u128::from(u32::from(base) ^ u32::from(address)) << 96
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => u128::from(base) ^ u128::from(address),
            _ => return false,
        };
        differ.leading_zeros() >= u32::from(self.bits)
    }
}

/// Which hosts may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressRules {
    all: bool,
    hosts: Vec<String>,
    networks: Vec<Network>,
}

impl AddressRules {
    /// The internet, these hosts wherever they are, and all hosts in these networks.
    pub fn new(
        hosts: impl IntoIterator<Item = String>,
        networks: impl IntoIterator<Item = Network>,
    ) -> Self {
        Self {
            all: false,
            hosts: hosts.into_iter().map(|host| bare(&host)).collect(),
            networks: networks.into_iter().collect(),
        }
    }

    /// Everything.
    pub fn none() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// Whether there are none.
    pub fn allow_all(&self) -> bool {
        self.all
    }

    pub(super) fn trust(&self, host: &str) -> bool {
        self.all || self.hosts.iter().any(|known| known == host)
    }

    fn allow(&self, address: IpAddr) -> bool {
        let known = |address| self.networks.iter().any(|network| network.holds(address));
        is_public(address) || known(address) || known(inner(address))
    }

    /// What can be said of a URL without asking for names.
    /// # Errors
    /// `Refused`
    pub fn check(&self, url: &Url) -> Result<(), OutgoingError> {
        let nobody = || OutgoingError::Refused(url.origin().ascii_serialization());
        match url.host().ok_or_else(nobody)? {
            Host::Domain(name) => self.check_name(name),
            Host::Ipv4(address) => self.check_address(&address.to_string(), address.into()),
            Host::Ipv6(address) => self.check_address(&address.to_string(), address.into()),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), OutgoingError> {
        let name = bare(name);
        if is_this_machine(&name) && !self.trust(&name) {
            return Err(OutgoingError::Refused(format!("{name}, this machine,")));
        }
        Ok(())
    }

    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), OutgoingError> {
        if self.trust(&bare(host)) || self.allow(address) {
            return Ok(());
        }
        let what = format!("{host}, {},", kind(address));
        Err(OutgoingError::Refused(what))
    }

    /// Where a host is, by name or number: only addresses that may be asked.
    /// # Errors
    /// `Refused`; `NoSuchHost` if the name leads nowhere
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutgoingError> {
        let host = bare(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            self.check_address(&host, address)?;
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        self.check_name(&host)?;
        let missing = |_| OutgoingError::NoSuchHost(host.clone());
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let found: Vec<SocketAddr> = found.map_err(missing)?.collect();
        let trusted = self.trust(&host);
        let may = |address: &&SocketAddr| trusted || self.allow(address.ip());
        let allowed: Vec<SocketAddr> = found.iter().filter(may).copied().collect();
        match (allowed.is_empty(), found.first()) {
            (false, _) => Ok(allowed),
            (true, Some(first)) => {
                let what = format!("{host} at {}, {},", first.ip(), kind(first.ip()));
                Err(OutgoingError::Refused(what))
            }
            (true, None) => Err(OutgoingError::NoSuchHost(host)),
        }
    }

    /// [`Self::check`], and after names are resolved.
    /// # Errors
    /// `Refused`, `NoSuchHost`
    pub async fn check_all(&self, url: &Url) -> Result<(), OutgoingError> {
        self.check(url)?;
        if self.all {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(0);
        self.resolve(host, port).await.map(drop)
    }
}

/// The resolver of a client: it knows of no address that may not be asked.
#[derive(Debug)]
pub(super) struct Choosy(pub Arc<AddressRules>);

impl Resolve for Choosy {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, host) = (Arc::clone(&self.0), name.as_str().to_owned());
        Box::pin(async move {
            let found = rules.resolve(&host, 0).await;
            let found =
                found.map_err(|error| io::Error::new(io::ErrorKind::PermissionDenied, error))?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rules(hosts: &[&str], networks: &[&str]) -> AddressRules {
        let hosts = hosts.iter().map(|host| (*host).to_owned());
        AddressRules::new(hosts, networks.iter().map(|text| text.parse().unwrap()))
    }

    fn allows(rules: &AddressRules, host: &str) -> bool {
        let url = Url::parse(&format!("http://{host}:8080/file")).unwrap();
        rules.check(&url).is_ok()
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        let near = rules(&[], &["192.168.0.0/16", "fd00::/8", "10.1.2.3"]);
        for host in ["192.168.7.9", "[fd12::1]", "10.1.2.3", "8.8.8.8"] {
            assert!(allows(&near, host), "{host}");
        }
        // As they reach the same machine.
        for host in ["[::ffff:192.168.0.1]", "[64:ff9b::c0a8:1]", "0xc0a80001"] {
            assert!(allows(&near, host), "{host}");
        }
        for host in ["172.16.0.1", "[fe00::1]", "10.1.2.4", "127.0.0.1"] {
            assert!(!allows(&near, host), "{host}");
        }
        for text in ["", "1.2.3.4/33", "::/129", "a/8", "1.2.3.4/-1", "1.2.3/8"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
        assert!(allows(&rules(&[], &["0.0.0.0/0"]), "127.0.0.1"));
    }

    #[test]
    fn this_machine_is_refused_by_all_its_names() {
        let loopback = rules(&[], &["127.0.0.0/8"]);
        assert!(allows(&loopback, "127.0.0.1"));
        for name in ["localhost", "LOCALHOST.", "a.localhost", "ip6-loopback"] {
            assert!(!allows(&loopback, name), "{name}");
        }
        assert!(allows(&rules(&["LocalHost"], &[]), "localhost"));
        assert!(allows(&AddressRules::none(), "localhost"));
    }

    #[tokio::test]
    async fn a_name_counts_by_its_addresses() {
        // The only name that every machine knows: trusted, it is found.
        let found = rules(&["localhost"], &[]).resolve("localhost", 80).await;
        assert!(found.unwrap().iter().all(|at| at.ip().is_loopback()));
        let refused = rules(&[], &[]).resolve("127.1", 80).await.unwrap_err();
        assert!(matches!(refused, OutgoingError::Refused(_)), "{refused}");
        let gone = rules(&[], &[]).resolve("nowhere.invalid", 80).await;
        assert!(matches!(gone, Err(OutgoingError::NoSuchHost(_))));
    }
}
