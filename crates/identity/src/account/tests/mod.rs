#![allow(clippy::unwrap_used)]

mod joining;
mod profile;
mod signing_in;
mod tokens;

use super::*;
use entity::GroupId;
use entity::{FileKind, UserStatus, file, journal, session, user};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use site::actor::{ADMIN_GROUP, Origin};
use site::clock::{Clock, ShiftedClock};
use site::email::Email;
use site::secret::{MasterKey, PasswordCost, PasswordHasher, Scope, Sealer};
use site::settings::live::SettingsHandle;
use store::journal::Op;
use store::{self, accounts as rows};
use tempfile::TempDir;
use wire::FileUri;

const PASSWORD: &str = "correct horse";

/// A new site in a temporary folder.
struct Bench {
    accounts: Accounts,
    site: Arc<Site>,
    clock: Arc<ShiftedClock>,
    _data: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let clock = Arc::new(ShiftedClock::default());
        site::seed::plant(&store, crate::oauth::builtin_apps(clock.now()), clock.now())
            .await
            .unwrap();
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([7; 32])));
        let limiter = Limiter::new(store.clone(), &sealer, Arc::clone(&clock) as Arc<dyn Clock>);
        let limiter = Arc::new(limiter);
        let site = Arc::new(Site {
            settings: SettingsHandle::load(&store, &sealer).await.unwrap(),
            pictures: site::picture::Pictures::new(1),
            steps: site::steps::Steps::default(),
            passwords: PasswordHasher::new(2, PasswordCost::default()),
            sealer,
            limiter: Arc::clone(&limiter),
            data: data.path().to_owned(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            store,
        });
        Self {
            accounts: Accounts::new(Arc::clone(&site), limiter, |owner, now| {
                NewTask::of("prune_versions", owner.0.into(), now)
            }),
            site,
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
        self.site
            .settings
            .put(&self.site.store, &self.site.sealer, rows)
            .await
            .unwrap();
    }

    /// What somebody else, on another replica, does to an account's row.
    async fn elsewhere(&self, id: UserId, change: rows::Change) {
        let tx = self.site.store.begin().await.unwrap();
        let row = rows::locked(tx.db(), id).await.unwrap().unwrap();
        rows::update(tx.db(), &row, change, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn count(&self, op: Op) -> u64 {
        let rows = journal::Entity::find().filter(journal::Column::Op.eq(op.as_str()));
        rows.count(self.site.store.read()).await.unwrap()
    }
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}
