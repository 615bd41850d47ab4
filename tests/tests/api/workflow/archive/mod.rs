//! `POST /workflow/archive`: files and folders become an archive in the drive.

mod bounds;
mod crash;
mod elsewhere;
mod midway;
mod others;
mod witnesses;

use crate::code;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::time::{Duration, Instant};
use tests::{Client, Reply, TestServer, bytes_of, uri};

/// Ordinary users may make archives.
const MAY_PACK: &str = "AC08";

struct Site {
    server: TestServer,
    alice: Client,
}

async fn site() -> Site {
    site_on(TestServer::start().await).await
}

async fn site_on(server: TestServer) -> Site {
    server.permit_users(MAY_PACK).await;
    let alice = server.user("alice").await;
    Site { server, alice }
}

fn body_of<P: AsRef<str>>(src: &[P], dst: &str, more: &Value) -> Value {
    let src: Vec<String> = src.iter().map(|path| uri_of(path.as_ref())).collect();
    let mut body = json!({ "src": src, "dst": uri_of(dst) });
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}

/// A path in one's own drive, unless it is a URI.
fn uri_of(path: &str) -> String {
    if path.contains("://") {
        path.to_owned()
    } else {
        uri(path)
    }
}

async fn try_pack<P: AsRef<str>>(who: &Client, src: &[P], dst: &str, more: Value) -> Reply {
    who.post("/workflow/archive", body_of(src, dst, &more))
        .await
}

/// Begins to pack. Answers the id of the task.
async fn begin<P: AsRef<str>>(who: &Client, src: &[P], dst: &str) -> String {
    let task = try_pack(who, src, dst, json!({})).await.ok();
    task["id"].as_str().unwrap().to_owned()
}

/// Packs, and waits; what the task is then.
async fn pack<P: AsRef<str>>(who: &Client, src: &[P], dst: &str, more: Value) -> Value {
    let task = try_pack(who, src, dst, more).await.ok();
    assert_eq!(task["type"], "create_archive");
    ended(who, task["id"].as_str().unwrap()).await
}

async fn told(who: &Client, id: &str) -> Value {
    let query = [("page_size", "100"), ("category", "general")];
    let all = who.get_json("/workflow", &query).await.ok();
    let tasks = all["tasks"].as_array().unwrap();
    tasks.iter().find(|task| task["id"] == id).unwrap().clone()
}

async fn ended(who: &Client, id: &str) -> Value {
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        let task = told(who, id).await;
        if ["completed", "error", "canceled"].contains(&task["status"].as_str().unwrap()) {
            return task;
        }
        assert!(Instant::now() < patience, "{task}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn assert_whole(task: &Value) {
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    assert_eq!(props["failed"], 0, "{task}");
    assert_eq!(
        props["report"],
        json!({ "left_out": [], "more": 0 }),
        "{task}"
    );
}

/// Names and reasons of what was left out.
fn left_out(task: &Value) -> Vec<(String, String)> {
    let props = &task["summary"]["props"];
    let all = props["report"]["left_out"].as_array().unwrap();
    assert_eq!(props["failed"], all.len(), "{task}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|one| (text(&one["name"]), text(&one["reason"])))
        .collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = all.iter();
    pairs
        .map(|(one, other)| ((*one).to_owned(), (*other).to_owned()))
        .collect()
}

/// Path inside the archive → content.
fn unzip(bytes: &Bytes) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert!(files.insert(name, content).is_none(), "a name twice");
    }
    files
}

