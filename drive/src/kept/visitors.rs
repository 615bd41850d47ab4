//! Who gave the right password of a share lately.
//!
//! Clients send it with each request. Each is compared with the row as it is now; what is
//! remembered only spares a visitor the question whether others used up the tries, and the owner
//! an entry in the journal for each request.

use moka::sync::Cache;
use site::actor::Actor;
use site::limiter::network;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a right password is remembered. After that it is told to the journal again.
const KNOWN_FOR: Duration = Duration::from_mins(15);
/// Remembered at most; about 200 bytes each.
const MOST_KNOWN: u64 = 10_000;

/// Which share, and from where. Without an address nobody is known.
type Visitor = (i64, IpAddr);

/// The memory of one server.
#[derive(Clone, Debug)]
pub struct KnownVisitors {
    known: Cache<Visitor, ()>,
    /// Those whose visit with this program is in the journal.
    notified: Cache<(i64, Option<IpAddr>, Arc<str>), ()>,
}

impl Default for KnownVisitors {
    fn default() -> Self {
        Self {
            known: Cache::builder()
                .max_capacity(MOST_KNOWN)
                .time_to_live(KNOWN_FOR)
                .build(),
            notified: Cache::builder()
                .max_capacity(MOST_KNOWN)
                .time_to_live(KNOWN_FOR)
                .build(),
        }
    }
}

impl KnownVisitors {
    /// Whether the last password that came from there was right.
    pub(crate) fn knows(&self, share: i64, actor: &Actor) -> bool {
        visitor(share, actor).is_some_and(|visitor| self.known.get(&visitor).is_some())
    }

    /// A password was right. Answers whether that is news for the journal.
    pub(crate) fn came(&self, share: i64, actor: &Actor) -> bool {
        if let Some(visitor) = visitor(share, actor)
            && self.known.get(&visitor).is_none()
        {
            self.known.insert(visitor, ());
        }
        let visit = (share, actor.address, Arc::clone(&actor.agent));
        let is_news = self.notified.get(&visit).is_none();
        if is_news {
            self.notified.insert(visit, ());
        }
        is_news
    }

    /// A password was wrong. Whoever comes from there is asked for tries again: otherwise a
    /// guesser beside a visitor would learn from being let in what the limiter keeps from them.
    pub(crate) fn failed(&self, share: i64, actor: &Actor) {
        if let Some(visitor) = visitor(share, actor) {
            self.known.invalidate(&visitor);
        }
    }
}

fn visitor(share: i64, actor: &Actor) -> Option<Visitor> {
    actor.address.map(|address| (share, network(address)))
}
