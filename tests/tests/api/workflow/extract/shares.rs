//! What others share, unpacked only as long as it is there; and what is begun anew looks anew.

use super::{error, extract, files, run, told, try_extract, zip};
use crate::code;
use crate::replicas::until;
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Client, Gate, Share, TestServer, uri};

struct Site {
    server: TestServer,
    gate: Gate,
    alice: Client,
    bob: Client,
    share: Share,
}

/// Bob shares a folder with an archive of many files; Alice has a folder to unpack it into.
async fn site(more: Value) -> Site {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.program = tests::program_path().into();
        config.steps = steps.clone();
    })
    .await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    server.permit_users("FF0F").await;
    bob.put("/album/a.zip", many("of bob")).await;
    bob.create_folder("/elsewhere").await;
    alice.create_folder("/into").await;
    let share = bob.share("/album", more).await;
    Site {
        server,
        gate,
        alice,
        bob,
        share,
    }
}

/// So many files that not all of them are on their way at once.
fn many(content: &str) -> Bytes {
    let names: Vec<String> = (0..100).map(|n| format!("f{n:03}")).collect();
    let all: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), content.as_bytes()))
        .collect();
    zip(&all)
}

async fn retried(site: &Site, task: &Value) -> Value {
    let id = task["id"].as_str().unwrap();
    let path = format!("/workflow/retry/{id}");
    site.alice.post(&path, json!({})).await.ok();
    site.server.nothing_left_of("extract_archive").await;
    told(&site.alice, &task["id"]).await
}

/// Begins to unpack what Bob shares; fails for a folder that goes away.
async fn failed(site: &Site) -> Value {
    site.gate.hold("extract: looked");
    let archive = site.share.at("a.zip");
    let begun = try_extract(&site.alice, &archive, "/into", json!({}));
    let task = begun.await.ok();
    site.gate.reached("extract: looked").await;
    site.alice.delete_for_good(&["/into"]).await.ok();
    site.gate.open("extract: looked");
    site.server.nothing_left_of("extract_archive").await;
    let task = told(&site.alice, &task["id"]).await;
    assert!(error(&task).contains("not there any more"), "{task}");
    site.alice.create_folder("/into").await;
    task
}

#[tokio::test]
async fn what_was_taken_out_of_a_share_is_not_unpacked_by_trying_again() {
    let site = site(json!({})).await;
    let task = failed(&site).await;
    site.bob.move_to(&["/album/a.zip"], "/elsewhere").await.ok();
    let task = retried(&site, &task).await;
    assert!(error(&task).contains("no such archive"), "{task}");
    assert!(site.alice.names("/into").await.is_empty());
    // What is in its place now is what is shared.
    site.bob.put("/album/a.zip", zip(&[("new", b"new")])).await;
    let task = retried(&site, &task).await;
    assert_eq!(files(&task), 1);
    assert_eq!(site.alice.names("/into").await, ["new"]);
}

/// Alice's task is in its second step's way: what was begun in the first is held.
async fn midway(site: &Site) -> Value {
    site.gate.hold("content: expected");
    let archive = site.share.at("a.zip");
    let begun = try_extract(&site.alice, &archive, "/into", json!({}));
    let task = begun.await.ok();
    site.gate.reached_by(6, "content: expected").await;
    // It is looked at again before the next step, which is due by now.
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    task
}

async fn goes_on(site: &Site, task: &Value, why: &str) {
    site.gate.open("content: expected");
    site.server.nothing_left_of("extract_archive").await;
    let task = told(&site.alice, &task["id"]).await;
    assert!(error(&task).contains(why), "{task}");
    let kept = site.alice.names("/into").await.len();
    assert!((6..100).contains(&kept), "{kept}");
    let said = format!("{kept} files (");
    assert!(error(&task).contains(&said), "{task}");
}

#[tokio::test]
async fn what_is_taken_out_of_a_share_midway_is_read_no_further() {
    let site = site(json!({})).await;
    let task = midway(&site).await;
    let moved = site.bob.move_to(&["/album/a.zip"], "/elsewhere");
    moved.await.ok();
    goes_on(&site, &task, "no such archive").await;
}

#[tokio::test]
async fn what_is_replaced_in_a_share_midway_is_read_no_further() {
    let site = site(json!({})).await;
    let task = midway(&site).await;
    site.bob.overwrite("/album/a.zip", many("other")).await;
    goes_on(&site, &task, "replaced meanwhile").await;
}

