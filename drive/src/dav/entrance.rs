//! Coming in with an address and the password of a WebDAV account.
//!
//! A request costs one small query and no slow hashing, which the 165 random bits of a password
//! do not need. Rows are read with each request, so a change holds at once on every replica.

use super::accounts::{DavAccounts, PURPOSE, options_of};
use crate::error::FileError;
use entity::UserId;
use moka::sync::Cache;
use site::email::Email;
use site::limiter::{LimiterError, RateLimit, TooManyTries};
use std::net::IpAddr;
use std::time::Duration;
use store::accounts::AccountStamp;
use store::dav_accounts as rows;
use wire::{BitSet, FileUri};

/// How long a pair of address and password that was right is let past the limiter, so that
/// somebody else's guessing does not lock a mounted disk out.
const KNOWN_FOR: Duration = Duration::from_mins(15);
const MOST_KNOWN: u64 = 10_000;

/// What a password opens.
#[derive(Clone, Debug)]
pub struct Entrance {
    pub owner: UserId,
    /// The folder that is the client's root.
    pub root: FileUri,
    pub options: BitSet,
    /// Of the owner, who may not be let in any more: the accounts service is asked before it is
    /// used.
    pub stamp: AccountStamp,
}

/// The memory of pairs that were right.
pub(super) fn known_pairs() -> Cache<String, ()> {
    Cache::builder()
        .max_capacity(MOST_KNOWN)
        .time_to_idle(KNOWN_FOR)
        .build()
}

/// Too many tries are an answer here, what the database says is an error.
fn refused<T>(result: Result<T, LimiterError>) -> Result<Result<T, TooManyTries>, FileError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(LimiterError::TooManyTries(tries)) => Ok(Err(tries)),
        Err(LimiterError::Store(error)) => Err(error.into()),
    }
}

impl DavAccounts {
    /// What an address and a password open; `None`: nothing. Whether the owner may still sign in
    /// is for [`Accounts::actor`] to say.
    /// # Errors
    /// [`TooManyTries`] inside `Ok`; `Store`
    pub async fn enter(
        &self,
        email: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<Result<Option<Entrance>, TooManyTries>, FileError> {
        let Ok(email) = Email::parse(email) else {
            // Counted under one name: what is no address cannot be somebody's.
            let counted = self.limiter.count(RateLimit::WebDav, "", from).await;
            return refused(counted.map(|()| None));
        };
        let hash = self.core.sealer.look_up_hash(PURPOSE, password);
        let pair = format!("{hash} {}", email.as_str());
        let attempt = if self.known.contains_key(&pair) {
            None
        } else {
            let attempt = self
                .limiter
                .attempt(RateLimit::WebDav, email.as_str(), from);
            match refused(attempt.await)? {
                Ok(attempt) => Some(attempt),
                Err(refused) => return Ok(Err(refused)),
            }
        };
        let db = self.core.store.read();
        let found = rows::by_password(db, email.as_str(), &hash).await?;
        let Some(rows::Opened {
            account: row,
            owner: stamp,
        }) = found
        else {
            self.known.invalidate(&pair);
            let counted = if let Some(attempt) = attempt {
                attempt.failed().await
            } else {
                // It was right until now.
                let subject = email.as_str();
                self.limiter.count(RateLimit::WebDav, subject, from).await
            };
            if let Err(refused) = refused(counted)? {
                return Ok(Err(refused));
            }
            tracing::info!(
                ip = from.map(tracing::field::display),
                "WebDAV sign-in with a wrong password"
            );
            return Ok(Ok(None));
        };
        if let Some(attempt) = attempt
            && let Err(refused) = refused(attempt.succeeded().await)?
        {
            return Ok(Err(refused));
        }
        self.known.insert(pair, ());
        Ok(Ok(Some(Entrance {
            owner: row.owner_id,
            root: self.uri_of(&row)?.without_query(),
            options: options_of(&row),
            stamp,
        })))
    }
}
