//! Shares for chosen people.

use super::{CAPABILITY, furnish, names_in};
use crate::code;
use serde_json::json;
use tests::TestServer;

/// To read.
const READ: &str = "AQ==";

#[tokio::test]
async fn a_share_for_bob_is_for_nobody_else() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    furnish(&alice).await;
    let for_bob = json!({ "user_explicit": { bob.id.clone(): READ } });
    let share = alice
        .share("/docs", json!({ "permissions": for_bob }))
        .await;
    assert_eq!(names_in(&bob, &share).await, ["sub", "plan.md"]);
    let info = bob.share_info(&share.id, &[]).await.ok();
    assert_eq!(info["permissions"], READ);
    assert!(info.get("permission_setting").is_none());
    let own = alice.share_info(&share.id, &[]).await.ok();
    assert_eq!(own["permission_setting"]["user_explicit"][&bob.id], READ);
    // To others it does not exist; whoever is not signed in may still turn out to be Bob.
    for (who, expected) in [
        (&carol, code::NOT_FOUND),
        (server.admin(), code::NOT_FOUND),
        (&server.stranger(), code::ANONYMOUS_DENIED),
    ] {
        who.list(&share.at("/")).await.refused(expected);
        who.share_info(&share.id, &[]).await.refused(expected);
        let urls = who.try_urls(&[share.at("/plan.md")], json!({})).await;
        assert_eq!(urls.inner_code(), expected);
    }
    alice.list(&share.at("/")).await.ok();
}

#[tokio::test]
async fn groups_and_the_owners_group_can_be_named() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let mates = json!({ "permissions": { "same_group": READ } });
    let mates = alice.share("/docs", mates).await;
    bob.list(&mates.at("/")).await.ok();
    server
        .admin()
        .list(&mates.at("/"))
        .await
        .refused(code::NOT_FOUND);
    let admins = server.admin().me().await.ok()["group"]["id"].clone();
    let admins = json!({ "group_explicit": { admins.as_str().unwrap(): READ } });
    let admins = alice.share("/docs", json!({ "permissions": admins })).await;
    server.admin().list(&admins.at("/")).await.ok();
    bob.list(&admins.at("/")).await.refused(code::NOT_FOUND);
    let accounts = json!({ "permissions": { "same_group": READ, "other": READ } });
    let accounts = alice.share("/docs", accounts).await;
    bob.list(&accounts.at("/")).await.ok();
    server.admin().list(&accounts.at("/")).await.ok();
    server
        .stranger()
        .list(&accounts.at("/"))
        .await
        .refused(code::ANONYMOUS_DENIED);
}

#[tokio::test]
async fn taking_a_right_back_holds_at_once_and_for_links_handed_out() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let for_bob = json!({ "permissions": { "user_explicit": { bob.id.clone(): READ } } });
    let share = alice.share("/docs", for_bob).await;
    let url = bob.url(&share.at("/plan.md")).await;
    assert_eq!(bob.fetch(&url).await.text(), "the plan");
    let page = bob.list(&share.at("/")).await.ok();
    assert_eq!(page["props"]["capability"], CAPABILITY);
    let nobody = json!({ "permissions": { "everyone": "" } });
    alice.edit_share(&share, "/docs", nobody).await.ok();
    bob.list(&share.at("/")).await.refused(code::NOT_FOUND);
    bob.fetch(&url).await.refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_client_that_knows_nothing_of_permissions_does_not_open_a_share_to_all() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let for_nobody = json!({ "permissions": { "everyone": "" } });
    let share = alice.share("/docs", for_nobody).await;
    alice.edit_share(&share, "/docs", json!({})).await.ok();
    bob.list(&share.at("/")).await.refused(code::NOT_FOUND);
    // Said in so many words it does.
    alice
        .edit_share(&share, "/docs", json!({ "permissions": {} }))
        .await
        .ok();
    bob.list(&share.at("/")).await.ok();
    let own = alice.share_info(&share.id, &[]).await.ok();
    assert!(own.get("permission_setting").is_none());
}

#[tokio::test]
async fn who_may_share_finds_the_groups_and_nothing_but_their_names() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let groups = alice.get_json("/group/list", &[]).await.ok();
    let admins = server.admin().me().await.ok()["group"]["id"].clone();
    let users = alice.me().await.ok()["group"]["id"].clone();
    assert_eq!(
        groups,
        json!([{ "id": admins, "name": "Admin" }, { "id": users, "name": "User" }])
    );
    server
        .stranger()
        .get_json("/group/list", &[])
        .await
        .refused(code::LOGIN_REQUIRED);
    server.forbid_sharing().await;
    alice
        .get_json("/group/list", &[])
        .await
        .refused(code::GROUP_NOT_ALLOWED);
}