#[tokio::test]
async fn inside_one_large_file_it_is_asked_again_too() {
    let site = site(json!({})).await;
    let large = vec![7; 8 << 20];
    let archive = zip(&[("first", b"small"), ("large", &large), ("last", b"small")]);
    site.bob.overwrite("/album/a.zip", archive).await;
    // The storage takes nothing of the large one yet.
    site.gate.hold("content: expected");
    let archive = site.share.at("a.zip");
    let begun = try_extract(&site.alice, &archive, "/into", json!({}));
    let task = begun.await.ok();
    site.gate.reached_by(2, "content: expected").await;
    site.bob.move_to(&["/album/a.zip"], "/elsewhere").await.ok();
    tokio::time::sleep(Duration::from_secs(4)).await;
    site.gate.open("content: expected");
    site.server.nothing_left_of("extract_archive").await;
    let task = told(&site.alice, &task["id"]).await;
    assert!(error(&task).contains("no such archive"), "{task}");
    assert!(error(&task).contains("1 file ("), "{task}");
    assert_eq!(site.alice.names("/into").await, ["first"]);
}

#[tokio::test]
async fn the_password_of_a_share_opens_it_and_is_told_to_nobody() {
    let more = json!({ "is_private": true, "password": "sesame" });
    let site = site(more).await;
    site.bob.put("/album/b.zip", zip(&[("b", b"b")])).await;
    let (archive, open) = (site.share.at("b.zip"), site.share.with_password(None));
    assert!(archive.contains("sesame"));
    let task = extract(&site.server, &site.alice, (&archive, "/into"), json!({})).await;
    assert_eq!(files(&task), 1);
    assert_eq!(task["summary"]["props"]["src"], open.at("b.zip"));
    assert!(!task.to_string().contains("sesame"), "{task}");
    // Of a task that failed, and may be begun anew, the row keeps it sealed.
    let task = failed(&site).await;
    assert!(!task.to_string().contains("sesame"), "{task}");
    let rows =
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE private_state LIKE '%sesame%'";
    assert_eq!(site.server.ask(rows).await, "0");
    assert_eq!(files(&retried(&site, &task).await), 100);
}

#[tokio::test]
async fn begun_anew_it_unpacks_the_archive_that_is_there_now() {
    let server = super::server().await;
    let admin = server.admin();
    let zip_of = |seed: &str| {
        let names: Vec<String> = (0..10).map(|n| format!("f{n}")).collect();
        let content = tests::bytes_of(seed, 400_000);
        let all: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), &content[..]))
            .collect();
        zip(&all)
    };
    admin.put("/a.zip", zip_of("old")).await;
    admin.create_folder("/into").await;
    let room = admin.used().await + 1_700_000;
    let quota = |bytes: u64| {
        format!("UPDATE groups SET max_storage = {bytes}, updated_at = updated_at + 1 WHERE id = 1")
    };
    server.tamper(&quota(room)).await;
    let over = json!({ "conflict": "overwrite" });
    let task = extract(&server, admin, ("/a.zip", "/into"), over).await;
    assert!(error(&task).contains("no space left"), "{task}");
    assert_eq!(admin.names("/into").await.len(), 4);
    server.tamper(&quota(1 << 30)).await;
    admin.overwrite("/a.zip", zip_of("new")).await;
    let id = task["id"].as_str().unwrap();
    admin
        .post(&format!("/workflow/retry/{id}"), json!({}))
        .await
        .ok();
    server.nothing_left_of("extract_archive").await;
    assert_eq!(files(&told(admin, &task["id"]).await), 10);
    let new = tests::bytes_of("new", 400_000);
    for n in 0..10 {
        assert_eq!(admin.get(&format!("/into/f{n}")).await, new, "f{n}");
    }
}

#[tokio::test]
async fn the_source_is_looked_at_when_it_is_unpacked_and_not_before() {
    let server = super::server().await;
    let admin = server.admin();
    admin.create_folder("/into").await;
    let bad = "nonsense://someone:sesame@a#b";
    let to = |src: Value, dst: &str| json!({ "src": src, "dst": uri(dst) });
    let refused = admin.post("/workflow/extract", to(json!([bad]), "/missing"));
    refused.await.refused(code::PARENT_NOT_EXIST);
    let none = admin.post("/workflow/extract", to(json!([]), "/into"));
    none.await.refused(code::PARAMETER);
    let begun = admin.post("/workflow/extract", to(json!([bad]), "/into"));
    let begun = begun.await.ok();
    server.nothing_left_of("extract_archive").await;
    let task = told(admin, &begun["id"]).await;
    assert!(error(&task).starts_with("the archive: "), "{task}");
    // Clients take it for a URI.
    assert_eq!(task["summary"]["props"]["src"], uri("/"));
    assert!(!task.to_string().contains("sesame"), "{task}");
}

