//! How many hands of a queue one account has: never the last one, so that whoever asks for little is
//! not kept waiting by somebody who asked for much.

use entity::{UserId, task};
use sea_orm::{ColumnTrait as _, Condition};
use std::collections::HashMap;

/// Tasks of a queue that are in hand on this server, by account.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    most: usize,
    held: HashMap<UserId, usize>,
}

impl Shares {
    /// There are so many hands now.
    pub fn of_hands(&mut self, hands: usize) {
        self.most = hands.saturating_sub(1).max(1);
    }

    /// Another one of this account is taken. Tasks of the system are nobody's.
    pub fn take(&mut self, owner: Option<UserId>) {
        if let Some(owner) = owner {
            *self.held.entry(owner).or_default() += 1;
        }
    }

    /// One of them has left.
    pub fn give_back(&mut self, owner: Option<UserId>) {
        let Some(owner) = owner else { return };
        if let Some(held) = self.held.get_mut(&owner) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&owner);
            }
        }
    }

    /// Tasks of those who may have another one.
    pub(super) fn condition(&self) -> Condition {
        let full = self.held.iter().filter(|(_, held)| **held >= self.most);
        let full: Vec<UserId> = full.map(|(owner, _)| *owner).collect();
        if full.is_empty() {
            return Condition::all();
        }
        Condition::any()
            .add(task::Column::OwnerId.is_null())
            // What is to end need not wait.
            .add(task::Column::CancelRequestedAt.is_not_null())
            .add(task::Column::OwnerId.is_not_in(full))
    }

    /// Leaves out those that are more than somebody's share. They wait until one of the same account
    /// has left.
    pub(super) fn limit(&self, rows: &mut Vec<task::Model>) {
        let mut after = self.clone();
        rows.retain(|row| {
            let held = row.owner_id.and_then(|owner| after.held.get(&owner));
            let may =
                row.cancel_requested_at.is_some() || held.is_none_or(|held| *held < self.most);
            if may {
                after.take(row.owner_id);
            }
            may
        });
    }
}
