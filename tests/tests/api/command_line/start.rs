//! `alcove serve` where it must not, or cannot, start.

use std::net::TcpListener;

use tests::{PASSWORD, Program, TestServer, files_below};

use super::{failed, succeeded};

#[tokio::test]
async fn two_servers_do_not_share_a_data_folder() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    let second = server.run(["serve", "--listen", "127.0.0.1:0"]);
    failed(&second, "in use by another Alcove server");
    alice.put("/b.txt", "b").await;
    assert_eq!(alice.get("/a.txt").await, "a");
}

#[tokio::test]
async fn a_folder_is_free_again_after_its_server() {
    let data = tempfile::tempdir().unwrap();
    let first = Program::serve(data.path(), tests::Refusal::Nothing).await;
    let second = Program::run(data.path(), ["serve", "--listen", "127.0.0.1:0"]);
    failed(&second, "in use");
    first.kill();
    let third = Program::serve(data.path(), tests::Refusal::Nothing).await;
    assert!(third.stop());
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    server.stop();
    server
        .tamper(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)",
        )
        .await;
    for output in [
        server.run(["serve", "--listen", "127.0.0.1:0"]),
        server.run(["doctor", "--repair"]),
        server.run(["user", "list"]),
        server.run(["user", "create", "bob@example.com", "--password", PASSWORD]),
    ] {
        let said = failed(&output, "newer version of Alcove");
        assert!(said.contains("m29990101_000001_later"), "{said}");
    }
    server
        .tamper("DELETE FROM seaql_migrations WHERE version = 'm29990101_000001_later'")
        .await;
    server.start_again().await;
    assert_eq!(alice.get("/a.txt").await, "a");
    let listed = server.run(["user", "list"]);
    assert!(!succeeded(&listed).contains("bob"));
}

#[test]
fn an_address_that_cannot_be_listened_on_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for listen in [
        "nonsense",
        "127.0.0.1",
        "127.0.0.1:99999",
        "203.0.113.1:5212",
        &taken,
    ] {
        let output = Program::run(data.path(), ["serve", "--listen", listen]);
        failed(&output, &format!("cannot listen on {listen}"));
    }
}

#[test]
fn unknown_words_are_refused_before_anything_is_touched() {
    let data = tempfile::tempdir().unwrap();
    for args in [
        ["serve", "--lisen", "127.0.0.1:0"],
        ["serve", "--", "extra"],
        ["sever", "--listen", "127.0.0.1:0"],
        ["user", "remove", "alice@example.com"],
        ["doctor", "--repiar", "--hash"],
        ["user", "create", "--admin"],
    ] {
        let output = Program::run(data.path(), args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        failed(&output, "Usage");
    }
    assert!(files_below(data.path()).is_empty());
}

#[test]
fn settings_that_mean_nothing_are_named() {
    let data = tempfile::tempdir().unwrap();
    let with = |name: &str, value: &str| {
        let mut command = Program::command(data.path(), ["serve", "--listen", "127.0.0.1:0"]);
        command.env(name, value);
        Program::finish(command, "")
    };
    for url in [
        "nonsense",
        "redis://localhost",
        "postgres://alcove@127.0.0.1:1/alcove",
    ] {
        failed(&with("ALCOVE_DATABASE_URL", url), "database");
    }
    let secret = "postgres://alcove:a-secret-word@127.0.0.1:1/alcove";
    let said = with("ALCOVE_DATABASE_URL", secret);
    // Nobody listens there, and that is what it says.
    let said = failed(&said, "refused");
    assert!(said.contains("database"), "{said}");
    assert!(!said.contains("a-secret-word"), "{said}");
    failed(
        &with("ALCOVE_TRUSTED_PROXIES", "10.0.0.0/33"),
        "10.0.0.0/33",
    );
    failed(&with("ALCOVE_PROXY_HEADER", "X Real IP"), "X Real IP");
    failed(&with("ALCOVE_BODY_TIMEOUT", "0"), "--body-timeout");
    let said = with("ALCOVE_MASTER_KEY", "too short");
    assert!(
        !failed(&said, "master key").contains("too short"),
        "{said:?}"
    );

    let file = data.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let output = Program::run(&file, ["serve", "--listen", "127.0.0.1:0"]);
    failed(&output, "cannot use the data folder");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder");
}

#[tokio::test]
async fn a_collected_log_is_lines_of_json_with_plain_values() {
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let program = Program::serve_with(data.path(), tests::Refusal::Nothing, |command| {
        let log = std::fs::File::create(&log).unwrap();
        command
            .env("ALCOVE_LISTN", "a typing error")
            .stdout(log.try_clone().unwrap())
            .stderr(log);
    })
    .await;
    let wrong = serde_json::json!({ "email": "nobody@example.com", "password": "wrong" });
    program.stranger().post("/session/token", wrong).await;
    assert!(program.stop());

    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let told = |message: &str| {
        let has = |line: &&serde_json::Value| line["fields"]["message"] == message;
        let found = lines.iter().find(has);
        found.unwrap_or_else(|| panic!("{message}: {text}"))
    };
    let failed = told("a sign-in failed");
    assert_eq!(failed["fields"]["ip"], "127.0.0.1");
    assert!(
        failed["spans"].is_array() && failed.get("span").is_none(),
        "{failed}"
    );
    assert!(told("listening")["fields"]["addr"].is_string());
    assert!(!text.contains("Some("), "{text}");
    assert!(text.contains("ALCOVE_LISTN"), "{text}");
    // What the program keeps beside the settings is none of the operator's.
    assert!(!text.contains("rows that mean nothing"), "{text}");
}

#[test]
fn a_damaged_master_key_is_not_replaced() {
    let data = tempfile::tempdir().unwrap();
    let key = data.path().join("master.key");
    std::fs::write(&key, "not a key").unwrap();
    let output = Program::run(data.path(), ["serve", "--listen", "127.0.0.1:0"]);
    failed(&output, "master.key");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "not a key");
}

