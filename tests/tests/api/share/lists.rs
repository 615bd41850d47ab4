//! `GET /share` and `GET /user/shares/{id}`.

use super::furnish;
use crate::code;
use serde_json::{Value, json};
use tests::{Client, TestServer};
use wire::{IdKind, PublicIds};

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
    assert_eq!(ids(&page), [open.id.clone(), secret.id.clone()]);
    let locked = &page["shares"][1];
    assert!(locked.get("password").is_none());
    assert!(locked["url"].as_str().unwrap().ends_with(&secret.id));
    assert_eq!(locked["is_private"], true, "it is her own");
    let set = json!({ "share_links_in_profile": "something else" });
    alice.change_settings(set).await.done();
    assert_eq!(ids(&list(&stranger, &path, &[]).await), [open.id]);
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
    let salt = server.setting("hash_id_salt").await;
    let unknown = PublicIds::new(&salt).encode(IdKind::User, 999_999);
    stranger
        .get_json(&format!("/user/shares/{unknown}"), &[("page_size", "10")])
        .await
        .refused(code::DATABASE);
}

#[tokio::test]
async fn a_profile_has_pages_and_shows_what_is_over_as_such() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let mut made = Vec::new();
    for n in 0..13 {
        made.push(alice.share("/docs", json!({ "downloads": n % 3 })).await.id);
        // What is not shown takes no place on a page either.
        alice.share("/docs", json!({ "is_private": true })).await;
    }
    let over = alice.share("/private.txt", json!({ "downloads": 1 })).await;
    alice.url(&over.at("/private.txt")).await;
    made.push(over.id.clone());
    let stranger = server.stranger();
    let path = format!("/user/shares/{}", alice.id);
    made.reverse();
    let newest = [("order_direction", "desc")];
    let page = list(&stranger, &path, &newest).await;
    assert_eq!(ids(&page), made[..10]);
    assert_eq!(page["shares"][0]["expired"], true);
    assert_eq!(page["shares"][1]["expired"], false);
    for shown in page["shares"].as_array().unwrap() {
        for hidden in [
            "remain_downloads",
            "downloaded",
            "expires",
            "password",
            "source_uri",
        ] {
            assert!(shown.get(hidden).is_none(), "{hidden}");
        }
        assert!(shown["owner"].get("email").is_none());
    }
    let token = page["pagination"]["next_token"].as_str().unwrap();
    let next = [newest[0], ("next_page_token", token)];
    let page = list(&stranger, &path, &next).await;
    assert_eq!(ids(&page), made[10..]);
    assert!(page["pagination"].get("next_token").is_none());
}

#[tokio::test]
async fn lists_are_in_the_order_asked_for() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let mut all = Vec::new();
    for views in [2, 0, 1] {
        let share = alice
            .share("/docs", json!({ "downloads": 5 + views }))
            .await;
        for _ in 0..views {
            alice
                .share_info(&share.id, &[("count_views", "true")])
                .await
                .ok();
            alice.url(&share.at("/plan.md")).await;
        }
        all.push(share.id);
    }
    let unlimited = alice.share("/docs", json!({})).await.id;
    let by = async |order: &str, direction: &str| {
        let query = [("order_by", order), ("order_direction", direction)];
        ids(&list(&alice, "/share", &query).await)
    };
    // 2, 0, 1 and no views; 5, 5, 5 and unlimited downloads left.
    let [two, none, one] = [&all[0], &all[1], &all[2]];
    for order in ["views", "downloads"] {
        assert_eq!(
            by(order, "asc").await,
            [none, &unlimited, one, two].map(Clone::clone)
        );
        assert_eq!(
            by(order, "desc").await,
            [two, one, &unlimited, none].map(Clone::clone)
        );
    }
    let expected = [two, none, one, &unlimited].map(Clone::clone);
    assert_eq!(by("remain_downloads", "asc").await, expected);
}
