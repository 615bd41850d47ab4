//! Cases about whole blobs.

use std::io::{self, Read};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

use super::{Fixture, assert_absent, assert_content, content, hash, key, pieces, read, stalling};
use crate::{BlobKey, ByteRange, DriverError, whole};

pub async fn bytes_read_back_as_written(fixture: &dyn Fixture) {
    let driver = fixture.open();
    for (size, piece) in [(0, 1), (1, 1), (1024, 100), (1025, 1025), (1_500_000, 7777)] {
        let (key, content) = (key(&format!("sizes/{size}")), content(size));
        let expected = (size % 2 == 0).then_some(size as u64);
        let written = driver.write(&key, pieces(&content, piece), expected).await;
        let written = written.expect("a free key takes bytes");
        assert_eq!(written.size_bytes, size as u64);
        assert!(written.blake3.is_none_or(|blake3| blake3 == hash(&content)));
        assert_content(&*driver, &key, &content).await;
        assert_content(&*fixture.open(), &key, &content).await;
    }
}

pub async fn ranges_are_clamped_to_the_blob(fixture: &dyn Fixture) {
    let (driver, key, content) = (fixture.open(), key("range"), content(700_000));
    driver
        .write(&key, whole(content.clone()), None)
        .await
        .expect("the key is free");
    for (start, end) in [
        (0, Some(1)),
        (0, Some(0)),
        (1, Some(699_999)),
        (262_144, Some(262_145)),
        (262_143, Some(524_289)),
        (699_999, None),
        (699_999, Some(u64::MAX)),
        (700_000, None),
        (u64::MAX, None),
        (10, Some(5)),
    ] {
        let range = ByteRange { start, end };
        let got = read(&*driver, &key, range).await;
        let want = range.within(content.len() as u64);
        assert!(
            got == content[want.start as usize..want.end as usize],
            "{range:?}"
        );
    }
}

pub async fn a_key_never_written_is_not_found(fixture: &dyn Fixture) {
    let driver = fixture.open();
    assert_absent(&*driver, &key("nothing")).await;
    driver
        .write(&key("folder/file"), whole("x"), None)
        .await
        .expect("the key is free");
    // What holds blobs below it is no blob itself.
    for text in ["folder", "folder/other", "folder/file/below", "fold"] {
        assert_absent(&*driver, &key(text)).await;
        let open = driver.open(&key(text)).await;
        assert!(
            matches!(open, Err(DriverError::NotFound(_))),
            "{text}: {open:?}"
        );
    }
}

pub async fn a_blob_is_never_overwritten(fixture: &dyn Fixture) {
    let (driver, key) = (fixture.open(), key("once/only"));
    driver
        .write(&key, whole("first"), None)
        .await
        .expect("the key is free");
    for body in ["", "other", "something longer"] {
        let again = driver.write(&key, whole(body), None).await;
        assert!(
            matches!(again, Err(DriverError::AlreadyExists(_))),
            "{again:?}"
        );
    }
    assert_content(&*driver, &key, b"first").await;
}

pub async fn of_rival_writers_one_wins(fixture: &dyn Fixture) {
    let (driver, key) = (fixture.open(), key("rivals/a"));
    let bodies: Vec<Bytes> = (0..8_u8).map(|n| vec![n; 100_000].into()).collect();
    let writes = bodies
        .iter()
        .map(|body| driver.write(&key, pieces(body, 10_000), Some(100_000)));
    let results = join_all(writes).await;
    let winners: Vec<_> = results
        .iter()
        .zip(&bodies)
        .filter(|(done, _)| done.is_ok())
        .collect();
    let [(_, winner)] = winners.as_slice() else {
        panic!("{} of 8 writes won: {results:?}", winners.len())
    };
    assert_content(&*driver, &key, winner).await;
}

