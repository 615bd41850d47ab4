//! Texts and lists that are kept: at each limit, and one beyond.

use crate::code;
use reqwest::Method;
use serde_json::{Value, json};
use site::limits::{
    DAV_ACCOUNTS, DAV_NAME_BYTES, EVENT_STREAMS, EXTENSION_CHARS, EXTENSIONS, FOLLOWED,
    KEPT_URI_BYTES, KEYWORD_CHARS, LOCK_TOKENS, LOCKS, MEDIA_TYPE_BYTES, NAME_BYTES,
    PIN_NAME_CHARS, PINS, PROFILE_TEXT_CHARS, SHARE_PASSWORD_CHARS, SHARES, VIEW_BYTES,
    VIEW_COLUMNS,
};
use std::time::Duration;
use tests::{Client, TestServer, uri};

const PATIENCE: Duration = Duration::from_secs(30);

/// What is sent, and how it is bounded: a body with a text, or a list, of so many.
struct Case {
    method: Method,
    path: &'static str,
    most: usize,
    body: fn(usize) -> Value,
}

fn x(count: usize) -> String {
    "x".repeat(count)
}

fn place(bytes: usize) -> String {
    let root = uri("/");
    let rest = bytes - root.len();
    root + &x(rest)
}

/// A view that takes so many bytes when it is stored.
fn view(bytes: usize) -> Value {
    let column = |key: usize| json!({ "type": 1, "props": { "metadata_key": x(key) } });
    let view = |key| json!({ "page_size": 50, "columns": [column(key)] });
    let empty = r#"{"page_size":50,"columns":[{"type":1,"props":{"metadata_key":""}}]}"#;
    json!({ "uri": uri("/in"), "view": view(bytes - empty.len()) })
}

fn case(method: Method, path: &'static str, most: usize, body: fn(usize) -> Value) -> Case {
    Case {
        method,
        path,
        most,
        body,
    }
}

fn cases() -> Vec<Case> {
    vec![
        case(
            Method::PUT,
            "/file/pin",
            KEPT_URI_BYTES,
            |n| json!({ "uri": place(n) }),
        ),
        case(
            Method::PUT,
            "/file/pin",
            PIN_NAME_CHARS,
            |n| json!({ "uri": uri(&format!("/{n}")), "name": "ü".repeat(n) }),
        ),
        case(
            Method::PUT,
            "/devices/dav",
            KEPT_URI_BYTES,
            |n| json!({ "uri": place(n), "name": "a" }),
        ),
        case(
            Method::PUT,
            "/devices/dav",
            DAV_NAME_BYTES,
            |n| json!({ "uri": uri("/"), "name": x(n) }),
        ),
        case(
            Method::PUT,
            "/file/upload",
            MEDIA_TYPE_BYTES,
            |n| json!({ "uri": uri(&format!("/m{n}")), "size": 1, "mime_type": x(n) }),
        ),
        case(
            Method::PUT,
            "/share",
            SHARE_PASSWORD_CHARS,
            |n| json!({ "uri": uri("/in"), "is_private": true, "password": x(n) }),
        ),
        case(
            Method::PATCH,
            "/user/setting",
            PROFILE_TEXT_CHARS,
            |n| json!({ "nick": "ü".repeat(n) }),
        ),
        case(
            Method::PATCH,
            "/user/setting",
            EXTENSION_CHARS,
            |n| json!({ "version_retention_ext": [x(n)] }),
        ),
        case(
            Method::PATCH,
            "/user/setting",
            EXTENSIONS,
            |n| json!({ "version_retention_ext": vec!["md"; n] }),
        ),
        case(Method::PATCH, "/file/view", VIEW_COLUMNS, |n| {
            let columns: Vec<Value> = vec![json!({ "type": 1 }); n];
            json!({ "uri": uri("/in"), "view": { "page_size": 50, "columns": columns } })
        }),
        case(Method::PATCH, "/file/view", VIEW_BYTES - 64, view),
        case(
            Method::POST,
            "/file/rename",
            NAME_BYTES,
            |n| json!({ "uri": uri("/renamed"), "new_name": x(n) }),
        ),
    ]
}

async fn code_of(who: &Client, case: &Case, count: usize) -> i64 {
    let request = who.request(case.method.clone(), case.path);
    let reply = who.send(request.json(&(case.body)(count))).await;
    reply.code()
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_folder("/in").await;
    admin.create_folder("/renamed").await;
    for case in cases() {
        let what = format!("{} {} {}", case.method, case.path, case.most);
        // Far beyond it first, and just beyond: the first may be near a limit, not at it.
        for beyond in [case.most * 4, case.most + 128] {
            let code = code_of(admin, &case, beyond).await;
            let refused = [code::PARAMETER, code::ILLEGAL_NAME];
            assert!(refused.contains(&code), "{what}: {beyond} {code}");
        }
        assert_eq!(code_of(admin, &case, case.most).await, 0, "{what}");
    }
}

