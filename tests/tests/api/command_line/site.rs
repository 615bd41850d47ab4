//! `alcove setting` and `alcove group`, and what `alcove user` does to accounts that are there.

use serde_json::json;
use tests::{PASSWORD, Program, TestServer};

use super::{failed, succeeded};

#[tokio::test]
async fn settings_are_told_set_and_reset_while_a_server_runs() {
    let server = TestServer::start().await;
    let set = server.run(["setting", "set", "siteName", "Mine"]);
    assert_eq!(succeeded(&set).trim(), "siteName = Mine");
    assert_eq!(
        succeeded(&server.run(["setting", "get", "siteName"])).trim(),
        "Mine"
    );
    // The server that runs follows within five seconds.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(8);
    loop {
        let config = server
            .stranger()
            .get_json("/site/config/basic", &[])
            .await
            .ok();
        if config["title"] == "Mine" {
            break;
        }
        assert!(std::time::Instant::now() < patience, "{config}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    succeeded(&server.run(["setting", "reset", "siteName"]));
    assert_ne!(
        succeeded(&server.run(["setting", "get", "siteName"])).trim(),
        "Mine"
    );
    failed(&server.run(["setting", "set", "siteNam", "x"]), "siteName");
    failed(&server.run(["setting", "get", "siteNam"]), "siteName");
    failed(
        &server.run(["setting", "set", "maxEditSize", "much"]),
        "wants a whole number",
    );
    for needed in ["hash_id_salt", "siteID"] {
        let before = server.run(["setting", "get", needed]);
        let set = Program::finish(server.command(["setting", "set", needed, ""]), "");
        assert!(!set.status.success(), "{needed}");
        let after = server.run(["setting", "get", needed]);
        assert_eq!(succeeded(&before), succeeded(&after));
    }
    // A secret that is piped in stands in no list of processes.
    let set = Program::finish(server.command(["setting", "set", "smtpPass"]), "s3cret\n");
    succeeded(&set);
    let sealed = "SELECT value FROM settings WHERE name = 'smtpPass'";
    assert!(!server.ask(sealed).await.is_empty());
    let listed = server.run(["setting", "list", "smtp"]);
    let listed = succeeded(&listed);
    assert!(
        listed.contains("smtpHost") && !listed.contains("s3cret"),
        "{listed}"
    );
}

#[tokio::test]
async fn groups_get_room() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    succeeded(&server.run(["group", "set", "2", "--quota", "5G"]));
    let listed = server.run(["group", "list"]);
    assert!(succeeded(&listed).contains("5368709120"), "{listed:?}");
    assert_eq!(alice.total().await, 5 << 30);
    failed(
        &server.run(["group", "set", "99", "--quota", "5G"]),
        "not found",
    );
    failed(
        &server.run(["group", "set", "2", "--quota", "much"]),
        "unit",
    );
}

#[tokio::test]
async fn accounts_are_blocked_and_deleted() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "hello").await;
    let email = "alice@example.com";
    let quota = server.run(["user", "quota", email]);
    assert!(succeeded(&quota).starts_with("5 of "), "{quota:?}");
    succeeded(&server.run(["user", "2fa-off", email]));
    succeeded(&server.run(["user", "ban", email]));
    let newest = json!({ "page": 1, "page_size": 1, "order_direction": "desc", "conditions": {} });
    let log = server.admin().post("/admin/event", newest).await.ok();
    let detail = &log["logs"][0]["content"]["exts"]["detail"];
    let change = json!({ "before": "active", "after": "manual_banned" });
    assert_eq!(detail["changed"]["status"], change, "{detail}");
    assert_ne!(alice.list("/").await.code(), 0);
    assert_ne!(
        server
            .stranger()
            .try_sign_in("alice", PASSWORD)
            .await
            .code(),
        0
    );
    succeeded(&server.run(["user", "unban", email]));
    failed(&server.run(["user", "unban", email]), "not blocked");
    let alice = server.stranger().sign_in("alice", PASSWORD).await;
    assert_eq!(alice.get("/a.txt").await, "hello");
    failed(&server.run(["user", "delete", email]), "--yes");
    assert_eq!(alice.get("/a.txt").await, "hello");
    succeeded(&server.run(["user", "delete", email, "--yes"]));
    assert_ne!(alice.list("/").await.code(), 0);
    failed(&server.run(["user", "ban", email]), "not found");
    failed(&server.run(["user", "ban", "admin@example.com"]), "stays");
    failed(
        &server.run(["user", "delete", "admin@example.com", "--yes"]),
        "stays",
    );
    let left = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM users WHERE nick = 'alice'";
    while server.ask(left).await != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
