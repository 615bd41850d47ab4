//! What goes wrong on the way to vendors that are spoken to as S3 is.

use super::cases::{PIECE, assert_content, content, write_through};
use super::stand::{ACCESS, BUCKET, REGION, SECRET, Stand, Whose};
use super::{key, plan};
use crate::proxy::{Fate, Proxy};
use object_storage::{KinDriver, KinOptions, Vendors};
use storage::{Driver, DriverError, whole};

const ALL: [(Whose, Vendors); 4] = [
    (Whose::Oss, Vendors::Oss),
    (Whose::Cos, Vendors::Cos),
    (Whose::Obs, Vendors::Obs),
    (Whose::Ks3, Vendors::Ks3),
];

/// A vendor of its own, a driver, and what stands between.
async fn between((whose, vendor): (Whose, Vendors)) -> (Stand, Proxy, KinDriver) {
    let stand = Stand::start(whose).await;
    let proxy = Proxy::start(&stand.endpoint()).await;
    let options = KinOptions {
        vendor,
        endpoint: proxy.endpoint.clone(),
        near_endpoint: String::new(),
        bucket: BUCKET.to_owned(),
        region: REGION.to_owned(),
        access_key: ACCESS.to_owned(),
        secret_key: SECRET.to_owned(),
        path_style: false,
        is_own_domain: false,
        is_private: true,
        is_signed_by_cdn: false,
        delete_batch: 0,
        staging_prefix: "f".to_owned(),
        callback_keys: None,
    };
    let driver = KinDriver::new(options).unwrap();
    (stand, proxy, driver)
}

#[tokio::test]
async fn answers_that_are_lost_are_not_missed() {
    for vendor in ALL {
        let (stand, proxy, driver) = between(vendor).await;
        // Once it is joined they know nothing of an upload any more.
        for (method, address) in [("PUT", ""), ("POST", "uploadId")] {
            let fate = (method, address, 2, Fate::Lost);
            write_through((&proxy, &driver), &format!("f/{method}"), fate).await;
        }
        assert_eq!(stand.unfinished(), 0, "{vendor:?}");
    }
}

#[tokio::test]
async fn a_relayed_upload_is_whole_though_it_was_not_heard_that_it_was_joined() {
    let whole_file = content(PIECE + 9);
    for vendor in ALL {
        let (stand, proxy, driver) = between(vendor).await;
        let mut plan = plan("f/relayed", whole_file.len() as u64, PIECE as u64);
        plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
        let mut parts = Vec::new();
        for index in 0..plan.part_count() {
            let part = plan.part(index).unwrap();
            let (from, to) = (part.offset, part.offset + part.size_bytes);
            let bytes = whole_file.slice(from as usize..to as usize);
            let sent = driver.write_part(&plan, from, part.size_bytes, whole(bytes));
            parts.push(sent.await.unwrap());
        }
        proxy.have("POST", "uploadId", 1, Fate::Lost);
        let done = driver.complete_upload(&plan, &parts).await.unwrap();
        assert_eq!(done.blake3, Some(*blake3::hash(&whole_file).as_bytes()));
        assert_content(&driver, "f/relayed", &whole_file).await;
        assert_eq!(stand.unfinished(), 0, "{vendor:?}");
    }
}

#[tokio::test]
async fn own_bytes_are_known_where_no_tag_is_a_digest_of_them() {
    for vendor in ALL {
        let (_stand, proxy, driver) = between(vendor).await;
        let at = key("f/encrypted");
        proxy.have("PUT", "", 1, Fate::Lost);
        proxy.have("HEAD", "", usize::MAX, Fate::OtherTag);
        let written = driver.write(&at, whole("small"), None).await;
        assert_eq!(written.unwrap().size_bytes, 5, "{vendor:?}");
        proxy.calm();
        assert_content(&driver, "f/encrypted", &"small".into()).await;
        // The same bytes of somebody else are not one's own.
        let refused = driver.write(&at, whole("small"), None).await;
        let is_taken = matches!(refused, Err(DriverError::AlreadyExists(_)));
        assert!(is_taken, "{vendor:?}: {refused:?}");
    }
}
