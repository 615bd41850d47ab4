//! `/session/openid`: the ways that lead in.

use serde_json::json;
use tests::TestServer;

use super::{BACK, Two, query, signed_in};
use crate::code;

#[tokio::test]
async fn the_browser_is_sent_to_the_provider_with_all_it_needs() {
    let two = Two::with(json!({ "scopes": ["extra"] })).await;
    let body = json!({ "provider": 2, "hint": "alice@example.com" });
    let stranger = two.drive.stranger();
    let reply = stranger.put_json("/session/openid", body).await;
    let cookie = reply.header("set-cookie").to_owned();
    for part in [
        "alcove_openid=",
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Max-Age=600",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let url = url::Url::parse(reply.ok().as_str().unwrap()).unwrap();
    assert!(
        url.as_str()
            .starts_with(&format!("{}/session/authorize?", two.provider.address()))
    );
    let query = query(&url);
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["redirect_uri"], BACK);
    assert_eq!(query["scope"], "openid profile email extra");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["login_hint"], "alice@example.com");
    assert!(uuid::Uuid::parse_str(query["state"].as_str().unwrap()).is_ok());
    assert!(query["nonce"].as_str().unwrap().len() > 20);
}

#[tokio::test]
async fn the_site_tells_that_there_is_a_provider() {
    let two = Two::with(json!({ "icon": "/icon.svg" })).await;
    for section in ["basic", "login"] {
        let path = format!("/site/config/{section}");
        let config = two.drive.stranger().get_json(&path, &[]).await.ok();
        assert_eq!(config["oidc_enabled"], true);
        assert_eq!(config["oidc_display_name"], "The other drive");
        assert_eq!(config["oidc_icon"], "/icon.svg");
        assert!(config.get("sso_enabled").is_none());
    }
    let plain = two
        .provider
        .stranger()
        .get_json("/site/config/login", &[])
        .await
        .ok();
    assert!(plain.get("oidc_enabled").is_none());
}

#[tokio::test]
async fn who_has_no_account_stays_outside_unless_the_operator_says_otherwise() {
    let two = Two::with(json!({})).await;
    // Somebody here has the same address; that alone proves nothing.
    two.drive.user("alice").await;
    let stranger = two.drive.stranger();
    for name in ["alice", "carol"] {
        two.go(&stranger, name, false)
            .await
            .refused(code::NOT_LINKED);
    }
}

#[tokio::test]
async fn an_account_is_linked_used_and_unlinked() {
    let two = Two::with(json!({})).await;
    let bob = two.drive.user("bob").await;
    bob.put("/mine.txt", "bob's").await;
    let stranger = two.drive.stranger();
    two.go(&bob, "carol", true).await.done();
    let linked = bob.get_json("/user/setting", &[]).await.ok()["open_id"].clone();
    assert_eq!(linked[0]["provider"], 2);
    assert!(linked[0]["linked_at"].is_string());

    let again = signed_in(&two.drive, &two.go(&stranger, "carol", false).await);
    assert_eq!(again.id, bob.id);
    assert_eq!(again.get("/mine.txt").await, "bob's");
    again.refresh().await.ok();

    // One identity belongs to one account, and one account has one identity.
    two.go(&bob, "alice", true)
        .await
        .refused(code::BIND_CONFLICT);
    two.go(&bob, "carol", true)
        .await
        .refused(code::BIND_CONFLICT);
    two.go(two.drive.admin(), "carol", true)
        .await
        .refused(code::BIND_OTHER);

    bob.delete_json("/session/openid/2", json!({})).await.done();
    bob.delete_json("/session/openid/2", json!({}))
        .await
        .refused(code::NOT_FOUND);
    two.go(&stranger, "carol", false)
        .await
        .refused(code::NOT_LINKED);
}

#[tokio::test]
async fn accounts_are_made_where_the_operator_wants_it() {
    let rules = json!({ "create_accounts": true, "group_map": { "User": 1, "Nobody": 99 } });
    let two = Two::with(rules).await;
    two.drive.user("alice").await;
    let stranger = two.drive.stranger();
    let carol = signed_in(&two.drive, &two.go(&stranger, "carol", false).await);
    let me = carol.me().await.ok();
    assert_eq!(me["email"], "carol@example.com");
    assert_eq!(me["nickname"], "carol");
    assert_eq!(
        me["group"]["name"], "Admin",
        "as the provider's group is mapped"
    );
    assert_eq!(
        carol.get_json("/user/setting", &[]).await.ok()["passwordless"],
        true
    );
    carol.put("/a.txt", "a").await;
    let again = signed_in(&two.drive, &two.go(&stranger, "carol", false).await);
    assert_eq!(again.get("/a.txt").await, "a");
    // The last way in stays.
    carol
        .delete_json("/session/openid/2", json!({}))
        .await
        .refused(code::LAST_WAY_IN);
    // No password signs in where there is none.
    let reply = stranger.try_sign_in("carol", "").await;
    reply.refused(code::PARAMETER);
    stranger
        .try_sign_in("carol", "some password")
        .await
        .refused(code::PASSWORD_WRONG);
    // An address that is taken is not taken over.
    two.go(&stranger, "alice", false)
        .await
        .refused(code::NOT_LINKED);
}

