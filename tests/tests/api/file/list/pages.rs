//! Orders and pages.

use serde_json::json;
use tests::TestServer;

use super::{mixed_folder, names_of};
use crate::code;

#[tokio::test]
async fn listings_sort_folders_before_files_in_every_order() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    for (by, direction, expected) in [
        ("name", "asc", ["eta", "zeta", "a", "b", "c", "d", "e"]),
        ("name", "desc", ["zeta", "eta", "e", "d", "c", "b", "a"]),
        ("size", "asc", ["zeta", "eta", "e", "c", "b", "d", "a"]),
        ("size", "desc", ["eta", "zeta", "a", "d", "b", "c", "e"]),
        (
            "created_at",
            "asc",
            ["zeta", "eta", "b", "a", "e", "c", "d"],
        ),
        (
            "created_at",
            "desc",
            ["eta", "zeta", "d", "c", "e", "a", "b"],
        ),
        (
            "updated_at",
            "asc",
            ["zeta", "eta", "b", "a", "e", "c", "d"],
        ),
        // An unknown order is the order of ids, an unknown direction is ascending.
        ("colour", "asc", ["zeta", "eta", "b", "a", "e", "c", "d"]),
        (
            "name; DROP TABLE files",
            "asc",
            ["zeta", "eta", "b", "a", "e", "c", "d"],
        ),
        ("name", "sideways", ["eta", "zeta", "a", "b", "c", "d", "e"]),
    ] {
        let query = [("order_by", by), ("order_direction", direction)];
        let page = alice.list_with("/f", &query).await.ok();
        assert_eq!(names_of(&page), expected, "{by} {direction}");

        // The same order, two at a time.
        let mut paged = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = vec![("order_by", by), ("order_direction", direction)];
            query.push(("page_size", "2"));
            if !token.is_empty() {
                query.push(("next_page_token", &token));
            }
            let page = alice.list_with("/f", &query).await.ok();
            assert!(names_of(&page).len() <= 2);
            assert_eq!(page["pagination"]["is_cursor"], true);
            assert_eq!(page["pagination"]["page"], 0);
            assert_eq!(page["pagination"]["page_size"], 2);
            assert!(page["pagination"].get("total_items").is_none());
            paged.extend(names_of(&page).into_iter().map(str::to_owned));
            match page["pagination"]["next_token"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(paged, expected, "{by} {direction}, two at a time");
    }
}

#[tokio::test]
async fn page_tokens_need_no_escaping() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in ["日本語?&+", "b", "c"] {
        let name = name.replace('?', "");
        alice.create_folder(&format!("/{name}")).await;
    }
    for order in ["name", "size", "created_at", "updated_at"] {
        for size in ["1", "2"] {
            let query = [
                ("page_size", size),
                ("order_by", order),
                ("order_direction", "desc"),
            ];
            let page = alice.list_with("/", &query).await.ok();
            let token = page["pagination"]["next_token"].as_str().unwrap();
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            assert!(token.bytes().all(safe), "{token}");
        }
    }
}

#[tokio::test]
async fn a_page_that_ends_exactly_at_the_end_has_no_next() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in ["a", "b", "c", "d"] {
        alice.create_folder(&format!("/{name}")).await;
    }
    let query = [("page_size", "4"), ("order_by", "name")];
    let page = alice.list_with("/", &query).await.ok();
    assert!(page["pagination"].get("next_token").is_none(), "{page}");
}

#[tokio::test]
async fn pages_go_on_where_they_were_while_the_folder_changes() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in ["a", "b", "d", "e"] {
        alice.create_file(&format!("/{name}")).await;
    }
    let query = [("page_size", "2"), ("order_by", "name")];
    let first = alice.list_with("/", &query).await.ok();
    assert_eq!(names_of(&first), ["a", "b"]);
    // The last one seen goes, one before and one behind it come.
    alice.delete_for_good(&["/b"]).await.done();
    alice.create_file("/aa").await;
    alice.create_file("/c").await;
    let token = first["pagination"]["next_token"].as_str().unwrap();
    let query = [
        ("page_size", "5"),
        ("order_by", "name"),
        ("next_page_token", token),
    ];
    let second = alice.list_with("/", &query).await.ok();
    assert_eq!(names_of(&second), ["c", "d", "e"]);
}

