//! Drives whose bytes moved say so: what answers tell of where bytes are is kept until a drive changes.

use super::flow::Flow;
use super::work::RelocateFiles;
use crate::context::Core;
use crate::error::FileError;
use crate::tree::SystemChange;
use entity::UserId;
use site::task::causes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long the end of a task may take for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose files were moved by this process, and whose drives do not say so yet; with how often that
/// was said of them. Steps remember theirs, too, but not when they are dropped in the middle.
#[derive(Debug, Default)]
pub(super) struct Untold(Mutex<BTreeMap<UserId, u64>>);

impl Untold {
    fn all(&self) -> MutexGuard<'_, BTreeMap<UserId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, owners: &[UserId]) {
        let mut all = self.all();
        for owner in owners {
            *all.entry(*owner).or_default() += 1;
        }
    }

    fn times(&self, owner: UserId) -> Option<u64> {
        self.all().get(&owner).copied()
    }

    /// Forgets one whose drive says so by now, unless more was moved since it was said so often.
    fn forget(&self, owner: UserId, times: Option<u64>) {
        let mut all = self.all();
        if times.is_some() && all.get(&owner).copied() == times {
            all.remove(&owner);
        }
    }

    async fn tell(&self, core: &Core, owner: UserId) -> Result<(), FileError> {
        let times = self.times(owner);
        let change = SystemChange::by_system(core, owner).await?;
        change.commit().await?;
        self.forget(owner, times);
        Ok(())
    }
}

/// Files of these were moved: whose step that was tells it, with others, or the end of its task. If
/// nobody waits for it any more, it is told at once.
pub(super) async fn moved(flow: &Flow, owners: &[UserId]) {
    let untold = &flow.shared.untold;
    untold.add(owners);
    if !flow.is_dropped() {
        return;
    }
    for owner in owners {
        if let Err(error) = untold.tell(&flow.core, *owner).await {
            tracing::warn!(owner = owner.0, "not told yet: {}", causes(&error));
        }
    }
}

impl RelocateFiles {
    /// Has drives say that files in them were moved; leaves those that do not yet.
    pub(super) async fn tell(&self, untold: &mut BTreeSet<UserId>) -> Result<(), FileError> {
        while let Some(owner) = untold.first().copied() {
            self.shared.untold.tell(&self.core, owner).await?;
            untold.remove(&owner);
        }
        Ok(())
    }

    /// The same when a task ends, with what steps that were dropped did not come to tell. What cannot
    /// be told now keeps nothing from ending.
    pub(super) async fn tell_at_last(&self, untold: &mut BTreeSet<UserId>) {
        let dropped: Vec<UserId> = self.shared.untold.all().keys().copied().collect();
        untold.extend(dropped);
        let why = match tokio::time::timeout(PATIENCE, self.tell(untold)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => causes(&error),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::warn!(drives = untold.len(), "not told yet: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_while_it_is_told_is_told_once_more() {
        let (untold, owner) = (Untold::default(), UserId(7));
        untold.add(&[owner]);
        let times = untold.times(owner);
        untold.add(&[owner]);
        untold.forget(owner, times);
        assert_eq!(untold.times(owner), Some(2));
        untold.forget(owner, Some(2));
        assert_eq!(untold.times(owner), None);
    }
}
