//! `/s/{id}` and the previews of shares.

use super::furnish;
use reqwest::Method;
use serde_json::json;
use tests::{Client, Reply, TestServer};

async fn open(who: &Client, path: &str) -> Reply {
    who.send(who.request_outside(Method::GET, path)).await
}

async fn as_robot(who: &Client, path: &str) -> Reply {
    let request = who.request_outside(Method::GET, path);
    let agent = "TelegramBot (like TwitterBot)";
    who.send(request.header("User-Agent", agent)).await
}

#[tokio::test]
async fn a_short_link_leads_to_the_page_of_the_share() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for (path, target) in [
        ("/s/abc", "/home?path=cloudreve%3A%2F%2Fabc%40share"),
        (
            "/s/abc/secret",
            "/home?path=cloudreve%3A%2F%2Fabc%3Asecret%40share",
        ),
        (
            "/s/abc?path=%2Fa%20b%2Fc&x=1&y",
            "/home?path=cloudreve%3A%2F%2Fabc%40share%2Fa%2520b%2Fc&x=1&y",
        ),
        // Nothing leads out of the site, or out of the share.
        (
            "/s/abc?path=%2F..%2F..%2Fx",
            "/home?path=cloudreve%3A%2F%2Fabc%40share%2Fx",
        ),
        (
            "/s/%2F%2Fevil.example",
            "/home?path=cloudreve%3A%2F%2F%252F%252Fevil.example%40share",
        ),
        (
            "/s/a%0d%0aSet-Cookie:x",
            "/home?path=cloudreve%3A%2F%2Fa%250D%250ASet-Cookie%253Ax%40share",
        ),
    ] {
        let reply = open(&stranger, path).await;
        assert_eq!(reply.status, 302, "{path}");
        assert_eq!(reply.header("location"), target, "{path}");
        assert!(reply.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn robots_see_what_a_visitor_without_account_would() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let folder = alice.share("/docs", json!({})).await;
    let locked = json!({ "is_private": true, "password": "Abc123" });
    let locked = alice.share("/docs/plan.md", locked).await;
    let stranger = server.stranger();
    let page = as_robot(&stranger, &format!("/s/{}", folder.id)).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "public, no-cache");
    let has = |page: &Reply, text: &str| {
        assert!(page.text().contains(text), "{text} in {}", page.text());
    };
    has(&page, r#"property="og:title" content="docs""#);
    has(
        &page,
        r#"property="og:description" content="Folder · alice""#,
    );
    has(&page, r#"property="og:type" content="website""#);
    has(&page, r#"name="twitter:card" content="summary""#);
    has(
        &page,
        &format!(r#"property="og:url" content="{}""#, folder.url),
    );
    has(&page, "/home?path=");
    let page = as_robot(&stranger, &format!("/s/{}", locked.id)).await;
    has(&page, r#"property="og:title" content="plan.md""#);
    assert!(!page.text().contains("8 B"));
    let page = as_robot(&stranger, &format!("/s/{}/Abc123", locked.id)).await;
    has(&page, r#"content="8 B · alice""#);
    // Looking is not counted.
    let info = alice.share_info(&folder.id, &[]).await.ok();
    assert_eq!(info["visited"], 0);
    // The same by the address of the page.
    let home = format!("/home?path=cloudreve%3A%2F%2F{}%40share", folder.id);
    has(
        &as_robot(&stranger, &home).await,
        r#"property="og:title" content="docs""#,
    );
    let page = as_robot(&stranger, "/s/garbled").await;
    has(&page, r#"content="Invalid Link""#);
    alice.delete_share(&folder.id).await.done();
    let page = as_robot(&stranger, &format!("/s/{}", folder.id)).await;
    assert_eq!(page.status, 200);
    has(&page, r#"content="Share not found""#);
    assert!(!page.text().contains("docs"));
}

#[tokio::test]
async fn the_page_of_a_share_that_is_no_more_says_404_and_is_the_same_page() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let home = |id: &str| format!("/home?path=cloudreve%3A%2F%2F{id}%40share");
    let locked = json!({ "is_private": true, "password": "Abc123" });
    let locked = alice.share("/docs/plan.md", locked).await;
    let (kept, gone) = (
        alice.share("/docs", json!({})).await,
        alice.share("/docs", json!({})).await,
    );
    let stranger = server.stranger();
    for id in [&locked.id, &kept.id, &gone.id] {
        assert_eq!(open(&stranger, &home(id)).await.status, 200, "{id}");
    }
    alice.delete_share(&gone.id).await.done();
    for id in [&*gone.id, "garbled"] {
        let page = open(&stranger, &home(id)).await;
        assert_eq!(page.status, 404, "{id}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
    for id in [&locked.id, &kept.id] {
        assert_eq!(open(&stranger, &home(id)).await.status, 200, "{id}");
    }
}

#[tokio::test]
async fn names_do_not_become_markup_in_previews() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let nick = json!({ "nick": "<script>alert(1)</script>" });
    alice.change_settings(nick).await.done();
    alice.put("/'a & b'.txt", "x").await;
    let share = alice.share("/'a & b'.txt", json!({})).await;
    let stranger = server.stranger();
    let page = as_robot(&stranger, &format!("/s/{}", share.id)).await;
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    assert!(page.text().contains("&#39;a &amp; b&#39;.txt"));
    let page = as_robot(&stranger, "/s/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
}
