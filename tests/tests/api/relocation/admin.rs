//! Administrators move what a policy keeps, what it keeps of somebody, and folders of anybody.

use super::{Site, id, kept, policy_id, site, stored};
use crate::admin::journalled;
use crate::code;
use crate::doors::Consent;
use serde_json::{Value, json};
use site::secret::{Scope, ScopeSet};
use tests::{Client, Gate, TestServer, Vendor, bytes_of};

/// Everything that a policy keeps goes to the other disk; the task as it ended.
async fn empty(site: &Site, from: i64, user: Option<i64>) -> Value {
    let target = policy_id(site).await;
    let body = json!({ "target": target, "user": user });
    let route = format!("/admin/policy/{from}/relocate");
    let begun = site.server.admin().post(&route, body).await.ok();
    site.server.nothing_left_of("relocate").await;
    super::task(site.server.admin(), &begun).await
}

async fn number_of(site: &Site, name: &str) -> i64 {
    let sql = format!("SELECT CAST(id AS TEXT) AS value FROM users WHERE email LIKE '{name}@%'");
    site.server.ask(&sql).await.parse().unwrap()
}

async fn amount(site: &Site, policy: i64, query: &[(&str, &str)]) -> (i64, i64) {
    let route = format!("/admin/policy/{policy}/relocate");
    let found = site.server.admin().get_json(&route, query).await.ok();
    let number = |key: &str| found[key].as_i64().unwrap();
    (number("blobs"), number("bytes"))
}

/// Two people with something: versions, a copy, a shared copy, something in the trash.
async fn two_people(site: &Site) -> Client {
    let alice = &site.alice;
    alice.put("/a.bin", bytes_of("old", 1_000)).await;
    alice.overwrite("/a.bin", bytes_of("a", 2_000)).await;
    alice.create_folder("/docs").await;
    alice.copy_to(&["/a.bin"], "/docs").await.done();
    alice.put("/gone.bin", bytes_of("gone", 4_000)).await;
    alice.delete(&["/gone.bin"]).await.done();
    let share = alice.share("/a.bin", json!({})).await;
    let bob = site.server.user("bob").await;
    bob.copy_to(&[share.at("/")], "/").await.done();
    bob.put("/b.bin", bytes_of("b", 8_000)).await;
    bob
}

#[tokio::test]
async fn everything_that_a_policy_keeps_moves_for_everybody() {
    let site = site().await;
    let bob = two_people(&site).await;
    assert_eq!(amount(&site, 1, &[]).await, (4, 15_000));
    let used = (site.alice.used().await, bob.used().await);
    let task = empty(&site, 1, None).await;
    assert_eq!(task["status"], "completed", "{task}");
    let summary = &task["summary"];
    assert_eq!(summary["phase"], "finish");
    assert_eq!(summary["props"]["failed"], 0);
    assert_eq!(summary["props"]["failures"], json!([]));
    assert_eq!(stored(&site.disk), 4);
    assert_eq!(amount(&site, 1, &[]).await, (0, 0));
    assert_eq!(
        amount(&site, policy_id(&site).await, &[]).await,
        (4, 15_000)
    );
    assert_eq!(kept(&bob, "/a.bin").await[0].1, "Disk");
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 2_000));
    assert_eq!(site.alice.get("/a.bin").await, bytes_of("a", 2_000));
    assert_eq!((site.alice.used().await, bob.used().await), used);
    let gone = site.alice.in_trash("gone.bin").await;
    site.alice.restore(&[gone]).await.done();
    assert_eq!(site.alice.get("/gone.bin").await, bytes_of("gone", 4_000));
    let told = journalled(&site.server, "policy_relocated").await;
    assert_eq!(told[0]["about"]["policy"], 1);
    assert_eq!(told[0]["about"]["target_name"], "Disk");
}

#[tokio::test]
async fn what_a_policy_keeps_of_one_account_moves_and_nothing_else() {
    let site = site().await;
    let bob = two_people(&site).await;
    let alice = number_of(&site, "alice").await;
    let query = [("user", &*alice.to_string())];
    assert_eq!(amount(&site, 1, &query).await, (3, 7_000));
    let task = empty(&site, 1, Some(alice)).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(stored(&site.disk), 3, "the trash, too");
    assert_eq!(amount(&site, 1, &query).await, (0, 0));
    assert_ne!(kept(&bob, "/b.bin").await[0].1, "Disk");
    assert_eq!(bob.get("/a.bin").await, bytes_of("a", 2_000));
}

