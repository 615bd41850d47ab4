//! Where a request comes from, when others pass it on.
//!
//! Any client can write any header. So a header counts only if the operator named it, and only
//! from peers that the operator named; nothing is believed by itself.

use poem::Request;
use poem::http::header::{HeaderMap, HeaderName};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whom a site believes that names nobody else: what runs beside it.
pub const THIS_MACHINE: &str = "127.0.0.0/8,::1";

/// A network of addresses, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Leading bits that all its addresses have in common.
    bits: u8,
}

/// The text is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address, and no network such as 10.0.0.0/8")]
pub struct BadNetwork(String);

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.to_owned());
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let all = width(address);
        let bits = match bits {
            // Also not `+8`, which a number may begin with.
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                bits.parse().ok().filter(|bits| *bits <= all)
            }
            Some(_) => None,
            None => Some(all),
        };
        Ok(Self {
            address,
            bits: bits.ok_or_else(bad)?,
        })
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        let whole = address.to_canonical();
        match (self.address, whole) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                self.starts(whole) == self.starts(self.address)
            }
            _ => false,
        }
    }

    /// The leading bits of an address of the same kind.
    fn starts(&self, address: IpAddr) -> u128 {
        let bits = match address {
            IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
            IpAddr::V6(address) => u128::from(address),
        };
        bits.checked_shr(128 - u32::from(self.bits)).unwrap_or(0)
    }
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// [`THIS_MACHINE`], read.
pub fn this_machine() -> Vec<Network> {
    let four = Network {
        address: Ipv4Addr::LOCALHOST.into(),
        bits: 8,
    };
    let six = Network {
        address: Ipv6Addr::LOCALHOST.into(),
        bits: 128,
    };
    vec![four, six]
}

/// A header that is named, or an empty text, which names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named(pub Option<HeaderName>);

/// Reads the name of a header.
/// # Errors
/// What is wrong with it.
pub fn header(text: &str) -> Result<Named, String> {
    if text.is_empty() {
        return Ok(Named(None));
    }
    let name = HeaderName::from_str(text);
    let name = name.map_err(|_| format!("{text:?} is no name of a header"))?;
    Ok(Named(Some(name)))
}

/// Which header counts, and from whom.
#[derive(Debug, Default)]
pub struct Proxies {
    header: Option<HeaderName>,
    trusted: Vec<Network>,
    /// Somebody else sent the header, and the log knows.
    told: AtomicBool,
}

impl Proxies {
    pub fn new(header: Option<HeaderName>, trusted: Vec<Network>) -> Self {
        Self {
            header,
            trusted,
            told: AtomicBool::new(false),
        }
    }

    /// The address of the client, `None` if it is not connected over IP.
    ///
    /// Each proxy appends whom it was asked by, and the last of them is the peer. So the chain is
    /// read from its end for as long as who tells is trusted: the first address of somebody else
    /// is the client's. What stands before it, the client may have written.
    pub fn client_ip(&self, request: &Request) -> Option<IpAddr> {
        let peer = request
            .remote_addr()
            .as_socket_addr()
            .map(|peer| peer.ip().to_canonical())?;
        let Some(name) = &self.header else {
            return Some(peer);
        };
        if !self.trusts(peer) {
            self.tell(peer, request.headers().contains_key(name));
            return Some(peer);
        }
        let mut client = peer;
        for address in chain(request.headers(), name).into_iter().rev() {
            let Some(address) = address else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        Some(client)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.has(address))
    }

    /// Most likely a proxy that was forgotten; once is enough.
    fn tell(&self, peer: IpAddr, has_header: bool) {
        if has_header && !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "ignoring the header that names the client's address: --trusted-proxies does not name this peer"
            );
        }
    }
}

/// The items of a list header, `None` for what is no address.
fn chain(headers: &HeaderMap, name: &HeaderName) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(name).iter();
    let texts = values.map(|value| value.to_str().unwrap_or_default());
    texts
        .flat_map(|text| text.split(','))
        .map(|item| address(item.trim()))
        .collect()
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    bare.or_else(with_port).map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests;
