//! Telling people that a task of theirs has ended.

use super::{NewTask, TaskState};
use entity::{TaskId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::journal::{Entry, Op};

/// A task in somebody's list that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedTask {
    pub id: TaskId,
    pub kind: String,
    pub state: TaskState,
    pub owner: UserId,
    /// From when it was begun, or begun anew, until now.
    pub took: Duration,
}

/// The same in the journal (`detail`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedDetail {
    pub task: TaskId,
    pub kind: String,
    /// `completed`, `error` or `canceled`.
    pub state: String,
}

impl EndedTask {
    pub(super) fn entry(&self) -> Entry {
        let mut entry = Entry::of_task(self.owner, Op::TaskEnd, self.owner, self.id);
        // Nobody did that.
        entry.actor = None;
        let detail = EndedDetail {
            task: self.id,
            kind: self.kind.clone(),
            state: self.state.as_str().to_owned(),
        };
        entry.detail(serde_json::to_string(&detail).unwrap_or_default())
    }
}

impl EndedDetail {
    /// What an entry says; none for entries of other kinds.
    pub fn of(op: &str, detail: Option<&str>) -> Option<Self> {
        let is_one = op == Op::TaskEnd.as_str();
        serde_json::from_str(detail.filter(|_| is_one)?).ok()
    }
}

type Follow = dyn Fn(&EndedTask) -> Option<NewTask> + Send + Sync;

/// Whoever queues something when a task of somebody ends, such as a letter.
#[derive(Clone, Default)]
pub(super) struct AtEnd(Option<Arc<Follow>>);

impl AtEnd {
    pub fn new(queue: impl Fn(&EndedTask) -> Option<NewTask> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(queue)))
    }

    pub fn follows(&self, ended: &EndedTask) -> Option<NewTask> {
        self.0.as_ref().and_then(|queue| queue(ended))
    }
}

impl fmt::Debug for AtEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtEnd").field(&self.0.is_some()).finish()
    }
}
