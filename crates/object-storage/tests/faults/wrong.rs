//! A store that says no, says nothing, or is not there: no network is needed for it, and the clock
//! runs as fast as it can.

use super::{KIN, ask_everything, azure, gcs, key, kin, kodo, plan, s3, webdav};
use crate::proxy::{Fate, Proxy};
use std::time::{Duration, Instant};
use storage::{Driver, DriverError};

/// All drivers, and what they meet on each request.
async fn all(fate: Fate) -> Vec<(&'static str, DriverError)> {
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    proxy.have("", "", usize::MAX, fate);
    let mut all = ask_everything(&s3(&proxy.endpoint, "bucket")).await;
    all.extend(ask_everything(&azure(&proxy.endpoint)).await);
    all.extend(ask_everything(&gcs(&proxy.endpoint, "bucket")).await);
    for vendor in KIN {
        all.extend(ask_everything(&kin(&proxy.endpoint, vendor)).await);
    }
    all
}

/// As Google says it.
fn json(status: u16, reason: &str) -> Fate {
    let why = serde_json::json!({ "error": {
        "code": status, "message": "No.",
        "errors": [{ "message": "No.", "domain": "global", "reason": reason }],
    }});
    Fate::Answer(status, why.to_string())
}

/// The same of Google's alone.
async fn google(fate: Fate) -> Vec<(&'static str, DriverError)> {
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    proxy.have("", "", usize::MAX, fate);
    ask_everything(&gcs(&proxy.endpoint, "bucket")).await
}

fn xml(code: &str) -> String {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No.</Message></Error>")
}

const PAGE: &str = "<!DOCTYPE html><html><body><p>Please sign in</p></body></html>";

#[tokio::test(start_paused = true)]
async fn a_busy_store_says_when_to_come_back() {
    for (status, code) in [
        (503, "SlowDown"),
        (429, "TooManyRequests"),
        (503, "ServerBusy"),
    ] {
        for (what, error) in all(Fate::Answer(status, xml(code))).await {
            let after = match error {
                DriverError::Busy { retry_after } => retry_after,
                other => panic!("{what}: {other:?}"),
            };
            assert_eq!(after, Some(Duration::from_secs(7)), "{what}");
        }
    }
    for (status, reason) in [
        (429, "rateLimitExceeded"),
        (503, "backendError"),
        (403, "userRateLimitExceeded"),
    ] {
        for (what, error) in google(json(status, reason)).await {
            let DriverError::Busy { retry_after } = error else {
                panic!("{what}: {error:?}");
            };
            assert_eq!(retry_after, Some(Duration::from_secs(7)), "{what}");
        }
    }
}

/// A driver of each kind, and what stands before its store, which is not there.
pub(super) async fn each() -> Vec<(Proxy, Box<dyn Driver>)> {
    let mut all: Vec<(Proxy, Box<dyn Driver>)> = Vec::new();
    let nowhere = || Proxy::start("http://127.0.0.1:9");
    let proxy = nowhere().await;
    let driver = s3(&proxy.endpoint, "bucket");
    all.push((proxy, Box::new(driver)));
    let proxy = nowhere().await;
    let driver = azure(&proxy.endpoint);
    all.push((proxy, Box::new(driver)));
    let proxy = nowhere().await;
    let driver = gcs(&proxy.endpoint, "bucket");
    all.push((proxy, Box::new(driver)));
    for vendor in KIN {
        let proxy = nowhere().await;
        let driver = kin(&proxy.endpoint, vendor);
        all.push((proxy, Box::new(driver)));
    }
    let proxy = nowhere().await;
    let driver = kodo(&proxy.endpoint);
    all.push((proxy, Box::new(driver)));
    let proxy = nowhere().await;
    let driver = webdav::driver(&proxy.endpoint);
    all.push((proxy, Box::new(driver)));
    all
}

