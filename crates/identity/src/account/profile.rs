//! What people change about themselves.

use super::sign_in::digest_of;
use super::{AccountError, Accounts};
use entity::{UserId, user};
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::limiter::RateLimit;
use site::secret::Verdict;
use site::task::queue;
use store::journal::{Entry, Op};
use store::{accounts as rows, journal, sessions};
use uuid::Uuid;
use wire::colour::is_colour;

use site::limits::EXTENSION_CHARS as MAX_EXTENSION_CHARS;
/// Most extensions in the list of those whose versions are kept, and the longest one.
use site::limits::EXTENSIONS as MAX_EXTENSIONS;
/// Longest nickname and language, in characters (V4 API).
use site::limits::PROFILE_TEXT_CHARS as MAX_TEXT_CHARS;

/// Wanted changes; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub nick: Option<String>,
    pub language: Option<String>,
    /// A CSS colour.
    pub preferred_theme: Option<String>,
    pub version_retention: Option<bool>,
    /// Empty: all extensions.
    pub version_retention_ext: Option<Vec<String>>,
    /// 0: unlimited.
    pub version_retention_max: Option<i64>,
    pub disable_view_sync: Option<bool>,
    /// A letter when a task that took long has ended.
    pub task_mail: Option<bool>,
    /// Any text; `all_share` and `hide_share` mean something, the rest shows public links.
    pub share_links_in_profile: Option<String>,
    pub password: Option<PasswordChange>,
    pub two_factor: Option<TwoFactorChange>,
}

/// Switches the second factor on or off, proven by a code.
#[derive(Clone, Debug)]
pub struct TwoFactorChange {
    pub enable: bool,
    pub code: String,
}

/// A new password, proven by the current one. Lengths are the caller's to check.
#[derive(Clone)]
pub struct PasswordChange {
    pub current: String,
    pub new: String,
    /// Through which it is changed: all others end.
    pub session_id: Option<Uuid>,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordChange(…)")
    }
}

impl ProfileChange {
    fn check(&self) -> Result<(), AccountError> {
        let fits = |text: &Option<String>| {
            text.as_ref()
                .is_none_or(|text| (1..=MAX_TEXT_CHARS).contains(&text.chars().count()))
        };
        if !fits(&self.nick) {
            return Err(AccountError::BadValue(
                "Nickname must have 1 to 255 characters",
            ));
        }
        if let Some(nick) = &self.nick {
            check_name(nick)?;
        }
        if !fits(&self.language) {
            return Err(AccountError::BadValue(
                "Language must have 1 to 255 characters",
            ));
        }
        if let Some(language) = &self.language {
            check_name(language)?;
        }
        if !self.preferred_theme.as_deref().is_none_or(is_colour) {
            return Err(AccountError::BadValue("PreferredTheme is no colour"));
        }
        if self.version_retention_max.is_some_and(|max| max < 0) {
            return Err(AccountError::BadValue(
                "VersionRetentionMax must not be negative",
            ));
        }
        let extensions = self.version_retention_ext.as_deref().unwrap_or_default();
        if extensions.len() > MAX_EXTENSIONS
            || extensions
                .iter()
                .any(|text| text.chars().count() > MAX_EXTENSION_CHARS)
        {
            return Err(AccountError::BadValue("VersionRetentionExt too long"));
        }
        let links = self.share_links_in_profile.as_deref().unwrap_or_default();
        if links.chars().count() > MAX_TEXT_CHARS {
            return Err(AccountError::BadValue("ShareLinksInProfile too long"));
        }
        Ok(())
    }

    fn apply(self, old: &user::Model) -> rows::Change {
        let mut settings = old.settings.clone();
        let mut change = rows::Change {
            nick: self.nick,
            ..rows::Change::default()
        };
        set(&mut settings.email_language, self.language);
        set(&mut settings.preferred_theme, self.preferred_theme);
        set(&mut settings.version_retention, self.version_retention);
        set(
            &mut settings.version_retention_ext,
            self.version_retention_ext,
        );
        set(
            &mut settings.version_retention_max,
            self.version_retention_max,
        );
        set(&mut settings.disable_view_sync, self.disable_view_sync);
        set(&mut settings.task_mail, self.task_mail);
        set(
            &mut settings.share_links_in_profile,
            self.share_links_in_profile,
        );
        if settings != old.settings {
            change.settings = Some(settings);
        }
        change
    }
}

