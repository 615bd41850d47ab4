//! What networks and stores do at times: nothing is made by half, what is wrong is told, and
//! everything goes on when it is over.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[path = "../conformance/account.rs"]
mod account;
mod cases;
mod certificate;
mod folder;
mod gcs;
mod hostile;
mod kin;
mod passing;
mod proxy;
mod qiniu;
#[path = "../conformance/servers.rs"]
mod servers;
#[allow(
    dead_code,
    unused_imports,
    reason = "of what stands for vendors a part is used here"
)]
#[path = "../../../../tests/src/stand/mod.rs"]
mod stand;
mod webdav;
mod wrong;

use object_storage::{
    AzureDriver, AzureOptions, GcsDriver, GcsOptions, KinDriver, KinOptions, QiniuDriver,
    QiniuOptions, S3Driver, S3Options, Vendors,
};
use storage::{BlobKey, Driver, DriverError, UploadPlan};

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

fn s3(endpoint: &str, bucket: &str) -> S3Driver {
    let options = S3Options {
        endpoint: endpoint.to_owned(),
        bucket: bucket.to_owned(),
        region: String::new(),
        access_key: "access".to_owned(),
        secret_key: "a secret key".to_owned(),
        path_style: true,
        is_private: true,
        delete_batch: 0,
        staging_prefix: "f".to_owned(),
    };
    S3Driver::new(options).unwrap()
}

fn azure(endpoint: &str) -> AzureDriver {
    let options = AzureOptions {
        endpoint: endpoint.to_owned(),
        container: "files".to_owned(),
        account: "account".to_owned(),
        key: "a2V5".to_owned(),
        is_private: true,
        staging_prefix: "f".to_owned(),
    };
    AzureDriver::new(options).unwrap()
}

fn gcs(endpoint: &str, bucket: &str) -> GcsDriver {
    let options = GcsOptions {
        endpoint: endpoint.to_owned(),
        bucket: bucket.to_owned(),
        key: account::file(),
        is_private: true,
        staging_prefix: "f".to_owned(),
    };
    GcsDriver::new(options).unwrap()
}

fn kin(endpoint: &str, vendor: Vendors) -> KinDriver {
    let options = KinOptions {
        vendor,
        endpoint: endpoint.to_owned(),
        near_endpoint: String::new(),
        bucket: "bucket".to_owned(),
        region: "cn-hangzhou".to_owned(),
        access_key: "access".to_owned(),
        secret_key: "a secret key".to_owned(),
        path_style: false,
        is_own_domain: false,
        is_private: true,
        is_signed_by_cdn: false,
        delete_batch: 0,
        staging_prefix: "f".to_owned(),
        callback_keys: None,
    };
    KinDriver::new(options).unwrap()
}

/// All of its hosts are at one address.
fn kodo(endpoint: &str) -> QiniuDriver {
    let options = QiniuOptions {
        bucket: "files".to_owned(),
        domain: endpoint.to_owned(),
        access_key: "access".to_owned(),
        secret_key: "a secret/key+".to_owned(),
        is_private: true,
        is_accelerated: false,
        region_service: Some(endpoint.to_owned()),
    };
    QiniuDriver::new(options).unwrap()
}

const KIN: [Vendors; 4] = [Vendors::Oss, Vendors::Cos, Vendors::Obs, Vendors::Ks3];

fn plan(name: &str, size_bytes: u64, chunk_bytes: u64) -> UploadPlan {
    UploadPlan {
        id: uuid::Uuid::now_v7(),
        key: key(name),
        size_bytes,
        chunk_bytes,
        expires_at: std::time::SystemTime::now() + std::time::Duration::from_hours(1),
        reserves: true,
        relay: true,
        content_type: None,
        callback_url: None,
        // As one that was begun earlier.
        vendor_state: Some(uuid::Uuid::now_v7().simple().to_string()),
    }
}

/// Everything that a driver asks a store, and what came of it.
async fn ask_everything(driver: &dyn Driver) -> Vec<(&'static str, DriverError)> {
    ask_all_but(&[], driver).await
}

/// The same but for what a store has no answer to.
async fn ask_all_but(
    but: &[&'static str],
    driver: &dyn Driver,
) -> Vec<(&'static str, DriverError)> {
    let (one, many) = (key("f/a"), [key("f/a"), key("f/b")]);
    let begun = plan("f/c", 3, 0);
    let staged = storage::Staged {
        name: format!("{} f/c", begun.vendor_state.as_ref().unwrap()),
        upload: None,
        vendor_state: begun.vendor_state.clone(),
        size_bytes: 0,
        modified: std::time::SystemTime::now(),
    };
    let all = storage::ByteRange::ALL;
    let part = driver.write_part(&begun, 0, 3, storage::whole("abc")).await;
    let failed: [(&'static str, Option<DriverError>); 15] = [
        (
            "write",
            driver.write(&one, storage::whole("a"), None).await.err(),
        ),
        ("stat", driver.stat(&one).await.err()),
        ("read", driver.read(&one, all).await.err()),
        ("open", driver.open(&one).await.err()),
        ("delete", driver.delete(&many[..1]).await.err()),
        ("delete many", driver.delete(&many).await.err()),
        ("list", driver.list("f", None, 10).await.err()),
        ("list_folder", driver.list_folder("f", None, 10).await.err()),
        ("list_staging", driver.list_staging().await.err()),
        ("begin_upload", driver.begin_upload(&begun).await.err()),
        ("write_part", part.err()),
        (
            "resume_completion",
            driver.resume_completion(&begun).await.err(),
        ),
        ("abort_upload", driver.abort_upload(&begun).await.err()),
        (
            "discard_staging",
            driver.discard_staging(&staged).await.err(),
        ),
        ("checksum", driver.checksum(&one).await.err()),
    ];
    let mut named: Vec<_> = failed.into_iter().collect();
    named.retain(|(name, _)| !but.contains(name));
    if !driver.capabilities().checksums {
        named.retain(|(name, _)| *name != "checksum");
    }
    let named = named.into_iter();
    named
        .map(|(name, error)| (name, error.unwrap_or_else(|| panic!("{name} succeeded"))))
        .collect()
}