#[tokio::test]
async fn no_store_is_asked_again_before_the_time_that_it_names() {
    let asked = each().await.into_iter().map(async |(proxy, driver)| {
        let begun = Instant::now();
        proxy.have("", "", 1, Fate::Busy(2));
        proxy.have("", "", usize::MAX, Fate::Answer(404, xml("NoSuchKey")));
        let found = driver.stat(&key("f/a")).await;
        assert!(found.is_err(), "{driver:?}: {found:?}");
        assert!(proxy.asked() > 1, "{driver:?} did not ask again");
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_secs(2), "{driver:?}: {waited:?}");
        // Who would have to be waited for too long is left alone.
        proxy.calm();
        proxy.have("", "", usize::MAX, Fate::Busy(100));
        let before = proxy.asked();
        match driver.list("f", None, 1).await {
            Err(DriverError::Busy { retry_after }) => {
                assert_eq!(retry_after, Some(Duration::from_secs(100)), "{driver:?}");
            }
            other => panic!("{driver:?}: {other:?}"),
        }
        assert_eq!(proxy.asked(), before + 1, "{driver:?}");
    });
    futures_util::future::join_all(asked).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_of_a_store_is_neither_success_nor_a_missing_blob() {
    for (status, page) in [
        (200, PAGE),
        (404, PAGE),
        (403, PAGE),
        (200, ""),
        (404, ""),
        (301, ""),
    ] {
        let page = page.to_owned();
        let is_empty = page.is_empty();
        let proxy = Proxy::start("http://127.0.0.1:9").await;
        proxy.have("", "", usize::MAX, Fate::Answer(status, page));
        // Of S3 a status alone may be the answer to a deletion.
        if !(is_empty && status == 200) {
            for (what, error) in ask_everything(&s3(&proxy.endpoint, "bucket")).await {
                let is_told = matches!(error, DriverError::Io(_));
                assert!(is_told, "s3 {status} {what}: {error:?}");
            }
        }
        for vendor in KIN {
            for (what, error) in ask_everything(&kin(&proxy.endpoint, vendor)).await {
                let is_told = matches!(error, DriverError::Io(_));
                assert!(is_told, "{vendor:?} {status} {what}: {error:?}");
            }
        }
        for (what, error) in ask_everything(&gcs(&proxy.endpoint, "bucket")).await {
            let is_told = matches!(error, DriverError::Io(_));
            assert!(is_told, "gcs {status} {what}: {error:?}");
        }
        for (what, error) in ask_everything(&azure(&proxy.endpoint)).await {
            let is_told = matches!(error, DriverError::Io(_));
            assert!(is_told, "azure {status} {what}: {error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_keys_regions_clocks_and_missing_buckets_are_told_in_the_stores_words() {
    for (status, code) in [
        (403, "InvalidAccessKeyId"),
        (403, "SignatureDoesNotMatch"),
        (403, "RequestTimeTooSkewed"),
        (400, "AuthorizationHeaderMalformed"),
        (403, "AuthenticationFailed"),
        (404, "NoSuchBucket"),
        (404, "ContainerNotFound"),
    ] {
        for (what, error) in all(Fate::Answer(status, xml(code))).await {
            let DriverError::Io(why) = error else {
                panic!("{code} {what}: {error:?}");
            };
            assert!(why.to_string().contains(code), "{code} {what}: {why}");
        }
    }
    // The last is what a missing bucket and a missing object have in common.
    for (status, reason) in [
        (401, "authError"),
        (403, "forbidden"),
        (403, "accessNotConfigured"),
        (400, "invalid"),
        (404, "notFound"),
    ] {
        for (what, error) in google(json(status, reason)).await {
            let DriverError::Io(why) = error else {
                panic!("{reason} {what}: {error:?}");
            };
            assert!(why.to_string().contains(reason), "{reason} {what}: {why}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_not_waited_for_for_ever() {
    let begun = tokio::time::Instant::now();
    for (what, error) in all(Fate::Hang).await {
        assert!(matches!(error, DriverError::Io(_)), "{what}: {error:?}");
    }
    // Some minutes each, of which none went by.
    assert!(begun.elapsed() < Duration::from_hours(5));
}

#[tokio::test]
async fn more_parts_than_a_store_takes_are_refused_before_any_is_sent() {
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    let driver = s3(&proxy.endpoint, "bucket");
    let refused = driver
        .begin_upload(&plan("f/a", 10_001 << 20, 1 << 20))
        .await;
    assert!(
        matches!(refused, Err(DriverError::Unsupported(_))),
        "{refused:?}"
    );
    // Whoever asks how long parts should be never gets there.
    let size = 10_001 * (5_u64 << 20);
    let chunk = driver.capabilities().parts.fit(5 << 20, size);
    assert!(plan("f/a", size, chunk).part_count() <= 10_000);
}
