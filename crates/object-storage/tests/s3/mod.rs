//! `SeaweedFS` as the S3 server of these tests, started once for all of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use object_storage::S3Options;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::signer::{Method, Signer as _};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const ACCESS: &str = "access";
const SECRET: &str = "a secret key";

pub struct Server {
    endpoint: String,
    /// Ends when this process does, and with it its input.
    _running: Option<Child>,
}

impl Server {
    /// The one that `with-s3.sh` started, or one for these tests.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| match std::env::var("ALCOVE_TEST_S3") {
            Ok(endpoint) => Self {
                endpoint,
                _running: None,
            },
            Err(_) => Self::start(),
        })
    }

    fn start() -> Self {
        let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let script = std::path::Path::new(&manifest).join("../../tests/scripts/with-s3.sh");
        let mut running = Command::new(script)
            .args(["sh", "-c", "echo $ALCOVE_TEST_S3; cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut endpoint = String::new();
        let mut output = BufReader::new(running.stdout.take().unwrap());
        output.read_line(&mut endpoint).unwrap();
        assert!(!endpoint.is_empty(), "the S3 server does not start");
        Self {
            endpoint: endpoint.trim().to_owned(),
            _running: Some(running),
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