#[tokio::test]
async fn accounts_of_the_same_confirmed_address_are_linked_where_the_operator_wants_it() {
    let two = Two::with(json!({ "link_by_email": true })).await;
    let alice = two.drive.user("alice").await;
    let stranger = two.drive.stranger();
    let linked = signed_in(&two.drive, &two.go(&stranger, "alice", false).await);
    assert_eq!(linked.id, alice.id);
    two.go(&stranger, "carol", false)
        .await
        .refused(code::NOT_LINKED);
    // From now on the address does not matter.
    two.drive
        .tamper("UPDATE users SET email = 'new@example.com' WHERE email = 'alice@example.com'")
        .await;
    let again = signed_in(&two.drive, &two.go(&stranger, "alice", false).await);
    assert_eq!(again.id, alice.id);
}

#[tokio::test]
async fn only_the_mailbox_that_the_provider_confirmed_is_linked() {
    let two = Two::with(json!({ "link_by_email": true })).await;
    let alice = two.drive.user("alice").await;
    let there = two.there("alice").await;
    let come_as = async |old: &str, new: &str| {
        let change = format!(
            "UPDATE users SET email = '{new}', updated_at = updated_at + 1 WHERE email = '{old}'"
        );
        two.provider.tamper(&change).await;
        let stranger = two.drive.stranger();
        let asked = two.begin(&stranger, false).await;
        let code = two.consent(&there, &asked).await;
        two.finish(&stranger, &asked, &code).await
    };
    // A mailbox as wide as Chinese characters is another one, though nobody can register it here.
    let wide = "ａlice@example.com";
    let refused = come_as("alice@example.com", wide).await;
    refused.refused(code::NOT_LINKED);
    // Capitals make no difference.
    let linked = come_as(wide, "Alice@Example.COM").await;
    assert_eq!(signed_in(&two.drive, &linked).id, alice.id);
}

#[tokio::test]
async fn an_address_that_the_provider_does_not_confirm_proves_nothing() {
    let provider = TestServer::start().await;
    provider.user("alice").await;
    let rules = json!({ "link_by_email": true, "create_accounts": true });
    let two = Two::on(provider, rules).await;
    let stranger = two.drive.stranger();
    two.go(&stranger, "alice", false)
        .await
        .refused(code::NOT_LINKED);

    let provider = TestServer::start().await;
    provider.user("alice").await;
    let trusting = json!({ "create_accounts": true, "trust_email": true });
    let two = Two::on(provider, trusting).await;
    let alice = two.go(&two.drive.stranger(), "alice", false).await;
    assert_eq!(alice.ok()["user"]["email"], "alice@example.com");
}

#[tokio::test]
async fn groups_follow_the_provider_where_the_operator_wants_it() {
    let rules = json!({ "create_accounts": true, "sync_groups": true, "group_map": { "Admin": 1, "User": 2 } });
    let two = Two::with(rules).await;
    let stranger = two.drive.stranger();
    let group =
        async || two.go(&stranger, "carol", false).await.ok()["user"]["group"]["name"].clone();
    assert_eq!(group().await, "User");
    two.provider
        .tamper("UPDATE users SET group_id = 1 WHERE email = 'carol@example.com'")
        .await;
    assert_eq!(group().await, "Admin");
}

#[tokio::test]
async fn banned_people_stay_outside() {
    let two = Two::with(json!({ "create_accounts": true })).await;
    let stranger = two.drive.stranger();
    let carol = signed_in(&two.drive, &two.go(&stranger, "carol", false).await);
    two.drive
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'carol@example.com'")
        .await;
    two.go(&stranger, "carol", false)
        .await
        .refused(code::USER_BANNED);
    carol.me().await.refused(code::DATABASE);
}

#[tokio::test]
async fn who_came_and_who_did_not_is_journalled_with_address_and_program() {
    let two = Two::with(json!({ "create_accounts": true })).await;
    let stranger = two.drive.stranger();
    let guest = stranger.using("a guest");
    two.go(&guest, "carol", false).await.ok();
    let asked = two.begin(&stranger, false).await;
    let burglar = stranger.using("a burglar");
    two.finish(&burglar, &asked, "nonsense").await.json();
    let came = two.drive.told("sign_in", "a guest").await;
    let refused = two.drive.told("sign_in_failed", "a burglar").await;
    for (entries, ip) in [(&came, "127.0.0.1"), (&refused, "127.0.0.1")] {
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0]["ip"], ip);
        assert_eq!(entries[0]["method"], "provider");
    }
}
