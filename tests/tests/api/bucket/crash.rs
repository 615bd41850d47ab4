//! `kill -9` between the bucket and our rows: what was joined there becomes the file, what was not
//! goes, and either counts once.

use super::{PART, content, relay};
use crate::code;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tests::{Bucket, Client, Program, Refusal, UploadSession};

/// A site whose new files go to a bucket of its own.
async fn prepared() -> (tempfile::TempDir, Bucket) {
    prepared_with(&json!({})).await
}

/// The same with these settings of the policy.
async fn prepared_with(more: &Value) -> (tempfile::TempDir, Bucket) {
    let (data, bucket) = (tempfile::tempdir().unwrap(), Bucket::fresh());
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.use_storage(bucket.policy("Bucket", more)).await;
    program.kill();
    (data, bucket)
}

async fn signed_in(program: &Program) -> Client {
    program.stranger().sign_in("admin", tests::PASSWORD).await
}

async fn again(data: &Path) -> (Program, Client) {
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = signed_in(&program).await;
    (program, admin)
}

/// Opens an upload on a server that will die at a step.
async fn until(data: &Path, step: &str, path: &str) -> (Program, Client, UploadSession) {
    let program = Program::serve_until(data, step).await;
    let admin = signed_in(&program).await;
    let session = admin.open_upload(path, content().len() as u64).await;
    (program, admin, session)
}

