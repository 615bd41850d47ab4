//! Local policies with a folder of their own: other disks.

use crate::code;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{Client, TestServer, bytes_of, files_below};

/// Whoever runs the server has allowed disks below the folder for temporary ones.
pub async fn started() -> (TestServer, TempDir) {
    let server = TestServer::start_as(|config| {
        config.storage_roots = vec![std::env::temp_dir()];
    });
    (server.await, tempfile::tempdir().unwrap())
}

pub fn policy(root: &Path, more: Value) -> Value {
    let mut policy = json!({
        "id": 0, "name": "Disk", "type": "local", "dir_name_rule": "uploads/{uid}/{path}",
        "file_name_rule": "{uuid}_{originname}", "settings": { "root": root, "file_type": null },
        "edges": {},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        policy["settings"][key] = value.clone();
    }
    policy
}

/// Has everybody's new files go to a disk; the policy's number.
async fn use_disk(server: &TestServer, policy: Value) -> i64 {
    let admin = server.admin();
    let body = json!({ "policy": policy });
    admin.post("/admin/policy/test", body.clone()).await.done();
    let made = admin.put_json("/admin/policy", body).await.ok();
    let id = made["id"].as_i64().unwrap();
    give(server, id).await;
    id
}

/// Has the new files of members go by a policy.
pub async fn give(server: &TestServer, policy: i64) {
    let admin = server.admin();
    let mut group = admin.get_json("/admin/group/2", &[]).await.ok();
    group["edges"]["storage_policies"] = json!({ "id": policy });
    let body = json!({ "group": group });
    admin.put_json("/admin/group/2", body).await.ok();
}

fn blobs(root: &Path) -> Vec<PathBuf> {
    let all = files_below(root).into_iter();
    let staged = |path: &PathBuf| path.iter().any(|name| name == ".staging");
    all.filter(|path| !staged(path)).collect()
}

#[tokio::test]
async fn files_go_to_the_disk_of_their_policy() {
    let (server, disk) = started().await;
    let alice = server.user("alice").await;
    alice.put("/before.txt", "before").await;
    use_disk(&server, policy(disk.path(), json!({}))).await;
    let content = bytes_of("disk", 100_000);
    alice.put("/docs/a.bin", content.clone()).await;
    assert_eq!(blobs(disk.path()).len(), 1);
    assert_eq!(alice.get("/docs/a.bin").await, content);
    assert_eq!(alice.get("/before.txt").await, "before");
    assert_eq!(
        server.stored_files().len(),
        1,
        "what was there stays where it is"
    );
    alice.delete_for_good(&["/docs"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert!(blobs(disk.path()).is_empty());
}

#[tokio::test]
async fn only_folders_that_were_allowed_and_are_there_can_be_roots() {
    let (server, disk) = started().await;
    let admin = server.admin();
    let test = |root: Value| {
        let mut policy = policy(disk.path(), json!({}));
        policy["settings"]["root"] = root;
        admin.post("/admin/policy/test", json!({ "policy": policy }))
    };
    let file = disk.path().join("file");
    fs::write(&file, "").unwrap();
    let way_out = disk.path().join("link");
    std::os::unix::fs::symlink("/usr", &way_out).unwrap();
    for (root, words) in [
        (json!("relative"), "whole path"),
        (json!(7), "whole path"),
        (json!("/usr"), "ALCOVE_STORAGE_ROOTS"),
        (json!(way_out), "ALCOVE_STORAGE_ROOTS"),
        (json!(disk.path().join("../../usr")), "ALCOVE_STORAGE_ROOTS"),
        (json!(disk.path().join("missing")), "cannot be used"),
        (json!(file), "no folder"),
        (json!(server.data()), "data folder"),
        (json!(server.data().join("uploads")), ""),
        (json!(std::env::temp_dir()), "data folder"),
    ] {
        let told = test(root.clone()).await;
        told.refused(code::PARAMETER);
        assert!(told.text().contains(words), "{root}: {}", told.text());
    }
    assert_eq!(
        fs::read_dir(disk.path()).unwrap().count(),
        2,
        "nothing was made"
    );
    let mut wrong = policy(disk.path(), json!({ "min_free_bytes": "much" }));
    let told = admin
        .post("/admin/policy/test", json!({ "policy": wrong }))
        .await;
    told.refused(code::PARAMETER);
    // Without the word of whoever runs the server there are none.
    wrong["settings"]["min_free_bytes"] = json!(0);
    let other = TestServer::start().await;
    let told = other
        .admin()
        .post("/admin/policy/test", json!({ "policy": wrong }))
        .await;
    told.refused(code::PARAMETER);
}

#[tokio::test]
async fn a_disk_that_is_not_mounted_is_not_written_to_and_nothing_is_lost() {
    let (server, place) = started().await;
    let (disk, elsewhere) = (place.path().join("disk"), place.path().join("taken out"));
    fs::create_dir(&disk).unwrap();
    let alice = server.user("alice").await;
    use_disk(&server, policy(&disk, json!({}))).await;
    alice.put("/a.txt", "kept").await;
    alice.put("/b.txt", "to go").await;
    fs::rename(&disk, &elsewhere).unwrap();
    fs::create_dir(&disk).unwrap();

    // Nor is its mount point made a disk by whoever asks whether it works.
    let again = json!({ "policy": policy(&disk, json!({})) });
    let tried = server.admin().post("/admin/policy/test", again).await;
    tried.refused(code::PARAMETER);
    // And what to do, if it is the right one.
    let staging = disk.canonicalize().unwrap().join(".staging");
    for words in [staging.to_str().unwrap(), "not mounted", "make that folder"] {
        assert!(tried.text().contains(words), "{words}: {}", tried.text());
    }
    assert_eq!(fs::read_dir(&disk).unwrap().count(), 0);

    let before = alice.everything().await;
    assert_ne!(alice.put_content("/a.txt", "other").await.code(), 0);
    let opened = alice.try_open_upload("/c.txt", 1, json!({})).await;
    assert_ne!(opened.code(), 0, "{}", opened.text());
    // It is not said that there is nothing: it would be taken away.
    let read = alice.fetch(&alice.url("/a.txt").await).await;
    assert_eq!(read.status, 502, "{}", read.text());
    assert_eq!(alice.everything().await, before);
    alice.delete_for_good(&["/b.txt"]).await.done();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(files_below(&disk).is_empty() && fs::read_dir(&disk).unwrap().count() == 0);

    fs::remove_dir(&disk).unwrap();
    fs::rename(&elsewhere, &disk).unwrap();
    assert_eq!(alice.get("/a.txt").await, "kept");
    server.nothing_left_of("recycle_blobs").await;
    assert_eq!(
        blobs(&disk).len(),
        1,
        "what was deleted meanwhile goes when it is back"
    );
}

#[tokio::test]
async fn some_of_a_disk_stays_free() {
    let (server, disk) = started().await;
    let alice = server.user("alice").await;
    use_disk(&server, policy(disk.path(), json!({ "min_free_bytes": 0 }))).await;
    alice.put("/a.txt", "fits").await;
    let admin = server.admin();
    let all = "SELECT CAST(MAX(id) AS TEXT) AS value FROM storage_policies";
    let route = format!("/admin/policy/{}", server.ask(all).await);
    let mut row = admin.get_json(&route, &[]).await.ok();
    row["settings"]["min_free_bytes"] = json!(1_u64 << 60);
    let saved = admin.put_json(&route, json!({ "policy": row })).await;
    saved.ok();
    no_room(&alice).await;
    assert_eq!(blobs(disk.path()).len(), 1);
    assert_eq!(alice.get("/a.txt").await, "fits");
    // It is one of several: who has another one does not notice.
    admin.put("/elsewhere.txt", "fits").await;
    assert_eq!(admin.get("/elsewhere.txt").await, "fits");
    alice.delete_for_good(&["/a.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert!(blobs(disk.path()).is_empty(), "what is full can be emptied");
    let mut row = admin.get_json(&route, &[]).await.ok();
    row["settings"]["min_free_bytes"] = json!(1);
    admin.put_json(&route, json!({ "policy": row })).await.ok();
    alice.put("/a.txt", "fits again").await;
    assert_eq!(alice.get("/a.txt").await, "fits again");
}

async fn no_room(alice: &Client) {
    let opened = alice.try_open_upload("/b.txt", 10, json!({})).await;
    opened.refused(code::IO_FAILED);
    assert!(opened.text().contains("no space"), "{}", opened.text());
    assert_eq!(
        alice.put_content("/a.txt", "longer").await.code(),
        code::IO_FAILED
    );
    assert_eq!(alice.used().await, 4);
}

#[tokio::test]
async fn whoever_moves_a_policy_has_moved_its_bytes_before() {
    let (server, place) = started().await;
    let (old, new) = (place.path().join("old"), place.path().join("new"));
    fs::create_dir(&old).unwrap();
    fs::create_dir(&new).unwrap();
    let alice = server.user("alice").await;
    let id = use_disk(&server, policy(&old, json!({}))).await;
    alice.put("/docs/a.txt", "kept").await;
    let admin = server.admin();
    let route = format!("/admin/policy/{id}");
    let mut row = admin.get_json(&route, &[]).await.ok();
    row["settings"]["root"] = json!(new);
    let moved = json!({ "policy": row });
    let refused = admin.put_json(&route, moved.clone()).await;
    refused.refused(code::PARAMETER);
    assert!(
        refused.text().contains("not found there"),
        "{}",
        refused.text()
    );
    assert_eq!(alice.get("/docs/a.txt").await, "kept");
    assert!(files_below(&new).is_empty());

    fs::remove_dir(&new).unwrap();
    fs::rename(&old, &new).unwrap();
    admin.put_json(&route, moved).await.ok();
    assert_eq!(alice.get("/docs/a.txt").await, "kept");
    alice.put("/docs/b.txt", "more").await;
    assert_eq!(blobs(&new).len(), 2);
}

#[tokio::test]
async fn what_is_refused_because_of_another_policy_leaves_its_bytes_alone() {
    let (server, disk) = started().await;
    let alice = server.user("alice").await;
    let mut plain = policy(disk.path(), json!({}));
    plain["dir_name_rule"] = json!("files");
    plain["file_name_rule"] = json!("{originname}");
    use_disk(&server, plain.clone()).await;
    alice.put("/one/a.txt", "the first").await;
    // Another policy of the same folder, whose names are the same.
    plain["name"] = json!("Again");
    use_disk(&server, plain).await;
    fs::write(disk.path().join("files/letter.txt"), "somebody's").unwrap();
    for name in ["/two/a.txt", "/two/letter.txt"] {
        let opened = alice.try_open_upload(name, 5, json!({})).await;
        if opened.code() == 0 {
            let session = tests::UploadSession::of(opened.ok());
            let bytes = bytes_of("other", 5);
            let sent = alice.send_chunk(&session.id, 0, bytes).await;
            assert_ne!(sent.code(), 0, "{name}");
            alice.cancel_upload(&session.id, name).await;
        }
        let made = alice.put_content(name, "other").await;
        assert_ne!(made.code(), 0, "{name}");
    }
    for queue in ["abort_upload", "recycle_blobs"] {
        server.nothing_left_of(queue).await;
    }
    assert_eq!(alice.get("/one/a.txt").await, "the first");
    let letter = fs::read_to_string(disk.path().join("files/letter.txt"));
    assert_eq!(letter.unwrap(), "somebody's");
    assert_eq!(alice.used().await, 9);
}

#[tokio::test]
async fn a_root_inside_another_keeps_what_is_its_own() {
    let (server, disk) = started().await;
    let alice = server.user("alice").await;
    let inner = disk.path().join("inner/most");
    fs::create_dir_all(&inner).unwrap();
    for root in [disk.path(), &inner] {
        let name = format!("/{}.txt", root.display().to_string().len());
        let mut policy = policy(root, json!({}));
        policy["name"] = json!(name);
        use_disk(&server, policy).await;
        alice.put(&name, "content").await;
    }
    let doctor = || {
        let mut command = server.command(["doctor"]);
        let said = command.env("ALCOVE_STORAGE_ROOTS", std::env::temp_dir());
        let said = said.output().unwrap();
        String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned()
    };
    let said = doctor();
    assert!(said.contains("Everything is as it should be"), "{said}");
    fs::write(inner.join("behind.bin"), "whose?").unwrap();
    let said = doctor();
    assert!(said.contains("behind.bin belong to nothing"), "{said}");
}
