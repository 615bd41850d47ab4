//! Who may come in.

use reqwest::Method;
use serde_json::json;
use site::secret::Scope;
use tests::{Client, DavClient, TestServer, uri};

use crate::doors::Consent;

async fn look(dav: &DavClient) -> u16 {
    dav.ask("PROPFIND", "/", &[("Depth", "0")]).await.status
}

/// The same device at another replica.
async fn look_from(replica: &TestServer, dav: &DavClient, path: &str) -> u16 {
    let stranger = replica.stranger();
    let request = stranger.request_outside(Method::from_bytes(b"PROPFIND").unwrap(), path);
    let request = request.basic_auth(&dav.email, Some(&dav.password));
    stranger.send(request.header("Depth", "0")).await.status
}

#[tokio::test]
async fn an_address_and_a_generated_password_open_the_drive() {
    let server = TestServer::start().await;
    let mut dav = server.admin().mount().await;
    assert_eq!(look(&dav).await, 207);
    dav.email = "ADMIN@Example.com".to_owned();
    assert_eq!(look(&dav).await, 207, "addresses have no case");
    dav.email = "somebody@example.com".to_owned();
    assert_eq!(look(&dav).await, 401, "the password of another account");
}

#[tokio::test]
async fn nobody_is_asked_who_they_are() {
    let server = TestServer::start().await;
    let mut dav = server.admin().mount().await;
    dav.password = tests::PASSWORD.to_owned();
    let wrong = dav.ask("PROPFIND", "/", &[("Depth", "0")]).await;
    let request = server.stranger().request_outside(Method::GET, "/dav/x");
    let nobody = server.stranger().send(request).await;
    for reply in [wrong, nobody] {
        assert_eq!(
            reply.status, 401,
            "the site's own password is not accepted either"
        );
        assert!(
            reply.header("www-authenticate").starts_with("Basic "),
            "{reply:?}"
        );
        assert!(reply.body.is_empty());
        assert_eq!(reply.header("cache-control"), "private, no-cache");
    }
    for path in ["/", "/dav", "/dav/", "/dav/x"] {
        let request = server.stranger().request_outside(Method::OPTIONS, path);
        let reply = server.stranger().send(request).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("dav"), "1, 2");
        assert_eq!(reply.header("ms-author-via"), "DAV");
    }
    for header in [
        "Basic",
        "Basic !!!",
        "Basic YQ==",
        "Digest x",
        "Bearer x",
        "",
    ] {
        let request = server.stranger().request_outside(Method::GET, "/dav/");
        let request = request.header("Authorization", header);
        assert_eq!(
            server.stranger().send(request).await.status,
            401,
            "{header}"
        );
    }
}

#[tokio::test]
async fn guessing_is_throttled_and_does_not_lock_a_mounted_disk_out() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    assert_eq!(look(&dav).await, 207);
    let mut guesser = dav.clone();
    guesser.password = "wrong".to_owned();
    let mut statuses = Vec::new();
    for _ in 0..30 {
        let reply = guesser.ask("PROPFIND", "/", &[("Depth", "0")]).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
        }
        statuses.push(reply.status);
    }
    assert_eq!(statuses[..20], [401; 20]);
    assert_eq!(statuses[20..], [429; 10]);
    assert_eq!(look(&dav).await, 207);
    // Whoever was not connected before has to wait, though.
    let other = server.admin().mount().await;
    assert_eq!(look(&other).await, 429);
}

#[tokio::test]
async fn changes_hold_with_the_next_request_on_every_replica() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a.txt", "a").await;
    let dav = admin.mount().await;
    assert_eq!(dav.get("/docs/a.txt").await.status, 200);
    let path = format!("/devices/dav/{}", dav.id);
    let other = server.beside().await;
    let there = async |path: &str| look_from(other.as_ref().unwrap_or(&server), &dav, path).await;
    assert_eq!(there("/dav/docs/a.txt").await, 207);
    let body = json!({ "uri": uri("/docs"), "name": "x", "readonly": true });
    admin.patch(&path, body).await.ok();
    assert_eq!(there("/dav/docs/a.txt").await, 404);
    assert_eq!(there("/dav/a.txt").await, 207);
    assert_eq!(dav.get("/a.txt").await.body, "a");
    assert_eq!(dav.put("/b.txt", "b").await.status, 403);
    admin.delete_json(&path, json!({})).await.done();
    assert_eq!(there("/dav/a.txt").await, 401);
    assert_eq!(dav.get("/a.txt").await.status, 401);
}

