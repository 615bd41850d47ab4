//! Search: a query on a listed URI.

mod filters;

use serde_json::json;
use tests::{Client, TestServer, escape};

use crate::code;

/// The names a search below `folder` finds, sorted.
async fn found(who: &Client, folder: &str, query: &str) -> Vec<String> {
    let page = who.list(&format!("{}?{query}", tests::uri(folder))).await;
    let data = page.ok();
    assert_eq!(data["mixed_type"], true, "{data}");
    let files = data["files"].as_array().unwrap();
    let mut names: Vec<_> = files
        .iter()
        .map(|file| file["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn library(server: &TestServer) -> Client {
    let alice = server.user("alice").await;
    for (path, size) in [
        ("/notes.md", 10),
        ("/Notes.txt", 20),
        ("/music/song one.mp3", 300),
        ("/music/song two.flac", 400),
        ("/photos/2024/cat.JPG", 50),
        ("/photos/2024/dog.png", 60),
        ("/photos/100%.png", 70),
        ("/photos/a_b.png", 80),
        ("/photos/axb.png", 90),
    ] {
        alice.put(path, vec![0; size]).await;
    }
    alice
}

#[tokio::test]
async fn search_finds_part_of_a_name_at_any_depth() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    assert_eq!(
        found(&alice, "/", "name=song").await,
        ["song one.mp3", "song two.flac"]
    );
    assert_eq!(found(&alice, "/photos", "name=o").await, ["dog.png"]);
    assert_eq!(found(&alice, "/music", "name=cat").await, [""; 0]);
    assert_eq!(found(&alice, "/", "name=photos").await, ["photos"]);
}

#[tokio::test]
async fn search_minds_case_unless_told_not_to() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    assert_eq!(found(&alice, "/", "name=notes").await, ["notes.md"]);
    assert_eq!(
        found(&alice, "/", "name=notes&case_folding").await,
        ["Notes.txt", "notes.md"]
    );
    assert_eq!(
        found(&alice, "/", "name=*.jpg&case_folding=").await,
        ["cat.JPG"]
    );
}

#[tokio::test]
async fn case_folding_knows_more_than_ascii() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/ÄPFEL.txt").await;
    alice.create_file("/äpfel.txt").await;
    let query = format!("name={}&case_folding", escape("äpfel"));
    assert_eq!(found(&alice, "/", &query).await, ["ÄPFEL.txt", "äpfel.txt"]);
}

#[tokio::test]
async fn terms_must_all_match_or_any() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    assert_eq!(
        found(&alice, "/", "name=song&name=two").await,
        ["song two.flac"]
    );
    for any in ["use_or", "name_op_or"] {
        let query = format!("name=cat&name=dog&{any}");
        assert_eq!(found(&alice, "/", &query).await, ["cat.JPG", "dog.png"]);
    }
}

#[tokio::test]
async fn stars_are_wildcards_and_quotes_take_them_literally() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    assert_eq!(found(&alice, "/", "name=*.md").await, ["notes.md"]);
    assert_eq!(
        found(&alice, "/", "name=song*").await,
        ["song one.mp3", "song two.flac"]
    );
    // Without a star at either end it matches anywhere.
    let anywhere = found(&alice, "/", "name=o*g").await;
    assert_eq!(anywhere, ["dog.png", "song one.mp3", "song two.flac"]);
    assert_eq!(found(&alice, "/", "name=ng*on").await, ["song one.mp3"]);
    assert_eq!(
        found(&alice, "/", &format!("name={}", escape("\"song one\""))).await,
        ["song one.mp3"]
    );
    assert_eq!(
        found(&alice, "/", &format!("name={}", escape("\"*.md\""))).await,
        [""; 0]
    );
}

