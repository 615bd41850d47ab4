//! Passwords and captchas.

use super::*;

#[tokio::test]
async fn the_password_is_looked_at_before_the_status() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let banned = || rows::Change {
        status: Some(UserStatus::ManualBanned),
        ..rows::Change::default()
    };
    site.elsewhere(id, banned()).await;
    assert!(matches!(
        site.sign_in("carol", "wrong").await,
        Err(AccountError::SignInRefused)
    ));
    assert!(matches!(
        site.sign_in("carol", PASSWORD).await,
        Err(AccountError::Banned)
    ));
    let waiting = rows::Change {
        status: Some(UserStatus::Inactive),
        ..rows::Change::default()
    };
    site.elsewhere(id, waiting).await;
    assert!(matches!(
        site.sign_in("carol", PASSWORD).await,
        Err(AccountError::NotActivated)
    ));
    assert!(matches!(
        site.sign_in("nobody", PASSWORD).await,
        Err(AccountError::SignInRefused)
    ));
    assert_eq!(
        (
            site.count(Op::SignInFailed).await,
            site.count(Op::SignIn).await
        ),
        (4, 0)
    );
}

#[tokio::test]
async fn a_second_factor_is_never_skipped() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let guarded = rows::Change {
        two_factor_secret: Some(Some("ABC".into())),
        ..rows::Change::default()
    };
    site.elsewhere(id, guarded).await;
    let step = site.first_step("carol", PASSWORD).await.unwrap();
    let SignInStep::SecondFactor { session } = step else {
        panic!("it was skipped");
    };
    for code in ["", "000000", "abcd-efgh-jkmn"] {
        let refused = site
            .accounts
            .sign_in_with_code(&session, code, &Origin::default())
            .await;
        assert!(matches!(refused, Err(AccountError::SecondFactorWrong)));
    }
}

#[tokio::test]
async fn an_old_digest_is_renewed_before_tokens_depend_on_it() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    // Vector of the V4 API for the password `secret12`.
    let old = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6:\
               f3427aa92cd8ad4c7b33e496ab9b2fa8703397d3d47f4ad685fadcb8875c330e";
    site.elsewhere(
        id,
        rows::Change {
            password: Some(Some(old.into())),
            ..rows::Change::default()
        },
    )
    .await;
    let signed_in = site.sign_in("carol", "secret12").await.unwrap();
    let stored = signed_in.account.user.password.clone().unwrap();
    assert!(stored.starts_with("$argon2id$"), "{stored}");
    site.accounts
        .refresh(&signed_in.tokens.refresh, &Origin::default())
        .await
        .unwrap();
    site.sign_in("carol", "secret12").await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_run_out_and_right_ones_do_not() {
    let site = Bench::new().await;
    site.register("carol").await.unwrap();
    for _ in 0..3 {
        site.sign_in("carol", PASSWORD).await.unwrap();
    }
    // On a busy machine tries come back while others are hashed.
    let mut tries = 0;
    while let Err(AccountError::SignInRefused) = site.sign_in("carol", "wrong").await {
        tries += 1;
        assert!(tries < 200, "wrong passwords do not run out");
    }
    assert!(tries >= 20, "{tries}");
    assert!(matches!(
        site.sign_in("carol", PASSWORD).await,
        Err(AccountError::TooManyTries(_))
    ));
    site.clock.advance_secs(10);
    site.sign_in("carol", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_captcha_is_good_for_one_answer_and_ten_minutes() {
    let site = Bench::new().await;
    site.set("login_captcha", "1").await;
    let check = async |ticket: &str, answer: &str| {
        site.accounts
            .check_captcha(CaptchaPurpose::SignIn, CaptchaAnswer { answer, ticket })
            .await
    };
    let answer_of = async |ticket: &str| {
        let row = entity::ticket::Entity::find_by_id(ticket)
            .one(site.site.store.read())
            .await;
        row.unwrap().unwrap().value.to_lowercase()
    };
    let drawn = site.accounts.draw_captcha().await.unwrap();
    assert_eq!(drawn.ticket.len(), 20);
    let answer = answer_of(&drawn.ticket).await;
    check(&drawn.ticket, &answer).await.unwrap();
    assert!(matches!(
        check(&drawn.ticket, &answer).await,
        Err(AccountError::CaptchaWrong)
    ));

    let drawn = site.accounts.draw_captcha().await.unwrap();
    let answer = answer_of(&drawn.ticket).await;
    assert!(check(&drawn.ticket, "wrong").await.is_err());
    assert!(check(&drawn.ticket, &answer).await.is_err(), "one try");

    let drawn = site.accounts.draw_captcha().await.unwrap();
    let answer = answer_of(&drawn.ticket).await;
    site.clock.advance_secs(600);
    assert!(check(&drawn.ticket, &answer).await.is_err(), "expired");
    assert!(check("", "").await.is_err());

    // Registering asks only where the site wants it.
    let nothing = CaptchaAnswer {
        answer: "",
        ticket: "",
    };
    site.accounts
        .check_captcha(CaptchaPurpose::Register, nothing)
        .await
        .unwrap();
    site.set("captcha_type", "turnstile").await;
    assert!(check("token", "").await.is_err(), "nobody can verify it");
}
