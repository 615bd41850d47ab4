//! What goes wrong on the way to a real S3 server.

use super::{key, plan, s3};
use crate::proxy::{Fate, Proxy};
use crate::servers::Server;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use object_storage::S3Driver;
use std::sync::OnceLock;
use std::time::Duration;
use storage::{ByteRange, ByteStream, Driver, DriverError, collect, whole};

const PIECE: usize = 5 << 20;

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

fn content(len: usize) -> Bytes {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes.into()
}

fn pieces(bytes: &Bytes) -> ByteStream {
    let starts = (0..bytes.len()).step_by(1 << 20);
    let bytes = bytes.clone();
    let cut = move |start| Ok(bytes.slice(start..bytes.len().min(start + (1 << 20))));
    stream::iter(starts.map(cut)).boxed()
}

async fn assert_content(driver: &S3Driver, name: &str, content: &Bytes) {
    let body = driver.read(&key(name), ByteRange::ALL).await.unwrap();
    assert!(collect(body).await.unwrap() == *content, "{name}");
}

/// No blob, and after a moment no upload either.
async fn assert_nothing(driver: &S3Driver, name: &str) {
    let stat = driver.stat(&key(name)).await;
    assert!(matches!(stat, Err(DriverError::NotFound(_))), "{stat:?}");
    for _ in 0..100 {
        if driver.list_staging().await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("an upload is left of {name}");
}

#[tokio::test]
async fn trouble_that_passes_is_not_noticed() {
    let (proxy, driver) = between().await;
    let large = content(3 * PIECE);
    let busy = || Fate::Answer(503, String::new());
    // An upload that was begun unheard is begun again, and swept a day later: that is not among these.
    for (method, address, fate) in [
        ("", "", busy()),
        ("PUT", "", Fate::Lost),
        ("POST", "uploadId", Fate::Lost),
    ] {
        let name = format!("f/{method}{}", matches!(fate, Fate::Lost));
        proxy.have(method, address, 2, fate.clone());
        driver
            .write(&key(&name), whole("small"), None)
            .await
            .unwrap();
        assert_content(&driver, &name, &"small".into()).await;
        proxy.calm();
        let name = format!("{name}-large");
        proxy.have(method, address, 2, fate);
        driver
            .write(&key(&name), pieces(&large), None)
            .await
            .unwrap();
        proxy.calm();
        assert_content(&driver, &name, &large).await;
    }
    let gone = [key("first"), key("f/PUTtrue")];
    proxy.have("DELETE", "", 1, Fate::Lost);
    proxy.have("POST", "delete", 1, Fate::Lost);
    assert_eq!(driver.delete(&gone[..1]).await.unwrap(), []);
    assert_eq!(driver.delete(&gone).await.unwrap(), []);
    assert!(driver.list_staging().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_download_that_is_cut_off_goes_on_or_fails_and_is_never_short() {
    let (proxy, driver) = between().await;
    let large = content(PIECE);
    driver
        .write(&key("f/a"), pieces(&large), None)
        .await
        .unwrap();
    proxy.have("GET", "f/a", 1, Fate::Cut(1 << 20));
    assert_content(&driver, "f/a", &large).await;
    proxy.calm();
    proxy.have("GET", "f/a", usize::MAX, Fate::Cut(1000));
    let body = driver.read(&key("f/a"), ByteRange::ALL).await;
    let got = match body {
        Ok(body) => collect(body).await.is_ok(),
        Err(_) => false,
    };
    assert!(!got, "half of it passed for all");
    proxy.calm();
    assert_content(&driver, "f/a", &large).await;
}

#[tokio::test]
async fn parts_that_are_lost_changed_or_called_otherwise_make_no_blob() {
    let (proxy, driver) = between().await;
    let large = content(3 * PIECE);
    for fate in [Fate::Swallowed, Fate::Changed, Fate::OtherTag] {
        let name = format!("f/{fate:?}");
        proxy.have("PUT", "partNumber=2", usize::MAX, fate);
        let written = driver.write(&key(&name), pieces(&large), None).await;
        assert!(
            matches!(written, Err(DriverError::Io(_))),
            "{name}: {written:?}"
        );
        proxy.calm();
        assert_nothing(&driver, &name).await;
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
    let changed = driver.write(&key("f/changed"), whole("small"), None).await;
    assert!(matches!(changed, Err(DriverError::Io(_))), "{changed:?}");
    proxy.calm();
    assert_nothing(&driver, "f/changed").await;
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
    let large = content(3 * PIECE);
    for (method, address) in [
        ("POST", "uploads"),
        ("PUT", "partNumber=1"),
        ("POST", "uploadId"),
    ] {
        let name = format!("f/{method}-{}", address.replace('=', ""));
        let page = "<html><body>Please sign in</body></html>".to_owned();
        proxy.have(method, address, usize::MAX, Fate::Answer(200, page));
        let written = driver.write(&key(&name), pieces(&large), None).await;
        assert!(
            matches!(written, Err(DriverError::Io(_))),
            "{name}: {written:?}"
        );
        proxy.calm();
        assert_nothing(&driver, &name).await;
    }
}
