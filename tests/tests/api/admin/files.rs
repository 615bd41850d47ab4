//! `/admin/file`.

use serde_json::{Value, json};
use std::time::Duration;
use tests::{Client, TestServer};

use super::lists::{list, only, raw_id, texts};
use crate::code;

async fn detail(admin: &Client, name: &str) -> Value {
    let page = only(admin, "file", "file_name", name).await;
    let route = format!("/admin/file/{}", page["files"][0]["id"]);
    admin.get_json(&route, &[]).await.ok()
}

async fn save(admin: &Client, file: &Value) -> tests::Reply {
    let route = format!("/admin/file/{}", file["id"]);
    admin.put_json(&route, json!({ "file": file })).await
}

#[tokio::test]
async fn files_of_everybody_are_found() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/docs/Plan.txt", "the plan").await;
    alice.put("/empty.md", "").await;
    admin.put("/mine.txt", "mine").await;
    let tag = json!([{ "key": "tag:work", "value": "#ff0000" }]);
    alice.patch_metadata("/empty.md", tag).await.done();
    alice.share("/docs/Plan.txt", json!({})).await;

    let page = list(
        admin,
        "file",
        json!({ "order_by": "size", "order_direction": "desc" }),
    )
    .await;
    assert_eq!(
        texts(&page, "files", "name"),
        ["Plan.txt", "mine.txt", "empty.md"]
    );
    let plan = &page["files"][0];
    assert_eq!(plan["edges"]["owner"]["nick"], "alice");
    assert_eq!(plan["user_hash_id"], alice.id);
    assert_eq!(plan["edges"]["shares"].as_array().unwrap().len(), 1);
    assert_eq!(plan["edges"]["entities"][0]["size"], 8);
    assert!(
        page["files"][2].get("size").is_none(),
        "what is zero is left out"
    );

    let alice_id = raw_id(admin, "alice").await.to_string();
    for (condition, value, names) in [
        ("file_name", "PLAN", &["Plan.txt"][..]),
        ("file_name", "%", &[]),
        ("file_user", &alice_id, &["Plan.txt", "empty.md"]),
        ("file_policy", "1", &["Plan.txt", "empty.md", "mine.txt"]),
        ("file_policy", "9", &[]),
        ("file_metadata", "tag:work", &["empty.md"]),
        ("file_shared", "1", &["Plan.txt"]),
        ("file_direct_link", "true", &[]),
        ("file_name", "", &["Plan.txt", "empty.md", "mine.txt"]),
    ] {
        let page = only(admin, "file", condition, value).await;
        assert_eq!(texts(&page, "files", "name"), names, "{condition}={value}");
    }
    let body = json!({ "page": 1, "page_size": 9, "conditions": { "file_user": "me" } });
    admin
        .post("/admin/file", body)
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/file/4711", &[])
        .await
        .refused(code::NOT_FOUND);
    admin
        .get_json("/admin/file/0", &[])
        .await
        .refused(code::PARAMETER);

    // Where it lies is asked by its public id.
    let found = detail(admin, "Plan").await;
    let info = admin.info_by_id(found["file_hash_id"].as_str().unwrap());
    assert_eq!(info.await.ok()["name"], "Plan.txt");
    let url = admin
        .get_json(&format!("/admin/file/url/{}", plan["id"]), &[])
        .await
        .ok();
    let shown = admin.fetch(url.as_str().unwrap()).await;
    assert_eq!(shown.text(), "the plan");
}

