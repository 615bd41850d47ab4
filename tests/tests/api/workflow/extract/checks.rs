//! Who may unpack what to where, and what is said of what cannot be.

use super::{error, extract, files, left_out, pairs, server, told, try_extract, zip};
use crate::code;
use crate::replicas::until;
use serde_json::{Value, json};
use tests::{Client, Gate, TestServer, uri};

/// Changes what the group of administrators may.
async fn set_group(server: &TestServer, key: &str, value: Value) {
    let settings = server
        .ask("SELECT CAST(settings AS TEXT) AS value FROM groups WHERE id = 1")
        .await;
    let mut settings: Value = serde_json::from_str(&settings).unwrap();
    settings[key] = value;
    server
        .tamper(&format!(
            "UPDATE groups SET settings = '{settings}', updated_at = updated_at + 1 WHERE id = 1"
        ))
        .await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_there_is_a_task() {
    let server = server().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    admin.put("/a.zip", zip(&[("a", b"a")])).await;
    admin.create_folder("/into").await;
    alice.create_folder("/into").await;
    // Ordinary users may not at first.
    try_extract(&alice, "/a.zip", "/into", json!({}))
        .await
        .refused(code::GROUP_NOT_ALLOWED);
    try_extract(&server.stranger(), "/a.zip", "/into", json!({}))
        .await
        .refused(code::LOGIN_REQUIRED);
    for (more, expected) in [
        (json!({ "src": [] }), code::PARAMETER),
        (json!({ "dst": "nonsense" }), code::PARAMETER),
        (json!({ "dst": uri("/missing") }), code::PARENT_NOT_EXIST),
        (json!({ "dst": uri("/a.zip") }), code::PARENT_NOT_EXIST),
        (json!({ "password": "x".repeat(1025) }), code::PARAMETER),
        (json!({ "file_mask": vec!["x"; 10_001] }), code::PARAMETER),
        (
            json!({ "file_mask": ["x".repeat((1 << 20) + 1)] }),
            code::PARAMETER,
        ),
        (json!({ "conflict": "destroy" }), code::PARAMETER),
        (json!({ "src": null }), code::PARAMETER),
    ] {
        try_extract(admin, "/a.zip", "/into", more)
            .await
            .refused(expected);
    }
    // Somebody else's folder is as good as none.
    let theirs = format!("cloudreve://{}@my/into", alice.id);
    let reply = try_extract(admin, "/a.zip", "/into", json!({ "dst": theirs })).await;
    assert_ne!(reply.json()["code"], 0);
    let query = [("page_size", "25"), ("category", "general")];
    let all = admin.get_json("/workflow", &query).await.ok();
    assert_eq!(all["tasks"], json!([]));
}

#[tokio::test]
async fn an_archive_that_cannot_be_had_is_an_error_of_the_task() {
    let server = server().await;
    let admin = server.admin();
    admin
        .put("/text.txt", "this is no archive, whatever it is called")
        .await;
    admin
        .put("/broken.7z", "7z\u{bc}af, or something that looks like it")
        .await;
    admin.create_folder("/folder.zip").await;
    admin.create_folder("/into").await;
    for (archive, said) in [
        ("/missing.zip", "there is no such archive"),
        ("/folder.zip", "there is no such archive"),
        ("/", "there is no such archive"),
        ("/text.txt", "no archive of a kind"),
        ("/broken.7z", "no archive of a kind"),
    ] {
        let task = extract(&server, admin, (archive, "/into"), json!({})).await;
        assert!(error(&task).contains(said), "{archive}: {task}");
        assert!(task.get("error_history").is_none(), "tried again: {task}");
    }
    assert!(admin.names("/into").await.is_empty());
}

#[tokio::test]
async fn an_archive_beyond_what_the_group_may_unpack_is_refused() {
    let server = server().await;
    let admin = server.admin();
    admin
        .put("/a.zip", zip(&[("a", b"a"), ("b", b"b"), ("c", b"c")]))
        .await;
    admin.create_folder("/into").await;
    set_group(&server, "decompress_size", json!(50)).await;
    let task = extract(&server, admin, ("/a.zip", "/into"), json!({})).await;
    assert!(
        error(&task).contains("larger than the group may unpack"),
        "{task}"
    );
    set_group(&server, "decompress_size", json!(0)).await;
    set_group(&server, "max_walked_files", json!(2)).await;
    let task = extract(&server, admin, ("/a.zip", "/into"), json!({})).await;
    assert!(error(&task).contains("more than 2 entries"), "{task}");
    assert!(admin.names("/into").await.is_empty());
}

#[tokio::test]
async fn only_what_is_wanted_is_unpacked() {
    let server = server().await;
    let admin = server.admin();
    let archive = zip(&[
        ("a/b/c.txt", b"c"),
        ("a/d.txt", b"d"),
        ("e.txt", b"e"),
        ("ee", b""),
    ]);
    admin.put("/a.zip", archive).await;
    admin.create_folder("/into").await;
    let some = json!({ "file_mask": ["a/b", "/e.txt", ""] });
    let task = extract(&server, admin, ("/a.zip", "/into"), some).await;
    assert_eq!(files(&task), 2);
    assert_eq!(admin.names("/into").await, ["a", "e.txt"]);
    assert_eq!(admin.names("/into/a").await, ["b"]);
    assert_eq!(admin.names("/into/a/b").await, ["c.txt"]);
    let none = json!({ "file_mask": ["a/b/d.txt", "f.txt"] });
    let task = extract(&server, admin, ("/a.zip", "/into"), none).await;
    assert!(error(&task).contains("none of the chosen files"), "{task}");
}

/// Some programs write `\\` between names: what is listed can be chosen.
#[tokio::test]
async fn what_is_listed_can_be_chosen_however_it_is_stored() {
    let server = server().await;
    let admin = server.admin();
    let mut archive = zip(&[("a!b.txt", b"b"), ("c.txt", b"c")]).to_vec();
    for at in 0..archive.len() {
        if archive[at..].starts_with(b"a!b") {
            archive[at + 1] = b'\\';
        }
    }
    admin.put("/a.zip", archive).await;
    let listed = admin.archive_listing("/a.zip").await.ok();
    assert_eq!(listed["files"][0]["name"], "a/b.txt");
    for (folder, chosen) in [("/one", "a/b.txt"), ("/other", "a\\b.txt")] {
        admin.create_folder(folder).await;
        let mask = json!({ "file_mask": [chosen] });
        let task = extract(&server, admin, ("/a.zip", folder), mask).await;
        assert_eq!(files(&task), 1, "{chosen}");
        assert_eq!(admin.get(&format!("{folder}/a/b.txt")).await, "b");
    }
}

#[tokio::test]
async fn an_archive_of_which_nothing_can_be_unpacked_is_an_error() {
    let server = server().await;
    let admin = server.admin();
    let mut archive = zip(&[("a.txt", &[b'x'; 1000])]).to_vec();
    // Its checksum, in the directory and in front of it.
    let mut at = 0;
    while let Some(next) = archive[at..].windows(2).position(|two| two == b"PK") {
        at += next;
        match &archive[at + 2..at + 4] {
            [3, 4] => archive[at + 14] ^= 1,
            [1, 2] => archive[at + 16] ^= 1,
            _ => {}
        }
        at += 4;
    }
    admin.put("/a.zip", archive).await;
    admin.create_folder("/into").await;
    let task = extract(&server, admin, ("/a.zip", "/into"), json!({})).await;
    assert_eq!(error(&task), "nothing could be unpacked: a.txt (damaged)");
    assert_eq!(left_out(&task), pairs(&[("a.txt", "damaged")]));
    assert_eq!(task["summary"]["props"]["failed"], 1);
    assert!(admin.names("/into").await.is_empty());
}

/// The task tells how long it has worked while it does.
#[tokio::test]
async fn how_long_it_works_is_told_meanwhile() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let begun = begun(&gate, admin).await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    let task = told(admin, &begun["id"]).await;
    assert_eq!(task["status"], "processing", "{task}");
    assert!(task["duration"].as_i64() > Some(1000), "{task}");
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &begun["id"]).await;
    assert!(task["duration"].as_i64() > Some(1000), "{task}");
}