/// Refuses what could break out of a line: names go into mails and logs.
pub(super) fn check_name(text: &str) -> Result<(), AccountError> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT_CHARS {
        return Err(AccountError::BadValue("Name too short or too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(AccountError::BadValue("Name contains control characters"));
    }
    Ok(())
}

/// The same for a language, which may be unknown.
pub(super) fn check_language(language: &str) -> Result<(), AccountError> {
    if language.is_empty() {
        return Ok(());
    }
    check_name(language)
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Whether other versions are to be kept than so far.
fn retention_changed(old: &user::Settings, change: &rows::Change) -> bool {
    let Some(new) = &change.settings else {
        return false;
    };
    let kept = |settings: &user::Settings| {
        (
            settings.version_retention,
            settings.version_retention_max,
            settings.version_retention_ext.clone(),
        )
    };
    kept(old) != kept(new)
}

impl Accounts {
    /// Makes all the changes, or none. A new password ends every refresh token of the account;
    /// access tokens live on until they expire.
    /// # Errors
    /// `BadValue`, `PasswordWrong`, `SecondFactorNotBegun`, `SecondFactorWrong`, `TooManyTries`,
    /// `AccountGone`.
    pub async fn change_profile(
        &self,
        actor: &Actor,
        mut change: ProfileChange,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        change.check()?;
        let session_id = change
            .password
            .as_ref()
            .and_then(|change| change.session_id);
        let renewed = match change.password.take() {
            Some(password) => Some(self.prove(id, password, origin).await?),
            None => None,
        };
        let second = change.two_factor.take();
        let attempt = match &second {
            Some(_) => Some(self.attempt_code(id, origin).await?),
            None => None,
        };
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        let mut row = change.apply(&user);
        let mut op = Op::Profile;
        if let Some((proven, digest)) = renewed {
            if user.password.as_deref() != Some(&proven) {
                return Err(AccountError::PasswordWrong);
            }
            row.password = Some(Some(digest));
            op = Op::Password;
            let session_id = session_id.map(|session_id| session_id.to_string());
            sessions::end_all(tx.db(), id, session_id.as_deref(), now).await?;
        }
        if let Some((second, attempt)) = second.zip(attempt) {
            let switched = self.switch_two_factor(&tx, &user, &second).await;
            if matches!(switched, Err(AccountError::SecondFactorWrong)) {
                drop(tx);
                attempt.failed().await?;
                self.note_wrong_proof(id, "wrong code", origin);
                return Err(AccountError::SecondFactorWrong);
            }
            attempt.succeeded_in(tx.db()).await?;
            row.two_factor_secret = Some(switched?);
            let what = if second.enable { "on" } else { "off" };
            let entry = Entry::of_account(id, Op::TwoFactor);
            let entry = entry.detail(origin.with(&[("switched", what)]));
            journal::append(&mut tx, now, vec![entry]);
        }
        if retention_changed(&user.settings, &row) {
            queue(&mut tx, (self.prune)(id, now)).await?;
        }
        rows::update(tx.db(), &user, row, now).await?;
        let entry = Entry::of_account(id, op).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }

    /// The stored digest that the current password fits, and the one of the new password.
    async fn prove(
        &self,
        id: UserId,
        password: PasswordChange,
        origin: &Origin,
    ) -> Result<(String, String), AccountError> {
        let attempt = self
            .limiter
            .attempt(RateLimit::CurrentPassword, &id.to_string(), origin.ip)
            .await?;
        let user = rows::by_id(self.site.store.read(), id).await?;
        let user = user.ok_or(AccountError::AccountGone)?;
        let Some(stored) = digest_of(&user) else {
            return Err(AccountError::PasswordWrong);
        };
        let passwords = &self.site.passwords;
        let verdict = match passwords.verify(&password.current, stored).await {
            Ok(verdict) => verdict,
            Err(error) => {
                attempt.abandon();
                return Err(error.into());
            }
        };
        if verdict == Verdict::Wrong {
            attempt.failed().await?;
            self.note_wrong_proof(id, "wrong current password", origin);
            return Err(AccountError::PasswordWrong);
        }
        attempt.succeeded().await?;
        Ok((stored.to_owned(), passwords.hash(&password.new).await?))
    }
}
