//! fake-gcs-server, the Google Cloud Storage of these tests.

use crate::account;
use crate::cases::{ask_in_vain, finish_another, key, link_that_names, plan, write_at_length};
use crate::servers::Server;
use futures_util::{StreamExt as _, stream};
use object_storage::{GcsDriver, GcsOptions};
use std::sync::{Arc, OnceLock};
use storage::conformance::Fixture;
use storage::{ByteRange, Driver, collect, whole};

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::of("with-gcs.sh", "ALCOVE_TEST_GCS"))
}

/// A bucket of its own.
struct Bucket(GcsOptions);

impl Bucket {
    async fn new() -> Self {
        let bucket = format!("b-{}", uuid::Uuid::new_v4().simple());
        let url = format!("{}/storage/v1/b?project=p", server().endpoint);
        let body = serde_json::json!({ "name": bucket });
        let made = reqwest::Client::new().post(url).json(&body).send().await;
        assert!(made.unwrap().status().is_success());
        Self(GcsOptions {
            endpoint: server().endpoint.clone(),
            bucket,
            key: account::file(),
            is_private: true,
            // The whole bucket is the test's own.
            staging_prefix: "s".to_owned(),
        })
    }

    fn driver(&self) -> GcsDriver {
        GcsDriver::new(self.0.clone()).unwrap()
    }

    /// Names of all objects, parts of uploads too.
    async fn names(&self) -> Vec<String> {
        let (endpoint, bucket) = (&self.0.endpoint, &self.0.bucket);
        let listed = reqwest::get(format!("{endpoint}/storage/v1/b/{bucket}/o")).await;
        let listed: serde_json::Value = listed.unwrap().json().await.unwrap();
        let items = listed["items"].as_array().into_iter().flatten();
        let name = |item: &serde_json::Value| item["name"].as_str().unwrap().to_owned();
        items.map(name).collect()
    }
}

impl Fixture for Bucket {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }
}

storage::conformance_tests!(Bucket::new().await);

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_in_parts() {
    let bucket = Bucket::new().await;
    write_at_length(&bucket.driver()).await;
    assert_eq!(bucket.names().await, ["large"], "parts are left");
}

#[tokio::test]
async fn more_parts_than_are_joined_at_once_become_one_blob() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    // 32, 32, and one that is alone.
    let (count, bytes) = (65_u64, 1024_u64);
    let mut plan = plan("many", count * bytes, bytes);
    plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
    let mut content = vec![0; (count * bytes) as usize];
    blake3::Hasher::new().finalize_xof().fill(&mut content);
    let content = bytes::Bytes::from(content);
    let send = async |index: u64| {
        let from = index * bytes;
        let part = content.slice(from as usize..(from + bytes) as usize);
        driver.write_part(&plan, from, bytes, whole(part)).await
    };
    let sent = stream::iter(0..count).map(send).buffer_unordered(8);
    let parts: Vec<_> = sent.map(Result::unwrap).collect().await;
    let written = driver.complete_upload(&plan, &parts).await.unwrap();
    assert_eq!(written.blake3, Some(*blake3::hash(&content).as_bytes()));
    let all = driver.read(&plan.key, ByteRange::ALL).await.unwrap();
    assert!(collect(all).await.unwrap() == content);
    assert_eq!(bucket.names().await, ["many"], "parts are left");
    let kept = driver.resume_completion(&plan).await.unwrap().unwrap();
    assert_eq!(kept.blake3, written.blake3);
}

#[tokio::test]
async fn wrong_keys_buckets_and_endpoints_are_told() {
    let bucket = Bucket::new().await;
    let wrong = |change: fn(&mut GcsOptions)| {
        let mut options = bucket.0.clone();
        change(&mut options);
        GcsDriver::new(options)
    };
    for change in [
        (|options| options.endpoint = "http://127.0.0.1:9".to_owned()) as fn(&mut GcsOptions),
        |options| options.bucket = "nothing-here".to_owned(),
    ] {
        ask_in_vain(&wrong(change).unwrap()).await;
    }
    for change in [
        (|options| options.endpoint = "nowhere at all".to_owned()) as fn(&mut GcsOptions),
        |options| options.bucket = String::new(),
        |options| options.key = String::new(),
        |options| options.key = r#"{"type":"authorized_user"}"#.to_owned(),
    ] {
        assert!(wrong(change).is_err());
    }
}

#[tokio::test]
async fn a_link_gives_the_file_its_name() {
    let bucket = Bucket::new().await;
    link_that_names(&bucket.driver(), &key("a b/ü+%2f?#.txt")).await;
}

#[tokio::test]
async fn an_upload_that_somebody_else_finished_is_not_taken_for_ones_own() {
    finish_another(&Bucket::new().await.driver()).await;
}

#[tokio::test]
async fn folders_show_no_parts_and_sweepers_only_their_own() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let begin = async |name: &str| {
        let mut plan = plan(name, 5, 0);
        plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
        driver
            .write_part(&plan, 0, 5, whole("12345"))
            .await
            .unwrap();
        plan
    };
    let (own, other) = (begin("s/a").await, begin("x/a").await);
    assert!(driver.list_folder("", None, 9).await.unwrap().is_empty());
    assert!(driver.list("", None, 9).await.unwrap().is_empty());
    let found = driver.list_staging().await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].vendor_state, own.vendor_state);
    assert_eq!(found[0].size_bytes, 5);
    driver.discard_staging(&found[0]).await.unwrap();
    assert_eq!(bucket.names().await.len(), 2, "of the other one");
    driver.abort_upload(&other).await.unwrap();
    assert!(bucket.names().await.is_empty());
}