#[tokio::test]
async fn a_folder_in_the_drive_of_somebody_moves_wherever_an_administrator_wants_it() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/docs/a.bin", bytes_of("a", 2_000)).await;
    alice.put("/b.bin", bytes_of("b", 2_000)).await;
    let disk = id(alice, "Disk").await;
    // Nobody is offered it any more.
    let mut group = server.admin().get_json("/admin/group/2", &[]).await.ok();
    group["settings"]["other_policies"] = json!([]);
    let body = json!({ "group": group });
    server.admin().put_json("/admin/group/2", body).await.ok();
    let there = |path: &str| format!("cloudreve://{}@my{path}", alice.id);
    let body = |uri: String| json!({ "src": [uri], "dst_policy_id": disk });
    let bob = server.user("bob").await;
    let reply = bob.post("/workflow/relocate", body(there("/docs"))).await;
    assert_ne!(reply.code(), 0);
    let admin = server.admin();
    let nowhere = admin.post("/workflow/relocate", body(there("/nowhere")));
    nowhere.await.refused(code::PARENT_NOT_EXIST);
    let nobody = body("cloudreve://zzzz@my/".to_owned());
    let nobody = admin.post("/workflow/relocate", nobody).await;
    nobody.refused(code::NO_PERMISSION);
    let begun = admin.post("/workflow/relocate", body(there("/docs"))).await;
    let begun = begun.ok();
    server.nothing_left_of("relocate").await;
    let task = super::task(admin, &begun).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(stored(&site.disk), 1);
    assert_eq!(alice.get("/docs/a.bin").await, bytes_of("a", 2_000));
    // The journal of the drive says so itself.
    let told = server.journal("relocate").await;
    assert_eq!(told[0]["policy"], policy_id(&site).await, "{told:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_begins() {
    let site = site().await;
    let (server, admin) = (&site.server, site.server.admin());
    let disk = policy_id(&site).await;
    let spread = json!({ "policy": {
        "id": 0, "name": "Both", "type": "load_balance", "edges": {},
        "dir_name_rule": "", "file_name_rule": "",
        "settings": { "file_type": null, "children": [
            { "policy_id": 1, "weight": 1 }, { "policy_id": disk, "weight": 1 },
        ] },
    } });
    let spread = admin.put_json("/admin/policy", spread).await.ok();
    let begin = |from: i64, body: Value| {
        let route = format!("/admin/policy/{from}/relocate");
        async move { admin.post(&route, body).await }
    };
    for (from, body) in [
        (1, json!({ "target": 1 })),
        (1, json!({ "target": 4711 })),
        (1, json!({ "target": spread["id"] })),
        (1, json!({ "target": -1 })),
        (1, json!({ "target": "1" })),
        (1, json!({})),
        (4711, json!({ "target": disk })),
        (1, json!({ "target": disk, "user": 4711 })),
    ] {
        let reply = begin(from, body.clone()).await;
        assert_ne!(reply.code(), 0, "{from} {body}");
    }
    let reply = site
        .alice
        .post("/admin/policy/1/relocate", json!({ "target": disk }));
    assert_ne!(reply.await.code(), 0);
    let scopes = ScopeSet::EMPTY
        .with(Scope::AdminWrite)
        .with(Scope::WorkflowWrite);
    let app = Consent::of(server, admin).await.app(admin, scopes);
    let reply = app.post("/admin/policy/1/relocate", json!({ "target": disk }));
    reply.await.refused(code::PARAMETER);
    let theirs = format!("cloudreve://{}@my/", site.alice.id);
    let body = json!({ "src": [theirs], "dst_policy_id": id(&site.alice, "Disk").await });
    assert_ne!(app.post("/workflow/relocate", body).await.code(), 0);
    let begun = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks WHERE kind = 'relocate'";
    assert_eq!(server.ask(begun).await, "0");
    // To where it is spread over others, each folder has its own.
    site.alice.put("/a.txt", "text").await;
    let only = json!({ "policy": {
        "id": 0, "name": "One", "type": "load_balance", "edges": {},
        "dir_name_rule": "", "file_name_rule": "",
        "settings": { "file_type": null, "children": [{ "policy_id": disk, "weight": 1 }] },
    } });
    let only = admin.put_json("/admin/policy", only).await.ok();
    begin(1, json!({ "target": only["id"] })).await.ok();
    server.nothing_left_of("relocate").await;
    assert_eq!(kept(&site.alice, "/a.txt").await[0].1, "Disk");
}

