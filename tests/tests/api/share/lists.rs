//! `GET /share` and `GET /user/shares/{id}`.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use tests::{Client, TestServer};

async fn list(who: &Client, path: &str, query: &[(&str, &str)]) -> Value {
    let mut all = vec![("page_size", "10")];
    all.extend_from_slice(query);
    who.get_json(path, &all).await.ok()
}

fn ids(page: &Value) -> Vec<String> {
    let shares = page["shares"].as_array().expect("never null");
    let id = |share: &Value| share["id"].as_str().unwrap().to_owned();
    shares.iter().map(id).collect()
}

#[tokio::test]
async fn an_empty_list_is_an_array() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let page = list(&alice, "/share", &[]).await;
    assert_eq!(page["shares"], json!([]));
    assert_eq!(
        page["pagination"],
        json!({ "page": 0, "page_size": 10, "is_cursor": true })
    );
    for page_size in ["", "9", "101", "many"] {
        alice
            .get_json("/share", &[("page_size", page_size)])
            .await
            .refused(code::PARAMETER);
    }
    alice.get_json("/share", &[]).await.refused(code::PARAMETER);
    server
        .stranger()
        .get_json("/share", &[("page_size", "10")])
        .await
        .refused(code::LOGIN_REQUIRED);
}

#[tokio::test]
async fn ones_own_list_goes_through_all_pages_in_every_order() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    bob.put("/b.txt", "b").await;
    bob.share("/b.txt", json!({})).await;
    let mut made = Vec::new();
    for n in 0..25 {
        // Some are limited, some alike.
        let limit = json!({ "downloads": n % 4 });
        made.push(alice.share("/private.txt", limit).await.id);
    }
    for order in ["", "views", "downloads", "remain_downloads", "nonsense"] {
        for direction in ["asc", "desc"] {
            let mut seen = Vec::new();
            let mut token = String::new();
            loop {
                let query = [
                    ("order_by", order),
                    ("order_direction", direction),
                    ("next_page_token", token.as_str()),
                ];
                let page = list(&alice, "/share", &query).await;
                seen.extend(ids(&page));
                match page["pagination"]["next_token"].as_str() {
                    Some(next) => token = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(seen.len(), 25, "{order} {direction}");
            if order.is_empty() {
                let mut expected = made.clone();
                if direction == "desc" {
                    expected.reverse();
                }
                assert_eq!(seen, expected);
            }
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 25, "{order} {direction}");
        }
    }
    alice
        .get_json(
            "/share",
            &[("page_size", "10"), ("next_page_token", "garbage")],
        )
        .await
        .refused(code::UNCLASSIFIED);
}

#[tokio::test]
async fn the_owner_sees_everything_even_of_what_is_over() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let private = alice.share("/docs", json!({ "is_private": true })).await;
    let used_up = alice.share("/private.txt", json!({ "downloads": 1 })).await;
    alice.url(&used_up.at("/private.txt")).await;
    alice.delete(&["/docs"]).await.done();
    let page = list(&alice, "/share", &[]).await;
    let (first, second) = (&page["shares"][0], &page["shares"][1]);
    assert_eq!(first["url"], private.url.as_str());
    assert_eq!(first["unlocked"], true);
    assert_eq!(first["is_private"], true);
    assert_eq!(first["name"], "docs", "not its name in the trash");
    assert_eq!(first["expired"], true);
    assert_eq!(second["expired"], true);
    assert_eq!(second["downloaded"], 1);
    assert_eq!(second["remain_downloads"], 0);
    assert!(first.get("source_uri").is_none());
}

#[tokio::test]
async fn a_profile_shows_what_its_owner_wants() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let open = alice.share("/docs", json!({})).await;
    let secret = alice
        .share("/private.txt", json!({ "is_private": true }))
        .await;
    let named = json!({ "permissions": { "everyone": "AQ==" } });
    alice.share("/docs", named).await;
    let stranger = server.stranger();
    let path = format!("/user/shares/{}", alice.id);
    let page = list(&stranger, &path, &[]).await;
    assert_eq!(ids(&page), std::slice::from_ref(&open.id));
    let shown = &page["shares"][0];
    assert_eq!(shown["unlocked"], false);
    assert_eq!(shown["size"], 0);
    assert!(shown.get("is_private").is_none());
    let set = json!({ "share_links_in_profile": "all_share" });
    alice.change_settings(set).await.done();
    let page = list(&alice, &path, &[]).await;
    assert_eq!(ids(&page), [open.id, secret.id.clone()]);
    let locked = &page["shares"][1];
    assert!(locked.get("password").is_none());
    assert!(locked["url"].as_str().unwrap().ends_with(&secret.id));
    assert_eq!(locked["is_private"], true, "it is her own");
    let set = json!({ "share_links_in_profile": "hide_share" });
    alice.change_settings(set).await.done();
    stranger
        .get_json(&path, &[("page_size", "10")])
        .await
        .refused(code::PARAMETER);
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'alice@example.com'")
        .await;
    stranger
        .get_json(&path, &[("page_size", "10")])
        .await
        .refused(code::DATABASE);
    let nobody = "/user/shares/zzzz";
    let reply = stranger.get_json(nobody, &[("page_size", "10")]).await;
    reply.refused(code::PARAMETER);
}