/// Every command that opens a site.
fn commands(server: &TestServer) -> [std::process::Output; 4] {
    [
        server.run(["serve", "--listen", "127.0.0.1:0"]),
        server.run(["doctor"]),
        server.run(["doctor", "--repair"]),
        server.run(["user", "list"]),
    ]
}

#[tokio::test]
async fn a_lost_master_key_is_told_and_not_replaced() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    server.stop();
    let path = server.data().join("master.key");
    let key = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for output in commands(&server) {
        failed(&output, "master.key");
        assert!(!path.exists());
    }
    // One of another site is none.
    std::fs::write(&path, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    for output in commands(&server) {
        failed(&output, "not the master key");
    }
    std::fs::write(&path, key).unwrap();
    server.start_again().await;
    alice.me().await.ok();
}

#[tokio::test]
async fn a_database_works_with_its_own_data_folder_only() {
    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.put("/a.txt", "a").await;
    server.stop();
    let own = server.data().join("folder.id");
    let id = std::fs::read_to_string(&own).unwrap();
    // A folder that was mistaken for it, with and without a past of its own.
    std::fs::remove_file(&own).unwrap();
    for other in [None, Some("5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33\n")] {
        if let Some(other) = other {
            std::fs::write(&own, other).unwrap();
        }
        for output in commands(&server) {
            let said = failed(&output, "is not the one of this database");
            assert!(said.contains(id.trim()), "{said}");
        }
        assert_eq!(std::fs::read_to_string(&own).ok().as_deref(), other);
    }
    std::fs::write(&own, id).unwrap();
    server.start_again().await;
    assert_eq!(alice.get("/a.txt").await, "a");
}

#[test]
fn commands_make_no_site_where_there_is_none() {
    let parent = tempfile::tempdir().unwrap();
    let mistyped = parent.path().join("typo");
    let commands: [&[&str]; 8] = [
        &["doctor", "--repair"],
        &["user", "list"],
        &["user", "ban", "a@example.com"],
        &["group", "list"],
        &["setting", "list"],
        &["setting", "reset", "siteName"],
        &["app", "list"],
        &["app", "rotate-key"],
    ];
    for args in commands {
        let mut command = Program::command(&mistyped, []);
        command.args(args);
        failed(&Program::finish(command, ""), "there is no database");
        assert!(!mistyped.exists(), "{args:?}");
    }
}

#[test]
fn settings_of_the_environment_that_make_no_sense_stop_the_start() {
    let data = tempfile::tempdir().unwrap();
    for (name, value, said) in [
        (
            "ALCOVE_SETTING_siteurl",
            "https://a.example",
            "is siteURL meant?",
        ),
        (
            "ALCOVE_SETTING_smtpPort",
            "many",
            "ALCOVE_SETTING_smtpPort cannot be",
        ),
        (
            "ALCOVE_SETTING_oidc_config",
            "no JSON, but hush",
            "ALCOVE_SETTING_oidc_config makes no sense",
        ),
    ] {
        let mut command = Program::command(data.path(), ["serve", "--listen", "127.0.0.1:0"]);
        command.env(name, value);
        let stopped = Program::finish(command, "");
        failed(&stopped, said);
        let told = format!("{stopped:?}");
        assert!(!told.contains("hush"), "secrets are not repeated: {told}");
        assert!(files_below(data.path()).is_empty(), "nothing is made");
    }
}
