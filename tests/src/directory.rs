//! A real LDAP directory: OpenLDAP's slapd in a temporary folder, on a free port of this machine.

use std::{
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::free_port;

/// How long slapd may take to listen.
const START: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_millis(20);

pub const BASE: &str = "dc=example,dc=com";
pub const ADMIN_DN: &str = "cn=admin,dc=example,dc=com";
pub const ADMIN_PASSWORD: &str = "directory secret";

/// A directory that runs until it is dropped.
pub struct Directory {
    slapd: Child,
    port: u16,
    _folder: TempDir,
}

impl Directory {
    /// With these entries (LDIF) below [`BASE`].
    ///
    /// # Panics
    /// If slapd is not installed (`tests/scripts/install.sh slapd`) or does not start.
    pub fn start(entries: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("alcove-slapd-")
            .tempdir()
            .expect("a folder");
        std::fs::create_dir(folder.path().join("data")).expect("a folder");
        let config = folder.path().join("slapd.conf");
        std::fs::write(&config, configuration(folder.path())).expect("a file");
        let ldif = folder.path().join("entries.ldif");
        let base = format!("dn: {BASE}\nobjectClass: domain\ndc: example\n\n");
        std::fs::write(&ldif, base + entries).expect("a file");
        let loaded = Command::new("/usr/sbin/slapadd")
            .args(["-q", "-f"])
            .arg(&config)
            .arg("-l")
            .arg(&ldif)
            .output()
            .expect("slapd is installed: run tests/scripts/install.sh slapd");
        assert!(loaded.status.success(), "{loaded:?}");
        let port = free_port();
        let slapd = Command::new("/usr/sbin/slapd")
            // In the foreground, and silent.
            .args(["-d", "0", "-h", &format!("ldap://127.0.0.1:{port}"), "-f"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("slapd can be started");
        let mut directory = Self {
            slapd,
            port,
            _folder: folder,
        };
        directory.wait();
        directory
    }

    fn wait(&mut self) {
        let patience = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.slapd.try_wait().expect("the process is ours");
            assert!(ended.is_none(), "slapd ended: {ended:?}");
            assert!(Instant::now() < patience, "slapd does not listen");
            std::thread::sleep(PATIENCE);
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// Goes away, as directories do.
    pub fn stop(&mut self) {
        let _ = self.slapd.kill();
        let _ = self.slapd.wait();
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.stop();
    }
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
maxsize 10485760
suffix \"{BASE}\"
rootdn \"{ADMIN_DN}\"
rootpw \"{ADMIN_PASSWORD}\"
directory {folder}/data
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=\"{ADMIN_DN}\" read by * none
"
    )
}
