//! Streams and requests that nobody honest sends: they are refused, and nothing breaks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![expect(
    clippy::zero_sized_map_values,
    reason = "chunks that are there are a map on the wire"
)]

use std::collections::BTreeMap;

use node_wire::answer::{
    Edges, Node, Prepared, Progress, StoragePolicy, TaskFile, TaskHandle, TaskStatus, TaskSummary,
    UploadProps, UploadSession,
};
use node_wire::gob::{
    Blob, Bounds, Gob, GobError, Moment, Text, Unit, decode, decode_within, encode, encode_from,
};
use node_wire::path;
use node_wire::sign::{NodeKey, Request, SignError};
use proptest::prelude::*;

fn read_back<T: Gob>(value: &T) -> T {
    T::of(&decode(&encode(value)).unwrap()).unwrap()
}

fn prepared(name: &str, number: i64, bytes: Vec<u8>) -> Prepared {
    let node = Node {
        id: number,
        slave_key: name.to_owned(),
        ..Node::default()
    };
    let policy = StoragePolicy {
        name: name.to_owned(),
        edges: Edges { node: Some(node) },
        ..StoragePolicy::default()
    };
    let props = UploadProps {
        uri: Some(Text(format!("cloudreve://my/{name}"))),
        size: number,
        metadata: BTreeMap::from([(name.to_owned(), name.to_owned())]),
        ..UploadProps::default()
    };
    let session = UploadSession {
        policy: Some(policy),
        encrypt_metadata: Some(node_wire::answer::EncryptMetadata {
            iv: Blob(bytes),
            ..Default::default()
        }),
        props: Some(props),
        chunks_received: BTreeMap::from([(number, Unit)]),
        ..UploadSession::default()
    };
    Prepared {
        session: Some(session),
        request: None,
    }
}

proptest! {
    #[test]
    fn numbers_go_round(number: i64) {
        prop_assert_eq!(read_back(&number), number);
    }

    #[test]
    fn times_go_round(seconds in -62_135_596_800i64..253_402_300_800, nanoseconds in 0u32..1_000_000_000) {
        let moment = Moment(chrono::DateTime::from_timestamp(seconds, nanoseconds).unwrap());
        prop_assert_eq!(read_back(&moment), moment);
    }

    #[test]
    fn statuses_go_round(
        name: String, total: i64, progress in -1e9f64..1e9, pieces: Vec<u8>, first in 64i64..70_000
    ) {
        let status = TaskStatus {
            followed_by: Some(TaskHandle::default()),
            files: vec![TaskFile { progress, ..TaskFile::default() }, TaskFile::default()],
            name, total, pieces: Blob(pieces),
            ..TaskStatus::default()
        };
        let read = TaskStatus::of(&decode(&encode_from(&status, first)).unwrap()).unwrap();
        prop_assert_eq!(read, status);
    }

    #[test]
    fn summaries_go_round(keys: Vec<String>, current: i64) {
        let progress = Progress { current, ..Progress::default() };
        let summary = TaskSummary {
            progress: keys.into_iter().map(|key| (key, progress.clone())).collect(),
            ..TaskSummary::default()
        };
        prop_assert_eq!(read_back(&summary), summary);
    }

    #[test]
    fn prepared_uploads_go_round(name: String, number: i64, bytes: Vec<u8>) {
        let prepared = prepared(&name, number, bytes);
        prop_assert_eq!(read_back(&prepared), prepared);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = decode(&bytes);
    }

    #[test]
    fn damaged_streams_are_read_or_refused(position: prop::sample::Index, byte: u8) {
        let mut stream = encode(&prepared("name", 7, vec![1, 2]));
        let position = position.index(stream.len());
        stream[position] = byte;
        if let Ok(value) = decode(&stream) {
            let _ = Prepared::of(&value);
        }
    }

    #[test]
    fn any_request_is_signed_and_checked(segment: String, header in "[ -~]{0,40}", body: String, put: bool) {
        let target = format!("/{}", segment.replace(['%', '?'], ""));
        let headers = [("x-cr-site-id", header.as_str()), ("X-Cr-Filename", "any")];
        let method = if put { "PUT" } else { "GET" };
        let request = Request { method, target: &target, headers: &headers, body: body.as_bytes() };
        let key = NodeKey::new(b"key");
        let checked = if put {
            let made = request.authorization(&key, 10).unwrap();
            let headers = [headers[0], ("Authorization", &made)];
            Request { headers: &headers, ..request }.check(&key, 10).is_ok()
        } else {
            let target = request.signed_target(&key, 10).unwrap();
            Request { target: &target, ..request }.check(&key, 10).is_ok()
        };
        prop_assert!(checked);
    }

    #[test]
    fn paths_of_blobs_go_round(blob: String) {
        let part = path::encoded(&blob);
        prop_assert_eq!(path::blob_of(&part), Some(blob));
    }
}

