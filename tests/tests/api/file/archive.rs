//! One zip of many files, and what a zip holds.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;
use tests::TestServer;

use crate::code;

/// Path inside the archive → content.
fn unzip(bytes: Bytes) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert!(files.insert(name, content).is_none(), "a name twice");
    }
    files
}

#[tokio::test]
async fn a_zip_holds_files_and_folders_below_their_names() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for path in [
        "/docs/a.txt",
        "/docs/sub/文件 #1.txt",
        "/docs/sub/empty.txt",
        "/top.txt",
        "/not.txt",
    ] {
        admin
            .put(
                path,
                if path.ends_with("empty.txt") {
                    ""
                } else {
                    path
                }
                .to_owned(),
            )
            .await;
    }
    let url = admin.archive_url(&["/docs", "/top.txt"]).await;
    let reply = admin.fetch(&url).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/zip");
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment")
    );
    let files = unzip(reply.body);
    let expected = [
        ("docs/a.txt", "/docs/a.txt"),
        ("docs/sub/empty.txt", ""),
        ("docs/sub/文件 #1.txt", "/docs/sub/文件 #1.txt"),
        ("top.txt", "/top.txt"),
    ];
    let expected: BTreeMap<_, _> = expected
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    assert_eq!(files, expected);
    // The link works as often as needed.
    assert_eq!(unzip(admin.fetch(&url).await.body), expected);
}

#[tokio::test]
async fn an_archive_link_is_one_and_expires_in_ten_minutes() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    admin.put("/b.txt", "b").await;
    let data = admin
        .try_urls(&["/a.txt", "/b.txt"], json!({ "archive": true }))
        .await
        .ok();
    assert_eq!(data["urls"].as_array().unwrap().len(), 1);
    let expires = chrono::DateTime::parse_from_rfc3339(data["expires"].as_str().unwrap()).unwrap();
    let seconds = (expires.to_utc() - chrono::Utc::now()).num_seconds();
    assert!((540..=600).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn archive_links_are_signed() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let url = admin.archive_url(&["/a.txt"]).await;
    let (path, query) = url.split_once('?').unwrap();
    admin.fetch(path).await.refused(code::NO_PERMISSION);
    let other = path.replace("/archive.zip", "x/archive.zip");
    let codes = [code::SIGNATURE_INVALID, code::NOT_FOUND, code::PARAMETER];
    admin
        .fetch(&format!("{other}?{query}"))
        .await
        .refused_with_any(&codes);
}

#[tokio::test]
async fn a_group_without_the_permission_gets_no_archive() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    server.permit_users("8408").await;
    let reply = alice
        .try_urls(&["/a.txt"], json!({ "archive": true }))
        .await;
    reply.refused(code::GROUP_NOT_ALLOWED);
}

#[tokio::test]
async fn members_and_visitors_of_a_new_site_download_folders() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/docs/sub/a.txt", "a").await;
    let own = alice.archive_url(&["/docs"]).await;
    let expected = BTreeMap::from([("docs/sub/a.txt".to_owned(), b"a".to_vec())]);
    assert_eq!(unzip(alice.fetch(&own).await.body), expected);
    let share = alice.share("/docs", json!({})).await;
    let stranger = server.stranger();
    let shared = stranger.archive_url(&[share.at("/")]).await;
    assert_eq!(unzip(stranger.fetch(&shared).await.body), expected);
}

#[tokio::test]
async fn what_is_too_much_for_one_archive_is_refused_before_it_begins() {
    let mut server = TestServer::start_with(&[("archive_max_size", "10")]).await;
    let alice = server.user("alice").await;
    alice.put("/docs/sub/six.txt", "123456").await;
    alice.put("/docs/four.txt", "1234").await;
    alice.put("/more.txt", "1").await;
    let link = async |paths: &[&str]| alice.try_urls(paths, json!({ "archive": true })).await;
    link(&["/docs"]).await.ok();
    link(&["/docs", "/more.txt"])
        .await
        .refused(code::FILE_TOO_LARGE);
    // What grew since breaks off: what arrives is no archive.
    let url = alice.archive_url(&["/docs"]).await;
    alice.put("/docs/grown.txt", "1").await;
    let request = alice.fetch_request(Method::GET, &url);
    let body = match request.send().await {
        Ok(reply) => reply.bytes().await.ok(),
        Err(_) => None,
    };
    assert!(
        body.is_none_or(|body| zip::ZipArchive::new(Cursor::new(body)).is_err()),
        "a whole archive of more than there may be"
    );
    server.set(&[("archive_max_size", "0")]).await;
    link(&["/docs", "/more.txt"]).await.ok();
    server
        .tamper(
            "UPDATE groups SET settings = '{\"max_walked_files\":2}', \
             updated_at = updated_at + 1 WHERE id = 2",
        )
        .await;
    link(&["/docs"]).await.refused(code::TOO_MANY_FILES);
    link(&["/docs/sub"]).await.ok();
}

#[tokio::test]
async fn a_zip_of_what_is_missing_says_so() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let reply = admin
        .try_urls(&["/missing"], json!({ "archive": true }))
        .await;
    if reply.code() == 0 {
        let url = reply.data()["urls"][0]["url"].as_str().unwrap().to_owned();
        assert_eq!(unzip(admin.fetch(&url).await.body), BTreeMap::new());
    } else {
        assert_eq!(reply.inner_code(), code::PARENT_NOT_EXIST);
    }
}

#[tokio::test]
async fn an_archive_link_runs_out() {
    let server = TestServer::start_with(&[("archive_timeout", "2")]).await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let url = admin.archive_url(&["/a.txt"]).await;
    assert_eq!(admin.fetch(&url).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let codes = [code::SIGNATURE_EXPIRED, code::NOT_FOUND];
    admin.fetch(&url).await.refused_with_any(&codes);
}
