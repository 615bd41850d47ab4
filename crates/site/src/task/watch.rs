//! Interrupting tasks in hand: called off, taken by another replica, or for an account that was
//! blocked.

use super::worker::Shared;
use entity::{TaskId, UserStatus};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::bus::Topic;
use store::tasks::{self, Held, Standing};
use tokio::sync::watch;

/// Why a step goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    /// Somebody wants the task to end.
    Cancelled,
    /// Its owner may do nothing any more.
    OwnerGone,
    /// Another worker has it, or nobody: whatever this one does counts for nothing.
    Lost,
}

/// The tasks that this pool works on.
#[derive(Debug, Default)]
pub(super) struct InHand {
    tasks: Mutex<HashMap<TaskId, Taken>>,
}

/// One of them, and how its worker is told that it goes no further.
#[derive(Debug)]
struct Taken {
    held: Held,
    tell: watch::Sender<Option<Interruption>>,
}

impl Taken {
    /// Whether it was taken by the same claim.
    fn is(&self, held: &Held) -> bool {
        self.held.lease_owner == held.lease_owner
    }
}

impl InHand {
    fn tasks(&self) -> MutexGuard<'_, HashMap<TaskId, Taken>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a task up; its worker is told if it is to be interrupted.
    pub fn take(&self, held: Held) -> watch::Receiver<Option<Interruption>> {
        let (tell, told) = watch::channel(None);
        self.tasks().insert(held.id, Taken { held, tell });
        told
    }

    /// Not what was taken anew meanwhile.
    pub fn let_go(&self, held: &Held) {
        let mut tasks = self.tasks();
        if tasks.get(&held.id).is_some_and(|taken| taken.is(held)) {
            tasks.remove(&held.id);
        }
    }

    /// What is still in hand, to be given back.
    pub fn left(&self) -> Vec<Held> {
        self.tasks().drain().map(|(_, taken)| taken.held).collect()
    }

    /// Interrupts whatever `found`, just read, speaks against.
    fn judge(&self, asked: &[Held], found: &[Standing]) {
        let tasks = self.tasks();
        for held in asked {
            let standing = found.iter().find(|standing| standing.id == held.id);
            if let Some(taken) = tasks.get(&held.id).filter(|taken| taken.is(held))
                && let Some(why) = why(held, standing)
            {
                taken
                    .tell
                    .send_if_modified(|told| told.replace(why) != Some(why));
            }
        }
    }

    fn all(&self) -> Vec<Held> {
        let tasks = self.tasks();
        tasks.values().map(|taken| taken.held.clone()).collect()
    }
}

fn why(held: &Held, standing: Option<&Standing>) -> Option<Interruption> {
    let standing = standing.filter(|now| now.lease_owner.as_deref() == Some(&held.lease_owner));
    let Some(standing) = standing else {
        return Some(Interruption::Lost);
    };
    let is_blocked = |status: UserStatus| status != UserStatus::Active;
    if standing.cancel_requested_at.is_some() {
        Some(Interruption::Cancelled)
    } else if standing.owner_status.is_some_and(is_blocked) {
        Some(Interruption::OwnerGone)
    } else {
        None
    }
}

/// Looks after the tasks in hand until the pool stops.
pub(super) async fn watch(shared: Arc<Shared>) {
    let mut cancelled = shared.store.bus().follow(Topic::Cancelled);
    loop {
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = cancelled.news() => {}
            () = tokio::time::sleep(shared.options.watch) => {}
        }
        cancelled.heard();
        let asked = shared.in_hand.all();
        if asked.is_empty() {
            continue;
        }
        let ids: Vec<TaskId> = asked.iter().map(|held| held.id).collect();
        match tasks::standing(&shared.store, &ids).await {
            Ok(found) => shared.in_hand.judge(&asked, &found),
            Err(error) => tracing::warn!(%error, "cannot look after tasks"),
        }
    }
}
