//! `POST /workflow/import`: what lies in a storage already becomes files, and nothing is copied.

mod hostile;

use crate::admin::disks;
use crate::code;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tests::{Client, Gate, Reply, TestServer, bytes_of, files_below, hash_of};

/// The policy that every site has, whose files are below the data folder.
const OWN: i64 = 1;

struct Site {
    server: TestServer,
    alice: Client,
    disk: TempDir,
    /// Of the policy whose root the disk is.
    policy: i64,
}

async fn site() -> Site {
    site_with(json!({}), 0).await
}

/// A disk that some policy keeps files on, though nobody's new files go there.
async fn site_with(settings: Value, max_size: i64) -> Site {
    let (server, disk) = disks::started().await;
    let mut policy = disks::policy(disk.path(), settings);
    policy["max_size"] = json!(max_size);
    let policy = made(&server, policy).await;
    Site {
        alice: server.user("alice").await,
        server,
        disk,
        policy,
    }
}

async fn made(server: &TestServer, policy: Value) -> i64 {
    let body = json!({ "policy": policy });
    let admin = server.admin();
    admin.post("/admin/policy/test", body.clone()).await.done();
    let made = admin.put_json("/admin/policy", body).await.ok();
    made["id"].as_i64().unwrap()
}

/// Files below a folder, with the folders that they need.
fn lay(root: &Path, files: &[(&str, &[u8])]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// What the console sends, with other values of some fields.
async fn try_import(server: &TestServer, who: &Client, more: Value) -> Reply {
    let mut body = json!({
        "src": ".", "dst": "/", "user_id": who.id, "policy_id": OWN, "recursive": true,
        "extract_media_meta": false,
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    server.admin().post("/workflow/import", body).await
}

/// Imports, and waits; what its owner is told of the task then.
async fn import(server: &TestServer, who: &Client, more: Value) -> Value {
    let begun = try_import(server, who, more).await.ok();
    assert_eq!(begun["type"], "import");
    server.nothing_left_of("import").await;
    told(who, &begun["id"]).await
}

async fn told(who: &Client, id: &Value) -> Value {
    let query = [("page_size", "25"), ("category", "general")];
    let all = who.get_json("/workflow", &query).await.ok();
    let tasks = all["tasks"].as_array().unwrap();
    let task = tasks.iter().find(|task| task["id"] == *id).unwrap();
    task.clone()
}

/// Of a task that ended well what it says of some things.
fn report(task: &Value) -> [i64; 5] {
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    ["files", "folders", "bytes", "skipped", "failed"].map(|key| props[key].as_i64().unwrap())
}

/// What was not taken over, and why.
fn problems(task: &Value) -> Vec<(String, String)> {
    let all = task["summary"]["props"]["problems"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|problem| (text(&problem["path"]), text(&problem["reason"])))
        .collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(path, reason)| ((*path).to_owned(), (*reason).to_owned()))
        .collect()
}

async fn count(server: &TestServer, what: &str) -> String {
    let sql = format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM {what}");
    server.ask(&sql).await
}

/// The doctor, who knows of the disk, has nothing to say.
fn assert_healthy(site: &Site) {
    let mut doctor = site.server.command(["doctor", "--hash"]);
    doctor.env("ALCOVE_STORAGE_ROOTS", std::env::temp_dir());
    let output = doctor.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}

#[tokio::test]
async fn a_folder_on_a_disk_becomes_files_and_nothing_is_copied() {
    let site = site().await;
    let (server, alice, root) = (&site.server, &site.alice, site.disk.path());
    let big = bytes_of("big", 300_000);
    lay(
        root,
        &[
            ("photos/a.bin", &big),
            ("photos/deep/er/b.txt", b"text"),
            ("photos/deep/ä c.txt", b""),
            ("else/d.txt", b"stays"),
        ],
    );
    fs::create_dir(root.join("photos/empty")).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = fs::File::options()
        .write(true)
        .open(root.join("photos/a.bin"));
    file.unwrap().set_modified(old).unwrap();
    let before = files_below(root);

    let more = json!({ "src": "photos", "dst": "/Pictures", "policy_id": site.policy });
    let task = import(server, alice, more).await;
    assert_eq!(report(&task), [3, 4, 300_004, 0, 0]);
    let props = &task["summary"]["props"];
    assert_eq!(props["src_str"], "photos");
    let uri = format!("cloudreve://{}@my/Pictures", alice.id);
    assert_eq!(props["dst"], uri);
    assert_eq!(props["problems"], json!([]));
    let sizes = alice.sizes_below("/Pictures").await;
    let files: Vec<_> = sizes.iter().filter(|(_, size)| size.is_some()).collect();
    assert_eq!(files.len(), 3, "{sizes:?}");
    assert!(sizes.keys().any(|name| name.contains("empty")), "{sizes:?}");
    assert_eq!(hash_of(&alice.get("/Pictures/a.bin").await), hash_of(&big));
    assert_eq!(alice.get("/Pictures/deep/er/b.txt").await, "text");
    assert_eq!(alice.get("/Pictures/deep/ä c.txt").await, "");
    assert_eq!(alice.used().await, 300_004);
    let info = alice
        .info_with("/Pictures/a.bin", &[("extended", "true")])
        .await
        .ok();
    assert!(
        info["updated_at"]
            .as_str()
            .unwrap()
            .starts_with("2001-09-09T")
    );
    let kept = &info["extended_info"]["entities"][0];
    assert_eq!(kept["storage_policy"]["name"], "Disk");
    assert_eq!(files_below(root), before, "nothing was copied or moved");
    assert!(server.stored_files().is_empty());

    // Nobody here wrote the bytes: their hash comes later.
    server.nothing_left_of("blob_verify").await;
    assert_eq!(count(server, "blobs WHERE blake3 IS NOT NULL").await, "3");
    fs::remove_dir_all(root.join("else")).unwrap();
    assert_healthy(&site);
    // It is in the audit log, with who did it for whom.
    let told = server.journal("import").await;
    assert_eq!(
        (&told[0]["src"], &told[0]["policy"]),
        (&json!("photos"), &json!(site.policy))
    );
}

#[tokio::test]
async fn a_trial_says_what_would_come_and_changes_nothing() {
    let site = site().await;
    let (server, alice, root) = (&site.server, &site.alice, site.disk.path());
    lay(
        root,
        &[
            ("in/a.txt", b"one"),
            ("in/b/c.txt", b"three"),
            ("in/b/d:e.txt", b"no"),
            ("in/there.txt", b"x"),
        ],
    );
    alice.put("/to/there.txt", "hers").await;
    let rows = ["files", "blobs", "journal"];
    let mut before = Vec::new();
    for table in rows {
        before.push(count(server, table).await);
    }
    let used = alice.used().await;
    let more = json!({ "src": "in", "dst": "/to", "policy_id": site.policy });
    let mut trial = more.clone();
    trial["dry_run"] = json!(true);
    let trial = import(server, alice, trial).await;
    assert_eq!(trial["summary"]["props"]["dry_run"], true);
    assert_eq!(alice.names("/to").await, ["there.txt"]);
    assert_eq!(alice.used().await, used);
    for (table, before) in rows.iter().zip(before) {
        // Who began it is written down all the same, and that it ended.
        let asked = 2 * usize::from(*table == "journal");
        let now: usize = count(server, table).await.parse().unwrap();
        assert_eq!(now, before.parse::<usize>().unwrap() + asked, "{table}");
    }
    let done = import(server, alice, more).await;
    assert_eq!(report(&trial), [2, 1, 8, 1, 1]);
    assert_eq!(report(&done), report(&trial));
    assert_eq!(problems(&trial), pairs(&[("b/d:e.txt", "name")]));
    assert_eq!(problems(&done), problems(&trial));
    assert_eq!(alice.get("/to/there.txt").await, "hers");
}

#[tokio::test]
async fn without_the_folders_in_it_only_its_files_come() {
    let site = site().await;
    lay(
        site.disk.path(),
        &[("a.txt", b"one"), ("b/c.txt", b"three")],
    );
    let more = json!({ "policy_id": site.policy, "recursive": false });
    let task = import(&site.server, &site.alice, more).await;
    assert_eq!(report(&task), [1, 0, 3, 0, 0]);
    assert_eq!(site.alice.names("/").await, ["a.txt"]);
}

#[tokio::test]
async fn what_is_there_stays_and_running_twice_brings_nothing_twice() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    lay(
        site.disk.path(),
        &[
            ("a.txt", b"theirs"),
            ("b/c.txt", b"c"),
            ("d/e.txt", b"e"),
            ("f/g.txt", b"g"),
        ],
    );
    alice.put("/a.txt", "hers").await;
    alice.put("/b/own.txt", "own").await;
    alice.put("/d", "a file").await;
    let more = json!({ "policy_id": site.policy });
    let task = import(server, alice, more.clone()).await;
    assert_eq!(report(&task), [2, 1, 2, 1, 1]);
    assert_eq!(problems(&task), pairs(&[("d", "taken")]));
    assert_eq!(alice.get("/a.txt").await, "hers");
    assert_eq!(alice.names("/b").await, ["c.txt", "own.txt"]);
    assert_eq!(alice.get("/d").await, "a file");
    let (all, used) = (alice.everything().await, alice.used().await);

    let task = import(server, alice, more.clone()).await;
    assert_eq!(report(&task), [0, 0, 0, 3, 1]);
    assert_eq!((alice.everything().await, alice.used().await), (all, used));
    // Nor does anybody get what is hers.
    let bob = server.user("bob").await;
    let task = import(server, &bob, more).await;
    assert_eq!(report(&task), [2, 3, 7, 0, 2]);
    let stored = [("b/c.txt", "stored"), ("f/g.txt", "stored")];
    assert_eq!(problems(&task), pairs(&stored));
    assert_eq!(bob.used().await, 7);
}

#[tokio::test]
async fn what_does_not_fit_into_the_quota_stays_out() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let room = alice.total().await;
    server
        .tamper("UPDATE groups SET max_storage = 100 WHERE id = 2")
        .await;
    assert!(room > 100);
    lay(
        site.disk.path(),
        &[
            ("a", &[1; 60]),
            ("b", &[2; 60]),
            ("c/d", &[3; 40]),
            ("e", &[4; 1]),
            ("f", &[]),
        ],
    );
    let mut more = json!({ "policy_id": site.policy, "dry_run": true });
    let trial = import(server, alice, more.clone()).await;
    assert_eq!(alice.used().await, 0);
    more["dry_run"] = json!(false);
    let task = import(server, alice, more).await;
    // In order of names, files first; what is small enough still fits.
    assert_eq!(report(&task), [3, 1, 61, 0, 2]);
    assert_eq!(problems(&task), pairs(&[("b", "quota"), ("c/d", "quota")]));
    assert_eq!(task["summary"]["props"]["over_quota"], 2);
    assert_eq!(
        (report(&trial), problems(&trial)),
        (report(&task), problems(&task))
    );
    assert_eq!(alice.used().await, 61);
}

