//! Parts of direct uploads that are too many, swapped, doubled, lost, or not what they are called.

use super::{PART, content, relay, site};
use crate::code;
use serde_json::{Value, json};
use tests::{Reply, UploadSession};

#[track_caller]
fn refused(reply: &Reply, code: i64) {
    let envelope: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (reply.status, &envelope["code"]),
        (400, &json!(code)),
        "{envelope}"
    );
}

/// Has parts joined that are called so.
async fn join(session: &UploadSession, parts: &[(usize, &str)]) -> (u16, String) {
    let part = |(number, tag): &(usize, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let post = reqwest::Client::new().post(session.text("completeURL"));
    let answer = post.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn parts_that_are_swapped_or_called_otherwise_make_no_file_and_the_right_ones_do() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let mut tags = Vec::new();
    for (index, part) in session.chunks(&content()).into_iter().enumerate() {
        tags.push(alice.send_bucket_part(&session, index, part).await.unwrap());
    }
    let [a, b, c] = [&*tags[0], &*tags[1], &*tags[2]];
    let wrong = "\"00000000000000000000000000000000\"";
    let before = alice.everything().await;
    let lists: [(&str, &[(usize, &str)]); 4] = [
        ("tags are swapped", &[(1, b), (2, a), (3, c)]),
        ("numbers are swapped", &[(2, b), (1, a), (3, c)]),
        ("one was never sent", &[(1, a), (2, b), (3, c), (4, wrong)]),
        ("one is another", &[(1, a), (2, wrong), (3, c)]),
    ];
    for (what, parts) in lists {
        let (status, text) = join(&session, parts).await;
        assert!(status >= 400, "{what}: {status} {text}");
        let early = alice.call_back(&session.callback("s3")).await;
        refused(&early, code::META_MISMATCH);
        assert!(early.text().contains("not joined"), "{}", early.text());
        assert_eq!(alice.everything().await, before, "{what}");
    }
    assert!(site.bucket.keys().is_empty());
    let (status, text) = join(&session, &[(1, a), (2, b), (3, c)]).await;
    assert_eq!(status, 200, "{text}");
    alice.call_back(&session.callback("s3")).await.done();
    assert!(alice.get_at_vendor("/a.bin").await.1 == content());
    // Whoever still has the addresses changes nothing any more.
    let late = alice.send_bucket_part(&session, 0, content().slice(..PART));
    assert_eq!(late.await, Err(404));
    // Some stores answer it once more, and none does anything.
    join(&session, &[(1, a)]).await;
    assert!(alice.get_at_vendor("/a.bin").await.1 == content());
    assert_eq!(alice.used().await, content().len() as u64);
}

#[tokio::test]
async fn a_part_that_is_sent_or_named_twice_counts_once() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let parts = session.chunks(&content());
    let mut tags = Vec::new();
    for (index, bytes) in [
        (0, tests::bytes_of("other", PART)),
        (0, parts[0].clone()),
        (1, parts[1].clone()),
        (2, parts[2].clone()),
    ] {
        let sent = alice.send_bucket_part(&session, index, bytes).await;
        tags.push(sent.unwrap());
    }
    let [a, b, c] = [&*tags[1], &*tags[2], &*tags[3]];
    // Some stores take that, others only each part once.
    let doubled = [(1, a), (1, a), (2, b), (3, c)];
    let (status, _) = join(&session, &doubled).await;
    if status != 200 {
        let (status, text) = join(&session, &doubled[1..]).await;
        assert_eq!(status, 200, "{text}");
    }
    alice.call_back(&session.callback("s3")).await.done();
    assert!(alice.get_at_vendor("/a.bin").await.1 == content());
    assert_eq!(alice.versions("/a.bin").await.len(), 1);
    assert_eq!(alice.used().await, content().len() as u64);
}

#[tokio::test]
async fn a_part_that_is_lost_makes_no_file() {
    let site = site(json!({})).await;
    let alice = &site.alice;
    let session = alice.open_upload("/a.bin", content().len() as u64).await;
    let parts = session.chunks(&content());
    let first = alice.send_bucket_part(&session, 0, parts[0].clone());
    let first = first.await.unwrap();
    let last = alice.send_bucket_part(&session, 2, parts[2].clone());
    let last = last.await.unwrap();
    // To a bucket that is an object; only here it is known how long it was to be.
    let (status, text) = join(&session, &[(1, &first), (3, &last)]).await;
    assert_eq!(status, 200, "{text}");
    let short = alice.call_back(&session.callback("s3")).await;
    refused(&short, code::META_MISMATCH);
    site.server.nothing_left_of("abort_upload").await;
    assert_eq!(alice.everything().await, ["used: 0"]);
    assert!(site.bucket.keys().is_empty());
}

/// Most parts, and the longest that one may be (S3, multipart limits).
const PARTS: u64 = 10_000;
const LONGEST: u64 = 5 << 30;

#[tokio::test]
async fn more_parts_than_buckets_take_are_never_asked_for() {
    for more in [json!({}), relay()] {
        let mut site = site(more).await;
        let room = "UPDATE groups SET max_storage = 9007199254740992 WHERE id = 2";
        site.server.tamper(room).await;
        site.server.restart().await;
        let alice = &site.alice;
        for size in [
            PARTS * PART as u64,
            PARTS * PART as u64 + 1,
            PARTS * LONGEST,
        ] {
            let session = alice.open_upload("/a.bin", size).await;
            let parts = session.part_urls().len() as u64;
            if session.data["storage_policy"]["relay"] != true {
                assert!((1..=PARTS).contains(&parts), "{size}: {parts}");
                assert_eq!(parts, size.div_ceil(session.chunk_size as u64));
                assert!((PART..=LONGEST as usize).contains(&session.chunk_size));
            }
            alice.cancel_upload(&session.id, "/a.bin").await.done();
        }
        // What no parts can hold is refused before anything is begun.
        let wish = json!({});
        let much = alice.try_open_upload("/a.bin", PARTS * LONGEST + 1, wish);
        much.await.refused(code::FILE_TOO_LARGE);
        assert_eq!(alice.everything().await, ["used: 0"]);
        site.server.nothing_left_of("abort_upload").await;
        assert_eq!((site.bucket.keys().len(), site.bucket.unfinished()), (0, 0));
    }
}
