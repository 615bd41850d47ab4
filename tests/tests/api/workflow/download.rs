//! `/workflow/download`: files fetched from elsewhere.

mod daemons;
mod ftp;
mod midway;
mod origin;
mod programs;
mod together;
mod web;

use crate::code;
use origin::{Origin, some_bytes};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::{Client, Reply, TestServer, hash_of};

/// A server whose downloader may ask this machine.
async fn near() -> TestServer {
    let server = TestServer::start().await;
    configure(
        &server,
        json!({ "url_validation": { "allowed_cidrs": ["127.0.0.0/8"] } }),
    )
    .await;
    server
}

/// Has the node of the site say this of downloads.
async fn configure(server: &TestServer, settings: Value) {
    let admin = server.admin();
    let mut node = admin.get_json("/admin/node/1", &[]).await.ok();
    node["settings"] = settings;
    admin
        .put_json("/admin/node/1", json!({ "node": node }))
        .await
        .ok();
}

async fn try_download(who: &Client, body: Value) -> Reply {
    who.post("/workflow/download", body).await
}

/// Begins one download into the root; its id.
async fn begin(who: &Client, link: &str) -> Value {
    let body = json!({ "src": [link], "dst": "cloudreve://my/" });
    let begun = try_download(who, body).await.ok();
    assert_eq!(begun.as_array().unwrap().len(), 1);
    assert_eq!(begun[0]["type"], "remote_download");
    begun[0]["id"].clone()
}

async fn told(who: &Client, id: &Value) -> Value {
    for category in ["downloading", "downloaded"] {
        let query = [("page_size", "25"), ("category", category)];
        let all = who.get_json("/workflow", &query).await.ok();
        let tasks = all["tasks"].as_array().unwrap();
        if let Some(task) = tasks.iter().find(|task| task["id"] == *id) {
            return task.clone();
        }
    }
    // It went from one list to the other.
    let query = [("page_size", "25"), ("category", "downloaded")];
    let all = who.get_json("/workflow", &query).await.ok();
    let tasks = all["tasks"].as_array().unwrap();
    tasks.iter().find(|task| task["id"] == *id).unwrap().clone()
}

/// Waits for something to be so of a task.
async fn until(who: &Client, id: &Value, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let task = told(who, id).await;
        if is_so(&task) {
            return task;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{task}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn ended(who: &Client, id: &Value) -> Value {
    until(who, id, |task| {
        matches!(
            task["status"].as_str(),
            Some("completed" | "error" | "canceled")
        )
    })
    .await
}

/// What a download of a link ends in, and why.
async fn outcome(who: &Client, link: &str) -> (String, String) {
    let id = begin(who, link).await;
    let task = ended(who, &id).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&task["status"]), text(&task["error"]))
}

/// Waits until what was fetched lies nowhere but in drives.
async fn nothing_is_left(server: &TestServer) {
    server.nothing_left_of("remote_download").await;
    let begun = Instant::now();
    for provider in ["builtin", "aria2", "qbittorrent"] {
        let folder = server.data().join("downloads").join(provider);
        while std::fs::read_dir(&folder).map_or(0, Iterator::count) > 0 {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "{} is not empty",
                folder.display()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_link_becomes_a_file_without_any_other_program() {
    let server = near().await;
    let origin = Origin::start(some_bytes(3 << 20)).await;
    let admin = server.admin();
    let begun = Instant::now();
    let id = begin(admin, &origin.link("/a/some%20file.bin?x=1")).await;
    let task = ended(admin, &id).await;
    let took = begun.elapsed();
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    assert_eq!(props["src_str"], origin.link("/a/some%20file.bin?x=1"));
    assert_eq!(
        (&props["src"], &props["dst"]),
        (&json!(""), &json!("cloudreve://my/"))
    );
    assert_eq!(props["failed"], 0);
    let download = &props["download"];
    assert_eq!(download["name"], "some file.bin");
    assert_eq!(download["state"], "completed");
    assert_eq!(
        (&download["total"], &download["downloaded"]),
        (&json!(3 << 20), &json!(3 << 20))
    );
    assert_eq!(download["files"][0]["progress"], 1.0);
    assert!(download.get("save_path").is_none(), "{download}");
    let content = admin.get("/some file.bin").await;
    assert_eq!(hash_of(&content), hash_of(&origin.content()));
    assert!(took < Duration::from_secs(2), "{took:?}");
    nothing_is_left(&server).await;
}

#[tokio::test]
async fn what_is_asked_for_is_looked_at_in_order() {
    let server = near().await;
    let admin = server.admin();
    let alice = server.user("alice").await;
    let dst = "cloudreve://my/";
    let link = "http://127.0.0.1:1/x";
    // Users may not, whatever they ask for.
    let refused = try_download(&alice, json!({ "src": [], "dst": "" })).await;
    refused.refused(code::GROUP_NOT_ALLOWED);
    for (body, code, words) in [
        (
            json!({ "dst": "nonsense" }),
            code::PARAMETER,
            "No source files",
        ),
        (
            json!({ "src": [" ", ""], "dst": dst }),
            code::PARAMETER,
            "No source files",
        ),
        (
            json!({ "src": [link], "src_file": dst, "dst": dst }),
            code::PARAMETER,
            "Invalid source files",
        ),
        (
            json!({ "src": [link], "dst": "nonsense" }),
            code::PARAMETER,
            "",
        ),
        (
            json!({ "src": [link], "dst": "cloudreve://my/none" }),
            code::PARENT_NOT_EXIST,
            "",
        ),
        (
            json!({ "src": vec![link; 51], "dst": dst }),
            code::TOO_MANY_DOWNLOADS,
            "50",
        ),
        (
            json!({ "src": ["x".repeat(17 << 10)], "dst": dst }),
            code::PARAMETER,
            "too long",
        ),
        (
            json!({ "src": [link, "magnet:?xt=urn:btih:zzz"], "dst": dst }),
            code::PARAMETER,
            "A magnet link names no torrent: magnet:?xt=urn:btih:zzz",
        ),
        (
            json!({ "src": ["magnet:?foo"], "dst": dst }),
            code::PARAMETER,
            "names no torrent",
        ),
        (
            json!({ "src_file": "cloudreve://my/no.torrent", "dst": dst }),
            code::PARENT_NOT_EXIST,
            "",
        ),
    ] {
        let reply = try_download(admin, body.clone()).await;
        reply.refused(code);
        assert!(reply.text().contains(words), "{body}: {}", reply.text());
    }
    // Nothing was begun of it.
    let tasks = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE kind = 'remote_download'";
    assert_eq!(server.ask(tasks).await, "0");
    let begun = try_download(admin, json!({ "src": [link, " ", link], "dst": dst }))
        .await
        .ok();
    assert_eq!(begun.as_array().unwrap().len(), 2);
}