#[tokio::test]
async fn names_and_sizes_that_uploads_may_not_have_are_told() {
    let settings = json!({ "file_type": ["tmp"], "is_file_type_deny_list": true });
    let site = site_with(settings, 10).await;
    let (server, alice) = (&site.server, &site.alice);
    let long = "x".repeat(250);
    let deep = format!("{long}/{long}/z.txt");
    lay(
        site.disk.path(),
        &[
            ("what?.txt", b"1"),
            ("x|y/z.txt", b"2"),
            ("old.tmp", b"3"),
            ("large.bin", b"12345678901"),
            ("good.txt", b"4"),
            (&deep, b"5"),
        ],
    );
    std::os::unix::fs::symlink("/etc/passwd", site.disk.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/etc", site.disk.path().join("folder")).unwrap();
    let task = import(server, alice, json!({ "policy_id": site.policy })).await;
    assert_eq!(report(&task), [2, 2, 2, 0, 6]);
    let mut told = problems(&task);
    told.sort();
    let expected = [
        ("folder", "no_file"),
        ("large.bin", "too_large"),
        ("link", "no_file"),
        ("old.tmp", "refused"),
        ("what?.txt", "name"),
        ("x|y", "name"),
    ];
    assert_eq!(told, pairs(&expected));
    assert_eq!(alice.names("/").await, ["good.txt", long.as_str()]);
}

/// Whoever can write to the disk writes what they like there; whoever imports it gets files alone.
#[tokio::test]
async fn what_is_no_file_or_has_no_name_stays_out_and_leads_nowhere() {
    let site = site().await;
    let (server, alice, root) = (&site.server, &site.alice, site.disk.path());
    lay(
        root,
        &[
            ("good.txt", b"good"),
            ("line\nbreak.txt", b"1"),
            ("back\\slash.txt", b"2"),
            ("in/good.txt", b"good"),
            // Two names here, wherever they may be one.
            ("in/GOOD.txt", b"GOOD"),
            ("in/con", b"4"),
            ("in/...", b"5"),
        ],
    );
    let made = Command::new("mkfifo").arg(root.join("in/pipe")).status();
    assert!(made.unwrap().success());
    let nameless = std::ffi::OsStr::from_bytes(b"\xff\xfe.txt");
    fs::write(root.join(nameless), "3").unwrap();
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "secret").unwrap();
    for (to, link) in [
        (secret.path(), "secret.txt"),
        (Path::new("."), "in/loop"),
        (Path::new("missing"), "dangling"),
        (Path::new(".."), "in/up"),
        (Path::new("/proc/self/environ"), "environ"),
    ] {
        std::os::unix::fs::symlink(to, root.join(link)).unwrap();
    }
    let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let task = import(server, alice, json!({ "policy_id": site.policy })).await;
    drop(socket);
    let [files, folders, _, skipped, failed] = report(&task);
    assert_eq!((files, folders, skipped, failed), (5, 1, 0, 10), "{task}");
    let left_out = [
        ("in/loop", "no_file"),
        ("in/pipe", "no_file"),
        ("in/up", "no_file"),
        ("back\\slash.txt", "name"),
        ("dangling", "no_file"),
        ("environ", "no_file"),
        ("line\nbreak.txt", "name"),
        ("secret.txt", "no_file"),
        ("socket", "no_file"),
        ("\u{fffd}\u{fffd}.txt", "name"),
    ];
    assert_eq!(problems(&task), pairs(&left_out));
    assert_eq!(alice.names("/").await, ["good.txt", "in"]);
    let mut names = alice.names("/in").await;
    names.sort();
    assert_eq!(names, ["...", "GOOD.txt", "con", "good.txt"]);
    // What became a link after it was taken over leads nowhere either.
    let taken = root.join("good.txt");
    fs::remove_file(&taken).unwrap();
    std::os::unix::fs::symlink(secret.path(), &taken).unwrap();
    let url = alice.url("/good.txt").await;
    let reply = alice.fetch(&url).await;
    assert_ne!(reply.status, 200);
    assert!(!reply.text().contains("secret"), "{}", reply.text());
}