/// In the background, a moment after the restart.
async fn assert_soon(what: &str, is_so: impl AsyncFn() -> bool) {
    let patience = Instant::now() + Duration::from_mins(1);
    while !is_so().await {
        assert!(Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn what_the_bucket_has_joined_becomes_the_file_whenever_the_server_dies() {
    let (data, bucket) = prepared().await;
    let data = data.path();
    let steps = ["upload: stored", "upload: written", "upload: committed"];
    for (number, step) in steps.into_iter().enumerate() {
        let path = format!("/{number}.bin");
        let (program, admin, session) = until(data, step, &path).await;
        admin.send_to_bucket(&session, &content()).await;
        let url = format!("/api/v4{}", session.callback("s3"));
        let told = admin.fetch_request(reqwest::Method::GET, &url);
        assert!(
            admin.try_send(told).await.is_none(),
            "{step}: it was answered"
        );
        assert!(program.died(), "{step}");

        let (program, admin) = again(data).await;
        let is_whole = admin.info(&path).await.ok()["size"] == content().len();
        assert_eq!(is_whole, step == "upload: committed", "{step}");
        // The client did not hear the answer, and tells again.
        admin.call_back(&session.callback("s3")).await.done();
        assert!(admin.get_at_vendor(&path).await.1 == content(), "{step}");
        assert_eq!(admin.versions(&path).await.len(), 1, "{step}");
        let used = (number + 1) * content().len();
        assert_eq!(admin.used().await, used as u64, "{step}");
        program.kill();
    }
    assert_eq!((bucket.keys().len(), bucket.unfinished()), (steps.len(), 0));
    let (program, admin) = again(data).await;
    admin
        .delete_for_good(&["/0.bin", "/1.bin", "/2.bin"])
        .await
        .done();
    assert_soon("the objects go", async || bucket.keys().is_empty()).await;
    assert_eq!(admin.used().await, 0);
    assert!(program.stop());
}

#[tokio::test]
async fn a_relayed_upload_goes_on_whenever_the_server_dies() {
    let (data, bucket) = prepared_with(&relay()).await;
    let data = data.path();
    let steps = [
        "chunk: stored",
        "upload: stored",
        "upload: written",
        "upload: committed",
    ];
    for (number, step) in steps.into_iter().enumerate() {
        let path = format!("/{number}.bin");
        let (program, admin, session) = until(data, step, &path).await;
        let sent = admin.chunk_request(&session.id, 0, content());
        let answer = admin.try_send(sent).await;
        assert!(answer.is_none(), "{step}: it was answered");
        assert!(program.died(), "{step}");

        let (program, admin) = again(data).await;
        let is_whole = admin.info(&path).await.ok()["size"] == content().len();
        assert_eq!(is_whole, step == "upload: committed", "{step}");
        // The client did not hear the answer, and sends it again.
        let again = admin.send_chunk(&session.id, 0, content()).await.code();
        let expected = if is_whole {
            code::UPLOAD_SESSION_EXPIRED
        } else {
            0
        };
        assert_eq!(again, expected, "{step}");
        assert!(admin.get(&path).await == content(), "{step}");
        assert_eq!(admin.versions(&path).await.len(), 1, "{step}");
        let used = (number + 1) * content().len();
        assert_eq!(admin.used().await, used as u64, "{step}");
        program.kill();
    }
    assert_eq!((bucket.keys().len(), bucket.unfinished()), (steps.len(), 0));
}

#[tokio::test]
async fn an_upload_that_is_called_off_ends_in_the_bucket_whenever_the_server_dies() {
    let (data, bucket) = prepared().await;
    let data = data.path();
    for (step, joined) in [
        ("upload: ends", false),
        ("upload: ended", false),
        ("upload: ends", true),
        ("upload: ended", true),
    ] {
        let (program, admin, session) = until(data, step, "/a.bin").await;
        if joined {
            admin.send_to_bucket(&session, &content()).await;
        } else {
            let part = content().slice(..PART);
            admin.send_bucket_part(&session, 0, part).await.unwrap();
        }
        let body = json!({ "id": session.id, "uri": tests::uri("/a.bin") });
        let cancel = admin.request(reqwest::Method::DELETE, "/file/upload");
        let cancelled = admin.try_send(cancel.json(&body)).await;
        assert!(cancelled.is_none(), "{step}: it was answered");
        assert!(program.died(), "{step}");

        let (program, admin) = again(data).await;
        if step == "upload: ends" {
            // Nothing was done yet: it is still under way, and can be called off.
            assert_eq!(admin.used().await, content().len() as u64);
            admin.cancel_upload(&session.id, "/a.bin").await.done();
        }
        assert_eq!(admin.everything().await, ["used: 0"], "{step}");
        assert_soon(step, async || {
            bucket.keys().is_empty() && bucket.unfinished() == 0
        })
        .await;
        let late = admin.call_back(&session.callback("s3")).await;
        assert_eq!(late.status, 401, "{step}");
        program.kill();
    }
}

#[tokio::test]
async fn an_upload_of_which_the_client_never_heard_is_in_nobodys_way() {
    let (data, bucket) = prepared().await;
    let data = data.path();
    let program = Program::serve_until(data, "upload: begun").await;
    let admin = signed_in(&program).await;
    let body = json!({ "uri": tests::uri("/a.bin"), "size": content().len() });
    let opening = admin.request(reqwest::Method::PUT, "/file/upload");
    assert!(admin.try_send(opening.json(&body)).await.is_none());
    assert!(program.died());
    // No row knows it: whoever sweeps the bucket a day later ends it.
    assert_eq!(bucket.unfinished(), 1);
    let (program, admin) = again(data).await;
    let version = json!({ "entity_type": "version" });
    let size = content().len() as u64;
    let refused = admin.try_open_upload("/a.bin", size, version).await;
    let token = refused.data()[0]["token"].as_str().unwrap().to_owned();
    admin.unlock(&[&token]).await.done();
    admin.put_into_bucket("/a.bin", content()).await;
    assert!(admin.get_at_vendor("/a.bin").await.1 == content());
    assert_eq!(admin.used().await, content().len() as u64);
    assert!(program.stop());
}

#[tokio::test]
async fn an_upload_that_runs_out_ends_in_the_bucket_and_gives_its_room_back() {
    for joined in [false, true] {
        let mut site = super::site(json!({})).await;
        site.server.set(&[("upload_session_timeout", "3")]).await;
        let alice = &site.alice;
        let session = alice.open_upload("/a.bin", content().len() as u64).await;
        if joined {
            alice.send_to_bucket(&session, &content()).await;
        } else {
            let part = content().slice(..PART);
            alice.send_bucket_part(&session, 0, part).await.unwrap();
            assert_eq!(site.bucket.unfinished(), 1);
        }
        tokio::time::sleep(Duration::from_secs(4)).await;
        let late = alice.call_back(&session.callback("s3")).await;
        assert_eq!(late.status, 401, "{}", late.text());
        // Whoever wants the path ends it, if no sweep did.
        let next = alice.open_overwrite("/a.bin", 10).await;
        alice.cancel_upload(&next.id, "/a.bin").await.done();
        site.server.nothing_left_of("abort_upload").await;
        assert_eq!(alice.used().await, 0);
        assert_eq!((site.bucket.keys().len(), site.bucket.unfinished()), (0, 0));
    }
}

/// Waits until tasks of a kind have ended.
async fn is_done(data: &Path, kind: &str) {
    let open = format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE kind = '{kind}' \
         AND state IN ('queued', 'processing', 'suspending')"
    );
    let none = async || Program::ask(data, &open).await == "0";
    assert_soon(&format!("{kind} is not getting done"), none).await;
}

/// Nothing lies in the bucket that no row knows of, and no row is without its bytes.
fn assert_sound(data: &Path) {
    let output = Program::run(data, ["doctor", "--hash"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}

/// What is kept for a while in case that it still comes goes now; nobody else holds it.
async fn what_is_left_goes(data: &Path) {
    let now = "UPDATE blobs SET unlinked_at = 1 WHERE reference_count = 0";
    Program::tamper(data, now).await;
    let (program, admin) = again(data).await;
    admin.delete_for_good(&["/sacrificed.txt"]).await.done();
    is_done(data, "collect_trash").await;
    is_done(data, "recycle_blobs").await;
    program.kill();
    assert_sound(data);
}

#[tokio::test]
async fn what_is_written_in_one_go_is_whole_or_not_there_whenever_the_server_dies() {
    let (data, bucket) = prepared_with(&relay()).await;
    let data = data.path();
    let steps = [
        "content: expected",
        "content: stored",
        "change: taken",
        "change: written",
        "change: committed",
    ];
    let (program, admin) = again(data).await;
    for number in 0..steps.len() {
        admin.put(&format!("/{number}.bin"), "old").await;
    }
    admin.put("/sacrificed.txt", "x").await;
    program.kill();
    for (number, step) in steps.into_iter().enumerate() {
        let path = format!("/{number}.bin");
        let program = Program::serve_until(data, step).await;
        let admin = signed_in(&program).await;
        let route = format!("/file/content?uri={}", tests::escape(&tests::uri(&path)));
        let written = admin.request(reqwest::Method::PUT, &route).body(content());
        assert!(admin.try_send(written).await.is_none(), "{step}");
        assert!(program.died(), "{step}");

        let (program, admin) = again(data).await;
        let is_whole = admin.versions(&path).await.len() == 2;
        assert_eq!(is_whole, step == "change: committed", "{step}");
        if !is_whole {
            assert_eq!(admin.get(&path).await, "old", "{step}");
            admin.put_content(&path, content()).await.ok();
        }
        assert!(admin.get(&path).await == content(), "{step}");
        program.kill();
    }
    let (program, admin) = again(data).await;
    let used = steps.len() * (3 + content().len()) + 1;
    assert_eq!(admin.used().await, used as u64);
    program.kill();
    what_is_left_goes(data).await;
    assert_eq!((bucket.keys().len(), bucket.unfinished()), (10, 0));
}

#[tokio::test]
async fn what_is_on_the_move_to_a_bucket_arrives_once_whenever_the_server_dies() {
    for step in [
        "relocate: reserved",
        "relocate: copied",
        "relocate: exchanged",
    ] {
        let (data, bucket) = (tempfile::tempdir().unwrap(), Bucket::fresh());
        let data = data.path();
        let program = Program::serve(data, Refusal::Nothing).await;
        let admin = program.user("admin").await;
        for number in 0..3 {
            let bytes = tests::bytes_of(step, 100_000 + number);
            admin.put(&format!("/{number}.bin"), bytes).await;
        }
        let body = json!({ "policy": bucket.policy("There", &relay()) });
        let made = admin.put_json("/admin/policy", body).await.ok();
        program.kill();

        let program = Program::serve_until(data, step).await;
        let admin = signed_in(&program).await;
        let begin = admin.request(reqwest::Method::POST, "/admin/policy/1/relocate");
        let target = json!({ "target": made["id"] });
        admin.try_send(begin.json(&target)).await;
        assert!(program.died(), "{step}");
        // Nobody has to wait until it is clear that the worker is gone.
        let released = "UPDATE tasks SET lease_until = 1 WHERE lease_until IS NOT NULL";
        Program::tamper(data, released).await;
        let (program, admin) = again(data).await;
        is_done(data, "relocate").await;
        for number in 0..3 {
            let found = admin.get(&format!("/{number}.bin")).await;
            assert!(found == tests::bytes_of(step, 100_000 + number), "{step}");
        }
        assert_eq!(admin.used().await, 300_003);
        program.kill();
        // What was cut off may still arrive there: its row waits for that before it goes.
        assert_sound(data);
        assert!((3..=6).contains(&bucket.keys().len()), "{step}");
    }
}