#[tokio::test]
async fn garbled_page_tokens_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    let query = [("page_size", "2"), ("order_by", "name")];
    let page = alice.list_with("/f", &query).await.ok();
    let good = page["pagination"]["next_token"].as_str().unwrap();
    let cut = &good[..good.len() / 2];
    let doubled = format!("{good}{good}");
    for token in [
        "!!!", "garbage", "e30", "bnVsbA==", cut, &doubled, "\u{0}", "0|x",
    ] {
        let query = [
            ("page_size", "2"),
            ("order_by", "name"),
            ("next_page_token", token),
        ];
        let reply = alice.list_with("/f", &query).await;
        assert_eq!(
            reply.code(),
            code::UNCLASSIFIED,
            "{token:?}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn a_token_of_another_order_does_not_break_the_listing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    let query = [("page_size", "2"), ("order_by", "name")];
    let page = alice.list_with("/f", &query).await.ok();
    let token = page["pagination"]["next_token"].as_str().unwrap();
    let query = [
        ("page_size", "2"),
        ("order_by", "size"),
        ("next_page_token", token),
    ];
    let reply = alice.list_with("/f", &query).await;
    assert!(
        [0, code::UNCLASSIFIED].contains(&reply.code()),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn page_size_without_an_order_pages_by_number() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    let mut seen = Vec::new();
    for (number, expected) in [("0", 3), ("1", 3), ("2", 1), ("3", 0)] {
        let query = [("page_size", "3"), ("page", number)];
        let page = alice.list_with("/f", &query).await.ok();
        assert_eq!(
            page["pagination"],
            json!({ "page": number.parse::<u32>().unwrap(), "page_size": 3, "total_items": 7 })
        );
        assert_eq!(names_of(&page).len(), expected);
        seen.extend(names_of(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, ["zeta", "eta", "b", "a", "e", "c", "d"]);
}

#[tokio::test]
async fn page_sizes_are_capped_and_checked() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/a").await;
    let page = alice
        .list_with("/", &[("page_size", "1000000"), ("order_by", "name")])
        .await
        .ok();
    assert_eq!(page["pagination"]["page_size"], 2000);
    for bad in ["-1", "many", "99999999999999999999", "1.5"] {
        let reply = alice.list_with("/", &[("page_size", bad)]).await;
        assert_eq!(reply.code(), code::PARAMETER, "page_size {bad}");
        let reply = alice.list_with("/", &[("page", bad)]).await;
        assert_eq!(reply.code(), code::PARAMETER, "page {bad}");
    }
}

#[tokio::test]
async fn a_page_number_far_past_the_end_is_empty() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    let query = [("page_size", "2000"), ("page", "1000000000000")];
    let reply = alice.list_with("/f", &query).await;
    if reply.code() == 0 {
        assert_eq!(reply.data()["files"], json!([]));
    } else {
        reply.refused(code::PARAMETER);
    }
}

#[tokio::test]
async fn a_site_may_page_by_number_throughout() {
    let server = TestServer::start_with(&[("use_cursor_pagination", "0")]).await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    let query = [("page_size", "3"), ("page", "1"), ("order_by", "name")];
    let page = alice.list_with("/f", &query).await.ok();
    assert_eq!(names_of(&page), ["b", "c", "d"]);
    assert_eq!(
        page["pagination"],
        json!({ "page": 1, "page_size": 3, "total_items": 7 })
    );
}

#[tokio::test]
async fn the_site_decides_how_large_a_page_may_be() {
    let server = TestServer::start_with(&[("max_page_size", "2")]).await;
    let alice = server.user("alice").await;
    mixed_folder(&alice).await;
    let page = alice
        .list_with("/f", &[("page_size", "100"), ("order_by", "name")])
        .await
        .ok();
    assert_eq!(names_of(&page), ["eta", "zeta"]);
    assert_eq!(page["props"]["max_page_size"], 2);
    assert_eq!(alice.names("/f").await.len(), 7);
}