fn files(all: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let files = all.iter();
    files
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

#[tokio::test]
async fn files_and_folders_become_a_zip_beside_them() {
    let Site { server, alice } = site().await;
    for path in [
        "/work/docs/a.txt",
        "/work/docs/sub/文件 #1.txt",
        "/work/top.txt",
    ] {
        alice.put(path, path.to_owned()).await;
    }
    alice.put("/work/docs/empty.txt", "").await;
    alice.put("/work/not.txt", "not this one").await;
    alice.create_folder("/work/docs/nothing in it").await;
    let task = pack(
        &alice,
        &["/work/docs", "/work/top.txt"],
        "/work/all.zip",
        json!({}),
    )
    .await;
    assert_whole(&task);
    let expected = files(&[
        ("docs/a.txt", "/work/docs/a.txt"),
        ("docs/empty.txt", ""),
        ("docs/nothing in it/", ""),
        ("docs/sub/文件 #1.txt", "/work/docs/sub/文件 #1.txt"),
        ("top.txt", "/work/top.txt"),
    ]);
    let bytes = alice.get("/work/all.zip").await;
    assert_eq!(unzip(&bytes), expected);
    let info = alice.info("/work/all.zip").await.ok();
    assert_eq!(info["size"], bytes.len());
    // A task of its own, and an upload as any other.
    assert_eq!(server.journal("archive_create").await.len(), 1);
    let told = |order: &str| {
        format!(
            "SELECT op AS value FROM journal WHERE path_after = '/work/all.zip' ORDER BY id {order}"
        )
    };
    assert_eq!(server.ask(&told("ASC")).await, "archive_create");
    assert_eq!(server.ask(&told("DESC")).await, "modify");
    server.assert_healthy();
}

#[tokio::test]
async fn a_task_says_what_it_is_about() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    alice.put("/a.txt", "a").await;
    let begun = try_pack(&alice, &["/a.txt"], "/a.zip", json!({}))
        .await
        .ok();
    assert_eq!(begun["status"], "queued");
    assert_eq!(
        begun["summary"],
        json!({ "phase": "not_started", "props": {
            "src_multiple": [uri("/a.txt")], "src_count": 1, "dst": uri("/a.zip"), "format": "zip",
            "failed": 0, "report": { "left_out": [], "more": 0 },
        }})
    );
    let ended = ended(&alice, begun["id"].as_str().unwrap()).await;
    assert_eq!(ended["summary"]["phase"], "upload_archive");
    assert_eq!(ended["summary"]["props"], begun["summary"]["props"]);
    assert_eq!(ended["node"]["type"], "master");
    let progress = format!("/workflow/progress/{}", begun["id"].as_str().unwrap());
    assert_eq!(alice.get_json(&progress, &[]).await.ok(), json!({}));
}

#[tokio::test]
async fn names_are_those_below_the_folder_that_all_lie_in() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    for path in ["/a/x.txt", "/b/x.txt", "/b/c/y.txt", "/z.txt"] {
        alice.put(path, path.to_owned()).await;
    }
    let named = async |src: &[&str], dst: &str| {
        assert_whole(&pack(&alice, src, dst, json!({})).await);
        let names = unzip(&alice.get(dst).await).into_keys();
        names.collect::<Vec<_>>()
    };
    assert_eq!(named(&["/a/x.txt"], "/1.zip").await, ["x.txt"]);
    let two = named(&["/a/x.txt", "/b/x.txt"], "/2.zip").await;
    assert_eq!(two, ["a/x.txt", "b/x.txt"]);
    let nested = named(&["/b/c/y.txt", "/b/x.txt"], "/3.zip").await;
    assert_eq!(nested, ["c/y.txt", "x.txt"]);
    let top = named(&["/z.txt", "/b/c"], "/4.zip").await;
    assert_eq!(top, ["b/c/y.txt", "z.txt"]);
    // What is chosen twice, or lies in something chosen, is there once.
    let once = named(&["/b", "/b/x.txt", "/b"], "/5.zip").await;
    assert_eq!(once, ["b/c/y.txt", "b/x.txt"]);
}

#[tokio::test]
async fn of_nothing_there_is_no_archive_and_of_an_empty_folder_there_is_one() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    let none = json!({ "src": [], "dst": uri("/empty.zip") });
    let refused = alice.post("/workflow/archive", none).await;
    assert_eq!(refused.json()["msg"], "No source files");
    refused.refused(code::PARAMETER);
    let odd = json!({ "src": [uri("/")], "dst": uri("/odd.rar"), "format": "rar" });
    let refused = alice.post("/workflow/archive", odd).await;
    assert_eq!(refused.json()["msg"], "Unknown value \"rar\"");
    refused.refused(code::PARAMETER);
    assert!(alice.names("/").await.is_empty());
    alice.create_folder("/nothing").await;
    assert_whole(&pack(&alice, &["/nothing"], "/nothing.zip", json!({})).await);
    let inside = unzip(&alice.get("/nothing.zip").await);
    assert_eq!(inside, files(&[("nothing/", "")]));
}

#[tokio::test]
async fn large_files_go_through_in_pieces_in_either_way() {
    let Site { server, alice } = site().await;
    let (noise, same) = (
        bytes_of("noise", 9_000_001),
        Bytes::from(vec![b'x'; 5_000_000]),
    );
    alice.put("/d/noise", noise.clone()).await;
    alice.put("/d/same", same.clone()).await;
    for (method, most) in [("deflate", 9_100_000), ("store", 14_100_000)] {
        let dst = format!("/{method}.zip");
        let task = pack(&alice, &["/d"], &dst, json!({ "method": method })).await;
        assert_whole(&task);
        let bytes = alice.get(&dst).await;
        assert!(bytes.len() < most, "{method}: {}", bytes.len());
        let files = unzip(&bytes);
        assert!(
            files["d/noise"] == noise && files["d/same"] == same,
            "{method}"
        );
    }
    server.assert_healthy();
}

