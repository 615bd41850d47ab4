//! Signing in with a password of the LDAP directory: a real slapd.

use serde_json::{Value, json};
use tests::directory::{ADMIN_DN, ADMIN_PASSWORD, BASE, Directory};
use tests::{Client, MailServer, PASSWORD, TestServer};

use crate::code;

const THERE: &str = "there is another one";

fn entries() -> String {
    let person = |uid: &str, mail: &str, group: &str| {
        format!(
            "dn: uid={uid},{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid} of the \
             directory\nsn: x\nmail: {mail}\nou: {group}\nuserPassword: {THERE}\n\n"
        )
    };
    [
        person("alice", "alice@example.com", "staff"),
        person("carol", "carol@example.com", "boss"),
        person("twin1", "twin@example.com", "staff"),
        person("twin2", "twin@example.com", "staff"),
    ]
    .concat()
}

fn config(directory: &Directory, rules: Value) -> String {
    let mut config = json!({
        "url": directory.url(), "base_dn": BASE, "bind_dn": ADMIN_DN,
        "bind_password": ADMIN_PASSWORD, "groups_attribute": "ou",
        "user_filter": "(&(objectClass=inetOrgPerson)(mail={email}))",
    });
    for (name, value) in rules.as_object().unwrap() {
        config[name] = value.clone();
    }
    config.to_string()
}

async fn drive(directory: &Directory, rules: Value) -> TestServer {
    let config = config(directory, rules);
    TestServer::start_with(&[("ldap_enabled", "1"), ("ldap_config", &config)]).await
}

async fn group(client: &Client) -> Value {
    client.me().await.ok()["group"]["name"].clone()
}

#[tokio::test]
async fn people_of_the_directory_get_accounts_where_the_operator_wants_it() {
    let directory = Directory::start(&entries());
    let rules = json!({ "create_accounts": true, "group_map": { "boss": 1 } });
    let server = drive(&directory, rules).await;
    let stranger = server.stranger();
    let prepared = stranger
        .get_json("/session/prepare", &[("email", "carol@example.com")])
        .await;
    assert_eq!(prepared.ok()["password_enabled"], true);

    let carol = stranger.sign_in("carol", THERE).await;
    let me = carol.me().await.ok();
    assert_eq!(me["nickname"], "carol of the directory");
    assert_eq!(me["email"], "carol@example.com");
    assert_eq!(group(&carol).await, "Admin");
    assert_eq!(group(&stranger.sign_in("alice", THERE).await).await, "User");
    carol.put("/a.txt", "a").await;
    assert_eq!(
        stranger.sign_in("carol", THERE).await.get("/a.txt").await,
        "a"
    );
    let settings = carol.get_json("/user/setting", &[]).await.ok();
    assert_eq!(settings["passwordless"], true);
    assert_eq!(settings["open_id"][0]["provider"], 3);
    carol
        .delete_json("/session/openid/3", json!({}))
        .await
        .refused(code::LAST_WAY_IN);
}

