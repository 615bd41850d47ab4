//! Ways into what is not shared. Each must fail.

use super::furnish;
use crate::code;
use serde_json::json;
use tests::{TestServer, escape};

#[tokio::test]
async fn dots_and_slashes_do_not_lead_out_of_a_share() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs/sub", json!({})).await;
    let stranger = server.stranger();
    let root = share.at("/");
    for path in [
        "/../plan.md",
        "/../../private.txt",
        "/%2e%2e/plan.md",
        "/sub/../../plan.md",
        "/..%2f..%2fprivate.txt",
        "/%2e%2e%2fplan.md",
        "/docs/plan.md",
        "//private.txt",
    ] {
        let uri = format!("{root}{path}");
        for reply in [
            stranger.info(&uri).await,
            stranger.try_urls(&[&uri], json!({})).await,
            stranger.list(&uri).await,
        ] {
            let code = reply.inner_code();
            assert!(
                [code::PARENT_NOT_EXIST, code::ILLEGAL_NAME, code::PARAMETER].contains(&code),
                "{uri}: {}",
                reply.text()
            );
        }
    }
    // Above the root is the root.
    let data = stranger.list(&format!("{root}/../..")).await.ok();
    assert_eq!(super::names(&data), ["deep file.txt"]);
}

#[tokio::test]
async fn ids_of_what_is_outside_open_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let outside = alice.info("/private.txt").await.ok();
    let (id, version) = (
        outside["id"].as_str().unwrap(),
        outside["primary_entity"].clone(),
    );
    bob.info_by_id(id).await.refused(code::PARENT_NOT_EXIST);
    // A version of another file is not a version of this one.
    let stranger = server.stranger();
    let reply = stranger
        .try_urls(&[share.at("/plan.md")], json!({ "entity": version }))
        .await;
    assert_eq!(reply.inner_code(), code::ENTITY_NOT_EXIST);
    for uri in [
        format!("cloudreve://{}@my/private.txt", alice.id),
        format!("cloudreve://{}@share/", alice.id),
        format!("cloudreve://{id}@share/"),
        "cloudreve://share/plan.md".to_owned(),
        "cloudreve://@share/plan.md".to_owned(),
    ] {
        let code = bob.list(&uri).await.code();
        assert_ne!(code, 0, "{uri}");
    }
}

#[tokio::test]
async fn guessing_a_password_is_stopped_on_every_door() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let stranger = server.stranger();
    let mut refused = 0;
    for n in 0..30 {
        let guess = share.with_password(Some(&format!("guess{n}")));
        let code = match n % 4 {
            0 => stranger.list(&guess.at("/")).await.code(),
            1 => stranger.info(&guess.at("/plan.md")).await.code(),
            2 => {
                let urls = stranger.try_urls(&[guess.at("/plan.md")], json!({})).await;
                urls.inner_code()
            }
            _ => {
                let password = guess.password.as_deref().unwrap();
                let info = stranger
                    .share_info(&share.id, &[("password", password)])
                    .await;
                if info.code() == 0 {
                    code::INCORRECT_PASSWORD
                } else {
                    info.code()
                }
            }
        };
        if code == code::NO_PERMISSION {
            refused += 1;
        } else {
            assert_eq!(code, code::INCORRECT_PASSWORD);
        }
    }
    assert!(refused >= 8, "only {refused} of 30 were refused");
    // The right one comes too late now; the owner is let in by who she is.
    stranger
        .list(&share.at("/"))
        .await
        .refused(code::NO_PERMISSION);
    alice.list(&share.at("/")).await.ok();
    // Without a password nothing is guessed, so nothing is refused.
    stranger
        .list(&share.with_password(None).at("/"))
        .await
        .refused(code::INCORRECT_PASSWORD);
    // Other shares are not affected.
    let other = alice.share("/docs", json!({ "is_private": true })).await;
    stranger.list(&other.at("/")).await.ok();
}