#[tokio::test]
async fn what_the_policy_or_a_lock_refuses_is_left_out_and_said() {
    let server = server().await;
    let admin = server.admin();
    let (dav, long) = (admin.mount().await, "n".repeat(250) + ".txt");
    let archive = zip(&[
        ("good.txt", b"good"),
        ("locked.txt", b"new"),
        ("que?.txt", b""),
        (&long, b"long names are names"),
    ]);
    admin.put("/a.zip", archive).await;
    admin.create_folder("/into").await;
    admin.put("/into/locked.txt", "old").await;
    let (_, token) = dav.lock("/into/locked.txt", &[], "somebody").await;
    assert!(!token.is_empty());
    let over = json!({ "conflict": "overwrite" });
    let task = extract(&server, admin, ("/a.zip", "/into"), over).await;
    assert_eq!(files(&task), 2);
    let mut said = left_out(&task);
    said.sort();
    assert_eq!(
        said,
        pairs(&[("locked.txt", "locked"), ("que?.txt", "bad_name")])
    );
    assert_eq!(task["summary"]["props"]["failed"], 2);
    assert_eq!(admin.get("/into/locked.txt").await, "old");
}

#[tokio::test]
async fn what_is_full_midway_says_what_it_kept() {
    let server = server().await;
    let admin = server.admin();
    let content = tests::bytes_of("x", 400_000);
    let names: Vec<String> = (0..10).map(|n| format!("f{n}")).collect();
    let all: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &content[..]))
        .collect();
    admin.put("/a.zip", zip(&all)).await;
    admin.create_folder("/into").await;
    let room = admin.used().await + 1_700_000;
    let quota =
        format!("UPDATE groups SET max_storage = {room}, updated_at = updated_at + 1 WHERE id = 1");
    server.tamper(&quota).await;
    let task = extract(&server, admin, ("/a.zip", "/into"), json!({})).await;
    let said = error(&task);
    assert!(said.contains("no space left in the drive"), "{said}");
    let kept = admin.names("/into").await;
    assert_eq!(kept.len(), 4, "{said}");
    assert!(
        said.contains("4 files (") && said.contains("stay"),
        "{said}"
    );
    for name in &kept {
        assert_eq!(admin.get(&format!("/into/{name}")).await, content);
    }
    assert!(admin.used().await <= room);
}