#[tokio::test]
async fn no_path_leads_out_of_the_storage() {
    let site = site().await;
    let (server, alice, root) = (&site.server, &site.alice, site.disk.path());
    lay(root, &[("in/a.txt", b"a"), (".staging/part", b"half")]);
    std::os::unix::fs::symlink("/etc", root.join("out")).unwrap();
    let whole = root.canonicalize().unwrap();
    let inner = format!("{}/in", whole.display());
    let more = json!({ "src": inner, "policy_id": site.policy, "dry_run": true });
    assert_eq!(report(&import(server, alice, more).await)[0], 1);
    let data = server.data().display().to_string();
    for src in [
        "/etc", "/", "..", "in/../..", "out", "out/ssl", ".staging", &data, "/missing",
    ] {
        let more = json!({ "src": src, "policy_id": site.policy });
        let refused = try_import(server, alice, more).await;
        refused.refused(code::PARAMETER);
        assert!(
            refused.text().contains("Path is not allowed"),
            "{src}: {}",
            refused.text()
        );
    }
    for src in ["missing", "in/a.txt"] {
        let more = json!({ "src": src, "policy_id": site.policy });
        let refused = try_import(server, alice, more).await;
        refused.refused(code::PARAMETER);
        assert!(
            refused.text().contains("no such folder"),
            "{src}: {}",
            refused.text()
        );
    }
    // Nor does the disk of one policy belong to another.
    let more = json!({ "src": inner, "policy_id": OWN });
    try_import(server, alice, more)
        .await
        .refused(code::PARAMETER);
    assert_eq!(count(server, "tasks WHERE kind = 'import'").await, "1");
}

