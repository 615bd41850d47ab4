//! What lies in a folder on a WebDAV server becomes files, where it is.

use super::{Site, site, with};
use crate::code;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::proxy::Fate;
use tests::{Client, DavFolder, TestServer};

/// Has it taken over; what the task counted.
async fn import(site: &Site, more: Value) -> [i64; 5] {
    let alice = &site.alice;
    let mut body = json!({ "dst": "/in", "user_id": alice.id, "recursive": true });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let admin = site.server.admin();
    admin.post("/workflow/import", body).await.ok();
    counted(&site.server, alice).await
}

async fn counted(server: &TestServer, who: &Client) -> [i64; 5] {
    server.nothing_left_of("import").await;
    let query = [("page_size", "10"), ("category", "general")];
    let tasks = who.get_json("/workflow", &query).await.ok();
    let task = tasks["tasks"][0].clone();
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    ["files", "folders", "bytes", "skipped", "failed"].map(|key| props[key].as_i64().unwrap())
}

#[tokio::test]
async fn a_folder_becomes_one_of_the_drive_and_its_files_stay_what_they_are() {
    let site = site().await;
    let (alice, folder) = (&site.alice, &site.folder);
    for (path, content) in [
        ("photos/a b+c%.jpg", "a"),
        ("photos/2024/ü.txt", "text"),
        ("photos.txt", "beside"),
        ("else/b.txt", "b"),
    ] {
        folder.lay(path, content).await;
    }
    let files = folder.files().await;
    for src in ["missing", "photos.txt", "a/../b", ".staging"] {
        let body = json!({
            "src": src, "dst": "/", "user_id": alice.id, "policy_id": site.policy,
        });
        let refused = site.server.admin().post("/workflow/import", body).await;
        refused.refused(code::PARAMETER);
    }
    let more = json!({ "src": "photos", "policy_id": site.policy });
    assert_eq!(import(&site, more.clone()).await, [2, 2, 5, 0, 0]);
    assert_eq!(alice.names("/in").await, ["2024", "a b+c%.jpg"]);
    assert_eq!(alice.get("/in/2024/ü.txt").await, "text");
    site.server.nothing_left_of("blob_verify").await;
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(site.server.ask(hashed).await, "2");
    alice.delete_for_good(&["/in"]).await.done();
    site.cleared().await;
    assert_eq!(folder.files().await, files);
}

#[tokio::test]
async fn what_lies_in_the_folder_of_another_policy_is_not_taken_over() {
    let folder = DavFolder::fresh();
    let server = TestServer::start().await;
    server.use_storage(folder.policy("Inner", &json!({}))).await;
    let alice = server.user("alice").await;
    alice.put("/mine.txt", "mine").await;
    let files = folder.files().await;
    // The folder above, by which the same files have other keys.
    let (above, name) = folder.name.split_once('/').unwrap();
    let outer = folder.policy("Above", &json!({}));
    let outer = json!({ "policy": with(&outer, "bucket_name", above) });
    let outer = server.admin().put_json("/admin/policy", outer).await.ok();
    let order = |src: &str| {
        json!({
            "src": src, "dst": "/in", "user_id": alice.id, "policy_id": outer["id"],
            "recursive": true, "owned": true,
        })
    };
    let admin = server.admin();
    let refused = admin.post("/workflow/import", order(name)).await;
    refused.refused(code::PARAMETER);
    admin.post("/workflow/import", order(".")).await.ok();
    let [taken, .., failed] = counted(&server, &alice).await;
    assert_eq!((taken, failed), (0, 1));
    assert_eq!(folder.files().await, files);
    assert_eq!(alice.get("/mine.txt").await, "mine");
}

/// As if what an import waits for failed for the first time some minutes earlier, and it had waited.
async fn minutes_pass(server: &TestServer) {
    let state = "SELECT private_state AS value FROM tasks WHERE kind = 'import'";
    let mut state: Value = serde_json::from_str(&server.ask(state).await).unwrap();
    for failing in state["failures"].as_array_mut().into_iter().flatten() {
        failing["since"] = json!(failing["since"].as_i64().unwrap() - 180_000_000);
    }
    let passed = format!(
        "UPDATE tasks SET private_state = '{state}', resume_at = 1 \
         WHERE kind = 'import' AND state = 'suspending'"
    );
    server.tamper(&passed).await;
}

#[tokio::test]
async fn what_the_server_fails_at_is_told_and_does_not_keep_the_rest_out() {
    let site = site().await;
    let (alice, server) = (&site.alice, &site.server);
    for path in [
        "a.txt",
        "broken.txt",
        "c.txt",
        "in/d.txt",
        "worse/e.txt",
        "z/f.txt",
    ] {
        site.folder.lay(path, "text").await;
    }
    for of in ["broken.txt", "worse"] {
        // What may pass would be asked for several times in a row.
        let fate = Fate::Answer(406, String::new());
        site.proxy.have("", of, usize::MAX, fate);
    }
    let body = json!({
        "src": ".", "dst": "/in", "user_id": alice.id, "policy_id": site.policy, "recursive": true,
    });
    let admin = server.admin();
    admin.post("/workflow/import", body).await.ok();
    // It waits for minutes before it believes that.
    let open = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
                WHERE kind = 'import' AND state IN ('queued', 'processing', 'suspending')";
    let patience = Instant::now() + Duration::from_mins(1);
    while server.ask(open).await != "0" {
        assert!(Instant::now() < patience, "it waits for what never comes");
        let state = "SELECT state AS value FROM tasks WHERE kind = 'import'";
        if server.ask(state).await == "suspending" {
            minutes_pass(server).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let [taken, .., failed] = counted(server, alice).await;
    assert_eq!((taken, failed), (4, 2));
    assert_eq!(alice.get("/in/z/f.txt").await, "text");
    let query = [("page_size", "10"), ("category", "general")];
    let tasks = alice.get_json("/workflow", &query).await.ok();
    let problems = &tasks["tasks"][0]["summary"]["props"]["problems"];
    let unreadable = |path| json!({ "path": path, "reason": "unreadable" });
    let expected = json!([unreadable("broken.txt"), unreadable("worse")]);
    assert_eq!(*problems, expected);
}
