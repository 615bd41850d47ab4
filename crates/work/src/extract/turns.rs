//! Turns of people: what somebody asks for comes one after the other, and holds up nobody else.

use entity::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::OwnedMutexGuard;

/// Somebody's turn, until it is dropped.
pub(super) type OwnTurn = OwnedMutexGuard<()>;

type Queue = tokio::sync::Mutex<()>;

/// Who has a turn, and who waits for one. Visitors without an account wait for one another.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Option<UserId>, Weak<Queue>>>>);

impl Turns {
    /// Waits until everything is done that the same person asked for before.
    pub async fn of(&self, who: Option<UserId>) -> OwnTurn {
        self.queue(who).lock_owned().await
    }

    /// The same, if nobody has it now.
    pub fn try_of(&self, who: Option<UserId>) -> Option<OwnTurn> {
        self.queue(who).try_lock_owned().ok()
    }

    fn queue(&self, who: Option<UserId>) -> Arc<Queue> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = all.get(&who).and_then(Weak::upgrade) {
            return queue;
        }
        all.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::default();
        all.insert(who, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn one_at_a_time_each_and_nobody_waits_for_another() {
        let turns = Turns::default();
        let (alice, bob) = (Some(UserId(1)), Some(UserId(2)));
        let first = turns.of(alice).now_or_never().unwrap();
        assert!(turns.of(alice).now_or_never().is_none());
        let other = turns.of(bob).now_or_never().unwrap();
        let visitor = turns.of(None).now_or_never().unwrap();
        assert!(turns.of(None).now_or_never().is_none());
        assert!(turns.try_of(bob).is_none() && turns.try_of(Some(UserId(3))).is_some());
        drop(first);
        let again = turns.of(alice).now_or_never().unwrap();
        drop((again, other, visitor));
        drop(turns.of(bob).await);
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
