//! `kill -9` exactly at each step of storing content: what was acknowledged is there, and with what
//! was not its client goes on.

use std::path::Path;

use bytes::Bytes;
use serde_json::json;
use tests::{Client, Program, Refusal, bytes_of};

use crate::code;

/// One full chunk and a short one.
const BYTES: usize = (25 << 20) + 1000;

/// The server after a crash, and its administrator.
async fn again(data: &Path) -> (Program, Client) {
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    (program, admin)
}

/// The server that will die at a step, and its administrator.
async fn until(data: &Path, step: &str) -> (Program, Client) {
    let program = Program::serve_until(data, step).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    (program, admin)
}

/// A site with one file for each of these steps.
async fn prepared(steps: &[&str]) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    for number in 0..steps.len() {
        admin.put(&path_of(number), "old").await;
    }
    program.kill();
    data
}

fn path_of(number: usize) -> String {
    format!("/{number}.bin")
}

/// Everything was tidied up: nobody holds bytes but these files, one version each and `old`.
async fn assert_sound(data: &Path, admin: &Client, steps: usize, bytes: usize) {
    let used = steps * (3 + bytes);
    assert_eq!(admin.used().await, used as u64);
    let output = Program::run(data, ["doctor", "--hash"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let staged = tests::staged_below(data);
    assert!(staged.is_empty(), "{staged:?}");
}

/// What a client knows of an upload that was cut off.
struct CutOff {
    /// `None`: it was never told of a session.
    session: Option<String>,
    chunks: Vec<Bytes>,
    /// Chunks from here on were not acknowledged.
    from: usize,
}

async fn upload_until(data: &Path, step: &str, path: &str, bytes: &Bytes) -> CutOff {
    let (program, admin) = until(data, step).await;
    let body = json!({ "uri": tests::uri(path), "size": bytes.len(), "entity_type": "version" });
    let opening = admin.request(reqwest::Method::PUT, "/file/upload");
    let opened = admin.try_send(opening.json(&body)).await;
    let session = opened.map(|reply| reply.ok()["session_id"].as_str().unwrap().to_owned());
    let chunks = vec![bytes.slice(..25 << 20), bytes.slice(25 << 20..)];
    let mut cut_off = CutOff {
        session,
        chunks,
        from: 0,
    };
    if let Some(session) = &cut_off.session {
        for (index, chunk) in cut_off.chunks.iter().enumerate() {
            let request = admin.chunk_request(session, index, chunk.clone());
            match admin.try_send(request).await {
                Some(reply) => reply.done(),
                None => break,
            }
            cut_off.from = index + 1;
        }
    }
    assert!(cut_off.from < cut_off.chunks.len(), "nothing was cut off");
    assert!(program.died(), "{step}");
    cut_off
}

const UPLOAD: [&str; 8] = [
    "upload: begun",
    "chunk: stored",
    "chunk: recorded",
    "upload: sealed",
    "upload: placed",
    "upload: stored",
    "upload: written",
    "upload: committed",
];

#[tokio::test]
async fn an_upload_that_was_cut_off_at_any_step_goes_on() {
    let data = prepared(&UPLOAD).await;
    let data = data.path();
    for (number, step) in UPLOAD.into_iter().enumerate() {
        let path = path_of(number);
        let bytes = bytes_of(step, BYTES);
        let cut_off = upload_until(data, step, &path, &bytes).await;
        let (program, admin) = again(data).await;
        if let Some(session) = &cut_off.session {
            let found = admin.get(&path).await;
            let is_whole = found == bytes;
            assert_eq!(is_whole, step == "upload: committed", "{step}");
            assert!(is_whole || found == "old", "{step}");
            for index in cut_off.from..cut_off.chunks.len() {
                let chunk = cut_off.chunks[index].clone();
                let code = admin.send_chunk(session, index, chunk).await.code();
                let expected = if is_whole {
                    code::UPLOAD_SESSION_EXPIRED
                } else {
                    0
                };
                assert_eq!(code, expected, "{step}");
            }
        } else {
            // Its lock is told to whoever it is in the way of.
            let version = json!({ "entity_type": "version" });
            let size = bytes.len() as u64;
            let refused = admin.try_open_upload(&path, size, version).await;
            let token = refused.data()[0]["token"].as_str().unwrap().to_owned();
            admin.unlock(&[&token]).await.done();
            admin.overwrite(&path, bytes.clone()).await;
        }
        assert!(admin.get(&path).await == bytes, "{step}");
        program.kill();
    }
    let (program, admin) = again(data).await;
    assert_sound(data, &admin, UPLOAD.len(), BYTES).await;
    assert!(program.stop());
}

#[tokio::test]
async fn an_upload_that_was_cut_off_at_any_step_can_be_cancelled_and_begun_anew() {
    let steps = &UPLOAD[1..7];
    let data = prepared(steps).await;
    let data = data.path();
    for (number, step) in steps.iter().enumerate() {
        let path = path_of(number);
        let bytes = bytes_of(step, BYTES);
        let cut_off = upload_until(data, step, &path, &bytes).await;
        let (program, admin) = again(data).await;
        assert_eq!(admin.get(&path).await, "old", "{step}");
        let session = cut_off.session.unwrap();
        admin.cancel_upload(&session, &path).await.done();
        assert_eq!(admin.get(&path).await, "old", "{step}");
        admin.overwrite(&path, bytes.clone()).await;
        assert!(admin.get(&path).await == bytes, "{step}");
        program.kill();
    }
    let (program, admin) = again(data).await;
    assert_sound(data, &admin, steps.len(), BYTES).await;
    assert!(program.stop());
}

const CONTENT: [&str; 7] = [
    "content: expected",
    "content: sealed",
    "content: placed",
    "content: stored",
    "change: taken",
    "change: written",
    "change: committed",
];

#[tokio::test]
async fn content_that_was_cut_off_at_any_step_can_be_written_again_at_once() {
    let data = prepared(&CONTENT).await;
    let data = data.path();
    for (number, step) in CONTENT.into_iter().enumerate() {
        let path = path_of(number);
        let bytes = bytes_of(step, 100_000);
        let (program, admin) = until(data, step).await;
        let route = format!("/file/content?uri={}", tests::escape(&tests::uri(&path)));
        let request = admin.request(reqwest::Method::PUT, &route);
        let answer = admin.try_send(request.body(bytes.clone())).await;
        assert!(answer.is_none(), "{step}: it was answered");
        assert!(program.died(), "{step}");

        let (program, admin) = again(data).await;
        let is_whole = admin.versions(&path).await.len() == 2;
        assert_eq!(is_whole, step == "change: committed", "{step}");
        let before = if is_whole {
            bytes.clone()
        } else {
            "old".into()
        };
        assert!(admin.get(&path).await == before, "{step}");
        if !is_whole {
            admin.put_content(&path, bytes.clone()).await.ok();
        }
        assert!(admin.get(&path).await == bytes, "{step}");
        program.kill();
    }
    let (program, admin) = again(data).await;
    assert_eq!(admin.used().await, (CONTENT.len() * 100_003) as u64);
    let output = Program::run(data, ["doctor", "--hash"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(program.stop());
}

const RELOCATION: [&str; 3] = [
    "relocate: reserved",
    "relocate: copied",
    "relocate: exchanged",
];

/// Waits until nothing moves any more.
async fn has_moved(data: &Path) {
    is_done(data, "relocate").await;
}

/// Waits until tasks of a kind have ended.
async fn is_done(data: &Path, kind: &str) {
    let open = format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE kind = '{kind}' \
         AND state IN ('queued', 'processing', 'suspending')"
    );
    let patience = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while Program::ask(data, &open).await != "0" {
        assert!(std::time::Instant::now() < patience, "nothing moves on");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn bytes_that_were_on_the_move_arrive_after_a_crash_at_any_step() {
    for step in RELOCATION {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        let program = Program::serve(data, Refusal::Nothing).await;
        let admin = program.user("admin").await;
        for number in 0..3 {
            admin.put(&path_of(number), bytes_of(step, 300_000)).await;
        }
        let policy = json!({ "id": 0, "name": "There", "type": "local", "settings": {},
            "dir_name_rule": "there/{uid}", "file_name_rule": "{uuid}", "edges": {} });
        let body = json!({ "policy": policy });
        let made = admin.put_json("/admin/policy", body).await.ok();
        let mut group = admin.get_json("/admin/group/1", &[]).await.ok();
        group["settings"]["other_policies"] = json!([made["id"]]);
        let body = json!({ "group": group });
        admin.put_json("/admin/group/1", body).await.ok();
        let offered = admin.get_json("/user/setting/policies", &[]).await.ok();
        program.kill();

        let (program, admin) = until(data, step).await;
        let body = json!({ "src": ["cloudreve://my"], "dst_policy_id": offered[1]["id"] });
        let begin = admin.request(reqwest::Method::POST, "/workflow/relocate");
        admin.try_send(begin.json(&body)).await;
        assert!(program.died(), "{step}");
        // Nobody has to wait until it is clear that the worker is gone.
        Program::tamper(
            data,
            "UPDATE tasks SET lease_until = 1 WHERE lease_until IS NOT NULL",
        )
        .await;
        let (program, admin) = again(data).await;
        has_moved(data).await;
        for number in 0..3 {
            assert!(admin.get(&path_of(number)).await == bytes_of(step, 300_000));
        }
        let there = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs \
                     WHERE reference_count = 1 AND key LIKE 'there/%'";
        assert_eq!(Program::ask(data, there).await, "3", "{step}");
        program.kill();
        let output = Program::run(data, ["doctor", "--hash"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{step}: {said}");
    }
}

const IMPORT: [&str; 6] = [
    "import: listed",
    "import: entered",
    "import: looked",
    "import: taken",
    "task: claimed",
    "task: stepped",
];

#[tokio::test]
async fn what_was_being_taken_over_is_there_once_after_a_crash_at_any_step() {
    for step in IMPORT {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        let program = Program::serve(data, Refusal::Nothing).await;
        program.user("admin").await;
        program.kill();
        for number in 0..230 {
            let folder = data.join(format!("uploads/there/{}", number % 2));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{number}.txt")), "text").unwrap();
        }

        let (program, admin) = until(data, step).await;
        let body = json!({ "src": "there", "dst": "/in", "user_id": admin.id, "policy_id": 1,
            "recursive": true, "owned": true });
        let begin = admin.request(reqwest::Method::POST, "/workflow/import");
        admin.try_send(begin.json(&body)).await;
        assert!(program.died(), "{step}");
        // Nobody has to wait until it is clear that the worker is gone.
        Program::tamper(
            data,
            "UPDATE tasks SET lease_until = 1 WHERE lease_until IS NOT NULL",
        )
        .await;
        let (program, admin) = again(data).await;
        is_done(data, "import").await;
        let query = [("page_size", "10"), ("category", "general")];
        let tasks = admin.get_json("/workflow", &query).await.ok();
        let task = &tasks["tasks"][0];
        assert_eq!(task["status"], "completed", "{step}: {task}");
        let props = &task["summary"]["props"];
        // What was taken over before the crash counts, too.
        let counts = ["files", "bytes", "skipped", "failed"].map(|key| props[key].as_i64());
        assert_eq!(counts, [230, 920, 0, 0].map(Some), "{step}: {task}");
        for folder in ["/in/0", "/in/1"] {
            assert_eq!(admin.names(folder).await.len(), 115, "{step}");
        }
        assert_eq!(admin.used().await, 920, "{step}");
        assert_eq!(admin.get("/in/1/1.txt").await, "text");
        is_done(data, "blob_verify").await;
        program.kill();
        let output = Program::run(data, ["doctor", "--hash"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{step}: {said}");
    }
}
