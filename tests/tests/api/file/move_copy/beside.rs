//! `keep_both`: what goes where its name is taken gets another one.

use serde_json::json;
use tests::{TestServer, uri};

#[tokio::test]
async fn moved_beside_another_it_gets_a_free_name_and_stays_the_same_file() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/plan.md", "mine").await;
    alice.put("/free.md", "free").await;
    alice.put("/to/plan.md", "theirs").await;
    alice.put("/to/plan (1).md", "older").await;
    let id = alice.info("/plan.md").await.ok()["id"].clone();
    let uris = [uri("/plan.md"), uri("/free.md")];
    let body = json!({ "uris": uris, "dst": uri("/to"), "keep_both": true });
    alice.post("/file/move", body).await.done();
    let names = ["free.md", "plan (1).md", "plan (2).md", "plan.md"];
    assert_eq!(alice.names("/to").await, names);
    assert_eq!(alice.names("/").await, ["to"]);
    assert_eq!(alice.get("/to/plan.md").await, "theirs");
    assert_eq!(alice.get("/to/plan (2).md").await, "mine");
    assert_eq!(alice.info("/to/plan (2).md").await.ok()["id"], id);
}

#[tokio::test]
async fn copied_where_it_lies_it_gets_a_number_with_all_that_is_inside() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/deep/a.txt", "a").await;
    alice.put("/b.txt", "b").await;
    let uris = [uri("/docs"), uri("/b.txt")];
    let body = json!({ "uris": uris, "dst": uri("/"), "copy": true, "keep_both": true });
    alice.post("/file/move", body).await.done();
    let names = ["b (1).txt", "b.txt", "docs", "docs (1)"];
    assert_eq!(alice.names("/").await, names);
    assert_eq!(alice.get("/docs (1)/deep/a.txt").await, "a");
    assert_eq!(alice.used().await, 4);
}

#[tokio::test]
async fn two_of_one_name_in_a_batch_both_arrive() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/one/same", "1").await;
    alice.put("/two/same", "2").await;
    alice.create_folder("/to").await;
    let uris = [uri("/one/same"), uri("/two/same")];
    let body = json!({ "uris": uris, "dst": uri("/to"), "keep_both": true });
    alice.post("/file/move", body).await.done();
    assert_eq!(alice.names("/to").await, ["same", "same (1)"]);
}

#[tokio::test]
async fn moved_to_where_it_lies_it_keeps_its_name() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "here").await;
    alice.put("/from/a.txt", "there").await;
    let uris = [uri("/from/a.txt"), uri("/a.txt")];
    let body = json!({ "uris": uris, "dst": uri("/"), "keep_both": true });
    alice.post("/file/move", body).await.done();
    assert_eq!(alice.names("/").await, ["a (1).txt", "a.txt", "from"]);
    assert_eq!(alice.get("/a.txt").await, "here");
}
