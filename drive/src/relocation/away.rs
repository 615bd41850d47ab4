//! Storages that cannot be used while bytes move. A target is waited for, one that answers and takes
//! nothing too, and so is the one storage that everything comes from: there is nothing else to go on
//! with. Of several sources one that is away holds up the others for a few tries only; what it keeps
//! stays, and is told of at the end.

use super::failure::Failure;
use super::moving::Move;
use super::selection::Place;
use super::work::{RelocateFiles, Relocation};
use crate::error::FileError;
use crate::policy::PolicyError;
use entity::{PolicyId, Timestamp, blob};
use serde::{Deserialize, Serialize};
use site::task::{Patience, Step, TaskError};
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;
use storage::DriverError;
use store::blobs::moving;

/// What cannot be moved after as many tries stays, where others can be.
const TRIES: u32 = 4;
/// One of several sources is tried as often before it is given up: some minutes long.
const SOURCE_TRIES: u32 = 5;
/// One that has not said by then whether it can be used cannot.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a task ends before everything is where it was to be.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} stored versions stay where they are, for their storage cannot be used; \
     try again when it is back: everything else was moved"
)]
struct Unread(u64);

/// A task that moved nothing is not done.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} stored versions could not be moved, and no other was: the task says why; \
     try again when that is mended"
)]
struct NoneMoved(u64);

/// What a task waits for, and tries again every minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Waiting {
    /// Room where bytes go to.
    Space,
    /// A storage that can be used.
    Storage,
}

impl Waiting {
    pub fn of(why: &FileError) -> Self {
        if is_full(why) {
            Self::Space
        } else {
            Self::Storage
        }
    }

    /// As clients are told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::Storage => "storage",
        }
    }
}

impl Relocation {
    /// How it ends when everything was looked at.
    pub(super) fn end(&self) -> Result<Step<Self>, TaskError> {
        match (self.unread, self.failed) {
            (0, failed) if failed > 0 && self.moved == 0 => {
                Err(TaskError::Fail(NoneMoved(failed).into()))
            }
            (0, _) => Ok(Step::Done),
            (unread, _) => Err(TaskError::Fail(Unread(unread).into())),
        }
    }

    /// As it begins anew: what was moved is found no more, and what stayed is tried again.
    pub(super) fn anew(self) -> Self {
        Self {
            failed: 0,
            failures: Vec::new(),
            place: Place::default(),
            is_through: false,
            patience: Patience::default(),
            waiting: None,
            given_up: BTreeSet::new(),
            unread: 0,
            works_here: false,
            tries_here: 0,
            hiccups: 0,
            ..self
        }
    }

    /// Goes on later with what is looked at now, and with what was counted of it.
    pub(super) fn wait(
        self,
        now: Timestamp,
        waiting: Option<Waiting>,
        why: FileError,
    ) -> Result<Step<Self>, TaskError> {
        let again = |patience| Self {
            patience,
            waiting,
            ..self
        };
        self.patience.soon(now, why.into(), again)
    }

    /// The same after something that says nothing of the blobs themselves: the target is waited for, the
    /// database is tried a few times before the queue counts how often it failed. That begins anew
    /// whenever something was moved, which would be forgotten with the state otherwise.
    pub(super) fn later(mut self, now: Timestamp, why: FileError) -> Result<Step<Self>, TaskError> {
        let is_storage = match &why {
            FileError::Policy(error) => !matches!(error, PolicyError::Store(_)),
            _ => false,
        };
        if !is_storage {
            if self.hiccups >= TRIES {
                return Err(why.into());
            }
            self.hiccups += 1;
        }
        let waiting = is_storage.then_some(Waiting::Storage);
        self.wait(now, waiting, why)
    }

    fn is_given_up(&self, blob: &blob::Model) -> bool {
        self.given_up.contains(&blob.policy_id)
    }

