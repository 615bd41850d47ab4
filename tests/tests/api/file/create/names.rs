//! Names of new files and folders.

use serde_json::json;
use tests::TestServer;

use crate::code;

#[tokio::test]
async fn names_are_case_sensitive_and_not_trimmed_or_normalised() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let names = [" a", "A", "a", "a ", "e\u{301}", "é"];
    for name in names {
        alice.create_file(&format!("/{name}")).await;
    }
    let mut expected = names.map(str::to_owned);
    expected.sort();
    assert_eq!(alice.names("/").await, expected);
}

#[tokio::test]
async fn illegal_names_are_refused_wherever_they_are() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for name in crate::file::illegal_names() {
        for path in [
            format!("/{name}"),
            format!("/{name}/below"),
            format!("/above/{name}"),
        ] {
            for kind in ["folder", "file"] {
                let reply = alice.create(kind, &path).await;
                assert_eq!(reply.code(), code::ILLEGAL_NAME, "{path}: {}", reply.text());
            }
        }
    }
    assert_eq!(alice.names("/").await, [""; 0], "not even the folder above");
}

#[tokio::test]
async fn the_longest_name_fits() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let names = ["x".repeat(255), "字".repeat(85)];
    for name in &names {
        alice.create_file(&format!("/{name}")).await;
    }
    assert_eq!(alice.names("/").await, names);
}

#[tokio::test]
async fn a_slash_cannot_be_smuggled_into_a_name() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let body = json!({ "uri": "cloudreve://my/a%2Fb", "type": "folder" });
    let reply = alice.post("/file/create", body).await;
    // Either the escaped slash separates, or the name is illegal. It never is part of a name.
    if reply.code() == 0 {
        assert_eq!(alice.names("/").await, ["a"]);
        assert_eq!(alice.names("/a").await, ["b"]);
    } else {
        reply.refused(code::ILLEGAL_NAME);
        assert_eq!(alice.names("/").await, [""; 0]);
    }
}

#[tokio::test]
async fn nul_and_broken_escapes_do_no_harm() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    for path in ["a%00b", "%FF%FE", "%"] {
        let body = json!({ "uri": format!("cloudreve://my/{path}"), "type": "folder" });
        let code = alice.post("/file/create", body).await.code();
        assert!(
            [0, code::ILLEGAL_NAME, code::PARAMETER].contains(&code),
            "{path}: {code}"
        );
        for child in alice.children("/").await {
            alice
                .delete_for_good(&[child["path"].as_str().unwrap()])
                .await
                .done();
        }
    }
}
