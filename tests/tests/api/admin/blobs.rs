//! `/admin/entity`.

use serde_json::{Value, json};
use tests::{Client, TestServer, bytes_of};

use super::lists::{list, only, raw_id};
use crate::code;

async fn ids(admin: &Client) -> Vec<i64> {
    let page = list(admin, "entity", json!({ "page_size": 100 })).await;
    let rows = page["entities"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn delete(admin: &Client, ids: &[i64]) -> tests::Reply {
    admin
        .post(
            "/admin/entity/batch/delete",
            json!({ "ids": ids, "force": false }),
        )
        .await
}

#[tokio::test]
async fn blobs_are_listed_with_who_holds_them() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/a.txt", "hello").await;
    alice.create_folder("/copies").await;
    alice.copy_to(&["/a.txt"], "/copies").await.done();
    admin.put("/b.txt", "12345678").await;
    let page = list(
        admin,
        "entity",
        json!({ "order_by": "size", "order_direction": "desc" }),
    )
    .await;
    let sizes: Vec<i64> = page["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["size"].as_i64().unwrap())
        .collect();
    assert_eq!(sizes, [8, 5]);
    let alice_id = raw_id(admin, "alice").await.to_string();
    let page = only(admin, "entity", "entity_user", &alice_id).await;
    let row = &page["entities"][0];
    assert_eq!(
        (&row["reference_count"], &row["edges"]["user"]["nick"]),
        (&json!(2), &json!("alice"))
    );
    assert_eq!(row["edges"]["storage_policy"]["type"], "local");
    let one = admin
        .get_json(&format!("/admin/entity/{}", row["id"]), &[])
        .await
        .ok();
    let files = one["edges"]["file"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["edges"]["owner"]["nick"], "alice");
    assert_eq!(one["user_hash_id_map"][&alice_id], json!(alice.id));
    let url = admin
        .get_json(&format!("/admin/entity/url/{}", row["id"]), &[])
        .await
        .ok();
    assert_eq!(admin.fetch(url.as_str().unwrap()).await.text(), "hello");
    for (condition, value, found) in [
        ("entity_type", "0", 2),
        ("entity_type", "1", 0),
        ("entity_policy", "1", 2),
    ] {
        let page = only(admin, "entity", condition, value).await;
        assert_eq!(
            page["entities"].as_array().unwrap().len(),
            found,
            "{condition}={value}"
        );
    }
    let body = json!({ "page": 1, "page_size": 9, "conditions": { "entity_type": "7" } });
    admin
        .post("/admin/entity", body)
        .await
        .refused(code::PARAMETER);
    admin
        .get_json("/admin/entity/4711", &[])
        .await
        .refused(code::NOT_FOUND);
}

#[tokio::test]
async fn files_go_on_with_what_they_have_left() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice
        .change_settings(json!({ "version_retention_enabled": true }))
        .await
        .done();
    alice.put("/a.txt", bytes_of("first", 10)).await;
    alice.overwrite("/a.txt", bytes_of("second", 20)).await;
    alice.create_folder("/copies").await;
    alice.copy_to(&["/a.txt"], "/copies").await.done();
    let before = alice.used().await;
    let all = ids(admin).await;
    let (first, second) = (all[0], all[1]);
    delete(admin, &[second]).await.done();
    assert_eq!(alice.get("/a.txt").await, bytes_of("first", 10));
    assert_eq!(alice.get("/copies/a.txt").await, bytes_of("first", 10));
    assert_eq!(ids(admin).await, [first]);
    assert!(alice.used().await < before);
    delete(admin, &[first]).await.done();
    assert_eq!(alice.info("/a.txt").await.ok()["size"], 0);
    assert_eq!(alice.used().await, 0);
    assert!(ids(admin).await.is_empty());
    server.assert_healthy();
    // It takes content again.
    alice.overwrite("/a.txt", bytes_of("third", 30)).await;
    assert_eq!(alice.get("/a.txt").await, bytes_of("third", 30));
}

#[tokio::test]
async fn an_upload_whose_blob_goes_ends() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    let session = alice.open_upload("/long.bin", 100).await;
    let all = ids(admin).await;
    assert_eq!(all.len(), 1);
    delete(admin, &all).await.done();
    assert_eq!(alice.used().await, 0);
    assert!(alice.names("/").await.is_empty());
    let chunk = alice
        .send_chunk(&session.id, 0, bytes_of("late", 100))
        .await;
    assert_ne!(chunk.code(), 0);
    server.assert_healthy();
}

#[tokio::test]
async fn bytes_that_stay_are_named_and_forgotten_by_force_alone() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/a.txt", "hello").await;
    let all = ids(admin).await;
    // Nobody knows how to remove bytes from there.
    server
        .tamper(
            "INSERT INTO storage_policies (name, kind, server, bucket_name, is_private, access_key, \
             secret_key, max_size, dir_name_rule, file_name_rule, settings, created_at, updated_at) \
             SELECT 'away', 's3', '', '', is_private, '', '', 0, '', '', settings, 0, 0 \
             FROM storage_policies WHERE id = 1",
        )
        .await;
    let away = "UPDATE blobs SET policy_id = (SELECT id FROM storage_policies WHERE kind = 's3')";
    server.tamper(away).await;
    let refused = delete(admin, &all).await;
    assert_eq!(refused.code(), code::BATCH_FAILED);
    let failed: Value = refused.json()["aggregated_error"].clone();
    assert!(failed[all[0].to_string()]["msg"].is_string(), "{failed}");
    assert_eq!(ids(admin).await, all, "its row stays");
    let body = json!({ "ids": all, "force": true });
    admin.post("/admin/entity/batch/delete", body).await.done();
    assert!(ids(admin).await.is_empty());
}
