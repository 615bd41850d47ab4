//! New accounts.

use super::{ACTIVE, ADMIN_GROUP, AccountError, Accounts, Email, Origin};
use crate::journal::{Entry, Op};
use crate::store::{StoreError, Tx, accounts as rows, journal};
use entity::{GroupId, Timestamp, UserId, user};
use sea_orm::ActiveValue::{NotSet, Set};

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

/// The rows of an account to be.
pub(super) struct Joiner<'a> {
    pub email: &'a Email,
    pub nick: &'a str,
    /// `None`: others vouch for them.
    pub digest: Option<String>,
    pub language: String,
    pub group: GroupId,
}

impl Accounts {
    /// Registers a visitor. The first account of a site administers it.
    ///
    /// Mail cannot be sent yet, so a site that wants addresses confirmed registers nobody.
    /// # Errors
    /// `RegistrationClosed`, `ActivationUnavailable`, `EmailTaken`.
    pub async fn register(
        &self,
        new: NewAccount,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        let live = self.core.settings();
        if !live.settings.accounts.register_enabled {
            return Err(AccountError::RegistrationClosed);
        }
        if live.settings.accounts.email_active {
            return Err(AccountError::ActivationUnavailable);
        }
        let group = GroupId(live.settings.accounts.default_group);
        self.create(new, group, origin).await
    }

    /// Makes an account in a group, whatever the settings say about registering.
    /// # Errors
    /// `EmailTaken`, `GroupMissing`.
    pub(super) async fn create(
        &self,
        new: NewAccount,
        group: GroupId,
        origin: &Origin,
    ) -> Result<user::Model, AccountError> {
        // Saves the hashing where the answer is known; the unique index decides.
        if rows::by_email(self.core.store.read(), new.email.as_str())
            .await?
            .is_some()
        {
            return Err(AccountError::EmailTaken);
        }
        let digest = self.core.passwords.hash(&new.password).await?;
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let joiner = Joiner {
            email: &new.email,
            nick: new.email.local_part(),
            digest: Some(digest),
            language: new.language,
            group,
        };
        let id = self.add(&mut tx, joiner, origin, now).await?;
        let user = rows::by_id(tx.db(), id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        tx.commit().await?;
        tracing::info!(user = %id, group = %user.group_id, "registered an account");
        Ok(user)
    }

    /// Writes the rows of a new account. The first one of a site joins the administrators.
    /// # Errors
    /// `EmailTaken`, `GroupMissing`.
    pub(super) async fn add(
        &self,
        tx: &mut Tx,
        new: Joiner<'_>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<UserId, AccountError> {
        // Two who register first at once must not both become administrators.
        let locked = rows::lock_group(tx.db(), ADMIN_GROUP).await?;
        let is_first = locked && rows::is_empty(tx.db()).await?;
        let group = if is_first { ADMIN_GROUP } else { new.group };
        if rows::group(tx.db(), group).await?.is_none() {
            return Err(AccountError::GroupMissing(group.0));
        }
        let row = user::ActiveModel {
            id: NotSet,
            email: Set(new.email.as_str().to_owned()),
            nick: Set(new.nick.to_owned()),
            password: Set(new.digest),
            status: Set(ACTIVE.to_owned()),
            avatar: Set(String::new()),
            group_id: Set(group),
            root_id: Set(None),
            used_bytes: Set(0),
            tree_version: Set(0),
            two_factor_secret: Set(None),
            settings: Set(user::Settings {
                version_retention: true,
                version_retention_max: VERSIONS_KEPT,
                email_language: new.language,
                ..user::Settings::default()
            }),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let id: UserId = rows::insert(tx.db(), row, now).await.map_err(taken)?;
        let entry = Entry::of_account(id, Op::SignUp).detail(origin.to_json());
        journal::append(tx, now, vec![entry]).await?;
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
