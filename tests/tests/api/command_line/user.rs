//! `alcove user`.

use serde_json::json;
use tests::{PASSWORD, Program, TestServer};

use super::{failed, stderr, succeeded};
use crate::code;

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn the_first_account_made_in_a_shell_is_administrator_and_the_next_is_not() {
    let server = TestServer::start_empty().await;
    let made = server.run(["user", "create", ALICE, "--password", PASSWORD]);
    assert!(succeeded(&made).contains("administrator"), "{made:?}");
    let made = server.run(["user", "create", "bob@example.com", "--password", PASSWORD]);
    assert!(!succeeded(&made).contains("administrator"), "{made:?}");
    let made = server.run([
        "user",
        "create",
        "carol@example.com",
        "--password",
        PASSWORD,
        "--admin",
    ]);
    assert!(succeeded(&made).contains("administrator"), "{made:?}");

    // The server that runs all the while knows them at once.
    for (name, group) in [("alice", "Admin"), ("bob", "User"), ("carol", "Admin")] {
        let who = server.stranger().sign_in(name, PASSWORD).await;
        assert_eq!(who.me().await.ok()["group"]["name"], group, "{name}");
        who.put("/a.txt", "a").await;
        assert_eq!(who.get("/a.txt").await, "a");
    }
}

#[tokio::test]
async fn accounts_are_made_before_the_first_server_starts() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("not/made/yet");
    let made = Program::run(&data, ["user", "create", ALICE, "--password", PASSWORD]);
    assert!(succeeded(&made).contains(ALICE));
    let program = Program::serve(&data, tests::Refusal::Nothing).await;
    let alice = program.stranger().sign_in("alice", PASSWORD).await;
    assert_eq!(alice.me().await.ok()["group"]["name"], "Admin");
    assert!(program.stop());
}

#[tokio::test]
async fn a_password_is_read_from_standard_input() {
    let server = TestServer::start().await;
    let create = server.command(["user", "create", ALICE]);
    let made = Program::finish(create, "a secret from a pipe\n");
    succeeded(&made);
    assert!(!stderr(&made).contains("a secret"), "it is not repeated");
    server
        .stranger()
        .sign_in("alice", "a secret from a pipe")
        .await;

    let change = server.command(["user", "password", ALICE]);
    succeeded(&Program::finish(change, "another secret\r\nnot this line"));
    server.stranger().sign_in("alice", "another secret").await;
}

#[tokio::test]
async fn a_promotion_counts_from_the_next_request_on() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    assert_eq!(alice.me().await.ok()["group"]["name"], "User");
    let quota = alice.total().await;
    succeeded(&server.run(["user", "promote", ALICE]));
    assert_eq!(alice.me().await.ok()["group"]["name"], "Admin");
    assert!(alice.total().await > quota);
    let basic = alice.get_json("/site/config/basic", &[]).await.ok();
    assert_eq!(basic["user"]["group"]["name"], "Admin");
}

#[tokio::test]
async fn a_new_password_ends_every_refresh_and_the_old_password() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let elsewhere = server.stranger().sign_in("alice", PASSWORD).await;
    succeeded(&server.run(["user", "password", ALICE, "--password", "another secret"]));

    for sign_in in [&alice, &elsewhere] {
        sign_in.refresh().await.refused(code::CREDENTIAL_INVALID);
    }
    let stranger = server.stranger();
    stranger
        .try_sign_in("alice", PASSWORD)
        .await
        .refused(code::PASSWORD_WRONG);
    let again = stranger.sign_in("alice", "another secret").await;
    again.refresh().await.ok();
    bob.refresh().await.ok();
}

#[tokio::test]
async fn the_list_names_everybody_once_and_no_secrets() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let listed = server.run(["user", "list"]);
    let lines: Vec<_> = succeeded(&listed).lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("admin@example.com"), "{lines:?}");
    assert!(
        lines[1].contains(ALICE) && lines[1].contains("active"),
        "{lines:?}"
    );
    assert!(!lines.concat().contains("argon2"), "{lines:?}");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_changes_nothing() {
    let server = TestServer::start().await;
    server.user("alice").await;
    let listed = server.run(["user", "list"]);
    let before = succeeded(&listed);

    let taken = server.run([
        "user",
        "create",
        "ALICE@Example.com",
        "--password",
        PASSWORD,
    ]);
    failed(&taken, "");
    for malformed in ["alice", "", "alice@", "a b@example.com"] {
        let made = server.run(["user", "create", malformed, "--password", PASSWORD]);
        failed(&made, "mail");
    }
    for password in ["short", "", &"x".repeat(129)] {
        let made = server.run(["user", "create", "bob@example.com", "--password", password]);
        failed(&made, "password");
        let changed = server.run(["user", "password", ALICE, "--password", password]);
        failed(&changed, "password");
    }
    let nobody = "nobody@example.com";
    let mut said = failed(&server.run(["user", "promote", nobody]), "").to_owned();
    said += failed(
        &server.run(["user", "password", nobody, "--password", PASSWORD]),
        "",
    );
    assert!(said.lines().count() == 2, "a line each: {said}");

    assert_eq!(succeeded(&server.run(["user", "list"])), before);
    server.stranger().sign_in("alice", PASSWORD).await;
    let body = json!({ "email": ALICE, "password": "another secret" });
    server
        .stranger()
        .post("/user", body)
        .await
        .refused(code::EMAIL_EXISTS);
}