#[tokio::test]
async fn only_administrators_import_and_only_for_who_is_there() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    lay(site.disk.path(), &[("a.txt", b"a")]);
    let body = json!({ "src": ".", "dst": "/", "user_id": alice.id, "policy_id": site.policy });
    alice
        .post("/workflow/import", body.clone())
        .await
        .refused(code::NO_PERMISSION);
    server
        .stranger()
        .post("/workflow/import", body)
        .await
        .refused(code::LOGIN_REQUIRED);
    let bob = server.user("bob").await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'bob@example.com'")
        .await;
    let spread = json!({
        "id": 0, "name": "Both", "type": "load_balance", "dir_name_rule": "", "file_name_rule": "",
        "settings": { "children": [{ "policy_id": OWN, "weight": 1 }], "file_type": null },
        "edges": {},
    });
    let spread = server
        .admin()
        .put_json("/admin/policy", json!({ "policy": spread }))
        .await
        .ok();
    alice.put("/file", "hers").await;
    for (more, code) in [
        (json!({ "user_id": "nonsense" }), code::PARAMETER),
        (json!({ "user_id": bob.id }), code::DATABASE),
        (json!({ "policy_id": 4711 }), code::POLICY_NOT_EXIST),
        (json!({ "policy_id": spread["id"] }), code::PARAMETER),
        (json!({ "dst": "/a/b?c" }), code::ILLEGAL_NAME),
        (json!({ "dst": "/../b" }), code::ILLEGAL_NAME),
        (json!({ "dst": "/file/b" }), code::OBJECT_EXISTS),
        (
            json!({ "dst": format!("cloudreve://{}@my/", bob.id) }),
            code::NO_PERMISSION,
        ),
        (
            json!({ "dst": "/".to_owned() + &"x/".repeat(300) }),
            code::PARAMETER,
        ),
        (json!({ "src": "x".repeat(5_000) }), code::PARAMETER),
    ] {
        let mut whole = json!({ "policy_id": site.policy });
        for (key, value) in more.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let refused = try_import(server, alice, whole).await;
        assert_eq!(refused.code(), code, "{more}: {}", refused.text());
    }
    assert_eq!(count(server, "tasks WHERE kind = 'import'").await, "0");
    // By its URI, too.
    let dst = format!("cloudreve://{}@my/by%20uri", alice.id);
    let more = json!({ "dst": dst, "policy_id": site.policy });
    assert_eq!(report(&import(server, alice, more).await), [1, 1, 1, 0, 0]);
    assert_eq!(alice.get("/by uri/a.txt").await, "a");
}

