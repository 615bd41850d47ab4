//! Answers kept as bytes, for what is asked again and again of a drive that did not change.
//!
//! The key holds the stamp of the asking account, which every change below its drive moves on in
//! the same transaction. A kept answer is therefore never stale, on any replica: the stamp is
//! read from the database with each request. Answers about a share go by the share's stamp, which
//! is had only by coming in: whoever is no longer let in is refused before anything is looked up.

use bytes::Bytes;
use drive::share::ShareStamp;
use moka::sync::Cache;
use site::actor::{Actor, Stamp};
use site::settings::live::LiveSettings;
use std::time::Duration;

/// All kept answers together, bytes.
const CAPACITY: u64 = 12 << 20;
/// Larger answers are not kept: a few of them would drive out everything else.
const LARGEST: usize = 4 << 20;
/// What stamps do not cover (a storage policy's row) shows after this time.
const KEEP: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    stamp: Whose,
    /// Revision of the settings.
    settings: String,
    question: String,
}

/// What an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Own(Stamp),
    Share(ShareStamp),
}

/// The answers kept.
#[derive(Clone, Debug)]
pub struct Answers {
    kept: Cache<Key, Bytes>,
}

/// One question, to look up or to answer.
#[derive(Debug)]
pub struct Question {
    key: Option<Key>,
}

impl Default for Answers {
    fn default() -> Self {
        let weigh = |key: &Key, answer: &Bytes| {
            u32::try_from(key.question.len() + answer.len() + 128).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(weigh)
            .time_to_live(KEEP)
            .build();
        Self { kept }
    }
}

impl Answers {
    /// A question of an actor about their own drive, under these settings.
    pub fn question(&self, actor: &Actor, settings: &LiveSettings, question: String) -> Question {
        Self::about(actor.stamp().map(Whose::Own), actor, settings, question)
    }

    /// A question about a share that the actor just came in through.
    pub fn in_share(
        &self,
        stamp: ShareStamp,
        actor: &Actor,
        settings: &LiveSettings,
        question: String,
    ) -> Question {
        Self::about(Some(Whose::Share(stamp)), actor, settings, question)
    }

    fn about(
        whose: Option<Whose>,
        actor: &Actor,
        settings: &LiveSettings,
        question: String,
    ) -> Question {
        // An app's token may be allowed less than its account.
        let stamp = whose.filter(|_| actor.scopes().is_none());
        Question {
            key: stamp.map(|stamp| Key {
                stamp,
                settings: settings.revision.clone(),
                question,
            }),
        }
    }

    /// The kept answer.
    pub fn get(&self, question: &Question) -> Option<Bytes> {
        self.kept.get(question.key.as_ref()?)
    }

    /// Keeps an answer.
    pub fn keep(&self, question: Question, answer: &Bytes) {
        if let Some(key) = question.key
            && answer.len() <= LARGEST
        {
            self.kept.insert(key, answer.clone());
        }
    }
}
