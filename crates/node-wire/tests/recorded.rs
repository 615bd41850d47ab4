//! What two stock servers said to each other, read and written by this crate.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod recording;

use node_wire::answer::{
    CredentialResponse, Envelope, MediaMeta, PhysicalObject, Prepared, TaskHandle, TaskStatus,
    TaskSummary, deletion_failures,
};
use node_wire::body::{
    Cleanup, CreateFolder, CreateTask, CreateUpload, DeleteFiles, Finish, OfDownload, Ping,
    Prepare, SelectFiles, StartDownload, TestDownloader, task,
};
use node_wire::gob::{Gob, Value as Gobbed, decode, encode, encode_from, from_data};
use node_wire::sign::{NodeKey, Request, SignError};
use recording::{Exchange, bytes, exchanges};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn with_request<T>(one: &Exchange, check: impl FnOnce(Request) -> T) -> T {
    let headers = one.headers();
    let body = one.request_body();
    check(Request {
        method: one.method(),
        target: one.target(),
        headers: &headers,
        body: &body,
    })
}

#[test]
fn every_recorded_signature_is_made_and_checked_as_it_was() {
    let (mut signed, mut wrong) = (0, 0);
    for one in exchanges() {
        let Some(text) = one.json["string_to_sign"].as_str() else {
            continue;
        };
        let key = NodeKey::new(one.key.as_bytes());
        with_request(&one, |request| {
            signed += 1;
            assert_eq!(request.signed_text().unwrap(), text, "{}", one.seq());
            let checked = request.check(&key, 0);
            if one.json["signature_valid"] == false {
                wrong += 1;
                assert_eq!(checked, Err(SignError::Wrong), "{}", one.seq());
                return;
            }
            let expires = checked.unwrap().expires_unix();
            assert!(request.check(&key, expires).is_ok());
            assert_eq!(request.check(&key, expires + 1), Err(SignError::Expired));
            let other = NodeKey::new(b"another");
            assert_eq!(request.check(&other, 0), Err(SignError::Wrong));
            if request.is_signed_in_header() {
                let made = request.authorization(&key, expires).unwrap();
                let header = |name: &&(&str, &str)| name.0 == "Authorization";
                let sent = request.headers.iter().find(header).unwrap().1;
                assert_eq!(made, sent);
            } else {
                let (bare, sent) = request.target.split_once("sign=").unwrap();
                let bare = Request {
                    target: bare.trim_end_matches(['&', '?']),
                    ..request
                };
                let made = bare.signed_target(&key, expires).unwrap();
                assert!(made.ends_with(&format!("sign={sent}")), "{made} {sent}");
            }
        });
    }
    assert_eq!((signed - wrong, wrong), (105, 1));
}

/// Nothing in a JSON that came is lost or added, but for nothing itself.
fn goes_round<T: Serialize + DeserializeOwned>(text: &str) {
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let sent: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), sent);
}

#[test]
fn every_recorded_body_is_read_and_written_whole() {
    let mut read = 0;
    for one in exchanges() {
        let body = one.request_body();
        let Ok(text) = std::str::from_utf8(&body) else {
            continue;
        };
        let path = one.target().split('?').next().unwrap();
        let path = path.trim_start_matches("/api/v4/slave/");
        match (one.method(), path) {
            ("POST", "ping") => goes_round::<Ping>(text),
            ("PUT", "upload") => goes_round::<CreateUpload>(text),
            ("DELETE", "/api/v4/slave/file" | "file") => goes_round::<DeleteFiles>(text),
            ("POST", "task/cleanup") => goes_round::<Cleanup>(text),
            ("PUT", "task") => {
                goes_round::<CreateTask>(text);
                let made: CreateTask = serde_json::from_str(text).unwrap();
                state_goes_round(&made.kind, &made.state);
            }
            ("POST", "download/task") => goes_round::<StartDownload>(text),
            ("POST", "download/status" | "download/cancel") => goes_round::<OfDownload>(text),
            ("POST", "download/select") => goes_round::<SelectFiles>(text),
            ("POST", "download/test") => goes_round::<TestDownloader>(text),
            ("PUT", "statelessUpload/prepare") => goes_round::<Prepare>(text),
            ("POST", "statelessUpload/complete" | "statelessUpload/failed") => {
                goes_round::<Finish>(text);
            }
            ("POST", "statelessUpload/create") => goes_round::<CreateFolder>(text),
            _ => continue,
        }
        read += 1;
    }
    assert!(read > 40, "{read}");
}

fn state_goes_round(kind: &str, state: &str) {
    match kind {
        task::CREATE_ARCHIVE => goes_round::<task::CreateArchive>(state),
        task::EXTRACT_ARCHIVE => goes_round::<task::ExtractArchive>(state),
        task::UPLOAD => goes_round::<task::Upload>(state),
        _ => {}
    }
}

