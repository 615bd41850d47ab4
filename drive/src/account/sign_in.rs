//! Signing in with a password.

use super::tokens::begin_family;
use super::{ACTIVE, AccountError, Accounts, Email, INACTIVE, Origin, Tokens};
use crate::actor::Account;
use crate::journal::{Entry, Op};
use crate::limiter::Door;
use crate::secret::Verdict;
use crate::store::{accounts as rows, journal};
use entity::{UserId, user};
use sea_orm::ActiveValue::Set;
use std::sync::Arc;

/// How an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInMethods {
    pub passkey: bool,
    pub password: bool,
}

/// A finished sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub account: Arc<Account>,
    pub tokens: Tokens,
}

impl Accounts {
    /// How the account of an address may sign in.
    /// # Errors
    /// `NotFound`
    pub async fn sign_in_methods(&self, email: &Email) -> Result<SignInMethods, AccountError> {
        let user = rows::by_email(self.core.store.read(), email.as_str()).await?;
        // The directory may know a password for anybody, also for who never was here.
        if user.is_none() && !self.asks_directory() {
            return Err(AccountError::NotFound);
        }
        let has_password = user.as_ref().is_some_and(|user| digest_of(user).is_some());
        Ok(SignInMethods {
            passkey: false,
            password: has_password || self.asks_directory(),
        })
    }

    /// Signs in. The password is looked at before the status, so only its owner learns that an
    /// account is blocked (V4 API).
    /// # Errors
    /// `TooManyTries`, `SignInRefused`, then `Banned`, `NotActivated`, `SecondFactorUnavailable`.
    pub async fn sign_in(
        &self,
        email: &Email,
        password: &str,
        origin: &Origin,
    ) -> Result<SignedIn, AccountError> {
        let attempt = self
            .limiter
            .attempt(Door::SignIn, email.as_str(), origin.ip)?;
        let user = rows::by_email(self.core.store.read(), email.as_str()).await?;
        let Some((user, digest)) = user.clone().and_then(with_digest) else {
            self.core.passwords.verify_nothing(password).await?;
            let known = user.as_ref();
            if let Some(user) = self.by_directory(known, email, password, origin).await? {
                attempt.succeeded();
                may_enter(&user)?;
                return self.finish(user, None, origin).await;
            }
            tracing::info!(ip = ?origin.ip, "sign-in to an unknown account or one without password");
            return Err(AccountError::SignInRefused);
        };
        let verdict = self.core.passwords.verify(password, &digest).await?;
        if verdict == Verdict::Wrong {
            let known = Some(&user);
            if let Some(user) = self.by_directory(known, email, password, origin).await? {
                attempt.succeeded();
                may_enter(&user)?;
                return self.finish(user, None, origin).await;
            }
            self.note_failure(user.id, origin).await?;
            return Err(AccountError::SignInRefused);
        }
        attempt.succeeded();
        may_enter(&user)?;
        let renewed = match verdict {
            Verdict::RightButOld => Some(self.core.passwords.hash(password).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        self.finish(user, renewed, origin).await
    }

    /// Stores a renewed digest first, because the tokens depend on the stored one.
    pub(super) async fn finish(
        &self,
        seen: user::Model,
        renewed: Option<String>,
        origin: &Origin,
    ) -> Result<SignedIn, AccountError> {
        let live = self.core.settings();
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let user = rows::locked(tx.db(), seen.id).await?;
        // The password may have been changed since it was looked at.
        let user = user.filter(|user| user.password == seen.password && user.status == ACTIVE);
        let mut user = user.ok_or(AccountError::SignInRefused)?;
        if let Some(digest) = renewed {
            user.password = Some(digest);
            let change = user::ActiveModel {
                password: Set(user.password.clone()),
                ..Default::default()
            };
            rows::update(tx.db(), &user, change, now).await?;
        }
        let ttl = live.settings.tokens.refresh_ttl.as_secs();
        let expires_at = now.plus_secs(i64::try_from(ttl).unwrap_or(i64::MAX));
        let family = begin_family(&tx, user.id, origin, now, expires_at).await?;
        let entry = Entry::of_account(user.id, Op::SignIn).detail(origin.to_json());
        journal::append(&mut tx, now, vec![entry]).await?;
        tx.commit().await?;
        let tokens = Tokens::issue(&live, &user, family, now);
        Ok(SignedIn {
            account: self.find(user.id).await?,
            tokens,
        })
    }

    async fn note_failure(&self, user: UserId, origin: &Origin) -> Result<(), AccountError> {
        tracing::info!(%user, ip = ?origin.ip, "sign-in with a wrong password");
        let mut tx = self.core.store.begin().await?;
        let mut entry = Entry::of_account(user, Op::SignInFailed).detail(origin.to_json());
        entry.actor = None;
        journal::append(&mut tx, self.core.now(), vec![entry]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Whether somebody whose password is right may come in.
fn may_enter(user: &user::Model) -> Result<(), AccountError> {
    match user.status.as_str() {
        ACTIVE if user.two_factor_secret.is_none() => Ok(()),
        ACTIVE => Err(AccountError::SecondFactorUnavailable),
        INACTIVE => Err(AccountError::NotActivated),
        _ => Err(AccountError::Banned),
    }
}

/// The stored digest; an empty one makes signing in with a password impossible.
pub(super) fn digest_of(user: &user::Model) -> Option<&str> {
    user.password.as_deref().filter(|digest| !digest.is_empty())
}

fn with_digest(user: user::Model) -> Option<(user::Model, String)> {
    let digest = digest_of(&user)?.to_owned();
    Some((user, digest))
}