#[tokio::test]
async fn a_file_is_renamed_and_loses_what_is_not_named() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/docs/plan.txt", "the plan").await;
    alice.put("/docs/taken.txt", "x").await;
    let tags = json!([
        { "key": "tag:work", "value": "#ff0000" }, { "key": "tag:home", "value": "#00ff00" },
    ]);
    alice.patch_metadata("/docs/plan.txt", tags).await.done();
    let link = alice.direct_link("/docs/plan.txt").await;
    let mut file = detail(admin, "plan").await;
    let address = file["direct_link_map"]
        .as_object()
        .unwrap()
        .values()
        .next()
        .unwrap();
    assert!(
        address.as_str().unwrap().contains("/f/"),
        "{address} {link}"
    );

    // As it is sent back, nothing changes.
    let same = save(admin, &file).await.ok();
    assert_eq!(same["edges"]["metadata"], file["edges"]["metadata"]);
    assert!(same["edges"]["direct_links"].is_array());

    // Nor does what is not spoken of.
    let short = json!({ "id": file["id"], "name": "plan.txt" });
    let same = save(admin, &short).await.ok();
    assert_eq!(same["edges"]["metadata"], file["edges"]["metadata"]);
    assert!(same["edges"]["direct_links"].is_array());

    file["name"] = json!("idea.txt");
    file["edges"]["direct_links"] = json!([]);
    let metadata = file["edges"]["metadata"].as_array_mut().unwrap();
    metadata.retain(|one| one["name"] != "tag:home");
    metadata[0]["value"] = json!("#0000ff");
    let saved = save(admin, &file).await.ok();
    assert_eq!(saved["name"], "idea.txt");
    assert!(saved["edges"].get("direct_links").is_none());
    let seen = alice.metadata("/docs/idea.txt").await;
    assert_eq!(seen, json!({ "tag:work": "#0000ff" }));
    assert_eq!(admin.fetch(&link).await.status, 404);

    for (wrong, code) in [
        ("taken.txt", code::OBJECT_EXISTS),
        ("a/b", code::ILLEGAL_NAME),
        ("", code::ILLEGAL_NAME),
    ] {
        let mut file = saved.clone();
        file["name"] = json!(wrong);
        save(admin, &file).await.refused(code);
    }
    let mut elsewhere = saved.clone();
    elsewhere["storage_policy_files"] = json!(7);
    save(admin, &elsewhere).await.refused(code::PARAMETER);
    let mut another = saved.clone();
    another["id"] = json!(1);
    let route = format!("/admin/file/{}", saved["id"]);
    let refused = admin.put_json(&route, json!({ "file": another })).await;
    refused.refused(code::PARAMETER);
    assert_eq!(alice.names("/docs").await, ["idea.txt", "taken.txt"]);
}

#[tokio::test]
async fn deleted_files_are_gone_for_good_and_their_owners_are_told() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    for n in 0..4 {
        alice.put(&format!("/docs/{n}.txt"), "x".repeat(100)).await;
    }
    alice.delete(&["/docs/3.txt"]).await.done();
    let synchronising = alice.synchronising();
    let mut events = synchronising.events("/").await;
    let first = events.next(Duration::from_secs(3)).await.unwrap();
    assert_eq!(first.0, "subscribed");
    let page = list(admin, "file", json!({})).await;
    let mut ids: Vec<Value> = page["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["id"].clone())
        .collect();
    assert_eq!(ids.len(), 4, "in the trash, too");
    let kept = ids.remove(0);
    // A folder is no file, and is passed over.
    let folder = server
        .ask("SELECT CAST(id AS TEXT) AS value FROM files WHERE name = 'docs'")
        .await;
    ids.push(json!(folder.parse::<i64>().unwrap()));
    let body = json!({ "ids": ids });
    admin
        .post("/admin/file/batch/delete", body.clone())
        .await
        .done();
    admin.post("/admin/file/batch/delete", body).await.done();
    assert_eq!(alice.names("/docs").await, ["0.txt"]);
    assert!(alice.trash_names().await.is_empty());
    assert_eq!(alice.used().await, 100);
    let told = events.changes(Duration::from_secs(3)).await.join("\n");
    assert!(told.contains("1.txt") && told.contains("2.txt"), "{told}");
    let page = list(admin, "file", json!({})).await;
    assert_eq!(page["files"][0]["id"], kept);
    assert_eq!(alice.get("/docs/0.txt").await, "x".repeat(100));
}

#[tokio::test]
async fn a_list_tells_the_newest_versions_and_a_file_all_of_them() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let all_stay = json!({ "version_retention_enabled": true, "version_retention_max": 0 });
    alice.patch("/user/setting", all_stay).await.done();
    for n in 0..30 {
        let written = alice.put_content("/plan.txt", format!("version {n}")).await;
        written.ok();
    }
    alice.put("/other.txt", "x").await;
    let page = list(admin, "file", json!({ "order_by": "name" })).await;
    let told = |file: &Value| -> Vec<i64> {
        let all = file["edges"]["entities"].as_array().unwrap().iter();
        all.map(|blob| blob["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(told(&page["files"][0]).len(), 1);
    let listed = told(&page["files"][1]);
    let all = told(&detail(admin, "plan").await);
    assert_eq!((listed.len(), all.len()), (20, 30));
    assert_eq!(listed, all[..20]);
    assert!(all.is_sorted_by(|one, next| one > next));
}
