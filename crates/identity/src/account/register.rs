//! New accounts: those who register, and the rows of every new one.

use super::letters::Occasion;
use super::sign_in::digest_of;
use super::{AccountError, Accounts};
use entity::{GroupId, Timestamp, UserId, UserStatus, user};
use site::actor::{ADMIN_GROUP, Origin, let_administer};
use site::email::Email;
use site::limiter::RateLimit;
use site::secret::Verdict;
use site::task::queue;
use store::journal::{Entry, Op};
use store::{Connection, StoreError, Tx, accounts as rows, journal};

/// Versions of a file that a new account keeps (V4 API, registration).
const VERSIONS_KEPT: i64 = 10;

/// Somebody who wants an account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: Email,
    /// Length is the caller's to check.
    pub password: String,
    /// Such as `en-US`; empty if unknown.
    pub language: String,
}

/// An account to be made.
pub(super) struct Newcomer<'a> {
    pub email: &'a Email,
    pub nick: &'a str,
    /// `None`: no password yet, or others vouch for them.
    pub digest: Option<String>,
    pub language: String,
    pub group: GroupId,
    pub status: UserStatus,
    /// `None`: they came themselves.
    pub invited_by: Option<UserId>,
}

impl Accounts {
    /// Lets somebody begin to register, so often from one address: registering costs work and
    /// room, and tells who has an account.
    /// # Errors
    /// `TooManyTries`
    pub async fn begin_registering(&self, origin: &Origin) -> Result<(), AccountError> {
        if self.site.settings().settings.accounts.register_enabled {
            self.limiter
                .count_address(RateLimit::Register, origin.ip)
                .await?;
        }
        Ok(())
    }

    /// Registers a visitor, who may have to confirm the address first: then the account is not
    /// active, and a mail is on its way. The first account of a site administers it.
    /// # Errors
    /// `RegistrationClosed`, `TooManyTries`, `EmailTaken`, `ActivationSentAgain`.
    pub async fn register(
        &self,
        new: NewAccount,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let live = self.site.settings();
        if !live.settings.accounts.register_enabled {
            return Err(AccountError::RegistrationClosed);
        }
        super::profile::check_language(&new.language)?;
        let group = self.group_of_newcomers(self.site.store.read()).await?;
        if !live.settings.accounts.email_active {
            return self.create(new, group, origin).await;
        }
        // Each of these sends a mail.
        self.limiter
            .count(RateLimit::Mail, new.email.as_str(), origin.ip)
            .await?;
        let known = rows::by_email(self.site.store.read(), new.email.as_str()).await?;
        if let Some(known) = known {
            return Err(self.register_again(known, &new.password).await?);
        }
        let digest = self.site.passwords.hash(&new.password).await?;
        let newcomer = Newcomer {
            nick: new.email.local_part(),
            email: &new.email,
            digest: Some(digest),
            language: new.language,
            group,
            status: UserStatus::Inactive,
            invited_by: None,
        };
        let letter = |user| Some(Occasion::Activation { user });
        self.write(newcomer, letter, origin).await
    }

    /// The group that whoever comes by themselves joins. It never administers the site, whatever the
    /// settings and its permissions say.
    /// # Errors
    /// `GroupMissing`
    pub(super) async fn group_of_newcomers(
        &self,
        db: &Connection,
    ) -> Result<GroupId, AccountError> {
        let id = GroupId(self.site.settings().settings.accounts.default_group);
        let missing = || AccountError::GroupMissing(id.0);
        let group = rows::group(db, id).await?.ok_or_else(missing)?;
        if let_administer(&group.permissions) {
            tracing::error!(group = %id, "default_group: whoever registers would administer the site");
            return Err(missing());
        }
        Ok(id)
    }

