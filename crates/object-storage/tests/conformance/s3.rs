//! `SeaweedFS` as the S3 server of these tests.

use crate::cases::{key, write_at_length};
use crate::servers::Server;
use object_storage::{S3Driver, S3Options};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::signer::{Method, Signer as _};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use storage::conformance::Fixture;
use storage::{Driver, DriverError, whole};

const ACCESS: &str = "access";
const SECRET: &str = "a secret key";

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::of("with-s3.sh", "ALCOVE_TEST_S3"))
}

fn options(bucket: &str) -> S3Options {
    S3Options {
        endpoint: server().endpoint.clone(),
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

async fn make_bucket(bucket: &str) {
    let store = AmazonS3Builder::new()
        .with_endpoint(&server().endpoint)
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

/// A bucket of its own.
struct Bucket(S3Options);

impl Bucket {
    async fn new() -> Self {
        let name = format!("b{}", uuid::Uuid::new_v4().simple());
        make_bucket(&name).await;
        Self(options(&name))
    }

    fn driver(&self) -> S3Driver {
        S3Driver::new(self.0.clone()).unwrap()
    }
}

impl Fixture for Bucket {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }

    /// `SeaweedFS` lists folders before what stands beside them.
    fn lists_in_order(&self) -> bool {
        false
    }

    fn chunk_bytes(&self) -> u64 {
        5 << 20
    }
}

storage::conformance_tests!(Bucket::new().await);

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_in_pieces() {
    write_at_length(&Bucket::new().await.driver()).await;
}

#[tokio::test]
async fn wrong_keys_buckets_and_endpoints_are_told() {
    let bucket = Bucket::new().await;
    let wrong = |change: fn(&mut S3Options)| {
        let mut options = bucket.0.clone();
        change(&mut options);
        S3Driver::new(options)
    };
    for change in [
        (|options| options.secret_key = "wrong".to_owned()) as fn(&mut S3Options),
        |options| options.access_key = "nobody".to_owned(),
        |options| options.endpoint = "http://127.0.0.1:9".to_owned(),
    ] {
        let driver = wrong(change).unwrap();
        let written = driver.write(&key("a"), whole("a"), None).await;
        assert!(matches!(written, Err(DriverError::Io(_))), "{written:?}");
    }
    for change in [
        (|options| options.endpoint = "nowhere at all".to_owned()) as fn(&mut S3Options),
        |options| options.bucket = String::new(),
    ] {
        assert!(wrong(change).is_err());
    }
}

#[tokio::test]
async fn folders_are_listed_by_name_whatever_the_store_thinks() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let names = ["a", "a b", "a-b", "a.txt", "a0", "b"];
    for name in ["a/x", "a b", "a-b/x", "a.txt", "a0", "b/c/d"] {
        driver.write(&key(name), whole("x"), None).await.unwrap();
    }
    let mut walked = Vec::new();
    while let [entry] = &driver
        .list_folder("", walked.last().map(String::as_str), 1)
        .await
        .unwrap()[..]
    {
        walked.push(entry.name.clone());
    }
    assert_eq!(walked, names);
}
