//! Whom tokens speak for, and until when.

use super::*;

#[tokio::test]
async fn a_token_speaks_for_its_account_until_it_expires() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let tokens = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let actor = site.accounts.actor_of(&tokens.access).await.unwrap();
    assert_eq!(actor.user_id(), Some(id));
    assert!(actor.scopes().is_none());
    let refused = site.accounts.actor_of(&tokens.refresh).await.unwrap_err();
    assert!(matches!(refused, AccountError::CredentialInvalid));
    site.clock.advance_secs(3_600);
    assert_eq!(
        site.accounts
            .actor_of(&tokens.access)
            .await
            .unwrap()
            .user_id(),
        None
    );
    assert_eq!(
        site.accounts.actor_of("nonsense").await.unwrap().user_id(),
        None
    );
}

#[tokio::test]
async fn an_apps_token_without_a_grant_counts_for_nothing() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let live = site.site.settings();
    let now = site.clock.now().unix_secs();
    for session_id in [None, Some(uuid::Uuid::new_v4())] {
        let token = live.tokens.issue_access(&site::secret::AccessClaims {
            subject: live.ids.encode(wire::IdKind::User, id.0),
            not_before_unix: now,
            expires_unix: now + 60,
            session_id,
            oauth: Some(site::secret::OAuthClaims {
                client_id: crate::oauth::DESKTOP.guid.to_owned(),
                scopes: [Scope::FilesRead].into_iter().collect(),
            }),
        });
        let refused = site.accounts.actor_of(&token).await.unwrap_err();
        assert!(matches!(refused, AccountError::CredentialInvalid));
    }
}

#[tokio::test]
async fn what_happens_elsewhere_counts_at_once() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let access = site.sign_in("carol", PASSWORD).await.unwrap().tokens.access;
    let before = site.accounts.actor_of(&access).await.unwrap();
    let again = site.accounts.actor_of(&access).await.unwrap();
    assert!(
        Arc::ptr_eq(before.signed_in().unwrap(), again.signed_in().unwrap()),
        "remembered"
    );
    assert_eq!(before.stamp(), again.stamp());

    site.elsewhere(
        id,
        rows::Change {
            nick: Some("Other".into()),
            ..rows::Change::default()
        },
    )
    .await;
    let renamed = site.accounts.actor_of(&access).await.unwrap();
    assert_eq!(renamed.signed_in().unwrap().user.nick, "Other");
    assert_ne!(before.stamp(), renamed.stamp());

    let banned = rows::Change {
        status: Some(UserStatus::SysBanned),
        ..rows::Change::default()
    };
    site.elsewhere(id, banned).await;
    let refused = site.accounts.actor_of(&access).await.unwrap_err();
    assert!(matches!(refused, AccountError::AccountGone));
}

#[tokio::test]
async fn refreshing_keeps_the_session_and_signing_out_ends_it() {
    let site = Arc::new(Bench::new().await);
    site.register("carol").await.unwrap();
    let here = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let there = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let refresh = || {
        let (site, token) = (Arc::clone(&site), here.refresh.clone());
        tokio::spawn(async move { site.accounts.refresh(&token, &Origin::default()).await })
    };
    let (one, two) = tokio::join!(refresh(), refresh());
    let descendant = one.unwrap().unwrap().refresh;
    two.unwrap().unwrap();
    assert_eq!(
        session::Entity::find()
            .count(site.site.store.read())
            .await
            .unwrap(),
        2
    );

    site.accounts
        .sign_out(&here.refresh, &Origin::default())
        .await
        .unwrap();
    site.accounts
        .sign_out(&here.refresh, &Origin::default())
        .await
        .unwrap();
    for token in [&here.refresh, &descendant] {
        let refused = site
            .accounts
            .refresh(token, &Origin::default())
            .await
            .unwrap_err();
        assert!(matches!(refused, AccountError::CredentialInvalid));
    }
    site.accounts
        .refresh(&there.refresh, &Origin::default())
        .await
        .unwrap();
    assert_eq!(site.count(Op::SignOut).await, 1);
}

#[tokio::test]
async fn a_session_that_is_gone_refreshes_nothing() {
    let site = Bench::new().await;
    site.register("carol").await.unwrap();
    let tokens = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let tx = site.site.store.begin().await.unwrap();
    session::Entity::delete_many().exec(tx.db()).await.unwrap();
    tx.commit().await.unwrap();
    let refused = site
        .accounts
        .refresh(&tokens.refresh, &Origin::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, AccountError::CredentialInvalid));
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let tokens = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let change = |current: &str| ProfileChange {
        nick: Some("Carol".to_owned()),
        password: Some(PasswordChange {
            current: current.to_owned(),
            new: "another".to_owned(),
            session_id: None,
        }),
        ..ProfileChange::default()
    };
    let origin = Origin::default();
    let carol = &site.accounts.actor(id).await.unwrap();
    let wrong = site
        .accounts
        .change_profile(carol, change("wrong"), &origin)
        .await;
    assert!(matches!(wrong, Err(AccountError::PasswordWrong)));
    assert_eq!(
        site.accounts.find(id).await.unwrap().user.nick,
        "carol",
        "all or nothing"
    );

    site.accounts
        .change_profile(carol, change(PASSWORD), &origin)
        .await
        .unwrap();
    assert!(
        site.accounts
            .refresh(&tokens.refresh, &Origin::default())
            .await
            .is_err()
    );
    site.accounts.actor_of(&tokens.access).await.unwrap();
    site.sign_in("carol", "another").await.unwrap();
    assert_eq!(site.count(Op::Password).await, 1);
}
