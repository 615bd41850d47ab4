//! The conformance suite on a real S3 server, and what only such a server shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod s3;

use futures_util::{StreamExt as _, stream};
use object_storage::{S3Driver, S3Options};
use s3::Server;
use std::sync::Arc;
use storage::conformance::Fixture;
use storage::{BlobKey, ByteRange, Driver, DriverError, collect, whole};

/// A bucket of its own.
struct Bucket(S3Options);

impl Bucket {
    async fn new() -> Self {
        let server = Server::shared();
        let name = format!("b{}", uuid::Uuid::new_v4().simple());
        let options = server.options(&name);
        server.make_bucket(&name).await;
        Self(options)
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

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_in_pieces() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let piece = bytes::Bytes::from(vec![7; 1 << 20]);
    let body = stream::iter((0..20).map(move |_| Ok(piece.clone()))).boxed();
    let written = driver.write(&key("large"), body, None).await.unwrap();
    assert_eq!(written.size_bytes, 20 << 20);
    let all = driver.read(&key("large"), ByteRange::ALL).await.unwrap();
    let all = collect(all).await.unwrap();
    assert_eq!(*blake3::hash(&all).as_bytes(), written.blake3.unwrap());
    assert!(driver.list_staging().await.unwrap().is_empty());
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
