//! Which addresses are the internet, and which are this machine and its neighbours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that a translating or tunnelling one stands for, which is where its bytes go: IPv4
/// in IPv6 (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380). Any other is its own.
pub(super) fn inner(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    if let Some(inner) = v6.to_ipv4_mapped() {
        return inner.into();
    }
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => v4(high, low),
        [0x2001, 0, .., high, low] => v4(!high, !low),
        // `::` and `::1` are no IPv4.
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) > (0, 1) => v4(high, low),
        _ => address,
    }
}

/// What an address is that does not belong to the internet, for people.
pub(super) fn kind(address: IpAddr) -> &'static str {
    match inner(address) {
        inner if inner.is_loopback() => "a loopback address",
        inner if inner.is_unspecified() => "no address of a machine",
        inner if inner.is_multicast() => "a multicast address",
        IpAddr::V4(v4) if v4.is_link_local() => "a link-local address",
        IpAddr::V6(v6) if v6.is_unicast_link_local() => "a link-local address",
        IpAddr::V4(v4) if v4.is_private() => "a private address",
        IpAddr::V6(v6) if v6.is_unique_local() => "a private address",
        _ => "an address for special use",
    }
}

/// Whether an address belongs to the internet at large (IANA special-purpose registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // Translated (RFC 6052) and 6to4 (RFC 3056): what is inside counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => inner(high, low),
        // Teredo, documentation, benchmarking.
        [0x2001, 0 | 0x2 | 0xdb8, ..] => false,
        // All that is handed out is in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_an_address_stands_for_is_found_in_each_notation() {
        for (address, inside) in [
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("64:ff9b::7f00:1", "127.0.0.1"),
            ("2002:7f00:1::", "127.0.0.1"),
            ("2001:0:4136:e378:8000:63bf:80ff:fffe", "127.0.0.1"),
            ("::7f00:1", "127.0.0.1"),
            ("::1", "::1"),
            ("::", "::"),
            ("fd00::1", "fd00::1"),
            ("8.8.8.8", "8.8.8.8"),
        ] {
            let found = inner(address.parse().unwrap());
            assert_eq!(found, inside.parse::<IpAddr>().unwrap(), "{address}");
        }
        assert_eq!(kind("2002:7f00:1::".parse().unwrap()), "a loopback address");
        assert_eq!(kind("fd00::1".parse().unwrap()), "a private address");
        assert_eq!(
            kind("169.254.169.254".parse().unwrap()),
            "a link-local address"
        );
        assert_eq!(
            kind("100.64.0.1".parse().unwrap()),
            "an address for special use"
        );
    }

    #[test]
    fn neighbours_are_not_the_internet() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
