//! New accounts, and what a new site starts with.

use super::*;

#[tokio::test]
async fn the_first_account_administers_and_each_gets_a_root_folder() {
    let site = Bench::new().await;
    let first = site.register("first").await.unwrap();
    let second = site.register("second").await.unwrap();
    assert_eq!((first.group_id, second.group_id), (ADMIN_GROUP, GroupId(2)));
    assert_eq!(second.nick, "second");
    assert_eq!(second.settings.version_retention_max, 10);
    assert_eq!(second.settings.email_language, "de-DE");
    let root = file::Entity::find_by_id(second.root_id.unwrap());
    let root = root.one(site.site.store.read()).await.unwrap().unwrap();
    assert_eq!(
        (root.owner_id, root.kind, root.parent_id),
        (second.id, FileKind::Folder, None)
    );
    assert_eq!(site.count(Op::SignUp).await, 2);
}

#[tokio::test]
async fn one_address_is_one_account_even_in_a_race() {
    let site = Arc::new(Bench::new().await);
    let register = || {
        let site = Arc::clone(&site);
        tokio::spawn(async move { site.register("carol").await })
    };
    let (one, two) = tokio::join!(register(), register());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_ok() != two.is_ok());
    let refused = one.err().or(two.err()).unwrap();
    assert!(matches!(refused, AccountError::EmailTaken));
    assert_eq!(
        user::Entity::find()
            .count(site.site.store.read())
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_closed_site_registers_nobody() {
    let site = Bench::new().await;
    site.set("register_enabled", "0").await;
    assert!(matches!(
        site.register("carol").await,
        Err(AccountError::RegistrationClosed)
    ));
}

#[tokio::test]
async fn a_site_that_wants_addresses_confirmed_queues_a_mail_with_the_account() {
    let site = Bench::new().await;
    site.set("email_active", "1").await;
    let carol = site.register("carol").await.unwrap();
    assert_eq!(carol.status, UserStatus::Inactive);
    let again = site.register("carol").await.unwrap_err();
    assert!(matches!(again, AccountError::ActivationSentAgain));
    let mails = entity::task::Entity::find()
        .count(site.site.store.read())
        .await;
    assert_eq!(mails.unwrap(), 2);
}

#[tokio::test]
async fn planting_twice_changes_nothing() {
    let site = Bench::new().await;
    let before = store::settings::all(&site.site.store).await.unwrap();
    site.clock.advance_secs(60);
    let plant = || {
        let (store, now) = (site.site.store.clone(), site.clock.now());
        tokio::spawn(async move {
            site::seed::plant(&store, crate::oauth::builtin_apps(now), now).await
        })
    };
    let (one, two) = tokio::join!(plant(), plant());
    one.unwrap().unwrap();
    two.unwrap().unwrap();
    assert_eq!(
        store::settings::all(&site.site.store).await.unwrap(),
        before
    );
    let db = site.site.store.read();
    assert_eq!(group::Entity::find().count(db).await.unwrap(), 3);
    assert_eq!(entity::node::Entity::find().count(db).await.unwrap(), 1);
    assert_eq!(
        entity::storage_policy::Entity::find()
            .count(db)
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn the_operator_may_do_what_the_site_forbids() {
    let site = Bench::new().await;
    site.set("register_enabled", "0").await;
    let new = |name: &str| NewAccount {
        email: email(name),
        password: PASSWORD.to_owned(),
        language: String::new(),
    };
    let accounts = &site.accounts;
    accounts
        .create_by_operator(new("first"), false)
        .await
        .unwrap();
    let second = accounts
        .create_by_operator(new("second"), false)
        .await
        .unwrap();
    assert_eq!(second.group_id, GroupId(2));
    accounts.promote(&email("second")).await.unwrap();
    accounts
        .set_password(&email("second"), "another")
        .await
        .unwrap();
    let signed_in = site.sign_in("second", "another").await.unwrap();
    assert_eq!(signed_in.account.group.id, ADMIN_GROUP);
    assert!(matches!(
        accounts.promote(&email("nobody")).await,
        Err(AccountError::NotFound)
    ));
    assert_eq!(accounts.all().await.unwrap().len(), 2);
}
