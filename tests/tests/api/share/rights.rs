//! What changes under a share while it is used: rights, versions, places, time.

use super::{furnish, names, names_in};
use crate::code;
use serde_json::json;
use tests::{Client, TestServer, uri};

#[tokio::test]
async fn who_may_no_longer_share_cannot_revive_but_take_back() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    // Without bit 2.
    server.forbid_sharing().await;
    alice
        .edit_share(&share, "/docs", json!({}))
        .await
        .refused(code::GROUP_NOT_ALLOWED);
    server.stranger().list(&share.at("/")).await.ok();
    alice.delete_share(&share.id).await.done();
    server
        .stranger()
        .list(&share.at("/"))
        .await
        .refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_named_share_answers_others_like_one_that_never_was() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    furnish(&alice).await;
    let for_bob = json!({
        "is_private": true, "permissions": { "user_explicit": { bob.id.clone(): "AQ==" } },
    });
    let named = alice.share("/docs", for_bob).await;
    let gone = alice.share("/docs", json!({ "is_private": true })).await;
    alice.delete_share(&gone.id).await.done();
    let answers = async |share: &tests::Share| {
        let mut texts = Vec::new();
        for share in [share.clone(), share.with_password(Some("wrong"))] {
            let at = share.at("/plan.md");
            let password = share.password.clone().unwrap_or_default();
            for reply in [
                carol.list(&share.at("/")).await,
                carol.info(&at).await,
                carol
                    .share_info(&share.id, &[("password", &password)])
                    .await,
                carol.try_urls(&[&at], json!({})).await,
                carol.copy_to(&[&at], "/").await,
                carol.delete_share(&share.id).await,
                carol.edit_share(&share, "/", json!({ "uri": at })).await,
            ] {
                let mut json = reply.json();
                json.as_object_mut().unwrap().remove("correlation_id");
                let text = json.to_string().replace(&share.id, "ID");
                let text = text.replace(&password, "PASSWORD");
                texts.push(without_ids(&text));
            }
        }
        texts
    };
    assert_eq!(answers(&named).await, answers(&gone).await);
    bob.list(&named.at("/")).await.ok();
}

/// Without the correlation ids inside errors of a batch.
fn without_ids(text: &str) -> String {
    let mut parts = text.split("\"correlation_id\":\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('"').map_or("", |(_, rest)| rest)
    })
}

#[tokio::test]
async fn a_new_version_is_what_the_share_has_from_then_on() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs/plan.md", json!({})).await;
    let stranger = server.stranger();
    let old = stranger.url(&share.at("/plan.md")).await;
    alice.overwrite("/docs/plan.md", "the newer plan").await;
    assert_eq!(stranger.get(&share.at("/plan.md")).await, "the newer plan");
    let info = stranger.share_info(&share.id, &[]).await.ok();
    assert_eq!(info["size"], 14);
    assert_eq!(stranger.fetch(&old).await.text(), "the plan");
    // The name is the file's of the moment.
    alice.rename("/docs/plan.md", "renamed.md").await.ok();
    stranger
        .info(&share.at("/plan.md"))
        .await
        .refused(code::PARENT_NOT_EXIST);
    assert_eq!(names_in(&stranger, &share).await, ["renamed.md"]);
}

#[tokio::test]
async fn visitors_get_the_current_version_and_no_other() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    alice.overwrite("/docs/plan.md", "the newer plan").await;
    let versions = alice.versions("/docs/plan.md").await;
    let [new, old] = [&versions[0]["id"], &versions[1]["id"]];
    let share = alice.share("/docs", json!({})).await;
    let at = share.at("/plan.md");
    let extended = [("extended", "true")];
    for who in [&bob, &server.stranger(), server.admin()] {
        let info = who.info_with(&at, &extended).await.ok();
        if who.name != server.admin().name {
            let told = info["extended_info"]["entities"].as_array().unwrap();
            let told: Vec<_> = told.iter().map(|version| &version["id"]).collect();
            assert_eq!(told, [new], "{info}");
            assert_eq!(info["extended_info"]["storage_used"], 14);
        }
        let reply = who.try_urls(&[&at], json!({ "entity": old })).await;
        assert_eq!(reply.inner_code(), code::ENTITY_NOT_EXIST);
        let current = who.url_with(&at, json!({ "entity": new })).await;
        assert_eq!(who.fetch(&current).await.text(), "the newer plan");
    }
    // The owner sees all of them, in the share as elsewhere.
    let info = alice.info_with(&at, &extended).await.ok();
    let told = info["extended_info"]["entities"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{info}");
    let url = alice.url_with(&at, json!({ "entity": old })).await;
    assert_eq!(alice.fetch(&url).await.text(), "the plan");
}

