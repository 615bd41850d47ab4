//! Ports of loopback for programs that have to be told theirs.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what systems give to those who ask for any port, or connect: nobody gets one of these by
/// chance while the program it was meant for has yet to listen, or is being restarted.
const FIRST: u16 = 18_000;
const COUNT: u16 = 14_000;

/// A port of loopback that nobody else gets from here, and that no connection is made from.
///
/// # Panics
///
/// When all of them are taken.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other processes of tests begin elsewhere.
    let own = u16::try_from(std::process::id() % u32::from(COUNT)).expect("it is smaller");
    let ports = (0..COUNT).map(|_| {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        FIRST + ((u32::from(own) * 37 + u32::from(next)) % u32::from(COUNT)) as u16
    });
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.into_iter().find(is_free).expect("a port is free")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_port_is_given_twice_nor_by_chance() {
        let any = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
        let any = any.unwrap_or_else(|_| "32768 60999".to_owned());
        let first: u16 = any.split_whitespace().next().unwrap().parse().unwrap();
        let mut ports: Vec<u16> = (0..50).map(|_| free_port()).collect();
        // Where systems give out all of them, chance is less likely at least.
        if first >= FIRST + COUNT {
            assert!(ports.iter().all(|port| *port < first), "{ports:?} {any}");
        }
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
    }
}