#[tokio::test]
async fn wrong_passwords_and_tricks_with_addresses_open_nothing() {
    let directory = Directory::start(&entries());
    let server = drive(&directory, json!({ "create_accounts": true })).await;
    let stranger = server.stranger();
    for password in ["wrong", "    ", ADMIN_PASSWORD, PASSWORD] {
        let reply = stranger.try_sign_in("carol", password).await;
        reply.refused(code::PASSWORD_WRONG);
    }
    for address in [
        "*@example.com",
        "c*@example.com",
        "twin@example.com",
        "nobody@example.com",
    ] {
        let body = json!({ "email": address, "password": THERE });
        stranger
            .post("/session/token", body)
            .await
            .refused(code::PASSWORD_WRONG);
    }
    let empty = json!({ "email": "carol@example.com", "password": "" });
    stranger
        .post("/session/token", empty)
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn an_account_here_is_not_taken_over_from_there() {
    let directory = Directory::start(&entries());
    let server = drive(&directory, json!({ "create_accounts": true })).await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    stranger
        .try_sign_in("alice", THERE)
        .await
        .refused(code::PASSWORD_WRONG);
    stranger
        .try_sign_in("carol", PASSWORD)
        .await
        .refused(code::PASSWORD_WRONG);
    assert_eq!(stranger.sign_in("alice", PASSWORD).await.id, alice.id);
}

#[tokio::test]
async fn accounts_of_the_same_address_are_linked_where_the_operator_wants_it() {
    let directory = Directory::start(&entries());
    let server = drive(&directory, json!({ "link_by_email": true })).await;
    let alice = server.user("alice").await;
    let stranger = server.stranger();
    assert_eq!(stranger.sign_in("alice", THERE).await.id, alice.id);
    assert_eq!(
        stranger.sign_in("alice", PASSWORD).await.id,
        alice.id,
        "both fit"
    );
    stranger
        .try_sign_in("carol", THERE)
        .await
        .refused(code::PASSWORD_WRONG);
    alice
        .delete_json("/session/openid/3", json!({}))
        .await
        .done();
}

#[tokio::test]
async fn banned_people_stay_outside() {
    let directory = Directory::start(&entries());
    let server = drive(&directory, json!({ "create_accounts": true })).await;
    let stranger = server.stranger();
    stranger.sign_in("carol", THERE).await;
    server
        .tamper("UPDATE users SET status = 'manual_banned' WHERE email = 'carol@example.com'")
        .await;
    stranger
        .try_sign_in("carol", THERE)
        .await
        .refused(code::USER_BANNED);
    stranger
        .try_sign_in("carol", "wrong")
        .await
        .refused(code::PASSWORD_WRONG);
}

#[tokio::test]
async fn without_the_directory_people_of_this_site_still_come_in() {
    let mut directory = Directory::start(&entries());
    let server = drive(&directory, json!({ "create_accounts": true })).await;
    server.user("alice").await;
    directory.stop();
    let stranger = server.stranger();
    stranger.sign_in("alice", PASSWORD).await;
    stranger
        .try_sign_in("carol", THERE)
        .await
        .refused(code::PASSWORD_WRONG);
}

#[tokio::test]
async fn a_directory_that_speaks_no_tls_is_not_trusted_when_tls_is_wanted() {
    let directory = Directory::start(&entries());
    let tls = format!("ldaps://127.0.0.1:{}", directory.port());
    for wanted in [json!({ "url": tls }), json!({ "start_tls": true })] {
        let mut rules = wanted;
        rules["create_accounts"] = json!(true);
        let server = drive(&directory, rules).await;
        server
            .stranger()
            .try_sign_in("carol", THERE)
            .await
            .refused(code::PASSWORD_WRONG);
        server.stranger().sign_in("admin", PASSWORD).await;
    }
}

#[tokio::test]
async fn who_came_and_who_did_not_is_journalled_with_address_and_program() {
    let directory = Directory::start(&entries());
    let server = drive(&directory, json!({ "create_accounts": true })).await;
    let stranger = server.stranger();
    let guest = stranger.using("a guest");
    guest.try_sign_in("carol", THERE).await.ok();
    let burglar = stranger.using("a burglar");
    let refused = burglar.try_sign_in("carol", "wrong").await;
    refused.refused(code::PASSWORD_WRONG);
    let came = server.told("sign_in", "a guest").await;
    let refused = server.told("sign_in_failed", "a burglar").await;
    assert_eq!((came.len(), refused.len()), (1, 1));
    assert_eq!(came[0]["method"], "directory");
    for entry in [&came[0], &refused[0]] {
        assert_eq!(entry["ip"], "127.0.0.1");
    }
}

#[tokio::test]
async fn who_was_always_vouched_for_gets_no_password_by_mail() {
    let directory = Directory::start(&entries());
    let rules = json!({ "create_accounts": true, "link_by_email": true });
    let config = config(&directory, rules);
    let mail = MailServer::start().await;
    let settings = [("ldap_enabled", "1"), ("ldap_config", config.as_str())];
    let server = TestServer::start_with_mail(&mail, &settings).await;
    server.user("alice").await;
    let stranger = server.stranger();
    stranger.sign_in("carol", THERE).await;
    // Linked as well, but with a password that she may have forgotten.
    stranger.sign_in("alice", THERE).await;
    for name in ["carol", "alice"] {
        let body = json!({ "email": format!("{name}@example.com") });
        stranger.post("/user/reset", body).await.done();
    }
    server.mail_is_out().await;
    assert_eq!(mail.next().await.to, ["alice@example.com"]);
    assert!(mail.is_empty().await, "carol got a letter");
}
