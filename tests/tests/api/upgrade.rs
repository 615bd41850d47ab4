//! What an existing site keeps, and what changes for it, when a newer program opens its data.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Client, TestServer};

/// Takes the changes of this day back, as far as later ones allow.
async fn as_before(server: &TestServer) {
    undo(
        server,
        &[
            "DROP TABLE share_recipients",
            "DELETE FROM seaql_migrations WHERE version LIKE 'm20261122_1700%'",
        ],
    )
    .await;
}

async fn undo(server: &TestServer, changes: &[&str]) {
    let database = server.database().await;
    for sql in changes {
        database.execute_unprepared(sql).await.expect(sql);
    }
    database.close().await.unwrap();
}

#[tokio::test]
async fn metadata_that_was_there_before_it_was_counted_counts() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/a.txt").await;
    let set = json!([{ "key": "dav:u|a", "value": "x".repeat(1_000) }]);
    alice.patch_metadata("/a.txt", set).await.done();
    undo(
        &server,
        &[
            "ALTER TABLE users DROP COLUMN fact_bytes",
            "DROP INDEX ix_upload_sessions_share_id",
            "ALTER TABLE upload_sessions DROP COLUMN share_id",
            "ALTER TABLE upload_sessions DROP COLUMN visitor_address",
            "DELETE FROM seaql_migrations WHERE version LIKE '%_bounds'",
        ],
    )
    .await;
    server.restart().await;
    let counted = "SELECT CAST(fact_bytes AS TEXT) AS value FROM users WHERE email LIKE 'alice@%'";
    assert_eq!(server.ask(counted).await, "1007");
}

async fn permission(who: &Client) -> String {
    let basic = who.get_json("/site/config/basic", &[]).await.ok();
    basic["user"]["group"]["permission"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn viewer(server: &TestServer, id: &str) -> Value {
    let stranger = server.stranger();
    let explorer = stranger.get_json("/site/config/explorer", &[]).await.ok();
    let viewers = explorer["file_viewers"][0]["viewers"].as_array().unwrap();
    let found = viewers.iter().find(|viewer| viewer["id"] == id);
    found.expect("it is there").clone()
}

#[tokio::test]
async fn groups_as_they_were_seeded_may_download_folders() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    server.permit(2, "8408").await;
    server.permit(3, "82").await;
    as_before(&server).await;
    server.restart().await;
    assert_eq!(permission(&alice).await, "lAg=");
    assert_eq!(permission(&server.stranger()).await, "kg==");
}

#[tokio::test]
async fn groups_that_were_changed_stay_as_they_are() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    server.permit(2, "8C08").await;
    server.permit(3, "02").await;
    as_before(&server).await;
    server.restart().await;
    assert_eq!(permission(&alice).await, "jAg=");
    assert_eq!(permission(&server.stranger()).await, "Ag==");
}

#[tokio::test]
async fn viewers_that_hand_files_to_others_are_off_until_somebody_wants_them() {
    let mut server = TestServer::start().await;
    assert_eq!(viewer(&server, "googledocs").await["disabled"], true);
    let url = "https://docs.google.com/gview?url={$src}&embedded=true";
    let before = json!([{ "viewers": [
        { "id": "googledocs", "type": "custom", "display_name": "G", "exts": ["docx"], "url": url },
        { "id": "ours", "type": "custom", "display_name": "O", "exts": ["docx"],
          "url": "https://office.example.com/?src={$src}" },
    ] }]);
    let value = before.to_string().replace('\'', "''");
    let sql = format!("UPDATE settings SET value = '{value}' WHERE name = 'file_viewers'");
    server.tamper(&sql).await;
    as_before(&server).await;
    server.restart().await;
    assert_eq!(viewer(&server, "googledocs").await["disabled"], true);
    assert_eq!(viewer(&server, "googledocs").await["url"], url);
    assert!(viewer(&server, "ours").await.get("disabled").is_none());
    // What an administrator switched on stays on.
    server.tamper(&sql).await;
    server.restart().await;
    let on = viewer(&server, "googledocs").await;
    assert!(on.get("disabled").is_none(), "{on}");
}

#[tokio::test]
async fn shares_by_name_that_were_there_before_reach_the_person() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/plan.txt", "x").await;
    let for_bob = json!({ "permissions": { "user_explicit": { bob.id.clone(): "AQ==" } } });
    let share = alice.share("/plan.txt", for_bob).await;
    as_before(&server).await;
    server.restart().await;
    let received = bob
        .get_json("/share/received", &[("page_size", "10")])
        .await;
    assert_eq!(received.ok()["shares"][0]["id"], share.id.as_str());
    // Whoever takes it back takes it from there as well.
    alice.delete_share(&share.id).await.done();
    let received = bob
        .get_json("/share/received", &[("page_size", "10")])
        .await;
    assert_eq!(received.ok()["shares"], json!([]));
}

#[tokio::test]
async fn addresses_of_old_are_found_by_today_s_form() {
    let mut server = TestServer::start().await;
    server.user("alice").await;
    server.user("bob").await;
    for sql in [
        "UPDATE users SET email = 'alice@xn--bcher-kva.example' WHERE email = 'alice@example.com'",
        "DELETE FROM settings WHERE name = 'alcove_mark_email_forms'",
    ] {
        server.tamper(sql).await;
    }
    server.restart().await;
    for written in ["alice@bücher.example", "Alice@xn--bcher-kva.example"] {
        let body = json!({ "email": written, "password": tests::PASSWORD });
        server.stranger().post("/session/token", body).await.ok();
    }
    server.stranger().sign_in("bob", tests::PASSWORD).await;
}

#[tokio::test]
async fn entries_of_the_journal_that_were_there_before_have_a_category() {
    let mut server = TestServer::start().await;
    server.admin().create_folder("/docs").await;
    undo(
        &server,
        &[
            "DROP INDEX ix_journal_category_id",
            "DROP INDEX ix_tasks_lease_until",
            "DROP INDEX ix_tasks_owner_id_category_id",
            "ALTER TABLE journal DROP COLUMN category",
            "ALTER TABLE journal DROP COLUMN address",
            "DROP INDEX ix_journal_correlation_id",
            "ALTER TABLE journal DROP COLUMN correlation_id",
            "ALTER TABLE tasks DROP COLUMN category",
            "ALTER TABLE tasks DROP COLUMN summary",
            "ALTER TABLE tasks DROP COLUMN progress",
            "ALTER TABLE tasks DROP COLUMN cancel_requested_at",
            "DELETE FROM seaql_migrations WHERE version LIKE '%_tasks_seen'",
        ],
    )
    .await;
    server.restart().await;
    for (op, expected) in [("create", "file"), ("sign_up", "account")] {
        let category = format!("SELECT MIN(category) AS value FROM journal WHERE op = '{op}'");
        assert_eq!(server.ask(&category).await, expected);
    }
    let others = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM journal WHERE category = ''";
    assert_eq!(server.ask(others).await, "0");
    // What comes now tells where it comes from.
    server.admin().create_folder("/more").await;
    let where_from = "SELECT MAX(address) || ' ' || CAST(COUNT(correlation_id) AS TEXT) AS value \
                      FROM journal WHERE op = 'create' AND address IS NOT NULL";
    assert_eq!(server.ask(where_from).await, "127.0.0.1 1");
}