    /// Takes note of what stays because its storage was given up.
    pub(super) fn leave(&mut self, left: &[(Move, FileError)]) {
        let unread = left.iter().filter(|(work, _)| self.is_given_up(&work.old));
        self.unread += unread.count() as u64;
    }
}

impl RelocateFiles {
    /// Whether what could not be moved just now is waited for. If not, sources that are away are given
    /// up.
    pub(super) async fn waits(
        &self,
        state: &mut Relocation,
        left: &[(Move, FileError)],
    ) -> Result<bool, FileError> {
        if state.tries_here < TRIES {
            return Ok(true);
        }
        if !state.works_here && left.iter().all(|(_, why)| is_full(why)) {
            return Ok(true);
        }
        let targets: BTreeSet<PolicyId> = left.iter().map(|(work, _)| work.to.row.id).collect();
        for target in targets {
            if self.is_away(target).await? || self.takes_nothing(target, left).await? {
                return Ok(true);
            }
        }
        let sources: BTreeSet<PolicyId> = left.iter().map(|(work, _)| work.old.policy_id).collect();
        for source in sources {
            if self.is_away(source).await? {
                if state.kept.is_some() || state.tries_here < SOURCE_TRIES {
                    return Ok(true);
                }
                self.shared.last_away.insert(source, ());
                state.given_up.insert(source);
            }
        }
        Ok(false)
    }

    /// Whether a storage cannot be used by anybody: nothing is wrong with what could not be moved then.
    async fn is_away(&self, id: PolicyId) -> Result<bool, FileError> {
        let policy = match self.core.policies.get(id).await {
            Ok(policy) => policy,
            // It was deleted meanwhile, and does not come back.
            Err(PolicyError::Missing(_)) => return Ok(false),
            Err(why @ PolicyError::Store(_)) => return Err(why.into()),
            Err(_) => return Ok(true),
        };
        let room = tokio::time::timeout(PATIENCE, policy.driver.room()).await;
        Ok(!matches!(room, Ok(Ok(_))))
    }

    /// Whether a target that answers takes no bytes: its disk can be read only, or its keys may not write.
    /// One that has no room for some takes smaller ones.
    async fn takes_nothing(
        &self,
        id: PolicyId,
        left: &[(Move, FileError)],
    ) -> Result<bool, FileError> {
        let mut of_it = left.iter().filter(|(work, _)| work.to.row.id == id);
        if of_it.all(|(_, why)| is_full(why)) {
            return Ok(false);
        }
        let policy = self.core.policies.if_usable(id).await?;
        Ok(match policy {
            Some(policy) => !policy.takes_bytes().await,
            None => false,
        })
    }

    /// Of these, those that can be tried; and what is told of those whose storage was given up, and is
    /// away still: each is asked once in a while.
    pub(super) async fn without_given_up(
        &self,
        state: &mut Relocation,
        blobs: Vec<blob::Model>,
    ) -> Result<(Vec<blob::Model>, Vec<Failure>), FileError> {
        for id in state.given_up.clone() {
            if self.shared.last_away.contains_key(&id) {
                continue;
            }
            if self.is_away(id).await? {
                self.shared.last_away.insert(id, ());
            } else {
                state.given_up.remove(&id);
            }
        }
        let (left, tried): (Vec<_>, Vec<_>) =
            (blobs.into_iter()).partition(|blob| state.is_given_up(blob));
        let mut failures = Vec::with_capacity(left.len());
        let away = io::Error::other("the storage cannot be used");
        let why = FileError::Storage(DriverError::Io(away));
        for blob in left {
            let holder = moving::holder(self.core.store.read(), blob.id, state.only_of).await?;
            if let Some(file) = holder {
                failures.push(Failure::of(&self.core, &file, &why).await);
            }
        }
        Ok((tried, failures))
    }
}

fn is_full(why: &FileError) -> bool {
    matches!(why, FileError::Storage(DriverError::NoSpace))
}