    /// Sends the mail of an account that waits to be confirmed once more. Whoever registered
    /// first may have been a stranger to the address: if the passwords differ, none counts, and
    /// the owner of the mailbox chooses one by a reset.
    async fn register_again(
        &self,
        known: user::Model,
        password: &str,
    ) -> Result<AccountError, AccountError> {
        if known.status != UserStatus::Inactive {
            return Ok(AccountError::EmailTaken);
        }
        let same = match digest_of(&known) {
            Some(digest) => self.site.passwords.verify(password, digest).await? != Verdict::Wrong,
            None => true,
        };
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), known.id).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Inactive) else {
            return Ok(AccountError::EmailTaken);
        };
        if !same {
            let change = rows::Change {
                password: Some(None),
                ..rows::Change::default()
            };
            rows::update(tx.db(), &user, change, now).await?;
        }
        let letter = Occasion::Activation { user: user.id };
        queue(&mut tx, letter.task(now)).await?;
        tx.commit().await?;
        Ok(AccountError::ActivationSentAgain)
    }

    /// Makes an active account in a group, whatever the settings say about registering.
    /// # Errors
    /// `EmailTaken`, `GroupMissing`.
    pub(super) async fn create(
        &self,
        new: NewAccount,
        group: GroupId,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        // Saves the hashing where the answer is known; the unique index decides.
        if rows::by_email(self.site.store.read(), new.email.as_str())
            .await?
            .is_some()
        {
            return Err(AccountError::EmailTaken);
        }
        let digest = self.site.passwords.hash(&new.password).await?;
        let newcomer = Newcomer {
            nick: new.email.local_part(),
            email: &new.email,
            digest: Some(digest),
            language: new.language,
            group,
            status: UserStatus::Active,
            invited_by: None,
        };
        self.write(newcomer, |_| None, origin).await
    }

    /// Writes the account, and queues its letter with it.
    pub(super) async fn write(
        &self,
        newcomer: Newcomer<'_>,
        letter: impl FnOnce(UserId) -> Option<Occasion> + Send,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let id = self.add(&mut tx, newcomer, origin, now).await?;
        if let Some(occasion) = letter(id) {
            queue(&mut tx, occasion.task(now)).await?;
        }
        let user = rows::by_id(tx.db(), id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        tx.commit().await?;
        Ok(user)
    }

    /// Writes the rows of a new account. The first one of a site joins the administrators.
    /// # Errors
    /// `EmailTaken`, `GroupMissing`.
    pub(super) async fn add(
        &self,
        tx: &mut Tx,
        newcomer: Newcomer<'_>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<UserId, AccountError> {
        // Two who register first at once must not both become administrators.
        let locked = rows::lock_group(tx.db(), ADMIN_GROUP).await?;
        let is_first = locked && rows::is_empty(tx.db()).await?;
        let group = if is_first {
            ADMIN_GROUP
        } else {
            newcomer.group
        };
        if rows::group(tx.db(), group).await?.is_none() {
            return Err(AccountError::GroupMissing(group.0));
        }
        let row = rows::NewAccount {
            email: newcomer.email.as_str().to_owned(),
            nick: newcomer.nick.to_owned(),
            password: newcomer.digest,
            status: newcomer.status,
            group,
            settings: new_settings(newcomer.language),
        };
        let id = rows::insert(tx.db(), row, now).await.map_err(taken)?;
        let op = match newcomer.invited_by {
            Some(_) => Op::Invite,
            None => Op::SignUp,
        };
        let mut entry = Entry::of_account(id, op).detail(origin.to_json());
        entry.actor = newcomer.invited_by.or(entry.actor);
        journal::append(tx, now, vec![entry]);
        tracing::info!(user = %id, group = %group, status = newcomer.status.as_str(), "made an account");
        Ok(id)
    }
}

fn taken(error: StoreError) -> AccountError {
    if error.is_duplicate() {
        AccountError::EmailTaken
    } else {
        error.into()
    }
}

/// What every account begins with: some versions of each file are kept.
pub fn new_settings(language: String) -> user::Settings {
    user::Settings {
        version_retention: true,
        version_retention_max: VERSIONS_KEPT,
        email_language: language,
        ..user::Settings::default()
    }
}
