//! Paths are those that stock servers ask for, and answers are read with the codes that they gave.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod recording;

use std::collections::BTreeSet;

use node_wire::answer::{Code, Envelope};
use node_wire::path;
use recording::exchanges;
use serde_json::{Value, json};

/// The path that this crate makes of the parts of a recorded one.
fn made(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<&str> = path.split('/').skip(3).collect();
    let asked = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(one, _)| *one == name).map(|(_, value)| value);
        let value = percent_encoding::percent_decode_str(value.unwrap_or("")).decode_utf8();
        value.unwrap().into_owned()
    };
    let blob = |part: &str| path::blob_of(part).unwrap();
    match parts[..] {
        ["slave", "file", "content", node, of, speed, name] => {
            let (node, speed) = (node.parse().unwrap(), speed.parse().unwrap());
            path::content(node, &blob(of), speed, name, !asked("download").is_empty())
        }
        ["slave", "file", "thumb", of, extension] => path::thumb(&blob(of), extension),
        ["slave", "file", "meta", of, extension] => {
            path::meta(&blob(of), extension, &asked("language"))
        }
        ["slave", "file", "list"] => path::list(&asked("path"), asked("recursive") == "true"),
        ["slave", "file"] => path::FILE.to_owned(),
        ["slave", "upload"] => path::UPLOAD.to_owned(),
        ["slave", "upload", id] if asked("chunk").is_empty() => path::session(id),
        ["slave", "upload", id] => path::chunk(id, asked("chunk").parse().unwrap()),
        ["slave", "task"] => path::TASK.to_owned(),
        ["slave", "task", "cleanup"] => path::CLEANUP.to_owned(),
        ["slave", "task", id] => {
            path::task(id.parse().unwrap(), !asked("deleteOnComplete").is_empty())
        }
        ["slave", "download", "task"] => path::DOWNLOAD.to_owned(),
        ["slave", "download", "status"] => path::DOWNLOAD_STATUS.to_owned(),
        ["slave", "download", "cancel"] => path::DOWNLOAD_CANCEL.to_owned(),
        ["slave", "download", "select"] => path::DOWNLOAD_SELECT.to_owned(),
        ["slave", "download", "test"] => path::DOWNLOAD_TEST.to_owned(),
        ["slave", "statelessUpload", "prepare"] => path::PREPARE.to_owned(),
        ["slave", "statelessUpload", "complete"] => path::COMPLETE.to_owned(),
        ["slave", "statelessUpload", "create"] => path::CREATE.to_owned(),
        ["slave", "credential", key] => {
            path::credential(key.trim_start_matches("cred_od_").parse().unwrap())
        }
        ["slave", "ping"] => path::PING.to_owned(),
        ["site", "ping"] => path::SITE_PING.to_owned(),
        ["callback", "remote", id, secret] => path::callback(id, secret),
        _ => panic!("{target}"),
    }
}

#[test]
fn every_recorded_path_is_made_alike() {
    for one in exchanges() {
        let bare = one.target().split("sign=").next().unwrap();
        assert_eq!(made(one.target()), bare.trim_end_matches(['?', '&']));
    }
}

#[test]
fn every_recorded_failure_has_a_code_that_is_known() {
    let known = [
        Code::Other,
        Code::NotFullySuccess,
        Code::NoSignature,
        Code::NotFound,
        Code::BadRequest,
        Code::Expired,
        Code::UnknownSession,
        Code::BadLength,
        Code::BadChunk,
        Code::NoSuchFile,
        Code::MasterUnreachable,
        Code::OtherVersion,
        Code::WrongSignature,
        Code::CleanupFailed,
        Code::Disk,
        Code::Queue,
        Code::SessionFailed,
        Code::CallbackFailed,
    ]
    .map(Code::number);
    let mut seen = BTreeSet::new();
    for one in exchanges() {
        let text = one.json["response"]["body"]["text"].as_str().unwrap_or("");
        let Ok(Value::Object(_)) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        let envelope: Envelope = serde_json::from_str(text).unwrap();
        seen.insert(envelope.code);
    }
    assert!(seen.remove(&0));
    let unknown: Vec<i64> = seen
        .iter()
        .copied()
        .filter(|code| !known.contains(code))
        .collect();
    assert!(
        unknown.is_empty() && seen.len() > 5,
        "{unknown:?} of {seen:?}"
    );
}

#[test]
fn answers_leave_out_what_is_not_there() {
    let json = |envelope: &Envelope| serde_json::to_value(envelope).unwrap();
    assert_eq!(json(&Envelope::done()), json!({"code": 0, "msg": ""}));
    let id = Envelope::of(&1i64);
    assert_eq!(json(&id), json!({"code": 0, "data": "AwQAAg==", "msg": ""}));
    let gone: Envelope =
        serde_json::from_str(r#"{"Code":404,"Msg":"task not found","RawError":{}}"#).unwrap();
    assert_eq!((gone.code, gone.msg.as_str()), (404, "task not found"));
}
