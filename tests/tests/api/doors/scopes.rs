//! The third caller: an app with a token of Alice's that was granted everything but the scope.

use serde_json::json;
use site::secret::{AccessClaims, OAuthClaims, Scope, ScopeSet, TokenKeys};
use std::time::Duration;
use tests::{Client, TestServer, uri};
use uuid::Uuid;

use super::{
    calls::{call, furnish},
    operations,
};
use crate::code;

/// Whether no scope is enough. What adds a way in, or shows one, would let an app do everything.
fn is_for_people(scheme: &str) -> bool {
    let for_people = [
        "person",
        "user_security_write",
        "dav_account_read",
        "dav_account_write",
    ];
    for_people.contains(&scheme)
}

/// What a scheme demands of an app's token. Every scheme of the description is named here.
fn scopes_of(scheme: &str) -> Vec<Scope> {
    if scheme == "links_write" {
        return vec![Scope::FilesWrite, Scope::SharesWrite];
    }
    scope_of(scheme).into_iter().flat_map(enough_for).collect()
}

fn scope_of(scheme: &str) -> Option<Scope> {
    Some(match scheme {
        "public" | "signed_in" => return None,
        scheme if is_for_people(scheme) => return None,
        "refreshing" => Scope::OfflineAccess,
        "files_read" => Scope::FilesRead,
        "files_write" => Scope::FilesWrite,
        "user_info_read" => Scope::UserInfoRead,
        "user_info_write" => Scope::UserInfoWrite,
        "workflow_read" => Scope::WorkflowRead,
        "workflow_write" => Scope::WorkflowWrite,
        "shares_read" => Scope::SharesRead,
        "shares_write" => Scope::SharesWrite,
        "admin_read" => Scope::AdminRead,
        "admin_write" => Scope::AdminWrite,
        unknown => panic!("what scope does {unknown} demand?"),
    })
}

/// The scopes each of which is enough: the scope itself, and `X.Write` for `X.Read`.
fn enough_for(scope: Scope) -> Vec<Scope> {
    let write = scope.as_str().replace(".Read", ".Write");
    let mut enough = vec![scope];
    enough.extend(write.parse().ok().filter(|write: &Scope| *write != scope));
    enough
}

/// Everything that can be granted but what is enough. `X.Read` for `X.Write` is among it.
fn all_but(enough: &[Scope]) -> ScopeSet {
    let others = Scope::ALL.iter().filter(|other| !enough.contains(other));
    others.copied().collect()
}

/// An app that somebody let in for everything, and the tokens it could have been given instead.
pub(crate) struct Consent {
    keys: TokenKeys,
    session_id: Uuid,
}

const APP: &str = "3f0a8e0c-6d3c-4b1e-9a53-8f2c5ad1c0de";

impl Consent {
    /// Lets the app in for `who`.
    pub(crate) async fn of(server: &TestServer, who: &Client) -> Self {
        let secret = server.setting("secret_key").await;
        let session_id = Uuid::new_v4();
        let all: ScopeSet = Scope::ALL.iter().copied().collect();
        let all = serde_json::to_string(&all).unwrap();
        let user = format!(
            "(SELECT id FROM users WHERE email = '{}@example.com')",
            who.name
        );
        for sql in [
            format!(
                "INSERT INTO oauth_clients (id, guid, secret_hash, name, homepage_url, \
                 redirect_uris, scopes, props, is_enabled, created_at, updated_at) VALUES \
                 (900, '{APP}', '', 'App', '', '[]', '{all}', '{{}}', TRUE, 0, 0)"
            ),
            format!(
                "INSERT INTO oauth_grants (id, user_id, client_id, scopes, created_at, \
                 updated_at) VALUES (900, {user}, 900, '{all}', 0, 0)"
            ),
            format!(
                "INSERT INTO token_families (id, user_id, ip, user_agent, created_at, \
                 last_used_at, expires_at, oauth_client_id) VALUES \
                 ('{session_id}', {user}, '', '', 0, 0, 9000000000000000, 900)"
            ),
        ] {
            server.tamper(&sql).await;
        }
        Self {
            keys: TokenKeys::new(secret.as_bytes()),
            session_id,
        }
    }