#[tokio::test]
async fn lists_that_grow_by_one_end_somewhere() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for n in 0..=PINS {
        let reply = admin.pin(&format!("/{n}"), None).await;
        assert_eq!(reply.code(), if n < PINS { 0 } else { code::PARAMETER });
    }
    for n in 0..=DAV_ACCOUNTS {
        let body = json!({ "uri": uri("/"), "name": n.to_string() });
        let reply = admin.put_json("/devices/dav", body).await;
        let expected = if n < DAV_ACCOUNTS { 0 } else { code::PARAMETER };
        assert_eq!(reply.code(), expected, "{n}");
    }
    // All but one.
    let rows = SHARES - 1;
    admin.create_folder("/shared").await;
    let share = "INSERT INTO shares (public_number, owner_id, file_id, views, downloads, \
         share_view, show_readme, revision, created_at, updated_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ";
    let of = ") SELECT n.i, f.owner_id, f.id, 0, 0, f.is_symbolic, f.is_symbolic, 1, n.i, n.i \
         FROM files f, n WHERE f.name = 'shared'";
    server.tamper(&format!("{share}{rows}{of}")).await;
    let last = admin.share("/shared", json!({})).await;
    let body = json!({ "uri": uri("/shared") });
    let refused = admin.put_json("/share", body.clone()).await;
    refused.refused(code::PARAMETER);
    admin.delete_share(&last.id).await.done();
    admin.put_json("/share", body).await.ok();
}

#[tokio::test]
async fn streams_and_what_they_follow_end_somewhere() {
    let server = TestServer::start().await;
    let admin = server.admin().synchronising();
    let mut first = admin.events("/").await;
    assert_eq!(first.next(PATIENCE).await.unwrap().0, "subscribed");
    let rows = "INSERT INTO event_subscriptions (user_id, client_id, folder_id, folder_path, \
         position, last_seen_at, created_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) \
         SELECT s.user_id, 'other ' || (10000 + n.i), s.folder_id, s.folder_path, s.position, \
         n.i, n.i FROM event_subscriptions s, n";
    server.tamper(rows).await;
    let mut second = server.admin().synchronising().events("/").await;
    assert_eq!(second.next(PATIENCE).await.unwrap().0, "subscribed");
    let left = async |of: &str| {
        let sql = format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM event_subscriptions {of}");
        server.ask(&sql).await
    };
    assert_eq!(left("").await, FOLLOWED.to_string());
    // The oldest went.
    assert_eq!(
        left("WHERE client_id LIKE 'other %' AND last_seen_at < 200").await,
        "0"
    );
    assert_eq!(left("WHERE client_id NOT LIKE 'other %'").await, "2");
    let mut open = Vec::new();
    for _ in 2..EVENT_STREAMS {
        open.push(admin.events("/").await);
    }
    let root = uri("/");
    let refused = admin
        .get_json("/file/events", &[("uri", root.as_str())])
        .await;
    refused.refused(code::PARAMETER);
}

#[tokio::test]
async fn people_are_looked_for_by_so_much() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for (chars, expected) in [
        (KEYWORD_CHARS, 0),
        (KEYWORD_CHARS + 1, code::PARAMETER),
        (KEYWORD_CHARS * 8, code::PARAMETER),
    ] {
        let keyword = "%".repeat(chars);
        let reply = admin
            .get_json("/user/search", &[("keyword", &keyword)])
            .await;
        assert_eq!(reply.code(), expected, "{chars}");
    }
}

#[tokio::test]
async fn a_drive_has_so_many_locks_and_no_more() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    admin.put("/b.txt", "b").await;
    let dav = admin.mount().await;
    assert_eq!(dav.lock("/a.txt", &[], "me").await.0.status, 200);
    let more = LOCKS - 2;
    server
        .tamper(&format!(
            "INSERT INTO locks (token, owner_id, path, is_deep, is_folder, is_shared, user_id, \
             application, detail, expires_at, created_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) \
             SELECT 'urn:x:' || n.i, owner_id, '/x' || n.i, is_deep, is_folder, is_shared, user_id, \
             application, detail, expires_at, created_at FROM locks, n"
        ))
        .await;
    let (last, token) = dav.lock("/b.txt", &[], "me").await;
    assert_eq!(last.status, 200);
    assert_eq!(dav.lock("/c.txt", &[], "me").await.0.status, 507);
    // Those that are there can be given up, and make room.
    admin
        .unlock(&vec!["urn:x:0"; LOCK_TOKENS + 1])
        .await
        .refused(code::PARAMETER);
    admin.unlock(&[&token]).await.done();
    assert_eq!(dav.lock("/c.txt", &[], "me").await.0.status, 201);
}