/// Reads a value, holds it to what was written down of it, and writes and reads it again.
fn holds<T: Gob + PartialEq + std::fmt::Debug>(data: &str, decoded: &Value) {
    let read: T = from_data(data).unwrap();
    let ours = T::of(&decode(&encode(&read)).unwrap()).unwrap();
    assert_eq!(ours, read);
    let shown = recording::shown(&read.value(), &T::shape());
    recording::assert_within(&shown, decoded, "");
}

#[test]
fn every_recorded_value_is_read_as_it_was_meant() {
    let mut read = 0;
    for one in exchanges().iter().filter(|one| !one.json["gob"].is_null()) {
        let envelope = one.envelope();
        let data = envelope.data.as_deref().unwrap();
        let decoded = &one.json["gob"]["decoded"];
        read += 1;
        match one.json["gob"]["type"].as_str().unwrap() {
            "int" => holds::<i64>(data, decoded),
            "[]MediaMeta" => holds::<Vec<MediaMeta>>(data, decoded),
            "[]PhysicalObject" => holds::<Vec<PhysicalObject>>(data, decoded),
            "TaskHandle" => holds::<TaskHandle>(data, decoded),
            "TaskStatus" => holds::<TaskStatus>(data, decoded),
            "SlaveTaskSummary" => {
                holds::<TaskSummary>(data, decoded);
                let summary: TaskSummary = from_data(data).unwrap();
                if summary.private_state.contains("zip_file_path") {
                    goes_round::<task::CreateArchive>(&summary.private_state);
                } else if summary.private_state.contains("max_parallel") {
                    goes_round::<task::Upload>(&summary.private_state);
                }
            }
            "StatelessPrepareUploadResponse" => holds::<Prepared>(data, decoded),
            "Response" => {
                let failed = deletion_failures(data).unwrap();
                assert_eq!(json!(failed.failed), decoded["Data"]);
                assert_eq!(json!(failed.code), decoded["Code"]);
                assert_eq!(json!(failed.msg), decoded["Msg"]);
                assert_eq!(json!(failed.error), decoded["Error"]);
            }
            other => panic!("{other}"),
        }
    }
    assert!(read > 30, "{read}");
}

/// Stock processes begin at any number, depending on what they sent before.
fn is_written_alike<T: Gob>(data: &str) {
    is_written_alike_but::<T>(data, |_, _| ());
}

fn is_written_alike_but<T: Gob>(data: &str, change: fn(&T, &mut [u8])) {
    let stream = bytes(data);
    let value: T = from_data(data).unwrap();
    let alike = (64..400).any(|first| {
        let mut ours = encode_from(&value, first);
        change(&value, &mut ours);
        ours == stream
    });
    assert!(alike, "{data}\n{:?}", encode(&value));
}

/// Times of files were sent in the zone of the server, which was UTC by another name.
fn in_a_zone(files: &Vec<PhysicalObject>, stream: &mut [u8]) {
    for file in files {
        let Gobbed::Opaque(time) = file.last_modify.value() else {
            panic!("a time is opaque");
        };
        while let Some(at) = stream.windows(time.len()).position(|part| part == time) {
            stream[at + 13..at + 15].fill(0);
        }
    }
}

#[test]
fn values_without_names_of_packages_are_written_byte_for_byte() {
    for one in exchanges().iter().filter(|one| !one.json["gob"].is_null()) {
        let envelope = one.envelope();
        let data = envelope.data.as_deref().unwrap();
        match one.json["gob"]["type"].as_str().unwrap() {
            "int" => is_written_alike::<i64>(data),
            "[]MediaMeta" => is_written_alike::<Vec<MediaMeta>>(data),
            "[]PhysicalObject" => {
                is_written_alike_but::<Vec<PhysicalObject>>(data, in_a_zone);
            }
            "TaskHandle" => is_written_alike::<TaskHandle>(data),
            _ => {}
        }
    }
    let golden: Value = serde_json::from_str(include_str!("fixtures/slave-golden.json")).unwrap();
    let stream = &golden["streams"][0];
    let data = stream["base64"].as_str().unwrap();
    is_written_alike::<CredentialResponse>(data);
    holds::<CredentialResponse>(data, &stream["decoded"]);
}

#[test]
fn failed_deletions_are_written_as_masters_read_them() {
    let failed = vec!["a".to_owned(), "b".to_owned()];
    let envelope = Envelope::not_deleted(&failed, "some stayed");
    assert_eq!(envelope.code, 203);
    let read = deletion_failures(envelope.data.as_deref().unwrap()).unwrap();
    assert_eq!(read.failed, failed);
    assert!(matches!(decode(&encode(&failed)), Ok(Gobbed::List(_))));
}
