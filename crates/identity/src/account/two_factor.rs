//! The second factor: codes that an app on one's phone shows (TOTP, RFC 6238), and recovery codes
//! for when the phone is gone.
//!
//! A code opens once: the step it belongs to is remembered until it is over. Tries are limited
//! twice, by the limiter and for each sign-in that was begun.

use super::failures::{NOBODY, note_refused};
use super::recovery::{CODE_CHARS, code_hash};
use super::{AccountError, Accounts, SignedIn, TwoFactorChange};
use entity::{Timestamp, UserId, UserStatus, user};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::limiter::{Attempt, RateLimit};
use store::tickets::{self, NewTicket};
use store::{Tx, accounts as rows, recovery_codes};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

/// Kinds of tickets: a secret that is not confirmed yet, a sign-in that waits for a code, and a
/// step whose code was used.
const SETUP: &str = "two_factor_setup";
const SIGN_IN: &str = "two_factor_sign_in";
const USED: &str = "two_factor_used";
/// How long the first two last (V4 API, two-factor).
const TTL_SECS: i64 = 600;
/// Wrong codes after which a sign-in has to be begun anew.
const MAX_WRONG: u32 = 5;
/// Random bytes of a secret, and length of a step (V4 API, two-factor).
const SECRET_BYTES: usize = 20;
const STEP_SECS: i64 = 30;
/// Steps before and after the current one whose codes count, too: clocks differ.
const SKEW_STEPS: u16 = 1;

/// A sign-in that waits for a code.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    wrong: u32,
    /// Hash of the password that was right.
    proof: String,
}

/// Whether an account has a second factor. Imported tables hold empty texts, too.
pub(super) fn is_on(user: &user::Model) -> bool {
    user.two_factor_secret
        .as_deref()
        .is_some_and(|secret| !secret.is_empty())
}

impl Accounts {
    /// A new secret in base32, to be confirmed within ten minutes; it replaces an earlier one.
    /// # Errors
    /// Only the database's.
    pub async fn begin_two_factor(&self, actor: &Actor) -> Result<String, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let secret = Secret::from(rand::rng().random::<[u8; SECRET_BYTES]>()).to_base32();
        let tx = self.site.store.begin().await?;
        let ticket = NewTicket {
            id: setup_id(id),
            kind: SETUP,
            user: Some(id),
            value: self.site.sealer.seal(&purpose(id), &secret),
            expires_at: self.site.now().plus_secs(TTL_SECS),
        };
        tickets::replace(tx.db(), ticket).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Begins a try at somebody's codes.
    pub(super) async fn attempt_code(
        &self,
        id: UserId,
        origin: &Origin,
    ) -> Result<Attempt, AccountError> {
        let attempt = self
            .limiter
            .attempt(RateLimit::TwoFactor, &id.to_string(), origin.ip)
            .await?;
        Ok(attempt)
    }

    /// What is to be stored as secret of a locked account after switching on or off.
    /// # Errors
    /// `BadValue` if it is so already, `SecondFactorNotBegun`, `SecondFactorWrong`.
    pub(super) async fn switch_two_factor(
        &self,
        tx: &Tx,
        user: &user::Model,
        change: &TwoFactorChange,
    ) -> Result<Option<String>, AccountError> {
        let now = self.site.now();
        if change.enable == is_on(user) {
            return Err(AccountError::BadValue(
                "Two-factor authentication is in that state already",
            ));
        }
        if !change.enable {
            if !self.accept_code(tx, user, &change.code).await? {
                return Err(AccountError::SecondFactorWrong);
            }
            recovery_codes::remove_all(tx.db(), user.id).await?;
            return Ok(None);
        }
        let pending = tickets::find(tx.db(), SETUP, &setup_id(user.id), now).await?;
        let sealed = pending.ok_or(AccountError::SecondFactorNotBegun)?.value;
        let totp = self.totp(user.id, &sealed)?;
        if !accept_totp(tx, user.id, &totp, &plain(&change.code), now).await? {
            return Err(AccountError::SecondFactorWrong);
        }
        tickets::remove(tx.db(), &setup_id(user.id)).await?;
        Ok(Some(sealed))
    }

