//! Azurite, the Azure Blob Storage of these tests.

use crate::cases::{ask_in_vain, finish_another, key, link_that_names, link_to, write_at_length};
use crate::servers::Server;
use object_storage::{AzureDriver, AzureOptions};
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use storage::conformance::Fixture;
use storage::{Driver, whole};

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

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_in_blocks() {
    write_at_length(&Container::new().await.driver()).await;
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
        ask_in_vain(&wrong(change).unwrap()).await;
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
    let url = link_that_names(&driver, &key).await;
    let put = reqwest::Client::new()
        .put(&url)
        .header("x-ms-blob-type", "BlockBlob");
    let put = put.body("other").send().await.unwrap();
    assert_eq!(put.status(), 403);
    let other = reqwest::get(url.replace("attachment", "inline"))
        .await
        .unwrap();
    assert_eq!(other.status(), 403);
    let short = link_to(&driver, &key, Duration::from_secs(1)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(reqwest::get(&short).await.unwrap().status(), 403);
}

#[tokio::test]
async fn an_upload_that_somebody_else_finished_is_not_taken_for_ones_own() {
    finish_another(&Container::new().await.driver()).await;
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
