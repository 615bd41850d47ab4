//! What goes wrong on the way to a real S3 server.

use super::cases::{
    PIECE, assert_content, content, cut_off_downloads, pages_of_strangers, pieces, write_in_vain,
    write_through,
};
use super::{key, plan, s3};
use crate::proxy::{Fate, Proxy};
use crate::servers::Server;
use object_storage::S3Driver;
use std::sync::OnceLock;
use storage::{Driver, DriverError, whole};

/// A driver with a bucket of its own, and what stands between.
async fn between() -> (Proxy, S3Driver) {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::of("with-s3.sh", "ALCOVE_TEST_S3"));
    let proxy = Proxy::start(&server.endpoint).await;
    let driver = s3(
        &proxy.endpoint,
        &format!("f{}", uuid::Uuid::now_v7().simple()),
    );
    // The bucket comes to be by being written to.
    let made = driver.write(&key("first"), whole("x"), None).await;
    made.unwrap();
    (proxy, driver)
}

#[tokio::test]
async fn trouble_that_passes_is_not_noticed() {
    let (proxy, driver) = between().await;
    let busy = || Fate::Answer(503, String::new());
    // An upload that was begun unheard is begun again, and swept a day later: that is not among these.
    for (method, address, fate) in [
        ("", "", busy()),
        ("PUT", "", Fate::Lost),
        ("POST", "uploadId", Fate::Lost),
    ] {
        let name = format!("f/{method}{}", matches!(fate, Fate::Lost));
        let fate = (method, address, 2, fate);
        write_through((&proxy, &driver), &name, fate).await;
    }
    let gone = [key("first"), key("f/PUTtrue")];
    proxy.have("DELETE", "", 1, Fate::Lost);
    proxy.have("POST", "delete", 1, Fate::Lost);
    assert_eq!(driver.delete(&gone[..1]).await.unwrap(), []);
    assert_eq!(driver.delete(&gone).await.unwrap(), []);
    assert!(driver.list_staging().await.unwrap().is_empty());
}

#[tokio::test]
async fn own_bytes_are_known_where_no_tag_is_a_digest_of_them() {
    let (proxy, driver) = between().await;
    let at = key("f/encrypted");
    proxy.have("PUT", "", 1, Fate::Lost);
    // The first one asks whether the key is free.
    proxy.have("HEAD", "", usize::MAX, Fate::OtherTag);
    driver.write(&at, whole("small"), None).await.unwrap();
    proxy.calm();
    assert_content(&driver, "f/encrypted", &"small".into()).await;
    // Nor are the same bytes one's own that somebody else wrote a moment ago.
    proxy.have("HEAD", "f/encrypted", 1, Fate::Answer(404, String::new()));
    let refused = driver.write(&at, whole("small"), None).await;
    let is_taken = matches!(refused, Err(DriverError::AlreadyExists(_)));
    assert!(is_taken, "{refused:?}");
}

#[tokio::test]
async fn a_download_that_is_cut_off_goes_on_or_fails_and_is_never_short() {
    let (proxy, driver) = between().await;
    cut_off_downloads((&proxy, &driver), "f/a").await;
}

#[tokio::test]
async fn parts_that_are_lost_changed_or_called_otherwise_make_no_blob() {
    let (proxy, driver) = between().await;
    let large = content(3 * PIECE);
    for fate in [Fate::Swallowed, Fate::Changed, Fate::OtherTag] {
        let name = format!("f/{fate:?}");
        proxy.have("PUT", "partNumber=2", usize::MAX, fate);
        write_in_vain((&proxy, &driver), &name, pieces(&large)).await;
        driver
            .write(&key(&name), pieces(&large), None)
            .await
            .unwrap();
        assert_content(&driver, &name, &large).await;
    }
    proxy.have("PUT", "partNumber=2", 1, Fate::Twice);
    driver
        .write(&key("f/twice"), pieces(&large), None)
        .await
        .unwrap();
    assert_content(&driver, "f/twice", &large).await;
    proxy.have("PUT", "f/changed", usize::MAX, Fate::Changed);
    write_in_vain((&proxy, &driver), "f/changed", whole("small")).await;
}

#[tokio::test]
async fn a_relayed_upload_goes_on_when_its_lost_part_is_sent_again() {
    let (proxy, driver) = between().await;
    let whole_file = content(2 * PIECE + 9);
    for fate in [Fate::Swallowed, Fate::OtherTag] {
        let name = format!("f/relayed{fate:?}");
        let mut plan = plan(&name, whole_file.len() as u64, PIECE as u64);
        plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
        let send = async |index: u64| {
            let part = plan.part(index).unwrap();
            let (from, to) = (part.offset, part.offset + part.size_bytes);
            let bytes = whole_file.slice(from as usize..to as usize);
            driver
                .write_part(&plan, from, part.size_bytes, whole(bytes))
                .await
        };
        let mut parts = vec![send(0).await.unwrap()];
        proxy.have("PUT", "partNumber=2", 1, fate);
        parts.push(send(1).await.unwrap());
        parts.push(send(2).await.unwrap());
        let early = driver.complete_upload(&plan, &parts).await;
        assert!(early.is_err(), "{early:?}");
        assert!(matches!(
            driver.stat(&plan.key).await,
            Err(DriverError::NotFound(_))
        ));
        parts[1] = send(1).await.unwrap();
        proxy.have("POST", "uploadId", 1, Fate::Lost);
        let done = driver.complete_upload(&plan, &parts).await.unwrap();
        assert_eq!(done.blake3, Some(*blake3::hash(&whole_file).as_bytes()));
        assert_content(&driver, &name, &whole_file).await;
    }
}

#[tokio::test]
async fn a_page_of_a_stranger_at_any_step_is_no_upload() {
    let (proxy, driver) = between().await;
    let requests = [
        ("POST", "uploads"),
        ("PUT", "partNumber=1"),
        ("POST", "uploadId"),
    ];
    pages_of_strangers((&proxy, &driver), &requests).await;
}
