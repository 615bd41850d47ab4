//! `/devices/dav`.

use serde_json::json;
use tests::{TestServer, uri};

use crate::code;

#[tokio::test]
async fn an_account_is_made_shown_changed_and_removed() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let body = json!({ "uri": uri("/docs"), "name": "laptop", "readonly": true });
    let made = admin.put_json("/devices/dav", body).await.ok();
    let password = made["password"].as_str().unwrap();
    assert_eq!(password.len(), 32);
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    assert!(password.chars().all(is_allowed), "{password}");
    assert_eq!(made["name"], "laptop");
    assert_eq!(made["uri"], "cloudreve://my/docs");
    assert_eq!(made["options"], "AQ==");
    assert!(made["created_at"].as_str().unwrap().contains('T'));
    assert_eq!(made.as_object().unwrap().len(), 6, "{made}");

    let page = admin.get_json("/devices/dav", &[("page_size", "50")]).await;
    let expected = json!({
        "accounts": [made],
        "pagination": { "page": 0, "page_size": 50, "is_cursor": true },
    });
    assert_eq!(page.ok(), expected);

    let path = format!("/devices/dav/{}", made["id"].as_str().unwrap());
    let body =
        json!({ "uri": uri("/"), "name": "phone", "proxy": true, "disable_sys_files": true });
    let changed = admin.patch(&path, body).await.ok();
    assert_eq!(changed["password"], made["password"]);
    assert_eq!(changed["options"], "Bg==");
    assert_eq!(changed["name"], "phone");
    assert_eq!(changed["id"], made["id"]);

    admin.delete_json(&path, json!({})).await.done();
    admin
        .delete_json(&path, json!({}))
        .await
        .refused(code::NOT_FOUND);
    let page = admin.get_json("/devices/dav", &[("page_size", "10")]).await;
    assert_eq!(page.ok()["accounts"], json!([]));
}

#[tokio::test]
async fn pages_go_from_the_newest_to_the_oldest() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for number in 0..23 {
        let body = json!({ "uri": uri("/"), "name": format!("{number}") });
        admin.put_json("/devices/dav", body).await.ok();
    }
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let query = [("page_size", "10"), ("next_page_token", token.as_str())];
        let page = admin.get_json("/devices/dav", &query).await.ok();
        let accounts = page["accounts"].as_array().unwrap();
        names.extend(accounts.iter().map(|account| account["name"].clone()));
        match page["pagination"]["next_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<_> = (0..23)
        .rev()
        .map(|number| json!(format!("{number}")))
        .collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn requests_of_another_form_are_refused() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for query in [
        &[][..],
        &[("page_size", "9")],
        &[("page_size", "101")],
        &[("page_size", "x")],
    ] {
        admin
            .get_json("/devices/dav", query)
            .await
            .refused(code::PARAMETER);
    }
    let query = [("page_size", "10"), ("next_page_token", "garbled")];
    assert_ne!(admin.get_json("/devices/dav", &query).await.code(), 0);
    let long = "x".repeat(256);
    for body in [
        json!({}),
        json!({ "uri": uri("/") }),
        json!({ "name": "a" }),
        json!({ "uri": uri("/"), "name": "" }),
        json!({ "uri": uri("/"), "name": long }),
        json!({ "uri": "", "name": "a" }),
        json!({ "uri": "/docs", "name": "a" }),
        json!({ "uri": "cloudreve://trash", "name": "a" }),
        json!({ "uri": "cloudreve://shared_with_me", "name": "a" }),
        json!({ "uri": "cloudreve://share/docs", "name": "a" }),
        json!({ "uri": "cloudreve://my/docs?name=x", "name": "a" }),
    ] {
        let reply = admin.put_json("/devices/dav", body.clone()).await;
        assert_eq!(reply.code(), code::PARAMETER, "{body}: {}", reply.text());
        let reply = admin.patch("/devices/dav/x", body).await;
        assert_eq!(reply.code(), code::PARAMETER, "{}", reply.text());
    }
    let share = json!({ "uri": "cloudreve://abc@share/docs", "name": "a" });
    admin.put_json("/devices/dav", share).await.ok();
}

#[tokio::test]
async fn only_groups_that_may_have_accounts() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let body = json!({ "uri": uri("/"), "name": "a", "proxy": true });
    let refused = alice.put_json("/devices/dav", body.clone()).await;
    refused.refused(code::GROUP_NOT_ALLOWED);
    // Looking and removing need no permission.
    let page = alice.get_json("/devices/dav", &[("page_size", "10")]).await;
    assert_eq!(page.ok()["accounts"], json!([]));
    server.allow_dav().await;
    let made = alice.put_json("/devices/dav", body).await.ok();
    assert_eq!(made["options"], "Ag==");
}

#[tokio::test]
async fn accounts_of_others_are_not_there() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let hers = alice.mount().await;
    let path = format!("/devices/dav/{}", hers.id);
    let body = json!({ "uri": uri("/"), "name": "his" });
    bob.patch(&path, body).await.refused(code::NOT_FOUND);
    bob.delete_json(&path, json!({}))
        .await
        .refused(code::NOT_FOUND);
    let page = bob.get_json("/devices/dav", &[("page_size", "10")]).await;
    assert_eq!(page.ok()["accounts"], json!([]));
    assert_eq!(
        hers.ask("PROPFIND", "/", &[("Depth", "0")]).await.status,
        207
    );
}

#[tokio::test]
async fn passwords_are_not_in_the_database() {
    let server = TestServer::start().await;
    let mount = server.admin().mount().await;
    let sealed = server
        .ask("SELECT password_sealed AS value FROM dav_accounts")
        .await;
    let hash = server
        .ask("SELECT password_hash AS value FROM dav_accounts")
        .await;
    for stored in [&sealed, &hash] {
        assert!(!stored.contains(&mount.password), "{stored}");
    }
    // Found by a keyed hash, which costs nothing with each request.
    assert!(!hash.contains("argon2"), "{hash}");
}

#[tokio::test]
async fn nor_are_the_passwords_of_shares() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a.txt", "a").await;
    let secret = json!({ "is_private": true, "password": "Tell1Nobody" });
    let share = admin.share("/docs", secret).await;
    let account = json!({ "uri": share.at("/") });
    let mount = admin.mount_with("/", account.clone()).await;
    let page = admin.get_json("/devices/dav", &[("page_size", "10")]).await;
    assert_eq!(page.ok()["accounts"][0]["uri"], share.at("/"));
    let look = async || mount.get("/a.txt").await.status;
    assert_eq!(look().await, 200);
    let stored = async || server.ask("SELECT uri AS value FROM dav_accounts").await;
    assert!(!stored().await.contains("Nobody"));
    let mut change = account;
    change["name"] = json!("changed");
    let path = format!("/devices/dav/{}", mount.id);
    let changed = admin.patch(&path, change).await.ok();
    assert_eq!(changed["uri"], share.at("/"));
    assert!(!stored().await.contains("Nobody"));
    assert_eq!(look().await, 200);
}
