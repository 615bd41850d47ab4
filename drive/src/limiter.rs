//! How often a secret may be guessed: one rule in front of every door.
//!
//! Each try takes one from the allowance of what is tried (an account, a share) and one from the
//! allowance of the address it comes from; a try that turns out right gives both back, so people
//! who know their secret never notice. Taking first and giving back later also holds a burst of
//! parallel tries, which all would pass a check that counts only finished failures.
//!
//! Allowances refill steadily (the generic cell rate algorithm) and live in this process.

use crate::clock::Clock;
use entity::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Wrong tries in a row for one subject, and how long until one more is granted.
const PER_SUBJECT: Rate = Rate {
    burst: 20,
    refill_micros: 10_000_000,
};
/// The same for one address; several people may share it.
const PER_ADDRESS: Rate = Rate {
    burst: 60,
    refill_micros: 2_000_000,
};
/// Codes of a second factor: six digits, of which three are right at a time.
const PER_CODE: Rate = Rate {
    burst: 10,
    refill_micros: 300_000_000,
};
/// Mails to one address.
const PER_MAILBOX: Rate = Rate {
    burst: 5,
    refill_micros: 600_000_000,
};
/// Allowances remembered; beyond this the least recently tried are full again. About 200 bytes
/// each.
const MOST_REMEMBERED: u64 = 20_000;

/// What a secret opens. Allowances of different doors are separate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    SignIn,
    /// The current password, asked for before an important change.
    CurrentPassword,
    TwoFactor,
    SharePassword,
    WebDav,
    /// The secret in a mail that sets a new password.
    ResetSecret,
    Passkey,
    /// Asking whether an address is somebody's.
    Prepare,
    /// Having a mail sent: every try counts.
    Mail,
}

impl Door {
    /// How often one subject may be tried behind this door.
    const fn per_subject(self) -> Rate {
        match self {
            Self::TwoFactor => PER_CODE,
            Self::Mail => PER_MAILBOX,
            Self::SignIn
            | Self::CurrentPassword
            | Self::SharePassword
            | Self::WebDav
            | Self::ResetSecret
            | Self::Passkey
            | Self::Prepare => PER_SUBJECT,
        }
    }
}

/// Too many wrong tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many attempts, try again in {retry_after_secs} seconds")]
pub struct TooManyTries {
    /// At least 1.
    pub retry_after_secs: i64,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: i64,
    refill_micros: i64,
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
        let longest = [PER_SUBJECT, PER_ADDRESS, PER_CODE, PER_MAILBOX]
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::ShiftedClock;

    fn limiter() -> (Limiter, Arc<ShiftedClock>) {
        let clock = Arc::new(ShiftedClock::default());
        (Limiter::new(Arc::clone(&clock) as Arc<dyn Clock>), clock)
    }

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    /// Wrong tries until one is refused.
    fn tries(limiter: &Limiter, subject: &str, from: Option<IpAddr>) -> usize {
        (0..1000)
            .take_while(|_| limiter.attempt(Door::SignIn, subject, from).is_ok())
            .count()
    }

    #[test]
    fn wrong_tries_run_out_and_come_back_with_time() {
        let (limiter, clock) = limiter();
        assert_eq!(tries(&limiter, "alice", None), 20);
        let refused = limiter.attempt(Door::SignIn, "alice", None).unwrap_err();
        assert!((9..=10).contains(&refused.retry_after_secs), "{refused}");
        clock.advance_secs(10);
        assert_eq!(tries(&limiter, "alice", None), 1);
        clock.advance_secs(3600);
        assert_eq!(tries(&limiter, "alice", None), 20);
        assert_eq!(limiter.refused(), 4);
    }

    #[test]
    fn right_tries_cost_nothing() {
        let (limiter, _) = limiter();
        for _ in 0..100 {
            limiter
                .attempt(Door::SignIn, "alice", address("192.0.2.1"))
                .unwrap()
                .succeeded();
        }
        assert_eq!(tries(&limiter, "alice", address("192.0.2.1")), 20);
    }

    #[test]
    fn tries_under_way_count_until_they_turn_out_right() {
        let (limiter, _) = limiter();
        let running: Vec<_> = (0..20)
            .map(|_| limiter.attempt(Door::SignIn, "alice", None).unwrap())
            .collect();
        assert!(limiter.attempt(Door::SignIn, "alice", None).is_err());
        running.into_iter().for_each(Attempt::succeeded);
        assert!(limiter.attempt(Door::SignIn, "alice", None).is_ok());
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let (limiter, _) = limiter();
        let allowed = (0..200)
            .filter(|n| {
                limiter
                    .attempt(Door::SignIn, &format!("u{n}"), address("192.0.2.1"))
                    .is_ok()
            })
            .count();
        assert_eq!(allowed, 60);
        assert!(
            limiter
                .attempt(Door::SignIn, "u0", address("192.0.2.2"))
                .is_ok()
        );
        // What the address was refused did not cost the account.
        assert_eq!(tries(&limiter, "u199", address("192.0.2.3")), 20);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        assert_eq!(
            network("2001:db8:1:2::1".parse().unwrap()),
            network("2001:db8:1:2:f::".parse().unwrap())
        );
        assert_ne!(
            network("2001:db8:1:2::1".parse().unwrap()),
            network("2001:db8:1:3::1".parse().unwrap())
        );
        assert_eq!(
            network("::ffff:192.0.2.1".parse().unwrap()),
            address("192.0.2.1").unwrap()
        );
    }

    #[test]
    fn short_codes_and_mailboxes_are_guarded_more_closely() {
        let (limiter, clock) = limiter();
        for (door, burst, refill_secs) in [(Door::TwoFactor, 10, 300), (Door::Mail, 5, 600)] {
            let tries = || {
                (0..100)
                    .take_while(|_| limiter.attempt(door, "alice", None).is_ok())
                    .count()
            };
            assert_eq!(tries(), burst, "{door:?}");
            clock.advance_secs(refill_secs);
            assert_eq!(tries(), 1, "{door:?}");
        }
    }

    #[test]
    fn doors_do_not_share_allowances() {
        let (limiter, _) = limiter();
        assert_eq!(tries(&limiter, "7", None), 20);
        assert!(limiter.attempt(Door::SharePassword, "7", None).is_ok());
    }
}