pub async fn a_body_of_the_wrong_length_leaves_nothing(fixture: &dyn Fixture) {
    let (driver, key, content) = (fixture.open(), key("length"), content(600_000));
    let short = driver
        .write(&key, pieces(&content, 9999), Some(600_001))
        .await;
    let expected = 600_001;
    assert!(
        matches!(short, Err(DriverError::ShortBody { expected: e, got: 600_000 }) if e == expected),
        "{short:?}"
    );
    let long = driver
        .write(&key, pieces(&content, 9999), Some(599_999))
        .await;
    assert!(
        matches!(long, Err(DriverError::LongBody { expected: 599_999 })),
        "{long:?}"
    );
    assert_absent(&*driver, &key).await;
    driver
        .write(&key, pieces(&content, 9999), Some(600_000))
        .await
        .expect("the key is free");
}

pub async fn a_failing_sender_leaves_nothing(fixture: &dyn Fixture) {
    let (driver, key) = (fixture.open(), key("failing/sender"));
    let broken = |bytes: usize| {
        let failure = stream::iter([Err(io::Error::other("the sender went away"))]);
        pieces(&content(bytes), 50_000).chain(failure).boxed()
    };
    let failed = driver.write(&key, broken(800_000), None).await;
    assert!(matches!(failed, Err(DriverError::Body(_))), "{failed:?}");
    assert_absent(&*driver, &key).await;
    assert!(
        driver
            .list_staging()
            .await
            .expect("staging is readable")
            .is_empty()
    );
    // Where something lies already that is said: whoever cleans up would take it for its own.
    let first = driver.write(&key, whole("first"), None).await;
    first.expect("the key is free");
    for bytes in [10, 800_000] {
        let failed = driver.write(&key, broken(bytes), None).await;
        let taken = matches!(failed, Err(DriverError::AlreadyExists(_)));
        assert!(taken, "{bytes}: {failed:?}");
    }
    for announced in [1, 30] {
        let failed = driver
            .write(&key, whole("other bytes"), Some(announced))
            .await;
        let taken = matches!(failed, Err(DriverError::AlreadyExists(_)));
        assert!(taken, "{announced}: {failed:?}");
    }
    assert_content(&*driver, &key, b"first").await;
}

pub async fn a_write_cut_off_leaves_nothing(fixture: &dyn Fixture) {
    let (driver, key) = (fixture.open(), key("cut/off"));
    let (body, stalled) = stalling(&content(1_200_000));
    tokio::select! {
        done = driver.write(&key, body, None) => panic!("a stalled write ended: {done:?}"),
        _ = stalled => {}
    }
    assert_absent(&*driver, &key).await;
    driver
        .write(&key, whole("x"), None)
        .await
        .expect("the key is still free");
}

pub async fn deleting_takes_what_no_document_can_name(fixture: &dyn Fixture) {
    let driver = fixture.open();
    let keys = ["odd/plain", "odd/\u{fffe}", "odd/other"].map(key);
    for key in &keys {
        let written = driver.write(key, whole("x"), None).await;
        written.expect("the key is free");
    }
    let left = driver.delete(&keys).await;
    assert_eq!(left.expect("they can be deleted"), Vec::new());
    for key in &keys {
        assert_absent(&*driver, key).await;
    }
}

pub async fn deleting_is_repeatable(fixture: &dyn Fixture) {
    let driver = fixture.open();
    let keys: Vec<BlobKey> = (0..5).map(|n| key(&format!("delete/{n}/x"))).collect();
    for key in &keys {
        driver
            .write(key, whole("x"), None)
            .await
            .expect("the key is free");
    }
    let some = [
        keys[1].clone(),
        key("delete/never"),
        keys[3].clone(),
        key("delete/0/x/y"),
    ];
    for _ in 0..2 {
        assert_eq!(driver.delete(&some).await.expect("deletion works"), []);
    }
    assert_eq!(driver.delete(&[]).await.expect("deletion works"), []);
    for (n, key) in keys.iter().enumerate() {
        if n % 2 == 1 {
            assert_absent(&*driver, key).await;
            driver
                .write(key, whole("again"), None)
                .await
                .expect("the key is free again");
        } else {
            assert_content(&*driver, key, b"x").await;
        }
    }
}

