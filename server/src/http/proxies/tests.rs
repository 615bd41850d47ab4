#![allow(clippy::unwrap_used)]
use super::*;
use poem::Addr;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use proptest::prelude::*;

fn from(peer: &str, headers: &[(&'static str, &str)]) -> Request {
    let peer: SocketAddr = format!("{peer}:9").parse().unwrap();
    let (mut parts, body) = poem::http::Request::new(()).into_parts();
    for (name, value) in headers {
        parts.headers.append(*name, value.parse().unwrap());
    }
    let addr = Addr::SocketAddr(peer);
    let local = LocalAddr(addr.clone());
    let parts = (parts, local, RemoteAddr(addr), Scheme::HTTP).into();
    Request::from_parts(parts, body.into())
}

fn proxies(header: &str, trusted: &str) -> Proxies {
    let networks = trusted.split(',').map(|text| text.parse().unwrap());
    Proxies::new(super::header(header).unwrap().0, networks.collect())
}

fn seen(proxies: &Proxies, peer: &str, headers: &[(&'static str, &str)]) -> String {
    let request = from(peer, headers);
    proxies.client_ip(&request).unwrap().to_string()
}

const FORGED: [(&str, &str); 3] = [
    ("x-forwarded-for", "203.0.113.1"),
    ("x-real-ip", "203.0.113.2"),
    ("forwarded", "for=203.0.113.3"),
];

#[test]
fn no_header_counts_unless_one_is_named() {
    let none = Proxies::new(None, this_machine());
    for peer in ["127.0.0.1", "10.0.0.1", "172.17.0.1", "198.51.100.7"] {
        assert_eq!(seen(&none, peer, &FORGED), peer);
    }
    assert_eq!(seen(&none, "[::ffff:10.0.0.1]", &FORGED), "10.0.0.1");
}

#[test]
fn only_trusted_peers_are_believed_and_only_that_header() {
    let proxies = proxies("X-Real-IP", THIS_MACHINE);
    assert_eq!(seen(&proxies, "127.0.0.1", &FORGED), "203.0.113.2");
    assert_eq!(seen(&proxies, "[::1]", &FORGED), "203.0.113.2");
    for peer in ["10.0.0.1", "172.17.0.1", "192.168.1.2", "198.51.100.7"] {
        assert_eq!(seen(&proxies, peer, &FORGED), peer);
    }
    assert_eq!(seen(&proxies, "127.0.0.1", &FORGED[..1]), "127.0.0.1");
}

#[test]
fn what_a_client_wrote_before_the_proxies_does_not_count() {
    let proxies = proxies("X-Forwarded-For", "127.0.0.1,10.0.0.0/24");
    for (chain, client) in [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.1, 198.51.100.7", "198.51.100.7"),
        ("203.0.113.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        // Clients in private networks are clients.
        ("203.0.113.1, 192.168.1.5, 10.0.0.2", "192.168.1.5"),
        ("192.168.9.9, 192.168.1.5", "192.168.1.5"),
        ("203.0.113.1, 10.0.1.5", "10.0.1.5"),
        // A proxy asks for itself.
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        // Before what is no address, nobody trusted has told anything.
        ("203.0.113.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("203.0.113.1, ", "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        let headers = [("x-forwarded-for", chain)];
        assert_eq!(seen(&proxies, "127.0.0.1", &headers), client, "{chain}");
    }
    let lines = [
        ("x-forwarded-for", "203.0.113.1"),
        ("x-forwarded-for", "198.51.100.7"),
    ];
    assert_eq!(seen(&proxies, "127.0.0.1", &lines), "198.51.100.7");
}

#[test]
fn networks_are_read_strictly() {
    let has = |network: &str, address: &str| {
        let network: Network = network.parse().unwrap();
        network.has(address.parse().unwrap())
    };
    assert!(has("10.0.0.0/8", "10.255.255.255"));
    assert!(!has("10.0.0.0/8", "11.0.0.0"));
    assert!(has("10.1.2.3", "10.1.2.3") && !has("10.1.2.3", "10.1.2.2"));
    assert!(has("0.0.0.0/0", "1.2.3.4") && !has("0.0.0.0/0", "::1"));
    assert!(has("2001:db8::/32", "2001:db8:ffff::1"));
    assert!(!has("2001:db8::/32", "2001:db9::"));
    assert!(has("::1", "::1") && !has("::1", "::2"));
    // What a socket for both kinds calls an IPv4 peer.
    assert!(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    for text in [
        "",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "x",
    ] {
        assert!(text.parse::<Network>().is_err(), "{text:?}");
    }
    let default: Vec<Network> = THIS_MACHINE
        .split(',')
        .map(|text| text.parse().unwrap())
        .collect();
    for (read, known) in default.iter().zip(this_machine()) {
        for address in ["127.0.0.1", "127.9.9.9", "128.0.0.0", "::1", "::2"] {
            let address = address.parse().unwrap();
            assert_eq!(read.has(address), known.has(address), "{address}");
        }
    }
}

#[test]
fn headers_have_names() {
    assert_eq!(header("").unwrap(), Named(None));
    assert_eq!(header("X-Real-IP").unwrap().0.unwrap(), "x-real-ip");
    assert!(header("X Real IP").is_err());
}

proptest! {
    /// Whatever stands in front of a chain, the address stays the same.
    #[test]
    fn nothing_in_front_of_a_chain_changes_the_address(forged in "[ -~]{0,80}") {
        let proxies = proxies("X-Forwarded-For", "127.0.0.1,10.0.0.0/8");
        let chain = format!("{forged}, 198.51.100.7, 10.0.0.2");
        let headers = [("x-forwarded-for", chain.as_str())];
        prop_assert_eq!(seen(&proxies, "127.0.0.1", &headers), "198.51.100.7");
    }

    #[test]
    fn a_network_has_its_own_addresses(bits in 0_u8..=32, address: u32) {
        let address = IpAddr::V4(address.into());
        let network: Network = format!("{address}/{bits}").parse().unwrap();
        prop_assert!(network.has(address));
    }
}
