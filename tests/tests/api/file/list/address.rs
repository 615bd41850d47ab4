//! Which folder a URI names.

use tests::{TestServer, uri};

use super::names_of;
use crate::code;

#[tokio::test]
async fn paths_are_escaped_like_encode_uri_component() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in crate::file::ODD_NAMES {
        alice.create_folder(&format!("/{name}")).await;
    }
    let children = alice.children("/").await;
    assert_eq!(children.len(), crate::file::ODD_NAMES.len());
    for child in children {
        let name = child["name"].as_str().unwrap();
        assert!(crate::file::ODD_NAMES.contains(&name), "{name}");
        assert_eq!(child["path"], uri(&format!("/{name}")));
        alice.list(child["path"].as_str().unwrap()).await.ok();
    }
}

#[tokio::test]
async fn equivalent_spellings_of_a_uri_name_the_same_folder() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/a b/c").await;
    let own = format!("cloudreve://{}@my/a%20b", alice.id);
    for spelling in [
        "cloudreve://my/a%20b",
        "cloudreve://my/a%20b/",
        "cloudreve://my//a%20b",
        "cloudreve://my/./a%20b",
        "cloudreve://my/x/../a%20b",
        "cloudreve://MY/a%20b",
        &own,
    ] {
        let page = alice.list(spelling).await.ok();
        assert_eq!(names_of(&page), ["c"], "{spelling}");
        assert_eq!(
            page["files"][0]["path"], "cloudreve://my/a%20b/c",
            "{spelling}"
        );
    }
    // `path` is another name of the parameter.
    let page = alice
        .get_json("/file", &[("path", "cloudreve://my/a%20b")])
        .await
        .ok();
    assert_eq!(names_of(&page), ["c"]);
}

#[tokio::test]
async fn malformed_uris_are_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for bad in [
        "http://my/",
        "file:///etc/passwd",
        "my/",
        "cloudreve:",
        "",
        "cloudreve",
        "::",
    ] {
        let reply = alice.get_json("/file", &[("uri", bad)]).await;
        assert_eq!(reply.code(), code::PARAMETER, "{bad:?}: {}", reply.text());
    }
    alice.get_json("/file", &[]).await.refused(code::PARAMETER);
    alice
        .list("cloudreve://nowhere/")
        .await
        .refused(code::UNCLASSIFIED);
}

#[tokio::test]
async fn leaving_the_root_by_dots_stays_at_the_root() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_folder("/a").await;
    let page = alice.list("cloudreve://my/../../..").await.ok();
    assert_eq!(names_of(&page), ["a"]);
}

#[tokio::test]
async fn what_is_missing_is_an_error_and_never_an_empty_folder() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/file.txt").await;
    alice.list("/missing").await.refused(code::PARENT_NOT_EXIST);
    alice
        .list("/missing/below")
        .await
        .refused(code::PARENT_NOT_EXIST);
    alice
        .list("/file.txt")
        .await
        .refused(code::PARENT_NOT_EXIST);
    alice
        .list("/file.txt/below")
        .await
        .refused_with_any(&[code::PARENT_NOT_EXIST, code::NO_PERMISSION]);
}

#[tokio::test]
async fn a_path_of_ten_thousand_folders_is_refused() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let deep = "/a".repeat(10_000);
    alice
        .info(&deep)
        .await
        .refused_with_any(&[code::PARENT_NOT_EXIST, code::PARAMETER]);
    alice
        .list(&deep)
        .await
        .refused_with_any(&[code::PARENT_NOT_EXIST, code::PARAMETER]);
    let before = alice.everything().await;
    let made = alice.create("folder", &deep).await;
    assert_ne!(made.code(), 0, "nobody means this");
    assert_eq!(alice.everything().await, before);
}
