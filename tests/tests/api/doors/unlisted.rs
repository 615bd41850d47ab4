//! The routes outside the description: content and archives, which a signature opens.

use drive::blob::ContentAddress;
use reqwest::Method;
use site::secret::{Purpose, SignedText, Signer};
use tests::{Client, TestServer, escape};

use super::calls::furnish;
use crate::code;

/// A path with a signature that this secret made, good for another hour.
fn signed(secret: &str, path: &str, text: &SignedText) -> String {
    let expires = chrono::Utc::now().timestamp() + 3600;
    let sign = Signer::new(secret.as_bytes()).sign(text, expires);
    format!("{path}?sign={}", escape(&sign))
}

/// What is signed of a path.
fn text_of(path: &str) -> SignedText {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[4..] {
        ["content", id, speed, name] => {
            let via = None;
            ContentAddress {
                id,
                speed,
                name,
                via,
            }
            .text()
        }
        ["archive", id, _] => SignedText::new(Purpose::Archive, [id]),
        _ => panic!("{path}"),
    }
}

/// Alice's old version, and an archive of all she has.
async fn doors(alice: &Client) -> [String; 2] {
    let hers = furnish(alice).await;
    let archive = alice.archive_url(&["/docs"]).await;
    let archive = archive[archive.find("/api/").unwrap()..].to_owned();
    let (archive, _) = archive.split_once('?').unwrap();
    let content = format!("/api/v4/file/content/{}/0/secret.txt", hers.old_version);
    [content, archive.to_owned()]
}

#[tokio::test]
async fn without_a_signature_the_door_stays_shut_for_everybody() {
    let server = TestServer::start().await;
    let alice = server.admin();
    let bob = server.user("bob").await;
    for path in doors(alice).await {
        for who in [alice, &bob, &server.stranger()] {
            for query in ["", "?sign=", "?sign=:", "?download=true"] {
                let request = who.request_outside(Method::GET, &format!("{path}{query}"));
                who.send(request).await.refused(code::NO_PERMISSION);
            }
        }
    }
}

#[tokio::test]
async fn a_forged_signature_opens_nothing() {
    let server = TestServer::start().await;
    let alice = server.admin();
    let secret = server.setting("secret_key").await;
    for path in doors(alice).await {
        let other = SignedText::new(Purpose::Activation, ["a"]);
        let parts: Vec<&str> = path.split('/').skip(5).collect();
        let forged = [
            signed("another secret", &path, &text_of(&path)),
            signed("", &path, &text_of(&path)),
            signed(
                &secret,
                &path,
                &SignedText::new(Purpose::Content, [path.as_str()]),
            ),
            signed(&secret, &path, &other),
            signed(&secret, &path, &SignedText::new(Purpose::Content, parts)),
        ];
        for forged in forged {
            alice.fetch(&forged).await.refused(code::SIGNATURE_INVALID);
            let head = alice.fetch_request(Method::HEAD, &forged);
            let head = alice.send(head).await;
            assert!(head.body.is_empty());
            assert_eq!(head.header("etag"), "", "it tells nothing of the content");
        }
        // The same by the server's own secret: the forgeries were well made.
        let opened = alice.fetch(&signed(&secret, &path, &text_of(&path))).await;
        assert_eq!(opened.status, 200);
        assert!(!opened.header("content-type").contains("json"));
    }
}

#[tokio::test]
async fn a_signature_is_good_for_reading_only() {
    let server = TestServer::start().await;
    let alice = server.admin();
    let secret = server.setting("secret_key").await;
    for path in doors(alice).await {
        let url = signed(&secret, &path, &text_of(&path));
        for method in [Method::PUT, Method::POST, Method::DELETE, Method::PATCH] {
            let request = alice
                .fetch_request(method.clone(), &url)
                .body("overwritten");
            let reply = alice.send(request).await;
            assert!(
                [404, 405].contains(&reply.status),
                "{method} {path}: {}",
                reply.text()
            );
        }
    }
    assert_eq!(alice.get("/docs/secret.txt").await, "classified");
}

#[tokio::test]
async fn a_signature_for_what_does_not_exist_finds_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let secret = server.setting("secret_key").await;
    let id = alice.create_folder("/docs").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        // The id of a folder is no id of a version.
        &format!("/api/v4/file/content/{id}/0/secret.txt"),
        "/api/v4/file/content/nonsense/0/secret.txt",
        "/api/v4/file/archive/5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33/archive.zip",
        "/api/v4/file/archive/nonsense/archive.zip",
    ] {
        let reply = alice.fetch(&signed(&secret, path, &text_of(path))).await;
        let refused = reply.status == 404 || reply.code() != 0;
        assert!(refused, "{path}: {} {}", reply.status, reply.text());
    }
}
