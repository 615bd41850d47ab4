//! `POST /workflow/extract`: archives become files. What strangers packed is decoded by the program in
//! its sandbox, while these tests are the server.

mod checks;
mod conflicts;
mod elsewhere;
mod hostile;
mod kinds;
mod names;
mod new_folder;
mod passwords;
mod sandboxed;
mod shares;
mod stopped;
mod stored;

use bytes::Bytes;
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use tests::{Client, Reply, TestServer, uri};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A server whose sandbox runs the program.
pub(crate) async fn server() -> TestServer {
    TestServer::start_as(|config| config.program = tests::program_path().into()).await
}

async fn try_extract(who: &Client, archive: &str, folder: &str, more: Value) -> Reply {
    let mut body = json!({ "src": [uri(archive)], "dst": uri(folder) });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    who.post("/workflow/extract", body).await
}

/// Unpacks, and waits; what its owner is told of the task then.
pub(crate) async fn extract(
    server: &TestServer,
    who: &Client,
    (archive, folder): (&str, &str),
    more: Value,
) -> Value {
    let begun = try_extract(who, archive, folder, more).await.ok();
    assert_eq!(begun["type"], "extract_archive");
    server.nothing_left_of("extract_archive").await;
    told(who, &begun["id"]).await
}

async fn told(who: &Client, id: &Value) -> Value {
    let query = [("page_size", "25"), ("category", "general")];
    let all = who.get_json("/workflow", &query).await.ok();
    let tasks = all["tasks"].as_array().unwrap();
    tasks.iter().find(|task| task["id"] == *id).unwrap().clone()
}

/// How many files came of a task that ended well.
#[track_caller]
fn files(task: &Value) -> u64 {
    assert_eq!(task["status"], "completed", "{task}");
    task["summary"]["props"]["files"].as_u64().unwrap()
}

/// What was left out, and why.
fn left_out(task: &Value) -> Vec<(String, String)> {
    let all = &task["summary"]["props"]["report"]["left_out"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = all.as_array().unwrap().iter();
    all.map(|one| (text(&one["name"]), text(&one["reason"])))
        .collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(name, reason)| ((*name).to_owned(), (*reason).to_owned()))
        .collect()
}

/// Why a task failed.
#[track_caller]
fn error(task: &Value) -> &str {
    assert_eq!(task["status"], "error", "{task}");
    task["error"].as_str().unwrap()
}

/// A zip of these files; a name that ends with `/` is a folder.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Bytes {
    zip_with(files, SimpleFileOptions::default())
}

fn zip_with(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if let Some(folder) = name.strip_suffix('/') {
            writer.add_directory(folder, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
    }
    writer.finish().unwrap().into_inner().into()
}

/// Runs a program of the system in a folder.
fn run(folder: &Path, program: &str, args: &[&str]) {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
}

#[tokio::test]
async fn a_zip_becomes_files_with_their_times_and_folders() {
    let server = server().await;
    let admin = server.admin();
    let big = tests::bytes_of("big", 3 << 20);
    let archive = zip(&[
        ("docs/", b""),
        ("docs/a.txt", b"alpha"),
        ("docs/deep/er/b.bin", &big),
        ("empty/", b""),
        ("ü.txt", b""),
    ]);
    admin.put("/a.zip", archive).await;
    admin.create_folder("/into").await;
    let used = admin.used().await;
    let task = extract(&server, admin, ("/a.zip", "/into"), json!({})).await;
    assert_eq!(files(&task), 3);
    let props = &task["summary"]["props"];
    assert_eq!(props["failed"], 0);
    assert_eq!(props["src"], uri("/a.zip"));
    assert_eq!(props["dst"], uri("/into"));
    assert_eq!(props["bytes"], (5 + big.len()) as u64);
    assert_eq!(admin.names("/into").await, ["docs", "empty", "ü.txt"]);
    assert_eq!(admin.get("/into/docs/a.txt").await, "alpha");
    assert_eq!(admin.get("/into/docs/deep/er/b.bin").await, big);
    assert_eq!(admin.used().await - used, (5 + big.len()) as u64);
    // As `zip` writes where nothing is said.
    let info = admin.info("/into/docs/a.txt").await.ok();
    assert_eq!(info["updated_at"], "1980-01-01T00:00:00Z");
    assert!(admin.names("/into/empty").await.is_empty());
}
