//! What happens while files are packed: the task is called off, sources go, room runs out, somebody
//! comes first.

use super::{
    Site, assert_whole, begin, ended, files, left_out, pairs, site_on, told, try_pack, unzip,
};
use crate::code;
use serde_json::json;
use std::time::Duration;
use tests::{Gate, TestServer, bytes_of};

/// Longer than what was found holds.
const A_WHILE: Duration = Duration::from_millis(1_100);

/// Too large to be read before its turn.
fn large() -> bytes::Bytes {
    bytes_of("large", 400_000)
}

async fn held_at(step: &'static str) -> (Site, Gate) {
    let gate = Gate::default();
    gate.hold(step);
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    (site_on(server).await, gate)
}

#[tokio::test]
async fn how_far_it_is_is_told_while_it_packs() {
    let (
        Site {
            server: _server,
            alice,
        },
        gate,
    ) = held_at("archive: reading").await;
    alice.put("/d/a.txt", "12345").await;
    alice.put("/d/b.bin", large()).await;
    let id = begin(&alice, &["/d"], "/a.zip").await;
    gate.reached("archive: reading").await;
    let route = format!("/workflow/progress/{id}");
    let patience = std::time::Instant::now() + Duration::from_secs(20);
    let told = loop {
        let told = alice.get_json(&route, &[]).await.ok();
        if told["archive_count"]["current"] == 1 {
            break told;
        }
        assert!(std::time::Instant::now() < patience, "{told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(told["archive_count"]["total"], 0);
    let bytes = json!({ "total": 400_005, "current": 5, "identifier": "" });
    assert_eq!(told["archive_size"], bytes);
    gate.open("archive: reading");
    assert_whole(&ended(&alice, &id).await);
    assert_eq!(alice.get_json(&route, &[]).await.ok(), json!({}));
}

#[tokio::test]
async fn one_that_is_called_off_leaves_nothing() {
    let (Site { server, alice }, gate) = held_at("archive: reading").await;
    alice.put("/a.bin", bytes_of("a", 3_000_000)).await;
    for format in ["zip", "tar.zst", "7z"] {
        let dst = format!("/a.{format}");
        let more = json!({ "format": format });
        let task = try_pack(&alice, &["/a.bin"], &dst, more).await.ok();
        let id = task["id"].as_str().unwrap();
        gate.reached("archive: reading").await;
        server
            .tamper("UPDATE tasks SET cancel_requested_at = 1 WHERE state = 'processing'")
            .await;
        assert_eq!(ended(&alice, id).await["status"], "canceled", "{format}");
        assert_eq!(alice.names("/").await, ["a.bin"]);
        gate.hold("archive: reading");
    }
    server.nothing_left_of("recycle_blobs").await;
    server.assert_clean();
}

#[tokio::test]
async fn sources_that_go_meanwhile_are_left_out() {
    let (Site { server, alice }, gate) = held_at("archive: begun").await;
    for path in [
        "/d/a.txt",
        "/d/sub/b.txt",
        "/d/sub/c.txt",
        "/e.txt",
        "/f.txt",
    ] {
        alice.put(path, path.to_owned()).await;
    }
    let id = begin(
        &alice,
        &["/d/sub", "/d/a.txt", "/e.txt", "/f.txt"],
        "/a.zip",
    )
    .await;
    gate.reached("archive: begun").await;
    alice.delete(&["/d/sub"]).await.done();
    alice.create_folder("/other").await;
    alice.move_to(&["/e.txt"], "/other").await.done();
    tokio::time::sleep(A_WHILE).await;
    gate.open("archive: begun");
    let task = ended(&alice, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    let expected = [
        ("d/sub/b.txt", "gone"),
        ("d/sub/c.txt", "gone"),
        ("e.txt", "gone"),
    ];
    assert_eq!(left_out(&task), pairs(&expected));
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(
        packed,
        files(&[("d/a.txt", "/d/a.txt"), ("f.txt", "/f.txt")])
    );
    server.assert_healthy();
}

#[tokio::test]
async fn rights_that_are_withdrawn_meanwhile_hold_at_once() {
    let (Site { server, alice }, gate) = held_at("archive: begun").await;
    let bob = server.user("bob").await;
    bob.put("/shared/a.txt", "a").await;
    let share = bob.share("/shared", json!({})).await;
    alice.put("/own.txt", "own").await;
    let id = begin(&alice, &[&share.at("a.txt"), "/own.txt"], "/a.zip").await;
    gate.reached("archive: begun").await;
    bob.delete_share(&share.id).await.done();
    tokio::time::sleep(A_WHILE).await;
    gate.open("archive: begun");
    let task = ended(&alice, &id).await;
    assert_eq!(left_out(&task), pairs(&[("a.txt", "gone")]));
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed, files(&[("own.txt", "own")]));
    // The right to pack itself.
    gate.hold("task: never");
    server.permit_users("8C08").await;
    let reply = try_pack(&alice, &["/own.txt"], "/b.zip", json!({})).await;
    assert_eq!(reply.code(), code::GROUP_NOT_ALLOWED);
}

#[tokio::test]
async fn a_file_that_came_first_gets_a_new_version() {
    let (Site { server, alice }, gate) = held_at("archive: reading").await;
    alice.put("/a.bin", large()).await;
    let id = begin(&alice, &["/a.bin"], "/a.zip").await;
    gate.reached("archive: reading").await;
    alice.put("/a.zip", "was first").await;
    gate.open("archive: reading");
    assert_whole(&ended(&alice, &id).await);
    assert!(unzip(&alice.get("/a.zip").await)["a.bin"] == large());
    assert_eq!(alice.versions("/a.zip").await.len(), 2);
    server.assert_healthy();
}

#[tokio::test]
async fn a_target_that_cannot_be_written_to_any_more_ends_it_with_a_reason() {
    let (Site { server, alice }, gate) = held_at("archive: reading").await;
    alice.put("/a.bin", large()).await;
    for (dst, happens, says) in [
        (
            "/gone/a.zip",
            "gone",
            "the folder that the archive goes to is not there any more",
        ),
        (
            "/taken.zip",
            "taken",
            "a folder or a shortcut has the name of the archive",
        ),
    ] {
        if happens == "gone" {
            alice.create_folder("/gone").await;
        }
        let id = begin(&alice, &["/a.bin"], dst).await;
        gate.reached("archive: reading").await;
        if happens == "gone" {
            alice.delete(&["/gone"]).await.done();
        } else {
            alice.create_folder("/taken.zip").await;
        }
        gate.open("archive: reading");
        let task = ended(&alice, &id).await;
        assert_eq!(
            (task["status"].as_str(), task["error"].as_str()),
            (Some("error"), Some(says))
        );
        assert_eq!(task.get("retry_count"), None);
        gate.hold("archive: reading");
    }
    server.nothing_left_of("recycle_blobs").await;
    server.assert_clean();
}

#[tokio::test]
async fn a_target_that_is_locked_meanwhile_is_tried_again() {
    let (Site { server, alice }, gate) = held_at("archive: reading").await;
    server
        .tamper("UPDATE settings SET value = '1' WHERE name = 'queue_io_intense_retry_delay'")
        .await;
    alice.put("/a.bin", large()).await;
    let id = begin(&alice, &["/a.bin"], "/a.zip").await;
    gate.reached("archive: reading").await;
    let session = alice.open_upload("/a.zip", 100).await;
    gate.open("archive: reading");
    let patience = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let task = told(&alice, &id).await;
        if let Some(history) = task.get("error_history") {
            assert!(history[0].as_str().unwrap().contains("locked"), "{task}");
            break;
        }
        assert!(std::time::Instant::now() < patience, "{task}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    alice.cancel_upload(&session.id, "/a.zip").await.done();
    let task = ended(&alice, &id).await;
    assert_whole(&task);
    assert!(unzip(&alice.get("/a.zip").await)["a.bin"] == large());
}

#[tokio::test]
async fn a_drive_that_is_full_midway_keeps_nothing_of_it() {
    let (Site { server, alice }, gate) = held_at("archive: begun").await;
    alice.put("/a.bin", bytes_of("a", 2_000_000)).await;
    let set = |bytes: u32| format!("UPDATE groups SET max_storage = {bytes} WHERE id = 2");
    for format in ["zip", "7z"] {
        server.tamper(&set(2_500_000)).await;
        let more = json!({ "format": format });
        let task = try_pack(&alice, &["/a.bin"], &format!("/a.{format}"), more)
            .await
            .ok();
        gate.reached("archive: begun").await;
        gate.open("archive: begun");
        let task = ended(&alice, task["id"].as_str().unwrap()).await;
        assert_eq!(task["status"], "error");
        let said = task["error"].as_str().unwrap();
        assert_eq!(
            said, "there is not enough room for the archive in the drive",
            "{format}"
        );
        gate.hold("archive: begun");
    }
    assert_eq!(alice.used().await, 2_000_000);
    server.tamper(&set(2_000_000)).await;
    let reply = try_pack(&alice, &["/a.bin"], "/b.zip", json!({})).await;
    assert_eq!(reply.code(), code::INSUFFICIENT_CAPACITY);
    server.nothing_left_of("recycle_blobs").await;
    server.assert_clean();
}

#[tokio::test]
async fn on_a_disk_that_is_full_nothing_is_begun() {
    let (Site { server, alice }, gate) = held_at("archive: begun").await;
    gate.open("archive: begun");
    alice.put("/a.bin", bytes_of("a", 2_000_000)).await;
    server.fill_disk().await;
    let id = begin(&alice, &["/a.bin"], "/a.zip").await;
    let task = ended(&alice, &id).await;
    assert_eq!(task["status"], "error", "{task}");
    assert!(
        task["error"].as_str().unwrap().contains("has no room left"),
        "{task}"
    );
    assert_eq!(alice.names("/").await, ["a.bin"]);
    assert_eq!(alice.used().await, 2_000_000);
    server.nothing_left_of("recycle_blobs").await;
    server.assert_clean();
}

#[tokio::test]
async fn damaged_files_are_left_out_and_never_look_whole() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let Site { server, alice } = site_on(server).await;
    alice.put("/d/good.bin", bytes_of("good", 400_000)).await;
    let before = server.stored_files();
    alice.put("/d/cut.bin", bytes_of("cut", 600_000)).await;
    alice.put("/d/lost.bin", bytes_of("lost", 1_000)).await;
    for file in server.stored_files() {
        if before.contains(&file) {
            continue;
        }
        if std::fs::metadata(&file).unwrap().len() == 1_000 {
            std::fs::remove_file(&file).unwrap();
        } else {
            let file = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
            file.set_len(500_000).unwrap();
        }
    }
    let id = begin(&alice, &["/d"], "/a.zip").await;
    let task = ended(&alice, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    let mut found = left_out(&task);
    found.sort_unstable();
    let expected = [("d/cut.bin", "damaged"), ("d/lost.bin", "unreadable")];
    assert_eq!(found, pairs(&expected));
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed.keys().collect::<Vec<_>>(), ["d/good.bin"]);
}

#[tokio::test]
async fn a_file_that_breaks_off_in_the_middle_is_packed_around() {
    let (Site { server, alice }, gate) = held_at("archive: reading").await;
    alice.put("/d/a.txt", "a").await;
    let before = server.stored_files();
    alice.put("/d/b.bin", bytes_of("b", 900_000)).await;
    let mut stored = server.stored_files();
    stored.retain(|file| !before.contains(file));
    let id = begin(&alice, &["/d"], "/a.zip").await;
    gate.reached("archive: reading").await;
    let file = std::fs::OpenOptions::new().write(true).open(&stored[0]);
    file.unwrap().set_len(500_000).unwrap();
    gate.open("archive: reading");
    let task = ended(&alice, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(left_out(&task), pairs(&[("d/b.bin", "damaged")]));
    let packed = unzip(&alice.get("/a.zip").await);
    assert_eq!(packed, files(&[("d/a.txt", "a")]));
    server.nothing_left_of("recycle_blobs").await;
    server.assert_clean();
}

#[tokio::test]
async fn a_restart_packs_from_the_start_and_leaves_nothing_half_made() {
    let (Site { mut server, alice }, gate) = held_at("archive: begun").await;
    alice.put("/a.txt", "a").await;
    let id = begin(&alice, &["/a.txt"], "/a.zip").await;
    gate.reached("archive: begun").await;
    let opening = gate.clone();
    // What waits there goes on when the server already stops.
    let opener = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        opening.open("archive: begun");
    });
    server.restart().await;
    opener.join().unwrap();
    let task = ended(&alice, &id).await;
    assert_whole(&task);
    assert_eq!(unzip(&alice.get("/a.zip").await), files(&[("a.txt", "a")]));
    assert_eq!(alice.versions("/a.zip").await.len(), 1);
    server.nothing_left_of("recycle_blobs").await;
    server.assert_clean();
}
