//! How often a secret may be guessed: one rule in front of every door.
//!
//! Each try takes one from the allowance of what is tried (an account, a share) and one from the
//! allowance of the address it comes from; a try that turns out right gives both back, so people
//! who know their secret never notice. Taking first and giving back later also holds a burst of
//! parallel tries, which all would pass a check that counts only finished failures.
//!
//! Allowances refill steadily (the generic cell rate algorithm) and live in this process.

mod door;

use crate::clock::Clock;
use door::{PER_ADDRESS, RATES, Rate};
use entity::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use door::Door;

/// Allowances remembered; beyond this the least recently tried are full again. About 200 bytes
/// each.
const MOST_REMEMBERED: u64 = 20_000;

/// Too many wrong tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many attempts, try again in {retry_after_secs} seconds")]
pub struct TooManyTries {
    /// At least 1.
    pub retry_after_secs: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Subject(Door, String),
    Address(IpAddr),
}

/// One allowance: when it will be full again, in microseconds since 1970.
type Bucket = Arc<Mutex<i64>>;

/// Counts tries. One for the whole server.
#[derive(Debug)]
pub struct Limiter {
    buckets: Cache<Key, Bucket>,
    clock: Arc<dyn Clock>,
    refused: AtomicI64,
}

impl Limiter {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let longest = RATES
            .map(|rate| rate.burst * rate.refill_micros)
            .into_iter()
            .fold(0, i64::max);
        let buckets = Cache::builder()
            .max_capacity(MOST_REMEMBERED)
            // The default policy would turn new keys away when full and so never limit them.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(Duration::from_micros(longest.unsigned_abs()))
            .build();
        Self {
            buckets,
            clock,
            refused: AtomicI64::new(0),
        }
    }

    /// Begins a try at `subject` (a mail address, an id) from `address`. Dropping the answer
    /// counts the try as wrong.
    /// # Errors
    /// [`TooManyTries`]; nothing was taken then.
    pub fn attempt(
        &self,
        door: Door,
        subject: &str,
        address: Option<IpAddr>,
    ) -> Result<Attempt, TooManyTries> {
        let now = self.clock.now();
        let subject = self.take(
            Key::Subject(door, subject.to_owned()),
            door.per_subject(),
            now,
        )?;
        let Some(address) = address else {
            return Ok(Attempt {
                taken: vec![subject],
            });
        };
        match self.take(Key::Address(network(address)), PER_ADDRESS, now) {
            Ok(address) => Ok(Attempt {
                taken: vec![subject, address],
            }),
            Err(refused) => {
                subject.give_back();
                Err(refused)
            }
        }
    }

    /// How many tries were refused since the start.
    pub fn refused(&self) -> i64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn take(&self, key: Key, rate: Rate, now: Timestamp) -> Result<Taken, TooManyTries> {
        let bucket = self.buckets.get_with(key, Bucket::default);
        let mut full_at = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*full_at).max(now.0) + rate.refill_micros;
        let too_early = next - now.0 - rate.burst * rate.refill_micros;
        if too_early > 0 {
            self.refused.fetch_add(1, Ordering::Relaxed);
            let retry_after_secs = (too_early + 999_999) / 1_000_000;
            return Err(TooManyTries { retry_after_secs });
        }
        *full_at = next;
        drop(full_at);
        Ok(Taken {
            bucket,
            refill_micros: rate.refill_micros,
        })
    }
}

/// A try that was let through.
#[derive(Debug)]
#[must_use = "a try that was right has to be given back"]
pub struct Attempt {
    taken: Vec<Taken>,
}

impl Attempt {
    /// The secret was right: the try does not count.
    pub fn succeeded(self) {
        self.taken.into_iter().for_each(Taken::give_back);
    }
}

#[derive(Debug)]
struct Taken {
    bucket: Bucket,
    refill_micros: i64,
}

impl Taken {
    fn give_back(self) {
        *self.bucket.lock().unwrap_or_else(PoisonError::into_inner) -= self.refill_micros;
    }
}

/// Who has one IPv6 address has the 2^64 of its network.
fn network(address: IpAddr) -> IpAddr {
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