#[tokio::test]
async fn guesses_in_one_batch_are_as_many_guesses() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let stranger = server.stranger();
    let guess = |n: u32| share.with_password(Some(&format!("guess{n}")));
    let guesses: Vec<String> = (0..100).map(|n| guess(n).at("/plan.md")).collect();
    let json = stranger.try_urls(&guesses, json!({})).await.json();
    let errors = json["aggregated_error"].as_object().unwrap();
    let looked_at = errors
        .values()
        .filter(|error| error["code"] == code::INCORRECT_PASSWORD);
    assert!(looked_at.count() <= 21, "{json}");
    stranger
        .try_urls(&guesses, json!({ "skip_error": true }))
        .await
        .ok();
    stranger
        .list(&share.at("/"))
        .await
        .refused(code::NO_PERMISSION);
}

#[tokio::test]
async fn a_wrong_password_is_in_the_journal_and_tells_no_password() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let stranger = server.stranger();
    let wrong = share.with_password(Some("ItsWrong1")).at("/");
    let asked = stranger
        .request(reqwest::Method::GET, "/file")
        .query(&[("uri", &wrong)])
        .header("User-Agent", "a guesser");
    stranger.send(asked).await.refused(code::INCORRECT_PASSWORD);
    stranger.list(&share.at("/")).await.ok();
    // It is written beside the answer.
    let noted = async {
        loop {
            let noted = server.journal("proof_failed").await;
            if !noted.is_empty() {
                return noted;
            }
            tokio::task::yield_now().await;
        }
    };
    let noted = tokio::time::timeout(std::time::Duration::from_secs(20), noted).await;
    let noted = noted.expect("it is noted in time");
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0]["user_agent"], "a guesser");
    assert_eq!(noted[0]["ip"], "127.0.0.1");
    assert!(!noted[0].to_string().contains("ItsWrong1"));
}

#[tokio::test]
async fn knowing_the_password_costs_no_tries() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let stranger = server.stranger();
    for _ in 0..40 {
        stranger.list(&share.at("/")).await.ok();
    }
}

#[tokio::test]
async fn nothing_is_made_or_taken_through_somebody_elses_share() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({})).await;
    let plan = share.at("/plan.md");
    let version = alice.info("/docs/plan.md").await.ok()["primary_entity"].clone();
    let version = version.as_str().unwrap();
    let before = alice.everything().await;
    bob.set_version(&plan, version)
        .await
        .refused(code::OWNER_ONLY);
    bob.delete_version(&plan, version)
        .await
        .refused(code::OWNER_ONLY);
    bob.try_share(&plan, json!({}))
        .await
        .refused(code::NO_PERMISSION);
    let source = json!({ "uris": [plan] });
    let source = bob.put_json("/file/source", source).await;
    assert_eq!(source.inner_code(), code::OWNER_ONLY);
    bob.post("/file/restore", json!({ "uris": [plan] }))
        .await
        .json();
    assert_eq!(alice.everything().await, before);
}

#[tokio::test]
async fn odd_ids_and_passwords_are_refused_and_break_nothing() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    furnish(&alice).await;
    let share = alice.share("/docs", json!({ "is_private": true })).await;
    let stranger = server.stranger();
    let long = "x".repeat(10_000);
    for password in ["'; DROP TABLE shares; --", "\0", "%", "ü", "a:b@c/d", &long] {
        let uri = format!("cloudreve://{}:{}@share", share.id, escape(password));
        let code = stranger.list(&uri).await.code();
        assert!(
            [code::INCORRECT_PASSWORD, code::PARAMETER].contains(&code),
            "{password}: {code}"
        );
    }
    for id in ["' OR 1=1", "..", "%00", &long] {
        let uri = format!("cloudreve://{}@share", escape(id));
        let code = stranger.list(&uri).await.code();
        assert!(
            [code::NOT_FOUND, code::PARAMETER].contains(&code),
            "{id}: {code}"
        );
    }
    alice.share_info(&share.id, &[]).await.ok();
}