/// A server whose sandbox runs the program, held at steps.
async fn held(gate: &Gate) -> TestServer {
    let steps = gate.steps();
    TestServer::start_as(move |config| {
        config.program = tests::program_path().into();
        config.steps = steps.clone();
    })
    .await
}

async fn begun(gate: &Gate, who: &Client) -> Value {
    who.put("/a.zip", zip(&[("a", b"a"), ("b", b"b")])).await;
    who.create_folder("/into").await;
    gate.hold("extract: looked");
    let task = try_extract(who, "/a.zip", "/into", json!({})).await.ok();
    gate.reached("extract: looked").await;
    task
}

#[tokio::test]
async fn the_archive_is_read_that_was_there_at_the_start() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let task = begun(&gate, admin).await;
    admin.overwrite("/a.zip", zip(&[("other", b"other")])).await;
    admin.rename("/a.zip", "moved.zip").await.ok();
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    assert_eq!(files(&told(admin, &task["id"]).await), 2);
    assert_eq!(admin.names("/into").await, ["a", "b"]);
}

#[tokio::test]
async fn an_archive_that_is_deleted_meanwhile_is_said_to_be() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let task = begun(&gate, admin).await;
    admin.delete_for_good(&["/a.zip"]).await.ok();
    server.nothing_left_of("recycle_blobs").await;
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &task["id"]).await;
    assert!(error(&task).contains("was deleted meanwhile"), "{task}");
    assert!(admin.names("/into").await.is_empty());
}

#[tokio::test]
async fn what_appears_meanwhile_stays_as_it_is() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let task = begun(&gate, admin).await;
    admin.put("/into/a", "came first").await;
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &task["id"]).await;
    assert_eq!(files(&task), 1);
    assert_eq!(left_out(&task), pairs(&[("a", "exists")]));
    assert_eq!(admin.get("/into/a").await, "came first");
    assert_eq!(admin.get("/into/b").await, "b");
}

#[tokio::test]
async fn a_folder_that_is_locked_meanwhile_gets_nothing_and_that_is_said() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let task = begun(&gate, admin).await;
    let (_, token) = dav.lock("/into", &[], "somebody").await;
    assert!(!token.is_empty());
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &task["id"]).await;
    assert!(error(&task).contains("(locked), and 1 more"), "{task}");
    let mut said = left_out(&task);
    said.sort();
    assert_eq!(said, pairs(&[("a", "locked"), ("b", "locked")]));
    assert!(admin.names("/into").await.is_empty());
}

