//! A store that means harm, or is broken: it never ends, never lets go, and sends its clients elsewhere.

use super::stand::kodo::Kodo;
use super::wrong::each;
use super::{KIN, azure, gcs, key, kin, kodo, plan, s3};
use crate::proxy::{Fate, Proxy};
use serde_json::json;
use std::time::Duration;
use storage::{ByteRange, Driver, DriverError, PassedOverWhy, collect, whole};
use tokio::time::{Instant, timeout};

/// Whatever is asked has ended by then, or never does.
const SOON: Duration = Duration::from_mins(2);

/// By these each store is known to be itself.
const NAMES: [&str; 7] = [
    "x-amz-request-id",
    "x-ms-request-id",
    "x-oss-request-id",
    "x-cos-request-id",
    "x-obs-request-id",
    "x-kss-request-id",
    "x-reqid",
];

fn with(status: u16, more: &[(&'static str, &str)], text: &str) -> Fate {
    let names = NAMES.iter().map(|name| (*name, "1"));
    let headers = names.chain(more.iter().copied());
    let headers = headers.map(|(name, value)| (name, value.to_owned()));
    Fate::Headers(status, headers.collect(), text.to_owned())
}

async fn assert_refused<T>(what: String, asked: impl Future<Output = Result<T, DriverError>>) {
    let answer = timeout(SOON, asked).await;
    match answer.unwrap_or_else(|_| panic!("{what} does not end")) {
        Err(DriverError::Io(_)) => {}
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what} succeeded"),
    }
}

const OBJECTS: &str = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>true</IsTruncated>\
    <NextMarker>f/a</NextMarker><NextContinuationToken>f/a</NextContinuationToken>\
    <Contents><Key>f/a</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>\
    </ListBucketResult>";
const UPLOADS: &str = "<?xml version=\"1.0\"?><ListMultipartUploadsResult>\
    <IsTruncated>true</IsTruncated><NextKeyMarker>f/a</NextKeyMarker>\
    <NextUploadIdMarker>1</NextUploadIdMarker></ListMultipartUploadsResult>";
const PARTS: &str = "<?xml version=\"1.0\"?><ListPartsResult><IsTruncated>true</IsTruncated>\
    <NextPartNumberMarker>0</NextPartNumberMarker>\
    <Part><PartNumber>1</PartNumber><ETag>x</ETag><Size>1</Size></Part></ListPartsResult>";
const BLOBS: &str = "<?xml version=\"1.0\"?><EnumerationResults><Blobs><Blob><Name>f/a</Name>\
    <Properties><Content-Length>1</Content-Length><Content-MD5>x</Content-MD5></Properties></Blob>\
    </Blobs><NextMarker>f/a</NextMarker></EnumerationResults>";
const KODO: &str = r#"{"items":[{"key":"f/a","fsize":1,"putTime":1}],"marker":"x"}"#;

/// What stands before each store, a driver of it, and a page that leads to itself.
async fn listed(stand: &Kodo) -> Vec<(Proxy, Box<dyn Driver>, String)> {
    let google = json!({ "kind": "storage#objects", "nextPageToken": "x" }).to_string();
    let mut all: Vec<(Proxy, Box<dyn Driver>, String)> = Vec::new();
    let nowhere = || Proxy::start("http://127.0.0.1:9");
    let proxy = nowhere().await;
    let driver = s3(&proxy.endpoint, "bucket");
    all.push((proxy, Box::new(driver), OBJECTS.to_owned()));
    for vendor in KIN {
        let proxy = nowhere().await;
        let driver = kin(&proxy.endpoint, vendor);
        all.push((proxy, Box::new(driver), OBJECTS.to_owned()));
    }
    let proxy = nowhere().await;
    let driver = azure(&proxy.endpoint);
    all.push((proxy, Box::new(driver), BLOBS.to_owned()));
    let proxy = nowhere().await;
    let driver = gcs(&proxy.endpoint, "bucket");
    all.push((proxy, Box::new(driver), google));
    let proxy = Proxy::start(&stand.endpoint()).await;
    let driver = kodo(&proxy.endpoint);
    all.push((proxy, Box::new(driver), KODO.to_owned()));
    all
}

#[tokio::test]
async fn a_listing_that_leads_to_itself_ends() {
    let stand = Kodo::start().await;
    for (proxy, driver, page) in listed(&stand).await {
        let is_kodo = page == KODO;
        if is_kodo {
            proxy.have("GET", "/list", usize::MAX, with(200, &[], &page));
        } else {
            proxy.have("GET", "uploads", usize::MAX, with(200, &[], UPLOADS));
            proxy.have("GET", "", usize::MAX, with(200, &[], &page));
        }
        let what = |what: &str| format!("{driver:?} {what}");
        assert_refused(what("list"), driver.list("f/", None, 9_999)).await;
        assert_refused(what("list_folder"), driver.list_folder("f", None, 9_999)).await;
        if !is_kodo {
            assert_refused(what("list_staging"), driver.list_staging()).await;
        }
    }
}

#[tokio::test]
async fn parts_that_are_listed_for_ever_are_none() {
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    let driver = s3(&proxy.endpoint, "bucket");
    proxy.have("GET", "uploadId", usize::MAX, with(200, &[], PARTS));
    let plan = plan("f/c", 3, 0);
    let completed = driver.resume_completion(&plan);
    assert_refused("resume_completion".to_owned(), completed).await;
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_none() {
    for (proxy, driver) in each().await {
        proxy.have("", "", usize::MAX, Fate::Endless);
        let what = |what: &str| format!("{driver:?} {what}");
        assert_refused(what("list"), driver.list("f/", None, 10)).await;
        let two = [key("f/a"), key("f/b")];
        assert_refused(what("delete"), driver.delete(&two)).await;
        let written = driver.write(&two[0], whole("a"), None);
        assert_refused(what("write"), written).await;
    }
}

#[tokio::test]
async fn texts_that_lie_deep_in_others_need_no_stack() {
    let deep = |open: &str, close: &str| [open.repeat(200_000), close.repeat(200_000)].concat();
    let xml = |root: &str| {
        let inner = deep("<x>", "</x>");
        format!("<?xml version=\"1.0\"?><{root}>{inner}</{root}>")
    };
    let json = deep("[", "]");
    let texts = [
        xml("ListBucketResult"),
        xml("EnumerationResults"),
        xml("Error"),
        format!("{{\"kind\":\"storage#objects\",\"x\":{json}}}"),
    ];
    for (proxy, driver) in each().await {
        for text in &texts {
            proxy.calm();
            proxy.have("", "", usize::MAX, with(200, &[], text));
            let listed = timeout(SOON, driver.list("f/", None, 10)).await;
            let listed = listed.unwrap_or_else(|_| panic!("{driver:?} does not end"));
            // Some of it is a page with nothing on it.
            assert!(listed.is_err() || listed.is_ok_and(|found| found.is_empty()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_years() {
    for after in [
        "18446744073709551615",
        "315360000",
        "-5",
        "1e9",
        "Wed, 21 Oct 2099 07:28:00 GMT",
    ] {
        for (proxy, driver) in each().await {
            let busy = with(503, &[("retry-after", after)], "");
            proxy.have("", "", usize::MAX, busy);
            let begun = Instant::now();
            let read = driver.read(&key("f/a"), ByteRange::ALL).await.err();
            let listed = driver.list("f/", None, 10).await.err();
            for error in [read, listed] {
                let error = error.expect("it is busy");
                let DriverError::Busy { retry_after } = error else {
                    panic!("{driver:?} {after}: {error:?}");
                };
                let is_soon = |after| after <= Duration::from_hours(24);
                assert!(retry_after.is_none_or(is_soon), "{driver:?} {after}");
            }
            assert!(begun.elapsed() < Duration::from_mins(10), "{driver:?}");
        }
    }
}

#[tokio::test]
async fn nobody_goes_where_a_store_sends_them() {
    let elsewhere = Proxy::start("http://127.0.0.1:9").await;
    elsewhere.have("", "", usize::MAX, with(200, &[], "secret"));
    let there = format!("{}/latest/meta-data", elsewhere.endpoint);
    for status in [301, 302, 303, 307, 308] {
        for (proxy, driver) in each().await {
            let away = with(status, &[("location", &there)], "");
            proxy.have("", "", usize::MAX, away);
            let what = |what: &str| format!("{driver:?} {status} {what}");
            let at = key("f/a");
            assert_refused(what("read"), driver.read(&at, ByteRange::ALL)).await;
            assert_refused(what("stat"), driver.stat(&at)).await;
            assert_refused(what("list"), driver.list("f/", None, 10)).await;
            assert_refused(what("write"), driver.write(&at, whole("a"), None)).await;
        }
    }
    assert_eq!(elsewhere.asked(), 0);
}

/// What is read of an object while each request for it is answered so.
async fn read_while(
    (proxy, driver): (&Proxy, &dyn Driver),
    (status, content_range, body): (u16, Option<&str>, &str),
    range: ByteRange,
) -> Result<Vec<u8>, DriverError> {
    let mut headers = vec![
        ("etag", "\"0123456789abcdef0123456789abcdef\""),
        ("last-modified", "Tue, 24 Nov 2026 19:32:49 GMT"),
    ];
    headers.extend(content_range.map(|range| ("content-range", range)));
    proxy.have("GET", "", usize::MAX, with(status, &headers, body));
    proxy.have("HEAD", "", usize::MAX, with(404, &[], ""));
    let read = async {
        let body = driver.read(&key("f/a"), range).await?;
        Ok(collect(body).await?)
    };
    timeout(SOON, read).await.expect("it ends")
}

#[tokio::test]
async fn other_bytes_than_were_asked_for_are_passed_to_nobody() {
    for answer in [
        (200, None, "0123456789"),
        (206, None, "345"),
        (206, Some("bytes 0-2/10"), "012"),
        (206, Some("bytes 3-4/10"), "34"),
        (206, Some("bytes 3-9/10"), "3456789"),
        (206, Some("bytes 3-5/10"), "34"),
        (206, Some("bytes 3-5/10"), "3456"),
        (206, Some("bytes 3-18446744073709551615/10"), "345"),
        (206, Some("bytes 5-3/10"), "345"),
        (206, Some("bytes */10"), "345"),
        (206, Some("nonsense"), "345"),
    ] {
        for (proxy, driver) in each().await {
            let range = ByteRange {
                start: 3,
                end: Some(6),
            };
            let read = read_while((&proxy, &*driver), answer, range).await;
            let is_right = read.as_ref().is_ok_and(|bytes| bytes == b"345");
            assert!(is_right || read.is_err(), "{driver:?} {answer:?}: {read:?}");
        }
    }
    for (proxy, driver) in each().await {
        let part = (206, Some("bytes 0-2/10"), "012");
        let read = read_while((&proxy, &*driver), part, ByteRange::ALL).await;
        assert!(read.is_err(), "a part is not all: {driver:?}: {read:?}");
    }
}

#[tokio::test]
async fn of_a_deletion_that_was_done_in_part_the_rest_is_told() {
    let said = |key: &str| {
        format!(
            "<?xml version=\"1.0\"?><DeleteResult><Deleted><Key>f/a</Key></Deleted>\
             <Error><Key>{key}</Key><Code>AccessDenied</Code></Error></DeleteResult>"
        )
    };
    let mut all: Vec<(Proxy, Box<dyn Driver>)> = Vec::new();
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    let driver = s3(&proxy.endpoint, "bucket");
    all.push((proxy, Box::new(driver)));
    for vendor in KIN {
        let proxy = Proxy::start("http://127.0.0.1:9").await;
        let driver = kin(&proxy.endpoint, vendor);
        all.push((proxy, Box::new(driver)));
    }
    for (proxy, driver) in all {
        let both = [key("f/a"), key("f/b")];
        proxy.have("POST", "", usize::MAX, with(200, &[], &said("f/b")));
        let left = driver.delete(&both).await.unwrap();
        assert_eq!(left, [key("f/b")], "{driver:?}");
        // What did not work with a key that nobody named is not known to have worked.
        proxy.calm();
        proxy.have("POST", "", usize::MAX, with(200, &[], &said("f/other")));
        let left = driver.delete(&both).await;
        let is_told = left.as_ref().map_or(true, |left| left.contains(&both[1]));
        assert!(is_told, "{driver:?}: {left:?}");
    }
}

#[tokio::test]
async fn what_a_listing_cannot_tell_of_is_told_apart() {
    let folders = ["f/both/", "f//", "f/only/"];
    let folders =
        folders.map(|name| format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"));
    let objects = "<Contents><Key>f/both</Key><Size>1</Size>\
        <LastModified>2026-01-01T00:00:00Z</LastModified></Contents>";
    let folders = folders.concat();
    let page =
        format!("<?xml version=\"1.0\"?><ListBucketResult>{objects}{folders}</ListBucketResult>");
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    let driver = s3(&proxy.endpoint, "bucket");
    proxy.have("GET", "", usize::MAX, with(200, &[], &page));
    let found = driver.list_folder("f", None, 10).await.unwrap();
    let names: Vec<_> = found.iter().map(|entry| &*entry.name).collect();
    assert_eq!(names, ["both", "only"]);
    let told = driver.list_passed_over("f", 1).await.unwrap();
    assert_eq!(told.count, 2);
    assert_eq!(told.first, [("both".to_owned(), PassedOverWhy::Hidden)]);
}