#[tokio::test]
async fn how_far_it_is_shows_in_the_middle_of_a_large_file() {
    let Site {
        server,
        gate,
        alice,
        ..
    } = site(json!({})).await;
    let big = tests::bytes_of("big", 8 << 20);
    alice.put("/big.zip", zip(&[("big.bin", &big)])).await;
    gate.hold("content: expected");
    let begun = try_extract(&alice, "/big.zip", "/into", json!({}));
    let task = begun.await.ok();
    let path = format!("/workflow/progress/{}", task["id"].as_str().unwrap());
    until(async || {
        let progress = alice.get_json(&path, &[]).await.ok();
        let size = &progress["extract_size"];
        let current = size["current"].as_u64().unwrap_or(0);
        assert!(current < big.len() as u64, "{progress}");
        (current > 0 && size["total"] == big.len()).then_some(())
    })
    .await;
    gate.open("content: expected");
    server.nothing_left_of("extract_archive").await;
    assert_eq!(alice.get("/into/big.bin").await, big);
}

#[tokio::test]
async fn how_far_one_was_read_shows_where_it_does_not_say_what_is_in_it() {
    let Site {
        server,
        gate,
        alice,
        ..
    } = site(json!({})).await;
    let folder = tempfile::TempDir::new().unwrap();
    let big = tests::bytes_of("big", 8 << 20);
    std::fs::write(folder.path().join("big.bin"), &big).unwrap();
    run(folder.path(), "tar", &["-czf", "big.tar.gz", "big.bin"]);
    let archive = std::fs::read(folder.path().join("big.tar.gz")).unwrap();
    let size = archive.len();
    alice.put("/big.tar.gz", archive).await;
    gate.hold("content: expected");
    let begun = try_extract(&alice, "/big.tar.gz", "/into", json!({}));
    let task = begun.await.ok();
    let path = format!("/workflow/progress/{}", task["id"].as_str().unwrap());
    until(async || {
        let progress = alice.get_json(&path, &[]).await.ok();
        let read = &progress["archive_read"];
        let current = read["current"].as_u64().unwrap_or(0) as usize;
        assert!(current <= size, "{progress}");
        (0 < current && current < size && read["total"] == size).then_some(())
    })
    .await;
    gate.open("content: expected");
    server.nothing_left_of("extract_archive").await;
    assert_eq!(alice.get("/into/big.bin").await, big);
}

/// An archive of a kind that is looked into in the sandbox.
fn seven() -> Bytes {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.txt"), "alpha").unwrap();
    run(folder.path(), "7zz", &["a", "-bso0", "a.7z", "a.txt"]);
    std::fs::read(folder.path().join("a.7z")).unwrap().into()
}

#[tokio::test]
async fn who_looks_into_many_archives_holds_up_nobody_else() {
    let Site {
        server: _server,
        gate,
        alice,
        bob,
        ..
    } = site(json!({})).await;
    let bytes = seven();
    let paths: Vec<String> = (0..4).map(|n| format!("/{n}.7z")).collect();
    for path in &paths {
        alice.put(path, bytes.clone()).await;
    }
    bob.put("/b.7z", bytes).await;
    gate.hold("archive: looking");
    let looking = paths.iter().map(|path| alice.archive_listing(path));
    let looking = futures_util::future::join_all(looking);
    let others = async {
        gate.reached("archive: looking").await;
        // The others had time to come as well, and did not.
        let two = gate.reached_by(2, "archive: looking");
        assert!(
            tokio::time::timeout(Duration::from_millis(500), two)
                .await
                .is_err()
        );
        let opened = async {
            gate.reached_by(2, "archive: looking").await;
            gate.open("archive: looking");
        };
        let (listed, ()) = tokio::join!(bob.archive_listing("/b.7z"), opened);
        assert_eq!(listed.ok()["files"][0]["name"], "a.txt");
    };
    let (all, ()) = tokio::join!(looking, others);
    for listed in all {
        assert_eq!(listed.ok()["files"][0]["name"], "a.txt");
    }
}

#[tokio::test]
async fn an_archive_that_cannot_be_looked_into_is_not_tried_all_the_time() {
    let Site {
        server: _server,
        gate,
        alice,
        ..
    } = site(json!({})).await;
    alice.put("/fake.7z", "no archive").await;
    alice.put("/fake.zip", "no archive").await;
    for path in ["/fake.7z", "/fake.zip"] {
        let refused = alice.archive_listing(path).await;
        refused.refused(code::UNCLASSIFIED);
        // Nobody looks now.
        gate.hold("archive: looking");
        let again = alice.archive_listing(path);
        let again = tokio::time::timeout(Duration::from_secs(10), again).await;
        again.unwrap().refused(code::UNCLASSIFIED);
        gate.open("archive: looking");
        // New bytes are looked into.
        alice.overwrite(path, seven()).await;
    }
    let listed = alice.archive_listing("/fake.7z").await.ok();
    assert_eq!(listed["files"][0]["name"], "a.txt");
}
