//! Forgets old journal entries, and subscribers who stay away.

use super::Pass;
use crate::context::Core;
use async_trait::async_trait;
use entity::{JournalId, Timestamp};
use site::task::{Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use store::expiry::{self, JournalLimits};
use store::journal::Category;

/// Entries in one step.
const BATCH: u64 = 1_000;
/// What accounts and administrators did is kept this long at least.
const AUDIT_SECS: i64 = 90 * 86_400;

/// Queued by cron.
#[derive(Debug)]
pub struct PruneJournal {
    core: Arc<Core>,
}

impl PruneJournal {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[async_trait]
impl TaskKind for PruneJournal {
    const NAME: &'static str = "prune_journal";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, _run: &Run, pass: Pass) -> Result<Step<Pass>, TaskError> {
        let store = &self.core.store;
        let before = oldest_event(&self.core);
        let limits = JournalLimits {
            // What happened to files is what clients follow; all else is the audit log.
            followed: Category::File.as_str(),
            kept_before: before.min(self.core.now().plus_secs(-AUDIT_SECS)),
            before,
        };
        let behind = (pass.time, JournalId(pass.id));
        let last = expiry::prune_journal(store, limits, behind, BATCH).await?;
        if let Some((time, JournalId(id))) = last {
            return Ok(Step::Again(Pass { time, id, ..pass }));
        }
        // The last of the journal is pruned; subscribers come in the same size of steps.
        if expiry::forget_subscribers(store, before, BATCH).await? == BATCH {
            return Ok(Step::Again(pass));
        }
        Ok(Step::Done)
    }
}

/// File events before this are forgotten.
fn oldest_event(core: &Core) -> Timestamp {
    let age = core.settings().events.max_age;
    core.now()
        .plus_secs(-i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}
