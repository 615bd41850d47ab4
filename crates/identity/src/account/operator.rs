//! What only somebody with a shell on the server may do.

use super::{AccountError, Accounts, NewAccount};
use entity::{GroupId, UserId, UserStatus, user};
use serde_json::json;
use site::actor::{ADMIN_GROUP, Origin};
use site::email::Email;
use store::journal::{Entry, Op};
use store::{accounts as rows, journal, recovery_codes, sessions};

/// Whoever came first administers the site.
const FIRST_ACCOUNT: UserId = UserId(1);

impl Accounts {
    /// Makes an account, as administrator if asked or if it is the first one.
    /// # Errors
    /// `EmailTaken`, `GroupMissing`.
    pub async fn create_by_operator(
        &self,
        new: NewAccount,
        administrator: bool,
    ) -> Result<user::Model, AccountError> {
        let default = GroupId(self.site.settings().settings.accounts.default_group);
        let group = if administrator { ADMIN_GROUP } else { default };
        self.create(new, group, &operator()).await
    }

    /// Sets a new password; everybody who is signed in to the account is signed out.
    /// # Errors
    /// `NotFound`
    pub async fn set_password(&self, email: &Email, password: &str) -> Result<(), AccountError> {
        let digest = self.site.passwords.hash(password).await?;
        let change = rows::Change {
            password: Some(Some(digest)),
            ..rows::Change::default()
        };
        self.change_by_operator(email, Op::Password, change).await
    }

    /// Makes an account an active administrator.
    /// # Errors
    /// `NotFound`
    pub async fn promote(&self, email: &Email) -> Result<(), AccountError> {
        let change = rows::Change {
            group: Some(ADMIN_GROUP),
            status: Some(UserStatus::Active),
            ..rows::Change::default()
        };
        self.change_by_operator(email, Op::Profile, change).await
    }

    /// Blocks an account, whose owner is signed out everywhere.
    /// # Errors
    /// `NotFound`; `BadValue` for the first account, which nobody shuts out
    pub async fn block(&self, email: &Email) -> Result<(), AccountError> {
        let change = rows::Change {
            status: Some(UserStatus::ManualBanned),
            ..rows::Change::default()
        };
        self.change_some_by_operator(email, Op::AccountChanged, change, |user| {
            if user.id == FIRST_ACCOUNT {
                return Err(AccountError::BadValue(
                    "This account administers the site and stays as it is",
                ));
            }
            Ok(())
        })
        .await
    }

    /// Lets a blocked account in again.
    /// # Errors
    /// `NotFound`; `BadValue` for one that is not blocked, say whose address was never confirmed
    pub async fn unblock(&self, email: &Email) -> Result<(), AccountError> {
        let change = rows::Change {
            status: Some(UserStatus::Active),
            ..rows::Change::default()
        };
        let blocked = [UserStatus::ManualBanned, UserStatus::SysBanned];
        self.change_some_by_operator(email, Op::AccountChanged, change, |user| {
            if blocked.contains(&user.status) {
                Ok(())
            } else {
                Err(AccountError::BadValue("The account is not blocked"))
            }
        })
        .await
    }

    /// Switches the second factor of an account off.
    /// # Errors
    /// `NotFound`
    pub async fn end_second_factor(&self, email: &Email) -> Result<(), AccountError> {
        let change = rows::Change {
            two_factor_secret: Some(None),
            ..rows::Change::default()
        };
        self.change_by_operator(email, Op::TwoFactor, change).await
    }

    /// Whether nobody has registered yet: the next account will administer the site.
    /// # Errors
    /// Only the database's.
    pub async fn nobody_yet(&self) -> Result<bool, AccountError> {
        Ok(rows::is_empty(self.site.store.read()).await?)
    }

    /// Every account, by id.
    /// # Errors
    /// Only the database's.
    pub async fn all(&self) -> Result<Vec<user::Model>, AccountError> {
        Ok(rows::all(&self.site.store).await?)
    }

    async fn change_by_operator(
        &self,
        email: &Email,
        op: Op,
        change: rows::Change,
    ) -> Result<(), AccountError> {
        self.change_some_by_operator(email, op, change, |_| Ok(()))
            .await
    }

    /// The same where the account is as it is to be for that.
    async fn change_some_by_operator(
        &self,
        email: &Email,
        op: Op,
        change: rows::Change,
        may: impl Fn(&user::Model) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let user = rows::by_email(tx.db(), email.as_str())
            .await?
            .ok_or(AccountError::NotFound)?;
        let user = rows::locked(tx.db(), user.id)
            .await?
            .filter(|user| user.status != UserStatus::Deleting)
            .ok_or(AccountError::NotFound)?;
        may(&user)?;
        let is_blocked = change.status == Some(UserStatus::ManualBanned);
        let ends_factor = change.two_factor_secret == Some(None);
        rows::update(tx.db(), &user, change.clone(), now).await?;
        if op == Op::Password || is_blocked {
            sessions::end_all(tx.db(), user.id, None, now).await?;
        }
        if ends_factor {
            recovery_codes::remove_all(tx.db(), user.id).await?;
        }
        if op == Op::Password {
            super::letters::forget(tx.db(), user.id).await?;
        }
        let mut entry = Entry::of_account(user.id, op).detail(told(&user, &change));
        entry.actor = None;
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }
}

/// What is written down of a change: whose account, and what of it differs (JSON text, as changes
/// by the administration write it).
fn told(user: &user::Model, change: &rows::Change) -> String {
    let mut changed = json!({});
    if let Some(status) = change.status.filter(|status| *status != user.status) {
        changed["status"] = json!({ "before": user.status.as_str(), "after": status.as_str() });
    }
    if let Some(group) = change.group.filter(|group| *group != user.group_id) {
        changed["group"] = json!({ "before": user.group_id.0, "after": group.0 });
    }
    if change.password.is_some() {
        changed["password"] = json!("changed");
    }
    if change.two_factor_secret == Some(None) && user.two_factor_secret.is_some() {
        changed["second_factor"] = json!({ "before": true, "after": false });
    }
    let Origin { user_agent, .. } = operator();
    let about = json!({ "user": user.id.0 });
    json!({ "ip": "", "user_agent": user_agent, "about": about, "changed": changed }).to_string()
}

fn operator() -> Origin {
    Origin {
        ip: None,
        user_agent: "command line".to_owned(),
    }
}