#[tokio::test]
async fn what_means_something_to_databases_means_itself() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    let named = async |name: &str| found(&alice, "/", &format!("name={}", escape(name))).await;
    assert_eq!(named("100%").await, ["100%.png"]);
    assert_eq!(named("a_b").await, ["a_b.png"]);
    assert_eq!(named("_").await, ["a_b.png"]);
    assert_eq!(named("%").await, ["100%.png"]);
    assert_eq!(named("'").await, [""; 0]);
    assert_eq!(named("\\").await, [""; 0]);
    assert_eq!(named("[a]").await, [""; 0]);
}

#[tokio::test]
async fn results_come_level_by_level_in_pages() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for path in [
        "/z-hit",
        "/b/a-hit",
        "/b/c/b-hit",
        "/a/c-hit",
        "/a/d/e/d-hit",
    ] {
        alice.create_file(path).await;
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let mut query = vec![("page_size", "2"), ("order_by", "name")];
        if !token.is_empty() {
            query.push(("next_page_token", &token));
        }
        let page = alice
            .list_with("cloudreve://my/?name=-hit", &query)
            .await
            .ok();
        assert_eq!(page["pagination"]["is_cursor"], true);
        let files = page["files"].as_array().unwrap();
        seen.extend(
            files
                .iter()
                .map(|file| file["name"].as_str().unwrap().to_owned()),
        );
        match page["pagination"]["next_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
        assert!(seen.len() <= 5, "{seen:?}");
    }
    assert_eq!(seen, ["z-hit", "a-hit", "c-hit", "b-hit", "d-hit"]);
}

#[tokio::test]
async fn a_search_answer_has_arrays_where_listings_have() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    let data = alice.list("cloudreve://my/?name=nothing").await.ok();
    assert_eq!(data["files"], json!([]));
    assert_eq!(data["props"]["order_by_options"], json!([]));
    assert_eq!(data["props"]["order_direction_options"], json!([]));
    assert_eq!(data["pagination"]["is_cursor"], true);
    assert!(data.get("recursion_limit_reached").is_none());
}

#[tokio::test]
async fn garbled_search_tokens_are_refused() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    for token in ["garbage", "1|", "|", "-1|x", "99999999999999999999|x", "é"] {
        let query = [("next_page_token", token)];
        let reply = alice.list_with("cloudreve://my/?name=o", &query).await;
        reply.refused_with_any(&[code::UNCLASSIFIED, code::DATABASE]);
    }
}

#[tokio::test]
async fn search_does_not_leave_ones_own_drive() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    let bob = server.user("bob").await;
    bob.create_file("/song of bob").await;
    assert_eq!(found(&bob, "/", "name=song").await, ["song of bob"]);
    let hers = format!("cloudreve://{}@my/?name=song", alice.id);
    bob.list(&hers).await.refused(code::NO_PERMISSION);
}

#[tokio::test]
async fn search_does_not_find_what_was_deleted_but_the_trash_is_searched_too() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    alice.delete(&["/music", "/notes.md"]).await.done();
    assert_eq!(found(&alice, "/", "name=song").await, [""; 0]);
    assert_eq!(found(&alice, "/", "name=notes").await, [""; 0]);
    let query = format!(
        "cloudreve://trash/?meta_{}=notes",
        escape("sys:restore_uri")
    );
    let data = alice.list(&query).await.ok();
    let names: Vec<_> = data["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["name"])
        .collect();
    assert_eq!(names, ["notes.md"]);
    assert_eq!(data["props"]["order_by_options"], json!(["created_at"]));
}

#[tokio::test]
async fn a_walk_that_grows_too_large_stops_and_says_so() {
    let server = TestServer::start_with(&[("max_recursive_searched_folder", "3")]).await;
    let alice = server.user("alice").await;
    for number in 0..10 {
        alice.create_file(&format!("/{number}/{number}/hit")).await;
    }
    let data = alice.list("cloudreve://my/?name=hit").await.ok();
    assert_eq!(data["recursion_limit_reached"], true);
    assert!(data["files"].as_array().unwrap().len() < 10);
}
