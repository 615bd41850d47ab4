//! How often a secret may be guessed: one rule in front of every secret.
//!
//! Each wrong try takes one from the allowance of what is tried (an account, a share) and one from
//! the allowance of the address it comes from. Where anybody may try, what is tried has a small
//! allowance for each address and a large one for all of them: whoever guesses shuts themselves
//! out, not the people whose secret it is. Allowances refill steadily (the generic cell rate
//! algorithm) and live in the database, so they outlast a restart and all replicas share them.
//!
//! A right try writes nothing, so people who know their secret cost one small query. Tries under
//! way count in the process that looks at them, which bounds a burst: who comes when they might
//! use everything up waits for them to end. What a try is told is decided
//! when it ends: a wrong one is taken from the allowance by a guarded `UPDATE`, and a right one
//! must still find something there. So of any number of parallel tries, on however many replicas,
//! no more learn anything than the same tries one after the other would.

mod rate_limit;
mod under_way;

use crate::clock::Clock;
use crate::secret::Sealer;
use entity::Timestamp;
use rate_limit::{PER_ADDRESS, PER_SUBJECT_ANYWHERE, Rate};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::{Connection, Store, StoreError, StoreResult, in_change, rate_limits};
use under_way::{Turn, UnderWay};

pub use rate_limit::RateLimit;

/// What keys of the table are hashed for. Never change it.
const PURPOSE: &str = "guesses";

/// How long a try waits for others to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Too many wrong tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many attempts, try again in {retry_after_secs} seconds")]
pub struct TooManyTries {
    /// At least 1.
    pub retry_after_secs: i64,
}

/// Why somebody may not try, or is not told how it went.
#[derive(Debug, thiserror::Error)]
pub enum LimiterError {
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One allowance.
#[derive(Clone, Debug)]
struct Allowance {
    id: String,
    rate: Rate,
}

impl Allowance {
    /// How long until another try is granted, where the allowance is full at `full_at` and so many
    /// tries are under way; `None`: at once.
    fn wait(&self, full_at: Timestamp, under_way: i64, now: Timestamp) -> Option<TooManyTries> {
        let next = full_at.max(now).0 + (under_way + 1) * self.rate.refill_micros;
        let too_early = next - now.0 - self.rate.burst * self.rate.refill_micros;
        (too_early > 0).then(|| TooManyTries {
            retry_after_secs: (too_early + 999_999) / 1_000_000,
        })
    }
}

/// Counts tries. One for the whole server.
#[derive(Debug)]
pub struct Limiter {
    store: Store,
    key: [u8; 32],
    clock: Arc<dyn Clock>,
    under_way: Arc<UnderWay>,
    refused: AtomicI64,
}

impl Limiter {
    /// Servers with the same master key on the same database are one.
    pub fn new(store: Store, sealer: &Sealer, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            key: sealer.key_for(PURPOSE),
            clock,
            under_way: Arc::default(),
            refused: AtomicI64::new(0),
        }
    }