    /// The app acting for `who`, as if it had asked for this only.
    pub(crate) fn app(&self, who: &Client, scopes: ScopeSet) -> Client {
        let now = chrono::Utc::now().timestamp();
        let claims = AccessClaims {
            subject: who.id.clone(),
            not_before_unix: now - 1,
            expires_unix: now + 3600,
            session_id: Some(self.session_id),
            oauth: Some(OAuthClaims {
                client_id: APP.to_owned(),
                scopes,
            }),
        };
        let mut app = who.another_window();
        app.access_token = Some(self.keys.issue_access(&claims));
        app.refresh_token = None;
        app
    }
}

#[tokio::test]
async fn what_only_a_person_may_do_no_app_does() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let hers = furnish(&alice).await.belonging();
    let consent = Consent::of(&server, &alice).await;
    let app = consent.app(&alice, Scope::ALL.iter().copied().collect());
    let mut closed = 0;
    for ((method, path), scheme) in operations() {
        if is_for_people(&scheme) {
            let reply = call(&app, &hers.call(&method, &path).unwrap()).await;
            reply.refused(code::INSUFFICIENT_SCOPE);
            closed += 1;
        }
    }
    assert!(closed > 0);
}

#[tokio::test]
async fn an_app_gets_no_way_in_of_its_own() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let alice = server.user("alice").await;
    let consent = Consent::of(&server, &alice).await;
    let app = consent.app(&alice, Scope::ALL.iter().copied().collect());
    let page = [("page_size", "50")];
    let account = json!({ "uri": "cloudreve://my/", "name": "phone" });
    let second = json!({ "two_fa_enabled": true, "two_fa_code": "123456" });
    let password = json!({ "current_password": tests::PASSWORD, "new_password": "another secret" });
    for reply in [
        app.get_json("/devices/dav", &page).await,
        app.put_json("/devices/dav", account).await,
        app.put_json("/user/authn", json!({})).await,
        app.patch("/user/setting", second).await,
        app.patch("/user/setting", password).await,
    ] {
        reply.refused(code::INSUFFICIENT_SCOPE);
    }
    app.patch("/user/setting", json!({ "nick": "Al" }))
        .await
        .done();
}

#[tokio::test]
async fn a_token_without_the_scope_opens_no_door_and_changes_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let hers = furnish(&alice).await.belonging();
    let consent = Consent::of(&server, &alice).await;
    let everything = async || {
        (
            alice.everything().await,
            alice.me().await.ok(),
            alice.get_json("/user/setting", &[]).await.ok(),
            alice.get("/docs/secret.txt").await,
            alice.versions("/docs/secret.txt").await,
            alice.list("/docs").await.ok()["props"].clone(),
        )
    };
    let before = everything().await;
    let mut closed = 0;
    for ((method, path), scheme) in operations() {
        let enough = scopes_of(&scheme);
        if enough.is_empty() {
            continue;
        }
        for scopes in [all_but(&enough), ScopeSet::EMPTY] {
            let app = consent.app(&alice, scopes);
            let reply = call(&app, &hers.call(&method, &path).unwrap()).await;
            assert_eq!(
                reply.code(),
                code::INSUFFICIENT_SCOPE,
                "{method} {path} needs one of {enough:?}: {}",
                reply.text()
            );
            closed += 1;
        }
    }
    assert!(closed > 50, "most operations need a scope: {closed}");
    assert_eq!(everything().await, before);
    alice
        .send_chunk(&hers.session, 0, "0123456789")
        .await
        .done();
}

#[tokio::test]
async fn a_token_with_just_the_scope_opens_its_door() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let hers = furnish(&alice).await.belonging();
    let consent = Consent::of(&server, &alice).await;
    for ((method, path), scheme) in operations() {
        for enough in scopes_of(&scheme) {
            let app = consent.app(&alice, ScopeSet::EMPTY.with(enough));
            let reply = call(&app, &hers.call(&method, &path).unwrap()).await;
            assert!(
                !reply.text().contains(&code::INSUFFICIENT_SCOPE.to_string()),
                "{method} {path} with {enough}: {}",
                reply.text()
            );
        }
    }
}