#[tokio::test]
async fn a_version_that_was_deleted_is_gone_though_a_copy_has_it() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    alice.create_folder("/copies").await;
    alice.copy_to(&["/docs/plan.md"], "/copies").await.done();
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let shared = stranger.url(&share.at("/plan.md")).await;
    let link = alice.direct_link("/docs/plan.md").await;
    let direct = stranger.fetch(&link).await.header("location").to_owned();
    let old = alice.versions("/docs/plan.md").await[0]["id"].clone();
    alice.overwrite("/docs/plan.md", "without the secret").await;
    assert_eq!(stranger.fetch(&shared).await.text(), "the plan");
    assert_eq!(stranger.fetch(&direct).await.text(), "the plan");
    alice
        .delete_version("/docs/plan.md", old.as_str().unwrap())
        .await
        .done();
    for url in [&shared, &direct] {
        let reply = stranger.fetch(url).await;
        assert!(
            reply.status == 404 || reply.code() == code::NOT_FOUND,
            "{}",
            reply.text()
        );
    }
    assert_eq!(alice.get("/copies/plan.md").await, "the plan");
    let again = stranger.fetch(&link).await.header("location").to_owned();
    assert_eq!(stranger.fetch(&again).await.text(), "without the secret");
}

#[tokio::test]
async fn pages_end_with_the_share() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for n in 0..5 {
        alice.put(&format!("/docs/{n}.txt"), "x").await;
    }
    let share = alice.share("/docs", json!({ "expire": 3600 })).await;
    let stranger = server.stranger();
    let order = [("page_size", "2"), ("order_by", "name")];
    let page = stranger.list_with(&share.at("/"), &order).await.ok();
    assert_eq!(names(&page), ["0.txt", "1.txt"]);
    let token = page["pagination"]["next_token"].as_str().unwrap();
    let next = [order[0], order[1], ("next_page_token", token)];
    let page = stranger.list_with(&share.at("/"), &next).await.ok();
    assert_eq!(names(&page), ["2.txt", "3.txt"]);
    server.tamper("UPDATE shares SET expires_at = 1").await;
    stranger
        .list_with(&share.at("/"), &next)
        .await
        .refused(code::NOT_FOUND);
}

#[tokio::test]
async fn a_position_from_elsewhere_shows_nothing_of_elsewhere() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    for n in 0..5 {
        alice.put(&format!("/secret/s{n}.txt"), "x").await;
        alice.put(&format!("/docs/d{n}.txt"), "x").await;
    }
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    for query in ["", "?name=txt"] {
        let order = [("page_size", "2"), ("order_by", "name")];
        let own = format!("{}{query}", uri("/secret"));
        let page = alice.list_with(&own, &order).await.ok();
        let token = page["pagination"]["next_token"].as_str().unwrap();
        let next = [order[0], order[1], ("next_page_token", token)];
        let reply = stranger
            .list_with(&format!("{}{query}", share.at("/")), &next)
            .await;
        for n in 0..5 {
            let secret = format!("s{n}.txt");
            assert!(!reply.text().contains(&secret), "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn searching_by_metadata_finds_what_visitors_see_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let tag = json!([{ "key": "tag:blue", "value": "#0000ff" }]);
    alice
        .patch_metadata("/docs/plan.md", tag.clone())
        .await
        .done();
    alice.patch_metadata("/private.txt", tag).await.done();
    server
        .tamper(
            "INSERT INTO metadata (file_id, name, value, is_public) \
             SELECT id, 'thumb:hidden', 'x', (1 = 0) FROM files WHERE name = 'plan.md'",
        )
        .await;
    let share = alice.share("/docs", json!({})).await;
    let found = async |who: &Client, filter: &str| {
        let at = format!("{}?{filter}", share.at("/"));
        names(&who.list(&at).await.ok())
    };
    let stranger = server.stranger();
    for filter in [
        "meta_tag:blue",
        "exact_meta_tag:blue=%230000ff",
        "meta_tag:blue=00",
    ] {
        assert_eq!(found(&stranger, filter).await, ["plan.md"], "{filter}");
    }
    let hidden = "exact_meta_thumb:hidden=x";
    assert_eq!(found(&stranger, hidden).await, [""; 0]);
    assert_eq!(found(&alice, hidden).await, ["plan.md"]);
}

#[tokio::test]
async fn shares_within_shares_keep_their_own_bounds() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let outer = alice.share("/docs", json!({})).await;
    let inner = alice
        .share("/docs/sub", json!({ "is_private": true }))
        .await;
    let stranger = server.stranger();
    let above = format!("{}/../plan.md", inner.at("/"));
    stranger.info(&above).await.refused(code::PARENT_NOT_EXIST);
    // That there is another share is nobody else's business.
    let page = stranger.list(&outer.at("/")).await;
    assert!(!page.text().contains("shared") && !page.text().contains(&inner.id));
    alice.delete_share(&outer.id).await.done();
    assert_eq!(names_in(&stranger, &inner).await, ["deep file.txt"]);
    alice.move_to(&["/docs/sub"], "/").await.done();
    assert_eq!(names_in(&stranger, &inner).await, ["deep file.txt"]);
}
