#![allow(clippy::unwrap_used)]

use super::*;
use crate::clock::{Clock, ShiftedClock};
use crate::journal::Op;
use crate::policy::Policies;
use crate::secret::{MasterKey, PasswordHasher, Scope, Sealer};
use crate::settings::live::SettingsHandle;
use crate::store::{self, accounts as rows};
use crate::wire::FileUri;
use entity::{file, journal, token_family, user};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";

/// A new site in a temporary folder.
struct Site {
    accounts: Accounts,
    core: Arc<Core>,
    clock: Arc<ShiftedClock>,
    _data: TempDir,
}

impl Site {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let clock = Arc::new(ShiftedClock::default());
        crate::seed::plant(&store, clock.now()).await.unwrap();
        let core = Arc::new(Core {
            settings: SettingsHandle::load(&store).await.unwrap(),
            policies: Policies::new(store.clone(), data.path()),
            open_blobs: crate::blob::KeptOpen::default(),
            passwords: PasswordHasher::new(2),
            sealer: Sealer::new(&MasterKey::from_bytes([7; 32])),
            limiter: Arc::new(crate::limiter::Limiter::new(clock.clone())),
            data: data.path().to_owned(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            store,
        });
        let limiter = Arc::new(Limiter::new(Arc::clone(&core.clock)));
        Self {
            accounts: Accounts::new(Arc::clone(&core), limiter),
            core,
            clock,
            _data: data,
        }
    }

