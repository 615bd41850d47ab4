//! Cases about what only some storages can do.

use super::{Fixture, assert_absent, key, plan};
use crate::{DriverError, FolderEntry, Route, VendorChecksum, whole};

fn is_refused<T>(answer: &Result<T, DriverError>) -> bool {
    matches!(answer, Err(DriverError::Unsupported(_)))
}

fn is_not_found<T>(answer: &Result<T, DriverError>) -> bool {
    matches!(answer, Err(DriverError::NotFound(_)))
}

/// What a driver cannot do it refuses; what it can, it does for blobs that are there only.
pub async fn what_a_driver_lacks_it_refuses(fixture: &dyn Fixture) {
    let driver = fixture.open();
    let can = driver.capabilities();
    let absent = key("not/there");
    assert_absent(&*driver, &absent).await;
    let thumbnail = driver.native_thumbnail(&absent, 100).await;
    let media = driver.native_media(&absent).await;
    let checksum = driver.checksum(&absent).await;
    for (can, refused, not_found) in [
        (
            can.native_thumbnails,
            is_refused(&thumbnail),
            is_not_found(&thumbnail),
        ),
        (can.native_media, is_refused(&media), is_not_found(&media)),
        (
            can.checksums,
            is_refused(&checksum),
            is_not_found(&checksum),
        ),
    ] {
        assert!(if can { not_found } else { refused });
    }
    if !can.cors {
        assert!(is_refused(&driver.set_cors(&[]).await));
    }
    if !can.list_folders {
        assert!(is_refused(&driver.list_folder("", None, 1).await));
    }
}

/// Those of `123456789`, by which implementations are checked (RFC 1321; FIPS 180; CRC-64/NVME;
/// CRC-32/ISCSI).
const CHECKED: &str = "123456789";
const MD5: u128 = 0x25f9_e794_323b_4538_85f5_181f_1b62_4d0b;
const SHA256: [u128; 2] = [
    0x15e2_b0d3_c338_91eb_b0f1_ef60_9ec4_1942,
    0x0c20_e320_ce94_c65f_bc8c_3312_448e_b225,
];
const CRC64: u64 = 0xae8b_1486_0a79_9888;
const CRC32C: u32 = 0xe306_9283;

/// What a vendor tells of a blob is right, where it tells something.
pub async fn a_checksum_is_that_of_the_bytes(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !driver.capabilities().checksums {
        return;
    }
    let key = key("sum");
    let written = driver.write(&key, whole(CHECKED), None).await;
    written.expect("the key is free");
    match driver.checksum(&key).await.expect("the blob is there") {
        None => {}
        Some(VendorChecksum::Md5(sum)) => assert_eq!(sum, MD5.to_be_bytes()),
        Some(VendorChecksum::Sha256(sum)) => {
            assert_eq!(sum[..], SHA256.map(u128::to_be_bytes).concat());
        }
        Some(VendorChecksum::Crc64(sum)) => assert_eq!(sum, CRC64),
        Some(VendorChecksum::Crc32c(sum)) => assert_eq!(sum, CRC32C),
    }
}

/// An upload that is to be relayed comes here, whatever else the vendor could take; and one that
/// goes elsewhere goes to the same upload when it is asked for again.
pub async fn an_upload_goes_where_it_was_sent(fixture: &dyn Fixture) {
    let driver = fixture.open();
    let mut relayed = plan("relayed", 10, 0);
    let target = driver
        .begin_upload(&relayed)
        .await
        .expect("the key is free");
    assert_eq!(target.route, Route::Here);
    relayed.vendor_state = target.vendor_state;
    driver
        .abort_upload(&relayed)
        .await
        .expect("it can be ended");
    if !driver.capabilities().browser_upload {
        return;
    }
    let mut direct = plan("direct", 10, 0);
    direct.relay = false;
    direct.chunk_bytes = driver.capabilities().parts.fit(0, 10);
    let target = driver.begin_upload(&direct).await.expect("the key is free");
    direct.vendor_state = target.vendor_state;
    let Route::Direct(first) = target.route else {
        panic!("a vendor that takes uploads says where");
    };
    let again = fixture.open().route_of(&direct).await;
    let Ok(Route::Direct(again)) = again else {
        panic!("an upload that was begun goes on: {again:?}");
    };
    assert_eq!(first.upload_id, again.upload_id);
    assert_eq!(first.part_urls.len(), again.part_urls.len());
    driver.abort_upload(&direct).await.expect("it can be ended");
}

/// A folder shows what lies directly in it, in pages, folders once.
pub async fn folders_are_listed_one_by_one(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !driver.capabilities().list_folders {
        return;
    }
    for name in ["top", "f/a", "f/b/1", "f/b/2", "f/c", "fg/x"] {
        let written = driver.write(&key(name), whole("abc"), None).await;
        written.expect("there is room");
    }
    let names = |entries: Vec<FolderEntry>| -> Vec<(String, Option<u64>)> {
        let size = |entry: &FolderEntry| entry.file.map(|file| file.size_bytes);
        entries
            .into_iter()
            .map(|entry| (entry.name.clone(), size(&entry)))
            .collect()
    };
    let list = async |folder: &str, after: Option<&str>, limit| {
        let listed = driver.list_folder(folder, after, limit).await;
        names(listed.expect("the folder can be listed"))
    };
    let file = |name: &str| (name.to_owned(), Some(3));
    let folder = |name: &str| (name.to_owned(), None);
    assert_eq!(
        list("", None, 9).await,
        [folder("f"), folder("fg"), file("top")]
    );
    assert_eq!(
        list("f", None, 9).await,
        [file("a"), folder("b"), file("c")]
    );
    assert_eq!(list("f", None, 2).await, [file("a"), folder("b")]);
    assert_eq!(list("f", Some("b"), 2).await, [file("c")]);
    assert_eq!(list("f/b", Some("1"), 9).await, [file("2")]);
    assert!(list("nowhere", None, 9).await.is_empty());
}