    /// Begins a try at `subject` (a mail address, an id) from `address`. Dropping the answer
    /// counts the try as wrong, a moment later.
    /// # Errors
    /// `TooManyTries`; nothing is taken then.
    pub async fn attempt(
        self: &Arc<Self>,
        limit: RateLimit,
        subject: &str,
        address: Option<IpAddr>,
    ) -> Result<Attempt, LimiterError> {
        in_change::must_not_wait_for("the limiter");
        let allowances = self.allowances(limit, subject, address.map(network));
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            let ended = self.under_way.ended();
            let mut ended = std::pin::pin!(ended);
            ended.as_mut().enable();
            let turn = self
                .under_way
                .begin(allowances.iter().map(|one| one.id.clone()).collect());
            let Some(refused) = self.wait(&allowances, turn.before()).await? else {
                return Ok(Attempt {
                    limiter: Arc::clone(self),
                    pending: Some((allowances, turn)),
                });
            };
            turn.withdraw();
            self.check(&allowances).await?;
            // Nothing but what is under way is in the way.
            if tokio::time::timeout_at(patience, ended).await.is_err() {
                return Err(self.refuse(refused));
            }
        }
    }

    fn allowances(&self, limit: RateLimit, subject: &str, from: Option<IpAddr>) -> Vec<Allowance> {
        let subject = format!("{} {subject}", limit.as_str());
        let Some(from) = from else {
            return vec![self.allowance(&subject, limit.per_subject())];
        };
        let mut all = Vec::with_capacity(3);
        if limit.is_open_to_anybody() {
            all.push(self.allowance(&format!("{subject} {from}"), limit.per_subject()));
            // An app's id is public and its secret cannot be guessed: one allowance for all
            // networks would only let strangers shut it out.
            if limit != RateLimit::AppSecret {
                all.push(self.allowance(&subject, PER_SUBJECT_ANYWHERE));
            }
        } else {
            all.push(self.allowance(&subject, limit.per_subject()));
        }
        all.push(self.allowance(&format!("address {from}"), PER_ADDRESS));
        all
    }

    /// Something that may be done only so often from an address, whatever comes of it. Takes
    /// nothing from the allowance for wrong tries.
    /// # Errors
    /// `TooManyTries`
    pub async fn count_address(
        self: &Arc<Self>,
        limit: RateLimit,
        address: Option<IpAddr>,
    ) -> Result<(), LimiterError> {
        let from = address.map_or_else(|| "nowhere".to_owned(), |ip| network(ip).to_string());
        self.count(limit, &from, None).await
    }

    /// A try that counts, whatever comes of it.
    /// # Errors
    /// `TooManyTries`
    pub async fn count(
        self: &Arc<Self>,
        limit: RateLimit,
        subject: &str,
        address: Option<IpAddr>,
    ) -> Result<(), LimiterError> {
        self.attempt(limit, subject, address).await?.failed().await
    }

    /// How many tries were refused since the start.
    pub fn refused(&self) -> i64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn allowance(&self, text: &str, rate: Rate) -> Allowance {
        let id = blake3::keyed_hash(&self.key, text.as_bytes());
        Allowance {
            id: id.to_hex().to_string(),
            rate,
        }
    }

    /// Refuses unless each allowance has something left.
    async fn check(&self, allowances: &[Allowance]) -> Result<(), LimiterError> {
        match self.wait(allowances, &[]).await? {
            Some(refused) => Err(self.refuse(refused)),
            None => Ok(()),
        }
    }

    /// How long until each allowance has something left beside so many tries under way; `None`: it
    /// has now.
    async fn wait(
        &self,
        allowances: &[Allowance],
        under_way: &[i64],
    ) -> StoreResult<Option<TooManyTries>> {
        self.wait_by(self.store.read(), allowances, under_way).await
    }

    /// The same by a connection.
    async fn wait_by(
        &self,
        db: &Connection,
        allowances: &[Allowance],
        under_way: &[i64],
    ) -> StoreResult<Option<TooManyTries>> {
        let ids = allowances.iter().map(|one| one.id.as_str());
        let known = rate_limits::full_at(db, ids).await?;
        let now = self.clock.now();
        for (n, allowance) in allowances.iter().enumerate() {
            let row = known.iter().find(|(id, _)| *id == allowance.id);
            let full_at = row.map_or(Timestamp(0), |row| row.1);
            let others = under_way.get(n).copied().unwrap_or(0);
            if let Some(refused) = allowance.wait(full_at, others, now) {
                return Ok(Some(refused));
            }
        }
        Ok(None)
    }

    fn refuse(&self, why: TooManyTries) -> LimiterError {
        self.refused.fetch_add(1, Ordering::Relaxed);
        why.into()
    }

    /// Takes one from each allowance, or from none.
    async fn take(&self, allowances: &[Allowance]) -> Result<(), LimiterError> {
        if !self.try_take(allowances).await? {
            self.check(allowances).await?;
            // Something came back between the two.
            return Err(self.refuse(TooManyTries {
                retry_after_secs: 1,
            }));
        }
        Ok(())
    }

    async fn try_take(&self, allowances: &[Allowance]) -> StoreResult<bool> {
        let tx = self.store.begin().await?;
        let now = self.clock.now();
        // Always the subject before the address, so that no two wait for each other.
        for Allowance { id, rate } in allowances {
            let latest = Timestamp(now.0 + (rate.burst - 1) * rate.refill_micros);
            if !rate_limits::take(tx.db(), id, rate.refill_micros, latest, now).await? {
                return Ok(false);
            }
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// A try that was let through.
#[derive(Debug)]
#[must_use = "a try that was right has to be said to be"]
pub struct Attempt {
    limiter: Arc<Limiter>,
    pending: Option<(Vec<Allowance>, Turn)>,
}

impl Attempt {
    /// The secret was right: the try does not count.
    /// # Errors
    /// `TooManyTries` if wrong ones used everything up meanwhile: nobody may be let in then.
    pub async fn succeeded(mut self) -> Result<(), LimiterError> {
        let Some((allowances, _turn)) = self.pending.take() else {
            return Ok(());
        };
        self.limiter.check(&allowances).await
    }

    /// [`Self::succeeded`] in the transaction that lets somebody in, by its own connection.
    /// # Errors
    /// `TooManyTries`; the transaction is to be undone then.
    pub async fn succeeded_in(mut self, db: &Connection) -> Result<(), LimiterError> {
        let Some((allowances, _turn)) = self.pending.take() else {
            return Ok(());
        };
        match self.limiter.wait_by(db, &allowances, &[]).await? {
            Some(refused) => Err(self.limiter.refuse(refused)),
            None => Ok(()),
        }
    }

    /// Nothing was looked at, so nobody learns anything and nothing counts.
    pub fn abandon(mut self) {
        self.pending = None;
    }

    /// The secret was wrong. Not to be called inside a transaction, which SQLite has only one of.
    /// # Errors
    /// `TooManyTries` if others used everything up meanwhile: nobody may be told that it was wrong
    /// then.
    pub async fn failed(mut self) -> Result<(), LimiterError> {
        // Where this is dropped half-way, it is counted all the same.
        let Some((allowances, _)) = &self.pending else {
            return Ok(());
        };
        let taken = self.limiter.take(allowances).await;
        self.pending = None;
        taken
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let (Some((allowances, turn)), Ok(runtime)) =
            (self.pending.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let limiter = Arc::clone(&self.limiter);
        runtime.spawn(async move {
            if let Err(LimiterError::Store(error)) = limiter.take(&allowances).await {
                tracing::error!(%error, "a wrong try was not counted");
            }
            // Until here it counted as under way.
            drop(turn);
        });
    }
}

/// Who has one IPv6 address has the 2^64 of its network.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests;
