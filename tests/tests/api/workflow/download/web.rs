//! The downloader that needs no other program, and servers of all manners.

use super::origin::{Origin, some_bytes};
use super::{begin, configure, ended, near, nothing_is_left, outcome, try_download, until};
use crate::code;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Client, Program, Refusal, TestServer, hash_of};

const MIB: usize = 1 << 20;

/// Downloads something that comes, and answers what came.
async fn comes(who: &Client, origin: &Origin, path: &str, name: &str) -> Value {
    let id = begin(who, &origin.link(path)).await;
    let task = ended(who, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    let content = who.get(&format!("/{name}")).await;
    assert_eq!(hash_of(&content), hash_of(&origin.content()), "{name}");
    task
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_large_comes_over_several_connections() {
    let server = near().await;
    let origin = Origin::start(some_bytes(40 * MIB)).await;
    origin.behave(|manners| manners.pace = Some(20 * MIB));
    comes(server.admin(), &origin, "/large.bin", "large.bin").await;
    assert!(origin.most_open() >= 3, "{}", origin.most_open());
    let asked = origin.asked();
    assert!(
        asked[1..]
            .iter()
            .all(|asked| asked.if_range.as_deref() == Some("\"one\""))
    );
    // Nothing to speak of came twice.
    assert!(origin.sent() < 48 << 20, "{}", origin.sent());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_part_is_asked_for_with_the_login_of_the_link() {
    let server = near().await;
    let origin = Origin::start(some_bytes(40 * MIB)).await;
    origin.behave(|manners| manners.pace = Some(20 * MIB));
    let link = origin.link("/large.bin").replace("//", "//me:secret@");
    let (status, error) = outcome(server.admin(), &link).await;
    assert_eq!(status, "completed", "{error}");
    let asked = origin.asked();
    assert!(asked.len() >= 3, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|asked| asked.authorization.as_deref() == Some("Basic bWU6c2VjcmV0")),
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_know_little_are_servers_too() {
    let server = near().await;
    let admin = server.admin();
    let origin = Origin::start(some_bytes(3 * MIB)).await;
    origin.behave(|manners| manners.ranges = false);
    comes(admin, &origin, "/whole.bin", "whole.bin").await;
    origin.behave(|manners| manners.length = false);
    comes(admin, &origin, "/unknown.bin", "unknown.bin").await;
    origin.behave(|manners| (manners.ranges, manners.etag) = (true, None));
    comes(admin, &origin, "/untagged.bin", "untagged.bin").await;
    origin.behave(|manners| manners.content = some_bytes(0));
    comes(admin, &origin, "/empty", "empty").await;
    let said = "attachment; filename=\"x.txt\"; filename*=UTF-8''..%2F%E4%B8%AD.txt";
    origin.behave(|manners| {
        manners.content = some_bytes(7);
        manners.headers = vec![("Content-Disposition".to_owned(), said.to_owned())];
    });
    comes(admin, &origin, "/named", "中.txt").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_off_is_gone_on_with() {
    let server = near().await;
    let admin = server.admin();
    let origin = Origin::start(some_bytes(12 * MIB)).await;
    origin.behave(|manners| manners.cut = Some(5 * MIB));
    comes(admin, &origin, "/cut.bin", "cut.bin").await;
    // From where it was, not from the beginning.
    assert!(origin.sent() < 18 << 20, "{}", origin.sent());
    origin.behave(|manners| manners.ranges = false);
    let (status, error) = outcome(admin, &origin.link("/never.bin")).await;
    assert_eq!(status, "error");
    assert!(
        error.contains("broke off") || error.contains("body"),
        "{error}"
    );
}

#[tokio::test]
async fn what_changes_meanwhile_begins_anew() {
    let server = near().await;
    let admin = server.admin();
    let origin = Origin::start(some_bytes(6 * MIB)).await;
    origin.behave(|manners| manners.cut = Some(2 * MIB));
    let id = begin(admin, &origin.link("/changing.bin")).await;
    until(admin, &id, |_| origin.asked().len() > 1).await;
    origin.behave(|manners| {
        manners.content = some_bytes(5 * MIB);
        manners.etag = Some("\"two\"".to_owned());
        manners.cut = None;
    });
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    let content = admin.get("/changing.bin").await;
    assert_eq!(hash_of(&content), hash_of(&origin.content()));
}

#[tokio::test]
async fn what_a_server_refuses_is_said() {
    let server = near().await;
    let admin = server.admin();
    let origin = Origin::start(some_bytes(10)).await;
    origin.behave(|manners| manners.answer = Some((404, Vec::new())));
    let (status, error) = outcome(admin, &origin.link("/none")).await;
    assert_eq!(
        (status.as_str(), error.as_str()),
        ("error", "the server answers 404 Not Found")
    );
    for (link, word) in [
        ("ftp://127.0.0.1/x", "need aria2 or qBittorrent"),
        (
            "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a",
            "need aria2 or qBittorrent",
        ),
        ("file:///etc/passwd", "file links cannot be downloaded"),
        ("not a link", "is not a link"),
        ("http://nowhere.invalid/x", "no host called nowhere.invalid"),
    ] {
        let (status, error) = outcome(admin, link).await;
        assert_eq!(status, "error", "{link}");
        assert!(error.contains(word), "{link}: {error}");
    }
    // Nothing of it is in the drive.
    assert!(admin.names("/").await.is_empty());
}

#[tokio::test]
async fn redirects_are_followed_and_each_is_looked_at() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let inside = Origin::start(some_bytes(10)).await;
    let outside = Origin::start(some_bytes(10)).await;
    // The one host, by its name; not the address, which everything else is at.
    let settings = json!({ "url_validation": { "allowed_hosts": ["localhost"] } });
    configure(&server, settings).await;
    let begin_at = format!("http://localhost:{}/x", outside.port);
    let to = |place: String| Some((302, vec![("Location".to_owned(), place)]));
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "①②⑦.0.0.1",
        "[::1]",
        "[::]",
        "[::127.0.0.1]",
        "[fd00::1]",
        "[fe80::1]",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "a.localhost",
    ] {
        let place = format!("http://{host}:{}/secret", inside.port);
        outside.behave(|manners| manners.answer = to(place));
        let (status, error) = outcome(admin, &begin_at).await;
        assert_eq!(status, "error", "{host}");
        assert!(error.contains("url rejected"), "{host}: {error}");
    }
    assert!(inside.asked().is_empty(), "{:?}", inside.asked());
    for (place, word) in [
        ("file:///etc/passwd", "fetches http and https"),
        ("/x", "around in circles"),
        ("http://", "to nowhere"),
    ] {
        outside.behave(|manners| manners.answer = to(place.to_owned()));
        let (status, error) = outcome(admin, &begin_at).await;
        assert_eq!(status, "error");
        assert!(error.contains(word), "{place}: {error}");
    }
    let place = format!("http://localhost:{}/moved/here.bin", inside.port);
    outside.behave(|manners| manners.answer = to(place));
    let link = begin_at.replace("localhost", "me:secret@localhost");
    assert_eq!(outcome(admin, &link).await.0, "completed");
    assert_eq!(admin.names("/").await, ["here.bin"]);
    // A login is for who it was meant for.
    assert!(outside.asked().last().unwrap().authorization.is_some());
    assert_eq!(inside.asked()[0].authorization, None);
}

#[tokio::test]
async fn this_machine_is_nobodys_to_ask() {
    let server = TestServer::start().await;
    let inside = Origin::start(some_bytes(10)).await;
    let link = inside.link("/x");
    let (status, error) = outcome(server.admin(), &link).await;
    assert_eq!(status, "error");
    assert!(
        error.contains("url rejected: 127.0.0.1, a loopback address")
            && error.contains("an administrator can allow it"),
        "{error}"
    );
    // Nor are its neighbours, however they are written.
    for host in [
        "localhost",
        "2130706433",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
    ] {
        let (status, error) = outcome(server.admin(), &format!("http://{host}/x")).await;
        assert_eq!(status, "error", "{host}");
        assert!(error.contains("url rejected"), "{host}: {error}");
    }
    assert!(inside.asked().is_empty());
    configure(&server, json!({ "url_validation": { "disabled": true } })).await;
    assert_eq!(outcome(server.admin(), &link).await.0, "completed");
}

#[tokio::test]
async fn an_answer_without_end_ends_at_the_quota() {
    let server = near().await;
    let admin = server.admin();
    let little = "UPDATE groups SET max_storage = 3000000, updated_at = updated_at + 1";
    server.tamper(little).await;
    let origin = Origin::start(some_bytes(64 << 10)).await;
    origin.behave(|manners| manners.endless = true);
    let (status, error) = outcome(admin, &origin.link("/endless")).await;
    assert_eq!(status, "error");
    assert!(error.contains("larger than"), "{error}");
    origin.behave(|manners| {
        manners.endless = false;
        manners.content = some_bytes(4 * MIB);
        // What is sent at once lies in buffers of the system, whoever reads it.
        manners.pace = Some(MIB);
    });
    let before = origin.sent();
    let (_, error) = outcome(admin, &origin.link("/too-large")).await;
    assert!(error.contains("larger than"), "{error}");
    assert!(origin.sent() - before < 4 << 20, "it was not fetched first");
    nothing_is_left(&server).await;
}

#[tokio::test]
async fn what_another_download_is_to_bring_is_no_room() {
    let server = near().await;
    let admin = server.admin();
    let little = "UPDATE groups SET max_storage = 6000000, updated_at = updated_at + 1";
    server.tamper(little).await;
    let origin = Origin::start(some_bytes(4 << 20)).await;
    origin.behave(|manners| manners.pace = Some(1 << 20));
    // Each fits alone, and what comes first has the room.
    let first = begin(admin, &origin.link("/first.bin")).await;
    until(admin, &first, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    let (status, error) = outcome(admin, &origin.link("/second.bin")).await;
    assert_eq!(status, "error");
    assert!(error.contains("other downloads"), "{error}");
    origin.behave(|manners| manners.pace = None);
    let task = ended(admin, &first).await;
    assert_eq!(task["status"], "completed", "{task}");
    nothing_is_left(&server).await;
}

#[tokio::test]
async fn a_right_that_is_taken_away_ends_what_runs() {
    let server = near().await;
    let alice = server.user("alice").await;
    server.permit_users("0002").await;
    let origin = Origin::start(some_bytes(64 * MIB)).await;
    origin.behave(|manners| manners.pace = Some(MIB));
    let id = begin(&alice, &origin.link("/slow.bin")).await;
    until(&alice, &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    server.permit_users("0000").await;
    let task = ended(&alice, &id).await;
    assert_eq!(task["status"], "error", "{task}");
    let error = task["error"].as_str().unwrap();
    assert!(error.contains("your group may not download"), "{error}");
    nothing_is_left(&server).await;
}

#[tokio::test]
async fn something_of_that_name_stays_as_it_is() {
    let server = near().await;
    let admin = server.admin();
    admin.put("/taken.bin", "mine").await;
    let origin = Origin::start(some_bytes(100)).await;
    let (status, error) = outcome(admin, &origin.link("/taken.bin")).await;
    assert_eq!(status, "error");
    assert!(error.contains("of that name already"), "{error}");
    assert_eq!(admin.get("/taken.bin").await, "mine");
}

/// Downloads a link into the root with this choice, whatever comes of it.
async fn choosing(who: &Client, link: &str, conflict: &str) -> Value {
    let body = json!({ "src": [link], "dst": "cloudreve://my/", "conflict": conflict });
    let begun = try_download(who, body).await.ok();
    ended(who, &begun[0]["id"]).await
}

#[tokio::test]
async fn something_of_that_name_gets_a_neighbour_or_a_new_version_where_that_is_wanted() {
    let server = near().await;
    let admin = server.admin();
    admin.put("/taken.bin", "mine").await;
    admin.put("/taken (1).bin", "mine, too").await;
    admin.create_folder("/folder").await;
    let origin = Origin::start(some_bytes(100)).await;
    let link = origin.link("/taken.bin");
    let content = hash_of(&origin.content());
    let task = choosing(admin, &link, "rename").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["summary"]["props"]["failed"], 0, "{task}");
    assert_eq!(hash_of(&admin.get("/taken (2).bin").await), content);
    assert_eq!(admin.get("/taken.bin").await, "mine");
    assert_eq!(admin.get("/taken (1).bin").await, "mine, too");
    // The same bytes once more are no further version.
    for _ in 0..2 {
        let task = choosing(admin, &link, "overwrite").await;
        assert_eq!(task["status"], "completed", "{task}");
        assert_eq!(hash_of(&admin.get("/taken.bin").await), content);
        assert_eq!(admin.versions("/taken.bin").await.len(), 2);
    }
    let before = admin.names("/").await;
    let task = choosing(admin, &link, "skip").await;
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    assert_eq!(
        (&props["failed"], &props["report"]["exists"]),
        (&json!(1), &json!(1)),
        "{task}"
    );
    assert_eq!(admin.names("/").await, before);
    assert_eq!(admin.versions("/taken.bin").await.len(), 2);
    // Where nobody chose, nothing came of it.
    let (status, error) = outcome(admin, &link).await;
    assert_eq!(status, "error");
    assert!(error.contains("of that name already"), "{error}");
    nothing_is_left(&server).await;
    // A folder gets no version.
    let folder = origin.link("/folder");
    let task = choosing(admin, &folder, "overwrite").await;
    assert!(
        task["error"]
            .as_str()
            .unwrap()
            .contains("of that name already"),
        "{task}"
    );
    let task = choosing(admin, &folder, "rename").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(hash_of(&admin.get("/folder (1)").await), content);
    let body = json!({ "src": [link], "dst": "cloudreve://my/", "conflict": "any" });
    try_download(admin, body).await.refused(code::PARAMETER);
}

#[tokio::test]
async fn a_download_is_called_off_by_who_began_it_alone() {
    let server = near().await;
    let admin = server.admin();
    let alice = server.user("alice").await;
    // To download, and nothing else.
    server.permit_users("0002").await;
    let origin = Origin::start(some_bytes(8 * MIB)).await;
    origin.behave(|manners| manners.pace = Some(MIB));
    let id = begin(&alice, &origin.link("/slow.bin")).await;
    let task = until(&alice, &id, |task| {
        task["summary"]["props"]["download"]["downloaded"].as_i64() > Some(0)
    })
    .await;
    assert_eq!(task["summary"]["phase"], "monitor", "{task}");
    let route = format!("/workflow/download/{}", id.as_str().unwrap());
    for call in [
        admin.delete_json(&route, json!({})).await,
        admin.patch(&route, json!({ "files": [] })).await,
    ] {
        call.refused(crate::code::NOT_FOUND);
    }
    alice.patch(&route, json!({ "files": [] })).await.done();
    let off = json!({ "files": [{ "index": 0, "download": false }] });
    let refused = alice.patch(&route, off).await;
    assert!(
        refused.text().contains("nothing to choose"),
        "{}",
        refused.text()
    );
    alice.delete_json(&route, json!({})).await.done();
    let task = ended(&alice, &id).await;
    assert_eq!(task["status"], "canceled", "{task}");
    alice
        .delete_json(&route, json!({}))
        .await
        .refused(crate::code::NOT_FOUND);
    alice
        .patch(&route, json!({ "files": [] }))
        .await
        .refused(crate::code::NOT_FOUND);
    assert!(alice.names("/").await.is_empty());
    let sent = origin.sent();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(origin.sent() - sent < 1 << 20, "it is fetched still");
    nothing_is_left(&server).await;
}

/// The server is killed; what the worker had in hand is due at once.
async fn killed(program: Program, data: &std::path::Path) -> (Program, Client) {
    program.kill();
    Program::tamper(
        data,
        "UPDATE tasks SET lease_until = 1 WHERE lease_until > 1",
    )
    .await;
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    (program, admin)
}

async fn let_near(admin: &Client) {
    let mut node = admin.get_json("/admin/node/1", &[]).await.ok();
    node["settings"] = json!({ "url_validation": { "allowed_cidrs": ["127.0.0.0/8"] } });
    admin
        .put_json("/admin/node/1", json!({ "node": node }))
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_goes_on_from_what_is_on_the_disk() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    let_near(&admin).await;
    let origin = Origin::start(some_bytes(60 * MIB)).await;
    origin.behave(|manners| manners.pace = Some(3 * MIB));
    let id = begin(&admin, &origin.link("/large.bin")).await;
    until(&admin, &id, |_| origin.sent() > 40 << 20).await;
    let (program, admin) = killed(program, data.path()).await;
    let before = origin.sent();
    origin.behave(|manners| manners.pace = None);
    let task = ended(&admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    let again = origin.sent() - before;
    assert!(again < 45 << 20, "{again} bytes came once more");
    let content = admin.get("/large.bin").await;
    assert_eq!(hash_of(&content), hash_of(&origin.content()));
    assert_eq!(admin.names("/").await, ["large.bin"]);
    assert!(program.stop());
}

#[cfg(debug_assertions)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_comes_twice_wherever_the_server_is_killed() {
    for step in [
        "download: begun",
        "content: stored",
        "download: brought",
        "task: ended",
    ] {
        let data = tempfile::tempdir().unwrap();
        let program = Program::serve(data.path(), Refusal::Nothing).await;
        let admin = program.user("admin").await;
        let_near(&admin).await;
        assert!(program.stop());
        let origin = Origin::start(some_bytes(2 * MIB)).await;
        let program = Program::serve_until(data.path(), step).await;
        let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
        let id = begin(&admin, &origin.link("/once.bin")).await;
        assert!(program.died(), "{step}");
        Program::tamper(
            data.path(),
            "UPDATE tasks SET lease_until = 1 WHERE lease_until > 1",
        )
        .await;
        let program = Program::serve(data.path(), Refusal::Nothing).await;
        let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
        let task = ended(&admin, &id).await;
        assert_eq!(task["status"], "completed", "{step}: {task}");
        assert_eq!(task["summary"]["props"]["failed"], 0, "{step}");
        assert_eq!(admin.names("/").await, ["once.bin"], "{step}");
        let content = admin.get("/once.bin").await;
        assert_eq!(hash_of(&content), hash_of(&origin.content()), "{step}");
        assert!(program.stop());
    }
}

/// Whose bytes they are is known by the task that brought them, not by what they are.
#[tokio::test]
async fn all_are_kept_of_what_comes_side_by_side_with_the_same_bytes() {
    let server = near().await;
    let admin = server.admin();
    let origin = Origin::start(some_bytes(100_000)).await;
    let links: Vec<_> = (0..6)
        .map(|number| origin.link(&format!("/same.bin?{number}")))
        .collect();
    let body = json!({ "src": links, "dst": "cloudreve://my/", "conflict": "rename" });
    let tasks = try_download(admin, body).await.ok();
    for task in tasks.as_array().unwrap() {
        assert_eq!(ended(admin, &task["id"]).await["status"], "completed");
    }
    let all = admin.get_json(
        "/workflow",
        &[("page_size", "25"), ("category", "downloaded")],
    );
    let all = all.await.ok();
    let all = all["tasks"].as_array().unwrap().iter();
    let told = all.filter_map(|task| {
        let renamed = &task["summary"]["props"]["report"].get("renamed")?[0];
        assert_eq!(renamed["name"], "same.bin");
        Some(renamed["to"].as_str().unwrap().to_owned())
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    let names = ["same (1).bin", "same (2).bin", "same (3).bin"];
    let names = names.into_iter().chain(["same (4).bin", "same (5).bin"]);
    let mut names: Vec<_> = names.collect();
    assert_eq!(told, names);
    names.push("same.bin");
    assert_eq!(admin.names("/").await, names);
    nothing_is_left(&server).await;
}
