//! What every store is put to, and how it is looked at.

use super::key;
use crate::proxy::{Fate, Proxy};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use std::time::Duration;
use storage::{ByteRange, ByteStream, Driver, DriverError, collect, whole};

pub const PIECE: usize = 5 << 20;

pub fn content(len: usize) -> Bytes {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes.into()
}

pub fn pieces(bytes: &Bytes) -> ByteStream {
    let starts = (0..bytes.len()).step_by(1 << 20);
    let bytes = bytes.clone();
    let cut = move |start| Ok(bytes.slice(start..bytes.len().min(start + (1 << 20))));
    stream::iter(starts.map(cut)).boxed()
}

pub async fn assert_content(driver: &dyn Driver, name: &str, content: &Bytes) {
    let body = driver.read(&key(name), ByteRange::ALL).await.unwrap();
    assert!(collect(body).await.unwrap() == *content, "{name}");
}

/// No blob, and after a moment no upload either.
pub async fn assert_nothing(driver: &dyn Driver, name: &str) {
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

/// A small blob and a large one are written while some requests meet a fate.
pub async fn write_through(
    (proxy, driver): (&Proxy, &dyn Driver),
    name: &str,
    (method, address, times, fate): (&'static str, &'static str, usize, Fate),
) {
    let large = content(3 * PIECE);
    proxy.have(method, address, times, fate.clone());
    let at = key(name);
    let small = driver.write(&at, whole("small"), None);
    small.await.unwrap();
    assert_content(driver, name, &"small".into()).await;
    proxy.calm();
    let name = format!("{name}-large");
    proxy.have(method, address, times, fate);
    let at = key(&name);
    let written = driver.write(&at, pieces(&large), None);
    written.await.unwrap();
    proxy.calm();
    assert_content(driver, &name, &large).await;
}

/// What is written is refused as long as requests meet a fate, and nothing is left of it.
pub async fn write_in_vain((proxy, driver): (&Proxy, &dyn Driver), name: &str, body: ByteStream) {
    let written = driver.write(&key(name), body, None).await;
    assert!(
        matches!(written, Err(DriverError::Io(_))),
        "{name}: {written:?}"
    );
    proxy.calm();
    assert_nothing(driver, name).await;
}

/// Whoever reads a blob whose download breaks off is given all of it, or told. `address`: as its blob
/// `f/a` stands in addresses.
pub async fn cut_off_downloads((proxy, driver): (&Proxy, &dyn Driver), address: &'static str) {
    let large = content(PIECE);
    let at = key("f/a");
    let written = driver.write(&at, pieces(&large), None);
    written.await.unwrap();
    proxy.have("GET", address, 1, Fate::Cut(1 << 20));
    assert_content(driver, "f/a", &large).await;
    proxy.calm();
    proxy.have("GET", address, usize::MAX, Fate::Cut(1000));
    let body = driver.read(&key("f/a"), ByteRange::ALL).await;
    let got = match body {
        Ok(body) => collect(body).await.is_ok(),
        Err(_) => false,
    };
    assert!(!got, "half of it passed for all");
    proxy.calm();
    assert_content(driver, "f/a", &large).await;
}

/// Somebody else answers one of the requests of an upload, with a page that says nothing.
pub async fn pages_of_strangers(
    (proxy, driver): (&Proxy, &dyn Driver),
    requests: &[(&'static str, &'static str)],
) {
    let large = content(3 * PIECE);
    for (number, (method, address)) in requests.iter().enumerate() {
        let page = "<html><body>Please sign in</body></html>".to_owned();
        proxy.have(method, address, usize::MAX, Fate::Answer(200, page));
        let name = format!("f/strange{number}");
        write_in_vain((proxy, driver), &name, pieces(&large)).await;
    }
}