    /// A sign-in that waits for a code; answers its id.
    pub(super) async fn begin_second_factor(
        &self,
        user: &user::Model,
    ) -> Result<String, AccountError> {
        let waiting = Waiting {
            wrong: 0,
            proof: self.proof(user),
        };
        let session = Uuid::new_v4().to_string();
        let ticket = NewTicket {
            id: session.clone(),
            kind: SIGN_IN,
            user: Some(user.id),
            value: serde_json::json!(waiting).to_string(),
            expires_at: self.site.now().plus_secs(TTL_SECS),
        };
        let tx = self.site.store.begin().await?;
        tickets::put(tx.db(), ticket).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Ends a sign-in that waits, by a code of the app or a recovery code.
    /// # Errors
    /// `CeremonyGone`, `TooManyTries`, `SecondFactorWrong`.
    pub async fn sign_in_with_code(
        &self,
        session: &str,
        code: &str,
        origin: &Origin,
    ) -> Result<SignedIn, AccountError> {
        let seen = tickets::peek(&self.site.store, SIGN_IN, session, self.site.now()).await?;
        let Some(id) = seen.and_then(|ticket| ticket.user_id) else {
            return Err(self.gone(NOBODY, origin));
        };
        let attempt = self.attempt_code(id, origin).await?;
        let mut tx = self.site.store.begin().await?;
        let Some((user, mut waiting)) = self.waiting(&tx, id, session).await? else {
            return Err(self.gone(id, origin));
        };
        if self.accept_code(&tx, &user, code).await? {
            tickets::remove(tx.db(), session).await?;
            attempt.succeeded_in(tx.db()).await?;
            return self.finish(tx, user, "password and code", origin).await;
        }
        waiting.wrong += 1;
        if waiting.wrong >= MAX_WRONG {
            tickets::remove(tx.db(), session).await?;
        } else {
            let value = serde_json::json!(waiting).to_string();
            tickets::set_value(tx.db(), session, value).await?;
        }
        self.append_failure(&mut tx, id, "wrong code", origin);
        tx.commit().await?;
        attempt.failed().await?;
        Err(AccountError::SecondFactorWrong)
    }

    /// The account, locked, and the sign-in that waits for a code of it, if it still does.
    async fn waiting(
        &self,
        tx: &Tx,
        id: UserId,
        session: &str,
    ) -> Result<Option<(user::Model, Waiting)>, AccountError> {
        // Under this lock tries at one account come one after the other.
        let user = rows::locked(tx.db(), id).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active && is_on(user))
        else {
            return Ok(None);
        };
        let ticket = tickets::find(tx.db(), SIGN_IN, session, self.site.now()).await?;
        let waiting = ticket.and_then(|ticket| serde_json::from_str::<Waiting>(&ticket.value).ok());
        let waiting = waiting.filter(|waiting| waiting.proof == self.proof(&user));
        Ok(waiting.map(|waiting| (user, waiting)))
    }

    /// Journals a code for a sign-in that does not wait for one, or no longer.
    fn gone(&self, user: UserId, origin: &Origin) -> AccountError {
        let why = "no such sign-in waits for a code";
        note_refused(
            &self.site,
            user,
            &[("method", "code"), ("why", why)],
            origin,
        );
        AccountError::CeremonyGone
    }

    /// Whether a code is right, and uses it up. The account must be locked.
    pub(super) async fn accept_code(
        &self,
        tx: &Tx,
        user: &user::Model,
        code: &str,
    ) -> Result<bool, AccountError> {
        let code = plain(code);
        if code.len() == CODE_CHARS {
            let hash = code_hash(&self.site.sealer, user.id, &code);
            return Ok(recovery_codes::take(tx.db(), user.id, &hash).await?);
        }
        let secret = user.two_factor_secret.as_deref().unwrap_or_default();
        let totp = self.totp(user.id, secret)?;
        accept_totp(tx, user.id, &totp, &code, self.site.now()).await
    }

    /// The codes of a stored secret: a sealed one, or one in base32 as imported.
    fn totp(&self, id: UserId, stored: &str) -> Result<Totp, AccountError> {
        let opened;
        let base32 = if stored.starts_with("v1:") {
            opened = self.site.sealer.open(&purpose(id), stored)?;
            &opened
        } else {
            stored
        };
        let secret = Secret::try_from_base32(base32.trim_end_matches('='));
        let secret = secret.map_err(|_| AccountError::SecondFactorWrong)?;
        Ok(Builder::new()
            .with_secret(secret)
            .with_skew(SKEW_STEPS)
            .build_noncompliant())
    }

    /// Changes with the password.
    fn proof(&self, user: &user::Model) -> String {
        let digest = user.password.as_deref().unwrap_or_default();
        self.site.sealer.look_up_hash("second factor", digest)
    }
}

/// Whether a code belongs to a step around now that was not used before, and remembers the step.
async fn accept_totp(
    tx: &Tx,
    user: UserId,
    totp: &Totp,
    code: &str,
    now: Timestamp,
) -> Result<bool, AccountError> {
    let time = u64::try_from(now.unix_secs()).unwrap_or(0);
    let Some(step) = totp.check(code, time) else {
        return Ok(false);
    };
    let id = format!("{USED}:{user}:{step}");
    if tickets::find(tx.db(), USED, &id, now).await?.is_some() {
        return Ok(false);
    }
    let ticket = NewTicket {
        id,
        kind: USED,
        user: Some(user),
        value: String::new(),
        // Longer than any step counts.
        expires_at: now.plus_secs(STEP_SECS * i64::from(2 * SKEW_STEPS + 2)),
    };
    tickets::replace(tx.db(), ticket).await?;
    Ok(true)
}

fn setup_id(id: UserId) -> String {
    format!("{SETUP}:{id}")
}

/// A secret sealed for one account opens for no other.
fn purpose(id: UserId) -> String {
    format!("two-factor secret of account {id}")
}

/// A code as people type it, without blanks and dashes.
pub(super) fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
