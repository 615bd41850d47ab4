//! aria2 and qBittorrent as processes of their own, and a peer that has what they fetch.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::{Running, free_port};

use serde_json::{Value, json};

pub const SECRET: &str = "a long secret";
/// [`SECRET`] as qBittorrent keeps it.
const HASHED: &str = "MDEyMzQ1Njc4OWFiY2RlZg==:696gfGNti2Wwu4HuvFY8JY8MFZ9EACuHHThU+WhrpQZ2KhuTpe/33sRSZPdR96AU4xCNePffcQj63xWP5ehZzQ==";

/// Where the torrents are that somebody seeds.
pub fn peer() -> &'static Path {
    static PEER: OnceLock<Running> = OnceLock::new();
    let peer = PEER.get_or_init(|| Running::of("with-peer.sh", "ALCOVE_TEST_PEER"));
    Path::new(&peer.endpoint)
}

/// What is in a torrent.
pub fn content(path: &str) -> Vec<u8> {
    std::fs::read(peer().join("content").join(path)).unwrap()
}

pub fn magnet(name: &str) -> String {
    std::fs::read_to_string(peer().join(format!("{name}.magnet"))).unwrap()
}

pub fn torrent(name: &str) -> Vec<u8> {
    std::fs::read(peer().join(format!("{name}.torrent"))).unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Aria2,
    QBittorrent,
}

/// A daemon that listens on loopback; it goes with its folder.
#[derive(Debug)]
pub struct Daemon {
    kind: Kind,
    pub port: u16,
    peer_port: u16,
    child: Option<Child>,
    home: TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Daemon {
    pub fn start(kind: Kind) -> Self {
        // What it needs is installed with the peer.
        peer();
        let mut daemon = Self {
            kind,
            port: free_port(),
            peer_port: free_port(),
            child: None,
            home: tempfile::tempdir().unwrap(),
        };
        if kind == Kind::QBittorrent {
            daemon.configure();
        }
        daemon.run();
        daemon
    }

    fn configure(&self) {
        let folder = self.home.path().join("qBittorrent/config");
        std::fs::create_dir_all(&folder).unwrap();
        let (port, peer_port) = (self.port, self.peer_port);
        let text = format!(
            "[LegalNotice]\nAccepted=true\n\n[BitTorrent]\nSession\\DHTEnabled=false\n\
             Session\\LSDEnabled=false\nSession\\PeXEnabled=false\nSession\\Port={peer_port}\n\
             Session\\MultiConnectionsPerIp=true\n\n[Network]\nPortForwardingEnabled=false\n\n\
             [Preferences]\nWebUI\\Enabled=true\nWebUI\\Address=127.0.0.1\nWebUI\\Port={port}\n\
             WebUI\\Username=admin\nWebUI\\LocalHostAuth=true\nWebUI\\UseUPnP=false\n\
             WebUI\\Password_PBKDF2=\"@ByteArray({HASHED})\"\n"
        );
        std::fs::write(folder.join("qBittorrent.conf"), text).unwrap();
    }

    /// Starts it, or starts it again.
    pub fn run(&mut self) {
        let home = self.home.path();
        let mut command = match self.kind {
            Kind::Aria2 => {
                let mut command = Command::new("aria2c");
                command.args(["--no-conf", "--enable-rpc", "--enable-dht=false"]);
                command.args([
                    "--bt-enable-lpd=false",
                    "--disable-ipv6=true",
                    "--quiet=true",
                ]);
                command.arg(format!("--rpc-secret={SECRET}"));
                command.arg(format!("--rpc-listen-port={}", self.port));
                command.arg(format!("--listen-port={}", self.peer_port));
                command.arg(format!("--stop-with-process={}", std::process::id()));
                command
            }
            Kind::QBittorrent => {
                let mut command = Command::new("qbittorrent-nox");
                command.arg(format!("--profile={}", home.display()));
                command
            }
        };
        let child = command
            .current_dir(home)
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{:?} does not listen",
                self.kind
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where qBittorrent remembers its torrents.
    pub fn kept(&self) -> PathBuf {
        self.home.path().join("qBittorrent/data/BT_backup")
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What the settings of a node say of it, keeping its files below a folder.
    pub fn settings(&self, temp: &Path) -> Value {
        let server = format!("http://127.0.0.1:{}", self.port);
        let near = json!({ "allowed_cidrs": ["127.0.0.0/8"] });
        match self.kind {
            Kind::Aria2 => json!({
                "provider": "aria2", "interval": 1, "url_validation": near,
                "aria2": { "server": format!("{server}/"), "token": SECRET, "temp_path": temp },
            }),
            Kind::QBittorrent => json!({
                "provider": "qbittorrent", "interval": 1, "url_validation": near,
                "qbittorrent": {
                    "server": server, "user": "admin", "password": SECRET, "temp_path": temp,
                },
            }),
        }
    }
}

/// A folder for what daemons fetch.
pub fn temp() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}
