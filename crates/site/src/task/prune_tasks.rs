//! Forgets ended tasks of the system. Those of people stay in their lists.

use super::Pass;
use crate::Site;
use crate::task::{Queue, Run, Step, TaskError, TaskKind};
use async_trait::async_trait;
use std::sync::Arc;
use store::tasks;

/// Rows in one step.
const BATCH: u64 = 1_000;
/// Completed ones are of little interest.
const COMPLETED_SECS: i64 = 3_600;
/// Failed ones may have to be looked into.
const FAILED_SECS: i64 = 30 * 86_400;

/// Queued by cron.
#[derive(Debug)]
pub struct PruneTasks {
    site: Arc<Site>,
}

impl PruneTasks {
    pub fn new(site: Arc<Site>) -> Self {
        Self { site }
    }
}

#[async_trait]
impl TaskKind for PruneTasks {
    const NAME: &'static str = "prune_tasks";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, _run: &Run, pass: Pass) -> Result<Step<Pass>, TaskError> {
        let now = self.site.now();
        let (completed, failed) = (now.plus_secs(-COMPLETED_SECS), now.plus_secs(-FAILED_SECS));
        let gone = tasks::prune(&self.site.store, completed, failed, BATCH).await?;
        Ok(if gone == BATCH {
            Step::Again(pass)
        } else {
            Step::Done
        })
    }
}
