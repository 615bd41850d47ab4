//! The same suite on an S3 server that takes everything literally: it compares every signature and
//! digest, knows conditions, and lists in the order of bytes.

use crate::cases::{key, link_that_names};
use crate::store::Store;
use hyper_util::rt::TokioIo;
use object_storage::{S3Driver, S3Options};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::sync::Arc;
use storage::conformance::Fixture;
use storage::{Driver, DriverError, whole};

/// A server of its own, as long as the test runs.
struct Bucket(S3Options);

impl Bucket {
    async fn new() -> Self {
        let mut service = S3ServiceBuilder::new(Store::default());
        service.set_auth(SimpleAuth::from_single("access", "a secret key"));
        let service = service.build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let served = hyper::server::conn::http1::Builder::new();
                let service = service.clone();
                tokio::spawn(served.serve_connection(TokioIo::new(connection), service));
            }
        });
        Self(S3Options {
            endpoint,
            bucket: "files".to_owned(),
            region: String::new(),
            access_key: "access".to_owned(),
            secret_key: "a secret key".to_owned(),
            path_style: true,
            is_private: true,
            delete_batch: 0,
            staging_prefix: "s".to_owned(),
        })
    }

    fn driver(&self) -> S3Driver {
        S3Driver::new(self.0.clone()).unwrap()
    }
}

impl Fixture for Bucket {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }

    fn chunk_bytes(&self) -> u64 {
        5 << 20
    }
}

storage::conformance_tests!(Bucket::new().await);

#[tokio::test]
async fn a_signature_with_another_secret_is_refused() {
    let mut bucket = Bucket::new().await;
    let written = bucket.driver().write(&key("a"), whole("a"), None).await;
    written.unwrap();
    bucket.0.secret_key = "wrong".to_owned();
    let refused = bucket.driver().stat(&key("a")).await;
    let Err(DriverError::Io(why)) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.to_string().contains("SignatureDoesNotMatch"), "{why}");
}

#[tokio::test]
async fn a_signed_link_is_good_for_what_it_says_only() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let key = key("a b/ü+%2f.txt");
    let url = link_that_names(&driver, &key).await;
    let other = url.replace("attachment", "inline");
    assert_eq!(reqwest::get(other).await.unwrap().status(), 403);
    let put = reqwest::Client::new().put(&url).body("other").send().await;
    assert_eq!(put.unwrap().status(), 403);
}
