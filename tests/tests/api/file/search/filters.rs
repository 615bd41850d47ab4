//! What narrows a search: kind, size, time, category, metadata.

use super::{found, library};
use serde_json::json;
use tests::{TestServer, escape};

use crate::code;

#[tokio::test]
async fn type_size_and_time_narrow_a_search() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    assert_eq!(
        found(&alice, "/", "type=folder").await,
        ["2024", "music", "photos"]
    );
    assert_eq!(found(&alice, "/", "type=file").await.len(), 9);
    assert_eq!(
        found(&alice, "/", "size_gte=300").await,
        ["song one.mp3", "song two.flac"]
    );
    assert_eq!(
        found(&alice, "/", "type=file&size_lte=20").await,
        ["Notes.txt", "notes.md"]
    );
    assert_eq!(
        found(&alice, "/", "size_gte=60&size_lte=70").await,
        ["100%.png", "dog.png"]
    );
    let now = chrono::Utc::now().timestamp();
    let (past, future) = (now - 3600, now + 3600);
    for time in ["created", "updated"] {
        let all = found(&alice, "/", &format!("type=file&{time}_gte={past}")).await;
        assert_eq!(all.len(), 9);
        let none = found(&alice, "/", &format!("type=file&{time}_lte={past}")).await;
        assert_eq!(none, [""; 0]);
        let query = format!("type=file&{time}_gte={past}&{time}_lte={future}&name=cat");
        assert_eq!(found(&alice, "/", &query).await, ["cat.JPG"]);
    }
}

#[tokio::test]
async fn categories_are_lists_of_suffixes() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    assert_eq!(
        found(&alice, "/", "category=audio").await,
        ["song one.mp3", "song two.flac"]
    );
    assert_eq!(
        found(&alice, "/", "category=image").await,
        ["100%.png", "a_b.png", "axb.png", "cat.JPG", "dog.png"]
    );
    assert_eq!(
        found(&alice, "/", "category=document").await,
        ["Notes.txt", "notes.md"]
    );
    assert_eq!(found(&alice, "/", "category=video").await, [""; 0]);
    alice
        .list("cloudreve://my/?category=nonsense")
        .await
        .refused(code::UNCLASSIFIED);
}

#[tokio::test]
async fn metadata_narrows_a_search() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    let tag = |key: &str, value: &str| json!([{ "key": key, "value": value }]);
    alice
        .patch_metadata("/notes.md", tag("tag:work", "#ff0000"))
        .await
        .done();
    alice
        .patch_metadata("/music", tag("tag:work", "#00ff00"))
        .await
        .done();
    alice
        .patch_metadata("/Notes.txt", tag("props:description", "A Fine Day"))
        .await
        .done();
    let key = escape("tag:work");
    assert_eq!(
        found(&alice, "/", &format!("meta_{key}=")).await,
        ["music", "notes.md"]
    );
    assert_eq!(
        found(&alice, "/", &format!("meta_{key}=00FF")).await,
        ["music"]
    );
    let query = format!("exact_meta_{key}={}", escape("#ff0000"));
    assert_eq!(found(&alice, "/", &query).await, ["notes.md"]);
    let query = format!("meta_{}=fine", escape("props:description"));
    assert_eq!(found(&alice, "/", &query).await, ["Notes.txt"]);
}

#[tokio::test]
async fn numbers_that_are_none_are_refused_or_ignored_but_never_fatal() {
    let server = TestServer::start().await;
    let alice = library(&server).await;
    for query in [
        "size_gte=many",
        "size_lte=-5",
        "created_gte=99999999999999999999",
        "type=socket",
    ] {
        let code = alice.list(&format!("cloudreve://my/?{query}")).await.code();
        assert!(
            [0, code::PARAMETER, code::UNCLASSIFIED].contains(&code),
            "{query}: {code}"
        );
    }
}