pub async fn deletions_beside_writes_lose_nothing(fixture: &dyn Fixture) {
    let driver = fixture.open();
    let rounds = (0..4).map(|lane| {
        let driver = &driver;
        async move {
            for round in 0..25 {
                // All lanes share folders, which come and go with their blobs.
                let key = key(&format!("busy/{}/{lane}", round % 2));
                driver
                    .write(&key, whole("x"), None)
                    .await
                    .expect("the key is free");
                assert_content(&**driver, &key, b"x").await;
                assert_eq!(driver.delete(&[key]).await.expect("deletion works"), []);
            }
        }
    });
    join_all(rounds).await;
}

pub async fn odd_names_are_names_like_others(fixture: &dyn Fixture) {
    let driver = fixture.open();
    let long = "é".repeat(127);
    for name in [
        "odd/ leading and trailing ",
        "odd/%2e%2e%2f",
        "odd/a?b#c&d=e+f",
        "odd/*",
        "odd/\"quoted\" 'twice'",
        "odd/..two.dots..",
        "odd/-rf",
        "odd/.hidden",
        "odd/日本語.txt",
        "odd/e\u{301}",
        "odd/\u{e9}",
        "odd/.staging/x",
        "odd/C:",
        &format!("odd/{long}"),
    ] {
        let key = key(name);
        driver
            .write(&key, whole(name.to_owned()), None)
            .await
            .expect("an odd name is a name");
        assert_content(&*driver, &key, name.as_bytes()).await;
    }
    assert_content(&*driver, &key("odd/e\u{301}"), "odd/e\u{301}".as_bytes()).await;
}

pub async fn listings_page_in_byte_order(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !driver.capabilities().list {
        let refused = driver.list("", None, 1).await;
        assert!(
            matches!(refused, Err(DriverError::Unsupported(_))),
            "{refused:?}"
        );
        return;
    }
    let mut names = [
        "a/b", "a-b", "a.txt", "a0", "a/b0/c", "a/b-", "b", "b2/x/y/z", "é", "a/b2",
    ];
    for name in names {
        driver
            .write(&key(name), whole(name), None)
            .await
            .expect("the key is free");
    }
    names.sort_unstable();
    for prefix in ["", "a", "a/", "a/b", "b2/", "b2/x/y/z", "none", "a/b/"] {
        let want: Vec<&str> = names
            .iter()
            .copied()
            .filter(|n| n.starts_with(prefix))
            .collect();
        for limit in [1, 3, 100] {
            let mut got: Vec<BlobKey> = Vec::new();
            loop {
                let page = driver
                    .list(prefix, got.last(), limit)
                    .await
                    .expect("listing works");
                assert!(page.len() <= limit);
                let end = page.len() < limit;
                for blob in page {
                    assert_eq!(blob.size_bytes, blob.key.as_str().len() as u64);
                    got.push(blob.key);
                }
                if end {
                    break;
                }
            }
            let mut got: Vec<&str> = got.iter().map(BlobKey::as_str).collect();
            if !fixture.lists_in_order() {
                got.sort_unstable();
            }
            assert_eq!(got, want, "{prefix:?} by {limit}");
        }
    }
}

pub async fn a_file_handle_gives_the_same_bytes(fixture: &dyn Fixture) {
    let (driver, key, content) = (fixture.open(), key("handle"), content(5000));
    driver
        .write(&key, whole(content.clone()), None)
        .await
        .expect("the key is free");
    let handle = driver.open(&key).await.expect("the blob exists");
    assert_eq!(handle.is_some(), driver.capabilities().direct_file);
    if let Some(mut file) = handle {
        let mut got = Vec::new();
        file.read_to_end(&mut got).expect("the file is readable");
        assert!(got == content);
    }
}