#[test]
fn a_stream_that_is_cut_off_is_refused_wherever_it_is() {
    let stream = encode(&prepared("name", 7, vec![1, 2]));
    for end in 0..stream.len() {
        assert!(decode(&stream[..end]).is_err(), "{end}");
    }
    let longer = [stream, vec![1]].concat();
    assert_eq!(decode(&longer), Err(GobError::Malformed));
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!(
        "{:?}",
        prepared("hidden", 1, Vec::new()).session.unwrap().policy
    );
    assert_eq!(shown.matches("hidden").count(), 1, "{shown}");
    let policy = r#"{"name":"p","secret_key":"hidden","edges":{"node":{"slave_key":"hidden"}}}"#;
    let policy: node_wire::body::Policy = serde_json::from_str(policy).unwrap();
    assert!(!format!("{policy:?}").contains("hidden"));
}

#[test]
fn names_that_are_no_text_do_not_hide_the_others() {
    let mut stream = encode(&vec!["aa".to_owned(), "b".to_owned()]);
    let position = stream.windows(2).position(|two| two == b"aa").unwrap();
    stream[position] = 0xff;
    let read = Vec::<String>::of(&decode(&stream).unwrap()).unwrap();
    assert_eq!(read, ["\u{fffd}a", "b"]);
}

#[test]
fn counts_and_depths_that_cannot_be_are_refused() {
    // A list of itself, nested as deep as there are bytes.
    let mut stream = vec![13, 0xff, 0x81, 2, 1, 2, 0xff, 0x82, 0, 1, 0xff, 0x82, 0, 0];
    let mut message = vec![0xff, 0x82, 0];
    message.extend(std::iter::repeat_n(1, 100));
    stream.push(message.len() as u8);
    stream.extend(message);
    assert_eq!(decode(&stream), Err(GobError::TooLarge));
    // A text of 2^63 bytes.
    let text = [12, 12, 0, 0xf8, 0x80, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(decode(&text), Err(GobError::Truncated));
    let long = vec![0; Bounds::ANSWER.bytes + 1];
    assert_eq!(decode(&long), Err(GobError::TooLarge));
    let many = encode(&vec![1i64; Bounds::ANSWER.values + 1]);
    assert_eq!(decode(&many), Err(GobError::TooLarge));
    assert!(decode_within(&many, Bounds::LISTING).is_ok());
}

#[test]
fn requests_without_a_right_signature_say_what_is_wrong() {
    let key = NodeKey::new(b"key");
    let check = |method, target, headers: &[(&str, &str)]| {
        let body = b"";
        let request = Request {
            method,
            target,
            headers,
            body,
        };
        request.check(&key, 0).unwrap_err()
    };
    let with = |value| check("PUT", "/a", &[("Authorization", value)]);
    assert_eq!(check("PUT", "/a", &[]), SignError::Missing);
    assert_eq!(with("Bearer x"), SignError::Malformed);
    assert_eq!(with("Bearer Cr "), SignError::Empty);
    assert_eq!(with("Bearer Cr x:"), SignError::Empty);
    assert_eq!(with("Bearer Cr x"), SignError::Malformed);
    assert_eq!(with("Bearer Cr AAAA:x"), SignError::Malformed);
    assert_eq!(with("Bearer Cr AAAA:-1"), SignError::Expired);
    assert_eq!(with("Bearer Cr AAAA:0"), SignError::Wrong);
    assert_eq!(check("GET", "/a", &[]), SignError::Empty);
    assert_eq!(check("GET", "/a?sign=", &[]), SignError::Empty);
    assert_eq!(check("GET", "/%ff?sign=AAAA:0", &[]), SignError::Malformed);
    let twice = [
        ("Authorization", "Bearer Cr AAAA:0"),
        ("X-Cr-Node-Id", "1"),
        ("x-cr-node-id", "2"),
    ];
    assert_eq!(check("PUT", "/a", &twice), SignError::Malformed);
}
