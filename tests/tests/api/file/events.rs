//! `GET /file/events`.

use std::time::Duration;

use reqwest::Method;
use site::secret::{AccessClaims, TokenKeys};
use tests::{TestServer, escape, uri};
use uuid::Uuid;

use crate::code;

/// Long enough for what these tests let be collected.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that gathers changes for one second instead of five.
async fn prompt_server() -> TestServer {
    TestServer::start_with(&[("fs_event_push_debounce", "1")]).await
}

/// A server that gathers what follows a first change for six seconds.
async fn gathering_server() -> TestServer {
    TestServer::start_with(&[("fs_event_push_debounce", "30")]).await
}

#[tokio::test]
async fn a_change_is_told_at_once_and_what_follows_is_collected() {
    // Collected from the first on, it would come after this test has given up.
    let server = TestServer::start_with(&[("fs_event_push_debounce", "600")]).await;
    let alice = server.user("alice").await;
    let mut events = alice.synchronising().events("/").await;
    assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    alice.create_folder("/first").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /first"]);
    alice.create_folder("/second").await;
    assert_eq!(events.next(Duration::from_secs(3)).await, None);
}

#[tokio::test]
async fn a_subscription_tells_what_others_change() {
    let server = gathering_server().await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs/sub").await;
    alice.put("/docs/old.txt", "x").await;
    let desktop = alice.synchronising();
    let mut events = desktop.events("/docs").await;
    let (event, data) = events.next(PATIENCE).await.unwrap();
    assert_eq!((event.as_str(), data.as_str()), ("subscribed", "<nil>"));
    alice.create_folder("/docs/first").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /first"]);

    alice.put("/docs/sub/a b.txt", "a").await;
    alice.create_folder("/elsewhere").await;
    alice.rename("/docs/old.txt", "new.txt").await.ok();
    alice.delete(&["/docs/new.txt"]).await.done();
    let mut changes = events.changes(PATIENCE).await;
    changes.sort();
    // The upload's create and modify are one; rename and delete are a delete where it was.
    assert_eq!(changes, ["create /sub/a b.txt", "delete /old.txt"]);
}

#[tokio::test]
async fn moving_in_and_out_is_creating_and_deleting() {
    let server = gathering_server().await;
    let alice = server.user("alice").await;
    for path in ["/docs/out.txt", "/in.txt", "/docs/within.txt"] {
        alice.put(path, "x").await;
    }
    alice.create_folder("/docs/sub").await;
    alice.create_folder("/elsewhere").await;
    let mut events = alice.synchronising().events("/docs").await;
    events.next(PATIENCE).await.unwrap();
    alice.create_folder("/docs/first").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /first"]);
    alice.move_to(&["/docs/out.txt"], "/elsewhere").await.done();
    alice.move_to(&["/in.txt"], "/docs").await.done();
    alice
        .move_to(&["/docs/within.txt"], "/docs/sub")
        .await
        .done();
    let mut changes = events.changes(PATIENCE).await;
    changes.sort();
    assert_eq!(
        changes,
        [
            "create /in.txt",
            "delete /out.txt",
            "rename /within.txt /sub/within.txt"
        ]
    );
}

#[tokio::test]
async fn ones_own_changes_are_not_echoed() {
    let server = prompt_server().await;
    let alice = server.user("alice").await;
    let desktop = alice.synchronising();
    let mut events = desktop.events("/").await;
    events.next(PATIENCE).await.unwrap();
    desktop.put("/mine.txt", "x").await;
    alice.put("/theirs.txt", "x").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /theirs.txt"]);
}