#[tokio::test]
async fn blocked_people_and_groups_stay_outside() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let other = server.beside().await;
    let other = other.as_ref().unwrap_or(&server);
    let alice = server.user("alice").await;
    let dav = alice.mount().await;
    let everywhere = async || [look(&dav).await, look_from(other, &dav, "/dav/").await];
    assert_eq!(everywhere().await, [207, 207]);
    let all = "UPDATE groups SET permissions = (SELECT permissions FROM groups WHERE id = 3), \
               updated_at = updated_at + 1 WHERE id = 2";
    server.tamper(all).await;
    assert_eq!(everywhere().await, [403, 403]);
    server.allow_dav().await;
    assert_eq!(everywhere().await, [207, 207]);
    let other_group = "UPDATE users SET group_id = 3, updated_at = updated_at + 1 \
                       WHERE email = 'alice@example.com'";
    server.tamper(other_group).await;
    assert_eq!(everywhere().await, [403, 403]);
    server.tamper(&other_group.replace("= 3", "= 2")).await;
    assert_eq!(everywhere().await, [207, 207]);
    let ban = "UPDATE users SET status = 'manual_banned', updated_at = updated_at + 1 \
               WHERE email = 'alice@example.com'";
    server.tamper(ban).await;
    assert_eq!(everywhere().await, [401, 401]);
}

#[tokio::test]
async fn a_read_only_account_changes_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount_with("/", json!({ "readonly": true })).await;
    let before = admin.everything().await;
    for verb in [
        "PUT",
        "DELETE",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "PROPPATCH",
    ] {
        let reply = dav
            .ask(verb, "/a.txt", &[("Destination", "/dav/b.txt")])
            .await;
        assert_eq!(reply.status, 403, "{verb}");
        assert!(reply.body.is_empty());
    }
    assert_eq!(admin.everything().await, before);
    assert_eq!(dav.get("/a.txt").await.body, "a");
    assert_eq!(look(&dav).await, 207);
}

#[tokio::test]
async fn system_files_are_blocked_where_the_account_says_so() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin
        .mount_with("/", json!({ "disable_sys_files": true }))
        .await;
    for name in ["/.DS_Store", "/._a"] {
        assert_eq!(dav.put(name, "x").await.status, 405);
        assert_eq!(dav.mkcol(name).await.status, 405);
        assert_eq!(dav.lock(name, &[], "me").await.0.status, 405);
        assert_eq!(dav.propfind(name, "0", "").await.status, 404);
    }
    assert_eq!(dav.put("/a", "x").await.status, 201);
    assert_eq!(dav.transfer("MOVE", "/a", "/._a", &[]).await.status, 405);
    assert_eq!(admin.names("/").await, ["a"]);
}

#[tokio::test]
async fn access_tokens_open_the_drive_as_far_as_their_scopes_go() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let status = async |who: &Client, method: Method| {
        let request = who.request_outside(method, "/dav/a.txt").body("b");
        who.send(request).await.status
    };
    assert_eq!(status(admin, Method::PUT).await, 204);
    assert_eq!(status(admin, Method::GET).await, 200);
    let consent = Consent::of(&server, admin).await;
    let app = |scope| consent.app(admin, [scope].into_iter().collect());
    let reader = app(Scope::FilesRead);
    assert_eq!(status(&reader, Method::GET).await, 200);
    assert_eq!(status(&reader, Method::PUT).await, 403);
    let writer = app(Scope::FilesWrite);
    assert_eq!(status(&writer, Method::PUT).await, 204);
    let stranger = app(Scope::DavAccountWrite);
    assert_eq!(status(&stranger, Method::GET).await, 403);
    let alice = server.user("alice").await;
    assert_eq!(status(&alice, Method::GET).await, 403, "her group may not");
}