#[tokio::test]
async fn an_archive_in_the_folder_that_it_packs_is_not_in_it() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    alice.put("/d/a.txt", "a").await;
    assert_whole(&pack(&alice, &["/d"], "/d/d.zip", json!({})).await);
    let packed = unzip(&alice.get("/d/d.zip").await);
    assert_eq!(packed, files(&[("d/a.txt", "a")]));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_nothing_begins() {
    let Site { server, alice } = site().await;
    alice.put("/a.txt", "a").await;
    alice.put("/there.zip", "there").await;
    let refused = async |dst: &str, more: Value| {
        let reply = try_pack(&alice, &["/a.txt"], dst, more).await;
        (
            reply.code(),
            reply.json()["msg"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let says = |code: i64, msg: &str| (code, msg.to_owned());
    assert_eq!(
        refused("nonsense://x", json!({})).await,
        says(code::PARAMETER, "Invalid destination")
    );
    assert_eq!(
        refused("/there.zip", json!({})).await,
        says(code::OBJECT_EXISTS, "there.zip already exists")
    );
    assert_eq!(
        refused("/no/folder/a.zip", json!({})).await.0,
        code::PARENT_NOT_EXIST
    );
    assert_eq!(
        refused("/a:b|c?.zip", json!({})).await.0,
        code::ILLEGAL_NAME
    );
    assert_eq!(refused("/", json!({})).await.0, code::ILLEGAL_NAME);
    let tar = json!({ "format": "tar.zst", "password": "secret" });
    assert_eq!(refused("/a.tar.zst", tar).await.0, code::PARAMETER);
    let long = json!({ "password": "x".repeat(513) });
    assert_eq!(refused("/a.zip", long).await.0, code::PARAMETER);
    // Whether there are such sources shows later.
    let bad = json!({ "src": ["nonsense"], "dst": uri("/no/folder/a.zip") });
    let bad = alice.post("/workflow/archive", bad).await;
    assert_eq!(bad.code(), code::PARENT_NOT_EXIST);
    let rar = json!({ "format": "rar" });
    assert_eq!(refused("/a.rar", rar).await.0, code::PARAMETER);
    server.permit_users("8C08").await;
    assert_eq!(
        refused("/a.zip", json!({})).await.0,
        code::GROUP_NOT_ALLOWED
    );
    let all = alice.get_json("/workflow", &[("page_size", "10"), ("category", "general")]);
    assert_eq!(all.await.ok()["tasks"], json!([]));
    assert_eq!(server.journal("archive_create").await.len(), 0);
    assert!(server.staged_files().is_empty());
}

#[tokio::test]
async fn a_source_that_is_no_uri_is_left_out() {
    let Site { server, alice } = site().await;
    alice.put("/a.txt", "a").await;
    let pack = async |src: Value| {
        let body = json!({ "src": src, "dst": uri("/a.zip") });
        let begun = alice.post("/workflow/archive", body).await.ok();
        server.nothing_left_of("create_archive").await;
        told(&alice, begun["id"].as_str().unwrap()).await
    };
    let task = pack(json!(["nonsense"])).await;
    assert_eq!(task["status"], "error", "{task}");
    let task = pack(json!(["x:sesame@nonsense", uri("/a.txt")])).await;
    assert_eq!(left_out(&task), pairs(&[("nonsense", "gone")]));
    assert!(!task.to_string().contains("sesame"), "{task}");
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed, files(&[("a.txt", "a")]));
}

#[tokio::test]
async fn a_locked_place_is_refused_as_it_is_for_an_upload() {
    let Site {
        server: _server,
        alice,
    } = site().await;
    alice.put("/a.txt", "a").await;
    alice.create_folder("/d").await;
    let session = alice.open_upload("/d/a.zip", 100).await;
    let reply = try_pack(&alice, &["/a.txt"], "/d/a.zip", json!({})).await;
    assert_eq!(reply.code(), code::LOCK_CONFLICT);
    assert!(reply.data()[0]["token"].is_string(), "{}", reply.text());
    alice.cancel_upload(&session.id, "/d/a.zip").await.done();
    assert_whole(&pack(&alice, &["/a.txt"], "/d/a.zip", json!({})).await);
}
