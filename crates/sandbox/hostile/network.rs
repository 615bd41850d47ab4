//! Attempts to talk to somebody.

use super::{Attempt, call};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};

pub fn attempt(words: &[&str]) -> Option<Attempt> {
    Some(match words {
        ["tcp", address] => tcp(address),
        ["tcp-listen"] => TcpListener::bind("127.0.0.1:0").map(|_| "listens".into()),
        ["udp", address] => udp(address),
        ["dns"] => ("localhost", 80)
            .to_socket_addrs()
            .map(|mut found| format!("{:?}", found.next())),
        ["unix", path] => UnixStream::connect(path).map(|_| "connected".into()),
        ["unix-abstract", name] => abstract_unix(name),
        ["unix-datagram", path] => UnixDatagram::unbound()
            .and_then(|socket| socket.send_to(b"out", path))
            .map(|_| "sent".into()),
        ["unix-pair", path] => UnixDatagram::pair()
            .and_then(|(socket, _)| socket.send_to(b"out", path))
            .map(|_| "sent".into()),
        ["unix-listen", path] => UnixListener::bind(path).map(|_| "listens".into()),
        ["netlink"] => socket(libc::AF_NETLINK, libc::SOCK_RAW),
        ["raw"] => socket(libc::AF_INET, libc::SOCK_RAW),
        ["packet"] => socket(libc::AF_PACKET, libc::SOCK_RAW),
        _ => return None,
    })
}

fn tcp(address: &str) -> Attempt {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"out")?;
    Ok("sent".into())
}

fn udp(address: &str) -> Attempt {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(b"out", address)?;
    Ok("sent".into())
}

fn abstract_unix(name: &str) -> Attempt {
    let address = SocketAddr::from_abstract_name(name)?;
    UnixStream::connect_addr(&address)?;
    Ok("connected".into())
}

fn socket(family: i32, kind: i32) -> Attempt {
    let made = call(libc::SYS_socket, [family.into(), kind.into(), 0, 0, 0, 0])?;
    Ok(format!("socket {made}"))
}