#[tokio::test]
async fn bytes_stay_where_they_are_unless_they_were_given_away() {
    let site = site().await;
    let (server, alice, root) = (&site.server, &site.alice, site.disk.path());
    lay(root, &[("lent/a.txt", b"a"), ("given/b.txt", b"b")]);
    for (src, owned) in [("lent", false), ("given", true)] {
        let more = json!({ "src": src, "policy_id": site.policy, "owned": owned });
        let task = import(server, alice, more).await;
        assert_eq!(report(&task)[0], 1);
        assert_eq!(task["summary"]["props"]["owned"], owned);
    }
    alice.copy_to(&["/a.txt"], "/copy").await;
    alice.delete_for_good(&["/a.txt", "/b.txt"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    server.nothing_left_of("blob_verify").await;
    assert!(root.join("lent/a.txt").exists());
    assert!(
        !root.join("given").exists(),
        "the folder went with the last file in it"
    );
    assert_eq!(alice.used().await, 0);
    assert_eq!(count(server, "blobs").await, "0");
    // What was let go of may come again.
    let more = json!({ "src": "lent", "policy_id": site.policy });
    assert_eq!(report(&import(server, alice, more).await)[0], 1);
    assert_eq!(alice.get("/a.txt").await, "a");
}

#[tokio::test]
async fn what_moves_to_another_storage_is_the_servers_own_from_then_on() {
    let site = site().await;
    let (server, root) = (&site.server, site.disk.path());
    lay(root, &[("a.txt", b"lent")]);
    let admin = server.admin();
    let task = import(
        server,
        admin,
        json!({ "policy_id": site.policy, "dst": "/in" }),
    )
    .await;
    assert_eq!(report(&task)[0], 1);
    let offered = admin.get_json("/user/setting/policies", &[]).await.ok();
    let body = json!({ "src": ["cloudreve://my/in"], "dst_policy_id": offered[0]["id"] });
    admin.post("/workflow/relocate", body).await.ok();
    server.nothing_left_of("relocate").await;
    assert_eq!(server.stored_files().len(), 1);
    assert_eq!(admin.get("/in/a.txt").await, "lent");
    server
        .tamper("UPDATE blobs SET unlinked_at = 1 WHERE reference_count = 0")
        .await;
    admin.delete_for_good(&["/in"]).await.done();
    server.nothing_left_of("collect_trash").await;
    server.nothing_left_of("recycle_blobs").await;
    assert!(server.stored_files().is_empty(), "the copy went");
    assert!(root.join("a.txt").exists(), "and what was lent did not");
}

#[tokio::test]
async fn what_is_stored_already_is_nobody_elses_to_have() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    bob.put("/secret.txt", "secret").await;
    bob.put("/old.txt", "old").await;
    bob.delete(&["/old.txt"]).await.done();
    let open = bob.open_upload("/half.bin", 10).await;
    // A second policy of the same folder does not make it another's.
    let policy = json!({ "id": 0, "name": "There", "type": "local", "settings": {},
        "dir_name_rule": "there", "file_name_rule": "{uuid}", "edges": {} });
    let other = made(&server, policy).await;
    lay(&server.data().join("uploads"), &[("left.txt", b"nobody's")]);
    for policy in [OWN, other] {
        let more = json!({ "policy_id": policy, "dry_run": true });
        let task = import(&server, &alice, more).await;
        assert_eq!(report(&task)[0], 1, "{task}");
        assert_eq!(report(&task)[4], 2, "{task}");
        assert!(
            problems(&task).iter().all(|(_, reason)| reason == "stored"),
            "{task}"
        );
    }
    let task = import(&server, &alice, json!({ "policy_id": other })).await;
    assert_eq!(report(&task)[0], 1);
    assert_eq!(alice.get("/left.txt").await, "nobody's");
    let files = alice.sizes_below("/").await;
    let files = files.values().filter(|size| size.is_some());
    assert_eq!(files.count(), 1);
    // And now that it is hers, it is so by either policy.
    let task = import(&server, &bob, json!({ "policy_id": OWN, "dry_run": true })).await;
    assert_eq!(report(&task)[4], 3, "{task}");
    bob.cancel_upload(&open.id, "/half.bin").await.done();
}

#[tokio::test]
async fn the_folder_of_one_policy_in_that_of_another_is_its_own() {
    let (server, disk) = disks::started().await;
    let inner = disk.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let outside = made(&server, disks::policy(disk.path(), json!({}))).await;
    let mut other = disks::policy(&inner, json!({}));
    other["name"] = json!("Inner");
    let inside = made(&server, other).await;
    disks::give(&server, inside).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    bob.put("/secret.txt", "secret").await;
    lay(disk.path(), &[("a.txt", b"a"), ("inner/b.txt", b"b")]);
    let task = import(&server, &alice, json!({ "policy_id": outside })).await;
    assert_eq!(report(&task)[0], 1, "{task}");
    assert_eq!(problems(&task), pairs(&[("inner", "other_storage")]));
    let more = json!({ "policy_id": outside, "src": "inner/uploads" });
    try_import(&server, &alice, more)
        .await
        .refused(code::PARAMETER);
    let task = import(&server, &alice, json!({ "policy_id": inside, "dst": "/i" })).await;
    assert_eq!((report(&task)[0], report(&task)[4]), (1, 1), "{task}");
    assert_eq!(alice.get("/i/b.txt").await, "b");
}

#[tokio::test]
async fn a_lock_is_in_the_way_as_it_is_of_uploads() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    server.allow_dav().await;
    lay(
        site.disk.path(),
        &[("shut/a.txt", b"a"), ("open/b.txt", b"b")],
    );
    alice.create_folder("/shut").await;
    let dav = alice.mount().await;
    let (locked, _) = dav.lock("/shut", &[], "her").await;
    assert_eq!(locked.status, 200);
    let task = import(server, alice, json!({ "policy_id": site.policy })).await;
    assert_eq!(report(&task), [1, 1, 1, 0, 1]);
    assert_eq!(problems(&task), pairs(&[("shut/a.txt", "locked")]));
}