    async fn register(&self, name: &str) -> Result<user::Model, AccountError> {
        let new = NewAccount {
            email: email(name),
            password: PASSWORD.to_owned(),
            language: "de-DE".to_owned(),
        };
        self.accounts.register(new, &Origin::default()).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Result<SignedIn, AccountError> {
        match self.first_step(name, password).await? {
            SignInStep::Done(signed_in) => Ok(signed_in),
            SignInStep::SecondFactor { .. } => panic!("{name} has a second factor"),
        }
    }

    async fn first_step(&self, name: &str, password: &str) -> Result<SignInStep, AccountError> {
        self.accounts
            .sign_in(&email(name), password, &Origin::default())
            .await
    }

    async fn set(&self, name: &str, value: &str) {
        let rows = vec![(name.to_owned(), value.to_owned())];
        self.core
            .settings
            .put(&self.core.store, rows)
            .await
            .unwrap();
    }

    /// What somebody else, on another replica, does to an account's row.
    async fn elsewhere(&self, id: UserId, change: user::ActiveModel) {
        let tx = self.core.store.begin().await.unwrap();
        let row = rows::locked(tx.db(), id).await.unwrap().unwrap();
        rows::update(tx.db(), &row, change, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn count(&self, op: Op) -> u64 {
        let rows = journal::Entity::find().filter(journal::Column::Op.eq(op.as_str()));
        rows.count(self.core.store.read()).await.unwrap()
    }
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}

#[tokio::test]
async fn the_first_account_administers_and_each_gets_a_root_folder() {
    let site = Site::new().await;
    let first = site.register("first").await.unwrap();
    let second = site.register("second").await.unwrap();
    assert_eq!((first.group_id, second.group_id), (ADMIN_GROUP, GroupId(2)));
    assert_eq!(second.nick, "second");
    assert_eq!(second.settings.version_retention_max, 10);
    assert_eq!(second.settings.email_language, "de-DE");
    let root = file::Entity::find_by_id(second.root_id.unwrap());
    let root = root.one(site.core.store.read()).await.unwrap().unwrap();
    assert_eq!(
        (root.owner_id, root.kind, root.parent_id),
        (second.id, file::KIND_FOLDER, None)
    );
    assert_eq!(site.count(Op::SignUp).await, 2);
}

#[tokio::test]
async fn one_address_is_one_account_even_in_a_race() {
    let site = Site::new().await;
    let (one, two) = tokio::join!(site.register("carol"), site.register("carol"));
    assert!(one.is_ok() != two.is_ok());
    let refused = one.err().or(two.err()).unwrap();
    assert!(matches!(refused, AccountError::EmailTaken));
    assert_eq!(
        user::Entity::find()
            .count(site.core.store.read())
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_closed_site_registers_nobody() {
    let site = Site::new().await;
    site.set("register_enabled", "0").await;
    assert!(matches!(
        site.register("carol").await,
        Err(AccountError::RegistrationClosed)
    ));
}

#[tokio::test]
async fn a_site_that_wants_addresses_confirmed_queues_a_mail_with_the_account() {
    let site = Site::new().await;
    site.set("email_active", "1").await;
    let carol = site.register("carol").await.unwrap();
    assert_eq!(carol.status, INACTIVE);
    let again = site.register("carol").await.unwrap_err();
    assert!(matches!(again, AccountError::ActivationSentAgain));
    let mails = entity::task::Entity::find()
        .count(site.core.store.read())
        .await;
    assert_eq!(mails.unwrap(), 2);
}

#[tokio::test]
async fn the_password_is_looked_at_before_the_status() {
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    let banned = || user::ActiveModel {
        status: Set("manual_banned".into()),
        ..Default::default()
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
    let waiting = user::ActiveModel {
        status: Set(INACTIVE.into()),
        ..Default::default()
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
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    let guarded = user::ActiveModel {
        two_factor_secret: Set(Some("ABC".into())),
        ..Default::default()
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
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    // Vector of the V4 API for the password `secret12`.
    let old = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6:\
               f3427aa92cd8ad4c7b33e496ab9b2fa8703397d3d47f4ad685fadcb8875c330e";
    site.elsewhere(
        id,
        user::ActiveModel {
            password: Set(Some(old.into())),
            ..Default::default()
        },
    )
    .await;
    let signed_in = site.sign_in("carol", "secret12").await.unwrap();
    let stored = signed_in.account.user.password.clone().unwrap();
    assert!(stored.starts_with("$argon2id$"), "{stored}");
    site.accounts
        .refresh(&signed_in.tokens.refresh)
        .await
        .unwrap();
    site.sign_in("carol", "secret12").await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_run_out_and_right_ones_do_not() {
    let site = Site::new().await;
    site.register("carol").await.unwrap();
    for _ in 0..3 {
        site.sign_in("carol", PASSWORD).await.unwrap();
    }
    for _ in 0..20 {
        assert!(matches!(
            site.sign_in("carol", "wrong").await,
            Err(AccountError::SignInRefused)
        ));
    }
    assert!(matches!(
        site.sign_in("carol", PASSWORD).await,
        Err(AccountError::TooManyTries(_))
    ));
    site.clock.advance_secs(10);
    site.sign_in("carol", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_token_speaks_for_its_account_until_it_expires() {
    let site = Site::new().await;
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
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    let live = site.core.settings();
    let now = site.clock.now().unix_secs();
    for sign_in in [None, Some(uuid::Uuid::new_v4())] {
        let token = live.tokens.issue_access(&crate::secret::AccessClaims {
            subject: live.ids.encode(crate::wire::IdKind::User, id.0),
            not_before_unix: now,
            expires_unix: now + 60,
            sign_in,
            oauth: Some(crate::secret::OAuthClaims {
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
    let site = Site::new().await;
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
        user::ActiveModel {
            nick: Set("Other".into()),
            ..Default::default()
        },
    )
    .await;
    let renamed = site.accounts.actor_of(&access).await.unwrap();
    assert_eq!(renamed.signed_in().unwrap().user.nick, "Other");
    assert_ne!(before.stamp(), renamed.stamp());

    let banned = user::ActiveModel {
        status: Set("sys_banned".into()),
        ..Default::default()
    };
    site.elsewhere(id, banned).await;
    let refused = site.accounts.actor_of(&access).await.unwrap_err();
    assert!(matches!(refused, AccountError::AccountGone));
}

#[tokio::test]
async fn refreshing_keeps_the_family_and_signing_out_ends_it() {
    let site = Site::new().await;
    site.register("carol").await.unwrap();
    let here = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let there = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let (one, two) = tokio::join!(
        site.accounts.refresh(&here.refresh),
        site.accounts.refresh(&here.refresh)
    );
    let descendant = one.unwrap().refresh;
    two.unwrap();
    assert_eq!(
        token_family::Entity::find()
            .count(site.core.store.read())
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
        let refused = site.accounts.refresh(token).await.unwrap_err();
        assert!(matches!(refused, AccountError::CredentialInvalid));
    }
    site.accounts.refresh(&there.refresh).await.unwrap();
    assert_eq!(site.count(Op::SignOut).await, 1);
}

#[tokio::test]
async fn a_family_that_is_gone_refreshes_nothing() {
    let site = Site::new().await;
    site.register("carol").await.unwrap();
    let tokens = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let tx = site.core.store.begin().await.unwrap();
    token_family::Entity::delete_many()
        .exec(tx.db())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = site.accounts.refresh(&tokens.refresh).await.unwrap_err();
    assert!(matches!(refused, AccountError::CredentialInvalid));
}

#[tokio::test]
async fn a_new_password_ends_every_family() {
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    let tokens = site.sign_in("carol", PASSWORD).await.unwrap().tokens;
    let change = |current: &str| ProfileChange {
        nick: Some("Carol".to_owned()),
        password: Some(PasswordChange {
            current: current.to_owned(),
            new: "another".to_owned(),
            sign_in: None,
        }),
        ..ProfileChange::default()
    };
    let origin = Origin::default();
    let wrong = site
        .accounts
        .change_profile(id, change("wrong"), &origin)
        .await;
    assert!(matches!(wrong, Err(AccountError::PasswordWrong)));
    assert_eq!(
        site.accounts.find(id).await.unwrap().user.nick,
        "carol",
        "all or nothing"
    );

    site.accounts
        .change_profile(id, change(PASSWORD), &origin)
        .await
        .unwrap();
    assert!(site.accounts.refresh(&tokens.refresh).await.is_err());
    site.accounts.actor_of(&tokens.access).await.unwrap();
    site.sign_in("carol", "another").await.unwrap();
    assert_eq!(site.count(Op::Password).await, 1);
}

#[tokio::test]
async fn bad_values_change_nothing() {
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    let change = ProfileChange {
        nick: Some("Mallory".to_owned()),
        preferred_theme: Some("url(javascript:alert(1))".to_owned()),
        ..ProfileChange::default()
    };
    let refused = site
        .accounts
        .change_profile(id, change, &Origin::default())
        .await;
    assert!(matches!(refused, Err(AccountError::BadValue(_))));
    assert_eq!(site.accounts.find(id).await.unwrap().user.nick, "carol");
}

#[tokio::test]
async fn a_captcha_is_good_for_one_answer_and_ten_minutes() {
    let site = Site::new().await;
    site.set("login_captcha", "1").await;
    let check = async |ticket: &str, answer: &str| {
        site.accounts
            .check_captcha(CaptchaDoor::SignIn, CaptchaAnswer { answer, ticket })
            .await
    };
    let answer_of = async |ticket: &str| {
        let row = entity::ticket::Entity::find_by_id(ticket)
            .one(site.core.store.read())
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
        .check_captcha(CaptchaDoor::Register, nothing)
        .await
        .unwrap();
    site.set("captcha_type", "turnstile").await;
    assert!(check("token", "").await.is_err(), "nobody can verify it");
}

#[tokio::test]
async fn pins_are_compared_as_places() {
    let site = Site::new().await;
    let id = site.register("carol").await.unwrap().id;
    let uri = |text: &str| FileUri::parse(text).unwrap();
    let folder = uri("cloudreve://my/a%20b/");
    let accounts = &site.accounts;
    accounts
        .pin(id, &folder, Some("x".to_owned()))
        .await
        .unwrap();
    accounts
        .pin(id, &uri("cloudreve://MY/a b"), Some("x".to_owned()))
        .await
        .unwrap();
    let other = accounts.pin(id, &folder, None).await;
    assert!(matches!(other, Err(AccountError::PinTaken)));
    let pins = accounts.find(id).await.unwrap().user.settings.pined.clone();
    assert_eq!(pins.len(), 1);
    assert_eq!(pins[0].uri, "cloudreve://my/a%20b");
    accounts.unpin(id, &folder).await.unwrap();
    accounts.unpin(id, &folder).await.unwrap();
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
    let site = Site::new().await;
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

#[tokio::test]
async fn planting_twice_changes_nothing() {
    let site = Site::new().await;
    let before = store::settings::all(&site.core.store).await.unwrap();
    site.clock.advance_secs(60);
    let (one, two) = tokio::join!(
        crate::seed::plant(&site.core.store, site.clock.now()),
        crate::seed::plant(&site.core.store, site.clock.now()),
    );
    one.unwrap();
    two.unwrap();
    assert_eq!(
        store::settings::all(&site.core.store).await.unwrap(),
        before
    );
    let db = site.core.store.read();
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
    let site = Site::new().await;
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
