//! What people change, and how they are found.

use super::*;

#[tokio::test]
async fn bad_values_change_nothing() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let carol = &site.accounts.actor(id).await.unwrap();
    let change = ProfileChange {
        nick: Some("Mallory".to_owned()),
        preferred_theme: Some("url(javascript:alert(1))".to_owned()),
        ..ProfileChange::default()
    };
    let refused = site
        .accounts
        .change_profile(carol, change, &Origin::default())
        .await;
    assert!(matches!(refused, Err(AccountError::BadValue(_))));
    assert_eq!(site.accounts.find(id).await.unwrap().user.nick, "carol");
}

#[tokio::test]
async fn pins_are_compared_as_places() {
    let site = Bench::new().await;
    let id = site.register("carol").await.unwrap().id;
    let carol = &site.accounts.actor(id).await.unwrap();
    let uri = |text: &str| FileUri::parse(text).unwrap();
    let folder = uri("cloudreve://my/a%20b/");
    let accounts = &site.accounts;
    accounts
        .pin(carol, &folder, Some("x".to_owned()))
        .await
        .unwrap();
    accounts
        .pin(carol, &uri("cloudreve://MY/a b"), Some("x".to_owned()))
        .await
        .unwrap();
    let other = accounts.pin(carol, &folder, None).await;
    assert!(matches!(other, Err(AccountError::PinTaken)));
    let pins = accounts.find(id).await.unwrap().user.settings.pined.clone();
    assert_eq!(pins.len(), 1);
    assert_eq!(pins[0].uri, "cloudreve://my/a%20b");
    accounts.unpin(carol, &folder).await.unwrap();
    accounts.unpin(carol, &folder).await.unwrap();
    assert!(
        accounts
            .find(id)
            .await
            .unwrap()
            .user
            .settings
            .pined
            .is_empty()
    );
}

#[tokio::test]
async fn searching_takes_patterns_for_what_they_are() {
    let site = Bench::new().await;
    for name in ["alice", "alina", "bob", "a_c"] {
        site.register(name).await.unwrap();
    }
    let found = async |keyword: &str| {
        let found = site.accounts.search(keyword).await.unwrap();
        found
            .iter()
            .map(|account| account.user.nick.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("ALI").await, ["alice", "alina"]);
    assert_eq!(found("a_c").await, ["a_c"]);
    assert!(found("a%e").await.is_empty());
    assert!(matches!(
        site.accounts.search("a").await,
        Err(AccountError::BadValue(_))
    ));
}
