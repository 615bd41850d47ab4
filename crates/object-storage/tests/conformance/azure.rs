//! Azurite, the Azure Blob Storage of these tests.

use crate::servers::Server;
use futures_util::{StreamExt as _, stream};
use object_storage::{AzureDriver, AzureOptions};
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use storage::conformance::Fixture;
use storage::{BlobKey, ByteRange, Driver, DriverError, UploadPlan, collect, whole};

/// Those that every Azurite has.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::of("with-azure.sh", "ALCOVE_TEST_AZURE"))
}

/// A container of its own.
struct Container(AzureOptions);

impl Container {
    async fn new() -> Self {
        let container = format!("c{}", uuid::Uuid::new_v4().simple());
        let url = format!("{}/{container}?restype=container", server().endpoint);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = reqwest::Method::PUT;
        *request.uri_mut() = url.parse().unwrap();
        let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(KEY).unwrap());
        let authorizer = AzureAuthorizer::new(&credential, ACCOUNT);
        authorizer.try_authorize(&mut request).unwrap();
        let headers = request.headers().clone();
        let made = reqwest::Client::new()
            .put(url)
            .headers(headers)
            .send()
            .await;
        assert!(made.unwrap().status().is_success());
        Self(AzureOptions {
            endpoint: server().endpoint.clone(),
            container,
            account: ACCOUNT.to_owned(),
            key: KEY.to_owned(),
            is_private: true,
            // The whole container is the test's own.
            staging_prefix: "s".to_owned(),
        })
    }

    fn driver(&self) -> AzureDriver {
        AzureDriver::new(self.0.clone()).unwrap()
    }
}

impl Fixture for Container {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }
}

storage::conformance_tests!(Container::new().await);

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_in_blocks() {
    let container = Container::new().await;
    let driver = container.driver();
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
async fn wrong_keys_containers_and_endpoints_are_told() {
    let container = Container::new().await;
    let wrong = |change: fn(&mut AzureOptions)| {
        let mut options = container.0.clone();
        change(&mut options);
        AzureDriver::new(options)
    };
    for change in [
        (|options| options.key = "d3Jvbmc=".to_owned()) as fn(&mut AzureOptions),
        |options| options.account = "nobody".to_owned(),
        |options| options.container = "nothing-here".to_owned(),
        |options| options.endpoint = "http://127.0.0.1:9".to_owned(),
    ] {
        let driver = wrong(change).unwrap();
        let written = driver.write(&key("a"), whole("a"), None).await;
        assert!(matches!(written, Err(DriverError::Io(_))), "{written:?}");
        // What cannot be asked is not taken for missing.
        let stat = driver.stat(&key("a")).await;
        assert!(matches!(stat, Err(DriverError::Io(_))), "{stat:?}");
        let read = driver.read(&key("a"), ByteRange::ALL).await.map(drop);
        assert!(matches!(read, Err(DriverError::Io(_))), "{read:?}");
        let deleted = driver.delete(&[key("a"), key("b")]).await;
        assert!(deleted.is_err(), "{deleted:?}");
    }
    for change in [
        (|options| options.endpoint = "nowhere at all".to_owned()) as fn(&mut AzureOptions),
        |options| options.container = String::new(),
        |options| options.account = String::new(),
        |options| options.key = "no base64".to_owned(),
    ] {
        assert!(wrong(change).is_err());
    }
}

#[tokio::test]
async fn a_signed_link_gives_the_file_its_name_and_ends() {
    let container = Container::new().await;
    let driver = container.driver();
    let key = key("a b/ü+%2f.txt");
    driver.write(&key, whole("hello"), None).await.unwrap();
    let link = async |lifetime| {
        let request = storage::DownloadRequest {
            file_name: "Grüße \"1\".txt".to_owned(),
            attachment: true,
            lifetime,
            speed_bytes: None,
        };
        driver.download_url(&key, &request).await.unwrap()
    };
    let url = link(Duration::from_mins(1)).await;
    let got = reqwest::get(&url).await.unwrap();
    assert_eq!(got.status(), 200);
    let disposition = got.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment;")
            && disposition.ends_with("UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt"),
        "{disposition}"
    );
    assert_eq!(got.text().await.unwrap(), "hello");
    let put = reqwest::Client::new()
        .put(&url)
        .header("x-ms-blob-type", "BlockBlob");
    let put = put.body("other").send().await.unwrap();
    assert_eq!(put.status(), 403);
    let other = reqwest::get(url.replace("attachment", "inline"))
        .await
        .unwrap();
    assert_eq!(other.status(), 403);
    let short = link(Duration::from_secs(1)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(reqwest::get(&short).await.unwrap().status(), 403);
}

fn plan(name: &str, size_bytes: u64) -> UploadPlan {
    UploadPlan {
        id: uuid::Uuid::new_v4(),
        key: key(name),
        size_bytes,
        chunk_bytes: 0,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        relay: false,
        content_type: Some("text/plain".to_owned()),
        callback_url: None,
        vendor_state: None,
    }
}

#[tokio::test]
async fn an_upload_that_somebody_else_finished_is_not_taken_for_ones_own() {
    let container = Container::new().await;
    let driver = container.driver();
    let begin = async || {
        let mut plan = plan("same", 5);
        plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
        plan
    };
    let (one, two) = (begin().await, begin().await);
    let of_one = driver.write_part(&one, 0, 5, whole("first")).await.unwrap();
    let of_two = driver.write_part(&two, 0, 5, whole("later")).await.unwrap();
    driver.complete_upload(&two, &[of_two]).await.unwrap();
    let late = driver.complete_upload(&one, &[of_one]).await;
    assert!(
        matches!(late, Err(DriverError::AlreadyExists(_))),
        "{late:?}"
    );
    let resumed = driver.resume_completion(&one).await;
    assert!(
        matches!(resumed, Err(DriverError::AlreadyExists(_))),
        "{resumed:?}"
    );
    let all = driver.read(&key("same"), ByteRange::ALL).await.unwrap();
    assert_eq!(collect(all).await.unwrap(), b"later");
}

#[tokio::test]
async fn what_came_in_one_request_has_a_checksum() {
    let container = Container::new().await;
    let driver = container.driver();
    driver
        .write(&key("small"), whole("123"), None)
        .await
        .unwrap();
    let sum = driver.checksum(&key("small")).await.unwrap();
    assert!(
        matches!(sum, Some(storage::VendorChecksum::Md5(_))),
        "{sum:?}"
    );
    let large = bytes::Bytes::from(vec![7; 13 << 20]);
    driver
        .write(&key("large"), whole(large), None)
        .await
        .unwrap();
    assert_eq!(driver.checksum(&key("large")).await.unwrap(), None);
}
