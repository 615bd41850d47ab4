//! Nobody can be talked to.

use crate::ground::{Ground, did, refused};
use std::fs::{self, Permissions};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

#[tokio::test]
async fn nobody_can_be_talked_to_and_nobody_called() {
    for ground in Ground::both() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let stream = ground.path().join("stream");
        let datagrams = ground.path().join("datagrams");
        let name = format!("hostile-{}-{}", std::process::id(), ground.change_user);
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listeners = (
            UnixListener::bind(&stream).unwrap(),
            UnixDatagram::bind(&datagrams).unwrap(),
            UnixListener::bind_addr(&address).unwrap(),
        );
        for socket in [&stream, &datagrams] {
            fs::set_permissions(socket, Permissions::from_mode(0o777)).unwrap();
        }
        let attempts = [
            format!("tcp {}", tcp.local_addr().unwrap()),
            "tcp-listen".to_owned(),
            format!("udp {}", udp.local_addr().unwrap()),
            format!("unix {}", stream.display()),
            format!("unix-abstract {name}"),
            format!("unix-datagram {}", datagrams.display()),
            format!("unix-pair {}", datagrams.display()),
            "unix-listen listener".to_owned(),
            "netlink".to_owned(),
        ];
        // Needs no network for this name, but a file.
        let dns = ground
            .confinement()
            .await
            .landlock
            .map(|_| "dns".to_owned());
        for attempt in attempts.iter().chain(&dns) {
            did(attempt, &ground.outside(attempt));
            let mut job = ground.job(&attempt.split(' ').collect::<Vec<_>>());
            // It may even see the sockets.
            job.readable.push(ground.path().to_owned());
            refused(attempt, &ground.inside_of(job).await);
        }
        // Outside these need privileges, so they show nothing of themselves.
        for attempt in ["raw", "packet"] {
            refused(attempt, &ground.inside(attempt).await);
        }
        ground.is_clean();
        drop(listeners);
    }
}