#[tokio::test]
async fn an_app_does_what_it_was_let_in_for() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let consent = Consent::of(&server, &alice).await;
    let app = |scope| consent.app(&alice, ScopeSet::EMPTY.with(scope));

    let reader = app(Scope::FilesRead);
    assert_eq!(reader.names("/").await, ["a.txt"]);
    assert_eq!(reader.get("/a.txt").await, "a");
    reader
        .create("folder", "/docs")
        .await
        .refused(code::INSUFFICIENT_SCOPE);

    let writer = app(Scope::FilesWrite);
    writer.put("/docs/b.txt", "b").await;
    assert_eq!(writer.names("/").await, ["a.txt", "docs"]);
    writer.me().await.refused(code::INSUFFICIENT_SCOPE);

    assert_eq!(app(Scope::UserInfoRead).me().await.ok()["id"], alice.id);
    // Without `openid` an app does not even learn whom it acts for.
    app(Scope::UserInfoRead)
        .get_json("/session/oauth/userinfo", &[])
        .await
        .refused(code::NO_PERMISSION);
    // What needs no scope needs none of an app either.
    app(Scope::OpenId)
        .get_json("/site/config/basic", &[])
        .await
        .ok();
}

#[tokio::test]
async fn an_app_that_only_reads_hands_nothing_out() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let consent = Consent::of(&server, &alice).await;
    let app = |scope| consent.app(&alice, ScopeSet::EMPTY.with(scope));
    let body = json!({ "uris": [uri("/a.txt")] });
    for scope in [Scope::FilesRead, Scope::SharesRead] {
        app(scope)
            .put_json("/file/source", body.clone())
            .await
            .refused(code::INSUFFICIENT_SCOPE);
    }
    for scope in [Scope::FilesWrite, Scope::SharesWrite] {
        app(scope).put_json("/file/source", body.clone()).await.ok();
    }
}

#[tokio::test]
async fn an_app_has_the_powers_of_an_administrator_only_where_they_were_granted() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let alice = server.user("alice").await;
    alice.put("/docs/a.txt", "a").await;
    let id = alice.info("/docs").await.ok()["id"].clone();
    let id = id.as_str().unwrap();
    let consent = Consent::of(&server, admin).await;
    let all = Scope::ALL.iter().copied();
    let ordinary = all.filter(|scope| !scope.as_str().starts_with("Admin."));
    let ordinary = consent.app(admin, ordinary.collect());
    let share = alice.share("/docs", json!({})).await;
    ordinary
        .info_by_id(id)
        .await
        .refused(code::PARENT_NOT_EXIST);
    ordinary
        .delete_share(&share.id)
        .await
        .refused(code::NOT_FOUND);
    let summary = [("folder_summary", "true")];
    ordinary
        .info_with(&share.at("/"), &summary)
        .await
        .refused(code::OWNER_ONLY);
    // With the scope, and for the person, everything is as it was.
    let granted = consent.app(
        admin,
        ScopeSet::EMPTY
            .with(Scope::FilesRead)
            .with(Scope::SharesWrite)
            .with(Scope::AdminWrite),
    );
    for who in [&granted, admin] {
        let share = alice.share("/docs", json!({})).await;
        who.info_by_id(id).await.ok();
        who.info_with(&share.at("/"), &summary).await.ok();
        who.delete_share(&share.id).await.done();
    }
}

#[tokio::test]
async fn an_app_hears_nothing_more_when_its_grant_was_narrowed() {
    let server = TestServer::start_with(&[("fs_event_push_debounce", "1")]).await;
    let alice = server.user("alice").await;
    alice.create_folder("/docs").await;
    let consent = Consent::of(&server, &alice).await;
    let app = consent.app(&alice, ScopeSet::EMPTY.with(Scope::FilesRead));
    let patience = Duration::from_secs(20);
    let mut events = app.synchronising().events("/docs").await;
    assert_eq!(events.next(patience).await.unwrap().0, "subscribed");
    alice.put("/docs/known.txt", "x").await;
    assert_eq!(events.changes(patience).await, ["create /known.txt"]);
    server
        .tamper("UPDATE oauth_grants SET scopes = '[\"UserInfo.Read\"]' WHERE id = 900")
        .await;
    alice.put("/docs/secret plan.txt", "x").await;
    let rest = events.rest(patience).await;
    assert!(!rest.contains("secret"), "{rest}");
}

#[tokio::test]
async fn an_app_of_somebody_else_gets_no_further_than_they() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.put("/a.txt", "a").await;
    let consent = Consent::of(&server, &bob).await;
    let app = consent.app(&bob, Scope::ALL.iter().copied().collect());
    let hers = format!("cloudreve://{}@my/a.txt", alice.id);
    app.info(&hers).await.refused(code::NO_PERMISSION);
    app.delete_for_good(&[&hers])
        .await
        .refused_items(&[(&hers, code::NO_PERMISSION)]);
    assert_eq!(alice.get("/a.txt").await, "a");
}