/// The task as it was completed; it does not wait for long.
async fn completed(server: &TestServer, begun: &Value) -> Value {
    let state = "SELECT state AS value FROM tasks WHERE kind = 'relocate'";
    for _ in 0..100 {
        match &*server.ask(state).await {
            "completed" => break,
            // It waits for longer each time.
            "suspending" => {
                server
                    .tamper("UPDATE tasks SET resume_at = 1 WHERE kind = 'relocate'")
                    .await;
            }
            _ => {}
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let tidied = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
                  WHERE kind = 'relocate' AND lease_until IS NULL";
    while server.ask(tidied).await != "1" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let task = super::task(server.admin(), begun).await;
    assert_eq!(task["status"], "completed", "{task}");
    task
}

#[tokio::test]
async fn what_cannot_be_read_stays_and_everything_else_moves() {
    let vendor = Vendor::start().await;
    let server = TestServer::start_with_vendor(&vendor, Gate::default().steps()).await;
    server.switch_on("relay").await;
    let alice = server.user("alice").await;
    for name in ["a", "stuck", "b", "c"] {
        alice.put(&format!("/{name}.bin"), name).await;
    }
    let mut stuck = vendor.blobs().into_iter();
    let stuck = stuck.find(|key| key.as_str().contains("stuck"));
    vendor.break_reading_of(&stuck.unwrap());
    let here = json!({ "policy": {
        "name": "Here", "type": "local", "dir_name_rule": "here/{uid}",
        "file_name_rule": "{uuid}", "settings": { "file_type": null }, "edges": {},
    }});
    let here = server.admin().put_json("/admin/policy", here).await.ok();
    let route = "/admin/policy/1/relocate";
    let body = json!({ "target": here["id"] });
    let begun = server.admin().post(route, body).await.ok();
    let task = completed(&server, &begun).await;
    let told = json!([{ "path": "/stuck.bin", "owner": alice.id, "reason": "unreadable" }]);
    assert_eq!(task["summary"]["props"]["failures"], told);
    assert_eq!(task["summary"]["props"]["can_retry"], true);
    assert_ne!(kept(&alice, "/stuck.bin").await[0].1, "Here");
    for name in ["a", "b", "c"] {
        assert_eq!(kept(&alice, &format!("/{name}.bin")).await[0].1, "Here");
    }
    // Begun anew it goes on with what stayed, and its figures are those of all.
    vendor.mend_reading();
    let number = "SELECT CAST(id AS TEXT) AS value FROM tasks WHERE kind = 'relocate'";
    let retry = format!("/admin/queue/{}/retry", server.ask(number).await);
    server.admin().post(&retry, json!({})).await.done();
    let task = completed(&server, &begun).await;
    let props = &task["summary"]["props"];
    assert_eq!(
        (&props["failed"], &props["can_retry"]),
        (&json!(0), &json!(false)),
        "{task}"
    );
    assert_eq!(props["failures"], json!([]));
    assert_eq!(kept(&alice, "/stuck.bin").await[0].1, "Here");
    assert_eq!(alice.get("/stuck.bin").await, "stuck");
    let state = "SELECT private_state AS value FROM tasks WHERE kind = 'relocate'";
    let told: Value = serde_json::from_str(&server.ask(state).await).unwrap();
    assert_eq!((&told["moved"], &told["total"]), (&json!(4), &json!(4)));
    // There is nothing left of which that could be said.
    let again = server.admin().post(&retry, json!({})).await;
    again.refused(code::NOT_FOUND);
}
