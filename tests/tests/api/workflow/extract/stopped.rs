//! `kill -9` in the middle, and being called off: nothing is lost, and nothing is there twice.

use super::{try_extract, zip};
use bytes::Bytes;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::{Client, Program, Refusal};

const FILES: usize = 60;

fn archive() -> Bytes {
    let names: Vec<String> = (0..FILES)
        .map(|n| format!("d{}/f{n:03}.txt", n % 3))
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), name.as_bytes()))
        .collect();
    zip(&files)
}

/// A data folder with an archive, and a folder to unpack it into.
async fn prepared() -> TempDir {
    let data = TempDir::new().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.put("/a.zip", archive()).await;
    admin.create_folder("/into").await;
    program.kill();
    data
}

/// After a crash: the same server goes on at once, and everything is there once.
async fn goes_on(data: &Path, case: &str) {
    let program = Program::serve(data, Refusal::Nothing).await;
    let began = Instant::now();
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    let task = ended(&admin).await;
    // Long before what the dead one held would have been free for anybody.
    assert!(began.elapsed() < Duration::from_secs(40), "{case}");
    assert_eq!(task["status"], "completed", "{case}: {task}");
    let props = &task["summary"]["props"];
    assert_eq!(props["failed"], 0, "{case}: {task}");
    assert_eq!(props["files"], FILES as u64, "{case}");
    let mut all = Vec::new();
    for folder in 0..3 {
        for name in admin.names(&format!("/into/d{folder}")).await {
            all.push(format!("d{folder}/{name}"));
        }
    }
    assert_eq!(all.len(), FILES, "{case}: {all:?}");
    for path in all.iter().step_by(7) {
        let path = format!("/into/{path}");
        assert_eq!(admin.versions(&path).await.len(), 1, "{case}: {path}");
        assert_eq!(admin.get(&path).await, path["/into/".len()..]);
    }
    drop(program);
    let output = Program::run(data, ["doctor", "--hash"]);
    assert!(output.status.success(), "{case}: {output:?}");
}

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing_and_doubles_nothing() {
    for (step, conflict) in [
        ("content: stored", "skip"),
        ("change: written", "overwrite"),
        ("change: committed", "rename"),
        ("task: stepped", "skip"),
    ] {
        let data = prepared().await;
        let program = Program::serve_until(data.path(), step).await;
        let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
        let more = json!({ "conflict": conflict });
        try_extract(&admin, "/a.zip", "/into", more).await.ok();
        assert!(program.died(), "{step}");
        goes_on(data.path(), step).await;
    }
}

#[tokio::test]
async fn a_crash_at_any_moment_does_so_too() {
    let data = prepared().await;
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    let more = json!({ "conflict": "rename" });
    try_extract(&admin, "/a.zip", "/into", more).await.ok();
    let some = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM files WHERE name LIKE 'f0%'";
    let patience = Instant::now() + Duration::from_secs(30);
    while Program::ask(data.path(), some).await == "0" {
        assert!(Instant::now() < patience, "nothing comes");
    }
    program.kill();
    goes_on(data.path(), "in the middle").await;
}

/// The only task, once it ended, whoever went on with it.
async fn ended(who: &Client) -> Value {
    let patience = Instant::now() + Duration::from_mins(1);
    let query = [("page_size", "25"), ("category", "general")];
    loop {
        let all = who.get_json("/workflow", &query).await.ok();
        let task = all["tasks"][0].clone();
        let state = task["status"].as_str().unwrap();
        if matches!(state, "completed" | "error" | "canceled") {
            return task;
        }
        assert!(Instant::now() < patience, "{task}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_file_counts_it_once() {
    let data = TempDir::new().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    // Long enough that it is not over before the server is asked to stop.
    let large = vec![0; 768 << 20];
    admin
        .put(
            "/a.zip",
            zip(&[("small.txt", b"small"), ("large.bin", &large)]),
        )
        .await;
    admin.create_folder("/into").await;
    let begun = try_extract(&admin, "/a.zip", "/into", json!({})).await.ok();
    let progress = format!("/workflow/progress/{}", begun["id"].as_str().unwrap());
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let all = admin.get_json(&progress, &[]).await.ok();
        let came = all["extract_size"]["current"].as_u64();
        if came.is_some_and(|came| came > 1 << 20) {
            break;
        }
        assert!(Instant::now() < patience, "nothing comes: {all}");
    }
    assert!(program.stop());
    let ask = async |what: &str| {
        let sql = format!(
            "SELECT CAST({what} AS TEXT) AS value FROM tasks WHERE kind = 'extract_archive'"
        );
        Program::ask(data.path(), &sql).await
    };
    // What comes anew is not counted before.
    let state: Value = serde_json::from_str(&ask("private_state").await).unwrap();
    assert_eq!(ask("state").await, "queued", "{state}");
    assert_eq!(state["processed"], 1, "{state}");
    assert_eq!(state["seen_bytes"], 5, "{state}");
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    let task = ended(&admin).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["summary"]["props"]["bytes"], 5 + large.len() as u64);
}

/// As the web interface says it before somebody stops one.
#[tokio::test]
async fn what_was_unpacked_before_it_was_called_off_stays() {
    let server = super::server().await;
    let admin = server.admin();
    let large = vec![0; 768 << 20];
    let files: [(&str, &[u8]); 2] = [("small.txt", b"small"), ("large.bin", &large)];
    admin.put("/a.zip", zip(&files)).await;
    admin.create_folder("/into").await;
    let begun = try_extract(admin, "/a.zip", "/into", json!({})).await.ok();
    let patience = Instant::now() + Duration::from_secs(30);
    while admin.names("/into").await != ["small.txt"] {
        assert!(Instant::now() < patience, "nothing comes");
    }
    let route = format!("/workflow/cancel/{}", begun["id"].as_str().unwrap());
    admin.post(&route, json!({})).await.ok();
    let task = ended(admin).await;
    assert_eq!(task["status"], "canceled", "{task}");
    assert_eq!(admin.names("/into").await, ["small.txt"]);
    assert_eq!(admin.get("/into/small.txt").await, "small");
}