#[tokio::test]
async fn what_happened_while_away_is_told_on_return() {
    let server = prompt_server().await;
    let alice = server.user("alice").await;
    let desktop = alice.synchronising();
    let mut events = desktop.events("/").await;
    assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    drop(events);
    tokio::time::sleep(Duration::from_millis(500)).await;
    alice.put("/a.txt", "x").await;
    let mut events = desktop.events("/").await;
    let (event, _) = events.next(PATIENCE).await.unwrap();
    // Without a memory of the changes the client has to look at everything.
    if event == "resumed" {
        assert_eq!(events.changes(PATIENCE).await, ["create /a.txt"]);
    } else {
        assert_eq!(event, "subscribed");
    }
}

#[tokio::test]
async fn nobody_hears_of_other_drives() {
    let server = prompt_server().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let hers = format!("cloudreve://{}@my/", alice.id);
    let request = bob
        .synchronising()
        .request(Method::GET, &format!("/file/events?uri={}", escape(&hers)));
    let reply = bob.send(request).await;
    reply.refused_with_any(&[code::NO_PERMISSION, code::PARAMETER]);

    let mut events = bob.synchronising().events("/").await;
    events.next(PATIENCE).await.unwrap();
    alice.put("/hers.txt", "x").await;
    bob.put("/his.txt", "x").await;
    assert_eq!(events.changes(PATIENCE).await, ["create /his.txt"]);
}

#[tokio::test]
async fn refusals_are_envelopes_and_not_streams() {
    let server = prompt_server().await;
    let alice = server.user("alice").await;
    alice.put("/file.txt", "x").await;
    let subscribe = async |path: &str, client_id: Option<&str>| {
        let route = format!("/file/events?uri={}", escape(&uri(path)));
        let mut request = alice.request(Method::GET, &route);
        if let Some(id) = client_id {
            request = request.header("X-Cr-Client-Id", id);
        }
        alice.send(request).await
    };
    let id = Uuid::new_v4().to_string();
    subscribe("/", None).await.refused(code::PARAMETER);
    subscribe("/", Some("nonsense"))
        .await
        .refused(code::PARAMETER);
    subscribe("/missing", Some(&id))
        .await
        .refused_with_any(&[code::PARAMETER, code::PARENT_NOT_EXIST]);
    subscribe("/file.txt", Some(&id))
        .await
        .refused_with_any(&[code::PARAMETER, code::PARENT_NOT_EXIST]);
    subscribe("nonsense", Some(&id))
        .await
        .refused(code::PARAMETER);
    let stranger = server.stranger().synchronising();
    let request = stranger.request(Method::GET, "/file/events?uri=cloudreve%3A%2F%2Fmy%2F");
    stranger.send(request).await.refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn a_server_with_subscribers_stops() {
    let mut server = prompt_server().await;
    let alice = server.user("alice").await;
    let mut events = alice.synchronising().events("/").await;
    events.next(PATIENCE).await.unwrap();
    let started = std::time::Instant::now();
    server.restart().await;
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_site_may_do_without_events() {
    let server = TestServer::start_with(&[("fs_event_push_enabled", "0")]).await;
    let alice = server.user("alice").await.synchronising();
    let reply = alice
        .get_json("/file/events", &[("uri", "cloudreve://my/")])
        .await;
    reply.refused(code::FEATURE_OFF);
}

#[tokio::test]
async fn a_stream_ends_with_the_token_it_came_with() {
    let server = prompt_server().await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs").await;
    let now = chrono::Utc::now().timestamp();
    let claims = AccessClaims {
        subject: alice.id.clone(),
        not_before_unix: now - 1,
        expires_unix: now + 8,
        session_id: None,
        oauth: None,
    };
    let secret = server.setting("secret_key").await;
    let mut desktop = alice.synchronising();
    desktop.access_token = Some(TokenKeys::new(secret.as_bytes()).issue_access(&claims));
    let mut events = desktop.events("/docs").await;
    assert_eq!(events.next(PATIENCE).await.unwrap().0, "subscribed");
    // With another token the client goes on where this one ends.
    let (event, _) = events.next(PATIENCE).await.unwrap();
    assert_eq!(event, "reconnect-required");
    assert_eq!(events.rest(PATIENCE).await, "");
}
