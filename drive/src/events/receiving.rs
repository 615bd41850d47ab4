//! Noticing that others share something with a user by name, or take it back.

use entity::UserId;
use std::time::Duration;
use store::bus::Topic;
use store::recipients::{self, Received};
use store::{Store, StoreResult};
use tokio::time::Instant;

/// How often it is looked for what no news came of.
const POLL: Duration = Duration::from_secs(5);

/// What an account was given when it was looked at last.
pub(super) struct Receiving {
    known: Option<Received>,
    /// How often there was news of it until then.
    news: u64,
    looked_at: Instant,
}

impl Receiving {
    pub fn new() -> Self {
        Self {
            known: None,
            news: 0,
            looked_at: Instant::now(),
        }
    }

    /// Whether it is something else now. Asks the database only if it may be.
    pub async fn is_other(&mut self, store: &Store, user: UserId) -> StoreResult<bool> {
        let news = store.bus().count(Topic::Recipients);
        let may_be = self.known.is_none() || self.news != news;
        if !may_be && self.looked_at.elapsed() < POLL {
            return Ok(false);
        }
        self.news = news;
        self.looked_at = Instant::now();
        let found = recipients::stamp(store.read(), user).await?;
        let before = self.known.replace(found);
        Ok(before.is_some_and(|before| before != found))
    }
}
