//! News travels: who changed something that others wait for says so, here and on other replicas.
//!
//! Nothing relies on it. Whoever follows a topic looks at the database itself, and looks now and
//! then without having been told; news only makes that sooner. So news has no content, much of it
//! at once is one, and what gets lost on the way costs a moment.

mod postgres;

use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{Notify, watch};

pub use postgres::Carrier;
pub(super) use postgres::ServerUrl;

/// What there can be news of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Entries of the journal were written.
    Journal,
    /// Tasks were queued.
    Tasks,
    /// Somebody wants a task to end.
    Cancelled,
    /// Settings of the site changed.
    Settings,
    /// Storage policies changed.
    Policies,
    /// Whom shares name may have changed.
    Recipients,
}

impl Topic {
    const ALL: [Self; 6] = [
        Self::Journal,
        Self::Tasks,
        Self::Cancelled,
        Self::Settings,
        Self::Policies,
        Self::Recipients,
    ];

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Some topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics(u32);

impl Topics {
    pub fn add(&mut self, topic: Topic) {
        self.0 |= topic.bit();
    }

    fn all(self) -> impl Iterator<Item = Topic> {
        let is_among = move |topic: &Topic| self.0 & topic.bit() != 0;
        Topic::ALL.into_iter().filter(is_among)
    }
}

/// Where news of one process is told and heard.
#[derive(Debug, Default)]
pub struct Bus {
    /// How often there was news of each topic.
    counts: [watch::Sender<u64>; Topic::ALL.len()],
    /// What other replicas have to be told of.
    outbox: AtomicU32,
    /// Woken when there is something in it.
    filled: Notify,
}

impl Bus {
    /// Tells everybody, on this replica at once.
    pub fn tell(&self, topics: Topics) {
        if topics == Topics::default() {
            return;
        }
        self.hear(topics);
        self.outbox.fetch_or(topics.0, Ordering::AcqRel);
        self.filled.notify_one();
    }

    /// Tells those on this replica.
    fn hear(&self, topics: Topics) {
        for topic in topics.all() {
            self.counts[topic as usize].send_modify(|count| *count += 1);
        }
    }

    /// News may have been missed: everybody had better look.
    fn hear_all(&self) {
        self.hear(Topics(u32::MAX));
    }

    /// Equal counts: there was no news in between.
    pub fn count(&self, topic: Topic) -> u64 {
        *self.counts[topic as usize].borrow()
    }

    /// Follows a topic from now on.
    pub fn follow(&self, topic: Topic) -> Follower {
        Follower(self.counts[topic as usize].subscribe())
    }
}

/// Who follows a topic.
#[derive(Debug)]
pub struct Follower(watch::Receiver<u64>);

impl Follower {
    /// Whoever is about to look at everything has heard what was told until now.
    pub fn heard(&mut self) {
        self.0.mark_unchanged();
    }

    /// Returns as soon as there is news that was not heard yet.
    pub async fn news(&mut self) {
        if self.0.changed().await.is_err() {
            // The database is closed: nothing will ever be told.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn news_is_heard_by_all_who_follow_and_once_however_much_there_was() {
        let bus = Bus::default();
        let tell = |topic| {
            let mut topics = Topics::default();
            topics.add(topic);
            bus.tell(topics);
        };
        tell(Topic::Tasks);
        let mut followers = [bus.follow(Topic::Tasks), bus.follow(Topic::Tasks)];
        let mut other = bus.follow(Topic::Journal);
        assert!(followers[0].news().now_or_never().is_none());
        tell(Topic::Tasks);
        tell(Topic::Tasks);
        for follower in &mut followers {
            assert!(follower.news().now_or_never().is_some());
            assert!(follower.news().now_or_never().is_none());
        }
        assert!(other.news().now_or_never().is_none());
        tell(Topic::Journal);
        other.heard();
        assert!(other.news().now_or_never().is_none());
        assert_eq!(bus.count(Topic::Tasks), 3);
    }
}
