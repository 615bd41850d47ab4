//! Signing in with a password, and what every way of signing in ends with.

use super::failures::NOBODY;
use super::tokens::begin_session;
use super::{AccountError, Accounts, Tokens};
use entity::{UserStatus, user};
use site::actor::Account;
use site::actor::Origin;
use site::email::Email;
use site::limiter::RateLimit;
use site::secret::Verdict;
use std::sync::Arc;
use store::journal::{Entry, Op};
use store::{Tx, accounts as rows, journal, passkeys};

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

/// What a right password leads to.
#[derive(Clone, Debug)]
pub enum SignInStep {
    Done(SignedIn),
    /// A code of the second factor is wanted next, with this session's id.
    SecondFactor {
        session: String,
    },
}

impl Accounts {
    /// How the account of an address may sign in. Where nobody can register, strangers have no
    /// need to know who exists, and every address is answered alike.
    /// # Errors
    /// `NotFound`, `TooManyTries`
    pub async fn sign_in_methods(
        &self,
        email: &Email,
        origin: &Origin,
    ) -> Result<SignInMethods, AccountError> {
        let live = self.site.settings();
        let accounts = &live.settings.accounts;
        if !accounts.register_enabled {
            return Ok(SignInMethods {
                passkey: accounts.authn_enabled,
                password: true,
            });
        }
        let attempt = self
            .limiter
            .attempt(RateLimit::Prepare, email.as_str(), origin.ip)
            .await?;
        let db = self.site.store.read();
        let user = rows::by_email(db, email.as_str()).await?;
        // The directory may know a password for anybody, also for who never was here.
        let directory = self.asks_directory();
        let Some(user) = user else {
            attempt.failed().await?;
            return if directory {
                Ok(SignInMethods {
                    passkey: false,
                    password: true,
                })
            } else {
                Err(AccountError::NotFound)
            };
        };
        attempt.succeeded().await?;
        Ok(SignInMethods {
            passkey: passkeys::has_any(db, user.id).await?,
            password: directory || digest_of(&user).is_some(),
        })
    }

    /// Signs in. The password is looked at before the status, so only its owner learns that an
    /// account is blocked (V4 API).
    /// # Errors
    /// `TooManyTries`, `Busy`, `SignInRefused`, then `Banned`, `NotActivated`.
    pub async fn sign_in(
        &self,
        email: &Email,
        password: &str,
        origin: &Origin,
    ) -> Result<SignInStep, AccountError> {
        let attempt = self
            .limiter
            .attempt(RateLimit::SignIn, email.as_str(), origin.ip)
            .await?;
        let known = rows::by_email(self.site.store.read(), email.as_str()).await?;
        let checked = self.check_password(known.as_ref(), password).await;
        let verdict = match checked {
            Ok(verdict) => verdict,
            Err(error) => {
                attempt.abandon();
                return Err(error);
            }
        };
        let (user, method) = match known {
            Some(user) if verdict != Verdict::Wrong => (user, "password"),
            known => {
                let vouched = self.by_directory(known.as_ref(), email, password, origin);
                let Some(user) = vouched.await? else {
                    attempt.failed().await?;
                    self.refuse(known.as_ref(), email, origin).await?;
                    return Err(AccountError::SignInRefused);
                };
                (user, "directory")
            }
        };
        attempt.succeeded().await?;
        self.check_status(&user, origin).await?;
        if super::two_factor::is_on(&user) {
            let session = self.begin_second_factor(&user).await?;
            return Ok(SignInStep::SecondFactor { session });
        }
        let renewed = match verdict {
            Verdict::RightButOld => Some(self.site.passwords.hash(password).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        let tx = self.site.store.begin().await?;
        let user = self.still_same(&tx, &user, renewed).await?;
        let done = self.finish(tx, user, method, origin).await?;
        Ok(SignInStep::Done(done))
    }

    /// Takes the same time for accounts that do not exist, or have no password.
    async fn check_password(
        &self,
        known: Option<&user::Model>,
        password: &str,
    ) -> Result<Verdict, AccountError> {
        if let Some(digest) = known.and_then(digest_of) {
            return Ok(self.site.passwords.verify(password, digest).await?);
        }
        self.site.passwords.verify_nothing(password).await?;
        Ok(Verdict::Wrong)
    }

    /// Writes for nobody, too, so that it takes as long.
    async fn refuse(
        &self,
        known: Option<&user::Model>,
        email: &Email,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let Some(user) = known.filter(|user| digest_of(user).is_some()) else {
            let owner = known.map_or(NOBODY, |user| user.id);
            let why = format!("no account or no password: {email}");
            return self.note_failure(owner, &why, origin).await;
        };
        self.note_failure(user.id, "wrong password", origin).await
    }

    /// Whether somebody who proved who they are may come in.
    pub(super) async fn check_status(
        &self,
        user: &user::Model,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        match user.status {
            UserStatus::Active => Ok(()),
            UserStatus::Inactive => {
                self.note_failure(user.id, "not activated", origin).await?;
                Err(AccountError::NotActivated)
            }
            UserStatus::ManualBanned | UserStatus::SysBanned | UserStatus::Deleting => {
                self.note_failure(user.id, "blocked", origin).await?;
                Err(AccountError::Banned)
            }
        }
    }

    /// The account if its password has not been changed since it was looked at. Stores a renewed
    /// digest first, because the tokens depend on the stored one.
    pub(super) async fn still_same(
        &self,
        tx: &Tx,
        seen: &user::Model,
        renewed: Option<String>,
    ) -> Result<user::Model, AccountError> {
        let user = rows::locked(tx.db(), seen.id).await?;
        let user =
            user.filter(|user| user.password == seen.password && user.status == UserStatus::Active);
        let mut user = user.ok_or(AccountError::SignInRefused)?;
        if let Some(digest) = renewed {
            user.password = Some(digest);
            let change = rows::Change {
                password: Some(user.password.clone()),
                ..rows::Change::default()
            };
            rows::update(tx.db(), &user, change, self.site.now()).await?;
        }
        Ok(user)
    }

    /// Signs an account in that the caller has locked and found active.
    pub(super) async fn finish(
        &self,
        mut tx: Tx,
        user: user::Model,
        method: &str,
        origin: &Origin,
    ) -> Result<SignedIn, AccountError> {
        let live = self.site.settings();
        let now = self.site.now();
        let tokens = &live.settings.tokens;
        // The row tells of access tokens, too, should those live longer.
        let ttl = tokens.refresh_ttl.max(tokens.access_ttl).as_secs();
        let expires_at = now.plus_secs(i64::try_from(ttl).unwrap_or(i64::MAX));
        let session_id = begin_session(&tx, user.id, origin, now, expires_at).await?;
        let entry = Entry::of_account(user.id, Op::SignIn);
        let entry = entry.detail(origin.with(&[("method", method)]));
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        let tokens = Tokens::issue(&live, &user, session_id, now);
        Ok(SignedIn {
            account: self.find(user.id).await?,
            tokens,
        })
    }
}

/// The stored digest; an empty one makes signing in with a password impossible.
pub(super) fn digest_of(user: &user::Model) -> Option<&str> {
    user.password.as_deref().filter(|digest| !digest.is_empty())
}