/// A server whose import of many files is held after the first batch.
async fn held(gate: &Gate, files: usize) -> (TestServer, Client, Value) {
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let alice = server.user("alice").await;
    for number in 0..files {
        let path = format!("there/{number:04}.txt");
        lay(&server.data().join("uploads"), &[(&path, b"text")]);
    }
    gate.hold("import: taken");
    let begun = try_import(&server, &alice, json!({ "src": "there" }))
        .await
        .ok();
    gate.reached("import: taken").await;
    (server, alice, begun)
}

#[tokio::test]
async fn it_tells_how_far_it_is_and_can_be_called_off() {
    let gate = Gate::default();
    let (server, alice, begun) = held(&gate, 250).await;
    let id = begun["id"].as_str().unwrap();
    let admin = server.admin();
    let tasks = admin
        .post(
            "/admin/queue",
            json!({
                "page": 1, "page_size": 10, "order_by": "", "conditions": { "task_type": "import" },
            }),
        )
        .await
        .ok();
    let number = tasks["tasks"][0]["id"].as_i64().unwrap();
    assert_eq!(tasks["tasks"][0]["task_hash_id"], id);
    admin
        .post(&format!("/admin/queue/{number}/cancel"), json!({}))
        .await
        .done();
    gate.open("import: taken");
    server.nothing_left_of("import").await;
    assert_eq!(told(&alice, &begun["id"]).await["status"], "canceled");
    let came = count(&server, "files WHERE kind = 0").await;
    let came: u64 = came.parse().unwrap();
    assert!((100..250).contains(&came), "{came}");
    assert_eq!(alice.used().await, came * 4);
    assert_eq!(count(&server, "blobs").await, came.to_string());
    // The rest comes with the next one.
    let task = import(&server, &alice, json!({ "src": "there" })).await;
    assert_eq!(report(&task)[0] as u64, 250 - came);
    assert_eq!(report(&task)[3] as u64, came);
    server.nothing_left_of("blob_verify").await;
    server.assert_healthy();
}

#[tokio::test]
async fn thousands_of_files_come_quickly_and_each_once() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    for number in 0..2_050 {
        let path = format!("many/{number:04}.txt");
        lay(site.disk.path(), &[(&path, b"text")]);
    }
    for number in 0..50 {
        let path = format!("many/folder{number}/x.txt");
        lay(site.disk.path(), &[(&path, b"text")]);
    }
    let began = Instant::now();
    let task = import(server, alice, json!({ "policy_id": site.policy })).await;
    let took = began.elapsed();
    assert_eq!(report(&task), [2_100, 51, 8_400, 0, 0]);
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(
        count(server, "blobs WHERE reference_count = 1").await,
        "2100"
    );
    assert_eq!(alice.used().await, 8_400);
}