#[tokio::test]
async fn a_hundred_archives_at_once_are_unpacked_one_after_the_other() {
    let server = server().await;
    let admin = server.admin();
    admin.create_folder("/into").await;
    let mut ids = Vec::new();
    for number in 0..100 {
        let archive = format!("/{number}.zip");
        let name = format!("f{number:02}");
        admin.put(&archive, zip(&[(&name, b"x")])).await;
        let task = try_extract(admin, &archive, "/into", json!({})).await.ok();
        ids.push(task["id"].clone());
    }
    server.nothing_left_of("extract_archive").await;
    assert_eq!(admin.names("/into").await.len(), 100);
    for id in [&ids[0], &ids[57], &ids[99]] {
        let route = format!("/workflow/task/{}", id.as_str().unwrap());
        assert_eq!(files(&admin.get_json(&route, &[]).await.ok()), 1);
    }
}

#[tokio::test]
async fn calling_one_off_in_the_middle_lets_the_next_begin() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let first = begun(&gate, admin).await;
    admin.put("/b.zip", zip(&[("c", b"c")])).await;
    try_extract(admin, "/b.zip", "/into", json!({})).await.ok();
    // The second one waits for its turn, and would do so for years.
    const YEARS: u64 = 4_000_000_000_000_000;
    until(async || {
        let sleep = format!(
            "UPDATE tasks SET resume_at = CASE WHEN state = 'suspending' THEN {YEARS} \
             ELSE resume_at END WHERE kind = 'extract_archive'"
        );
        server.tamper(&sleep).await;
        let asleep = format!(
            "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE resume_at = {YEARS} \
             AND kind = 'extract_archive' AND state = 'suspending'"
        );
        (server.ask(&asleep).await == "1").then_some(())
    })
    .await;
    let route = format!("/workflow/cancel/{}", first["id"].as_str().unwrap());
    admin.post(&route, json!({})).await.ok();
    until(async || (told(admin, &first["id"]).await["status"] == "canceled").then_some(())).await;
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    assert_eq!(admin.names("/into").await, ["c"]);
}

#[tokio::test]
async fn a_disk_that_is_full_midway_is_said_to_be() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let task = begun(&gate, admin).await;
    server.fill_disk().await;
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &task["id"]).await;
    assert!(error(&task).contains("no space left in storage"), "{task}");
    assert!(admin.names("/into").await.is_empty());
}

#[tokio::test]
async fn a_folder_that_goes_meanwhile_does_not_come_back() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    let task = begun(&gate, admin).await;
    admin.delete_for_good(&["/into"]).await.ok();
    gate.open("extract: looked");
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &task["id"]).await;
    assert!(error(&task).contains("not there any more"), "{task}");
    assert_eq!(admin.names("/").await, ["a.zip"]);
}

/// An archive of so many files that not all of them are on their way at once.
fn many() -> bytes::Bytes {
    let names: Vec<String> = (0..100).map(|n| format!("f{n:03}")).collect();
    let all: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &b"x"[..]))
        .collect();
    zip(&all)
}

#[tokio::test]
async fn rights_that_are_withdrawn_meanwhile_end_it() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let alice = server.user("alice").await;
    server.permit_users("FF0F").await;
    alice.put("/a.zip", many()).await;
    alice.create_folder("/into").await;
    gate.hold("content: expected");
    let task = try_extract(&alice, "/a.zip", "/into", json!({})).await.ok();
    gate.reached_by(6, "content: expected").await;
    // They are looked at again before the next step, which is due by now.
    tokio::time::sleep(std::time::Duration::from_millis(3_200)).await;
    server.permit_users("8008").await;
    gate.open("content: expected");
    server.nothing_left_of("extract_archive").await;
    let task = told(&alice, &task["id"]).await;
    assert!(
        error(&task).contains("the group may not unpack archives"),
        "{task}"
    );
    let kept = alice.names("/into").await.len();
    assert!((6..100).contains(&kept), "{kept}");
    assert_eq!(task["summary"]["props"]["files"], kept as u64);
}

#[tokio::test]
async fn a_task_that_is_called_off_does_no_more() {
    let gate = Gate::default();
    let server = held(&gate).await;
    let admin = server.admin();
    admin.put("/a.zip", many()).await;
    admin.create_folder("/into").await;
    gate.hold("content: expected");
    let task = try_extract(admin, "/a.zip", "/into", json!({})).await.ok();
    gate.reached_by(6, "content: expected").await;
    server
        .tamper("UPDATE tasks SET cancel_requested_at = 1 WHERE kind = 'extract_archive'")
        .await;
    server.nothing_left_of("extract_archive").await;
    gate.open("content: expected");
    assert_eq!(told(admin, &task["id"]).await["status"], "canceled");
    assert!(admin.names("/into").await.is_empty());
}
