//! Removes the bytes, then the rows, of blobs that nobody holds any more.

use super::Pass;
use crate::blob::remove_bytes;
use crate::context::Core;
use crate::tasks;
use async_trait::async_trait;
use entity::BlobId;
use site::task::{Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use store::recycling;

/// Blobs in one step.
const BATCH: u64 = 500;

/// Queued whenever something was let go of, and by cron.
#[derive(Debug)]
pub struct RecycleBlobs {
    core: Arc<Core>,
}

impl RecycleBlobs {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[async_trait]
impl TaskKind for RecycleBlobs {
    const NAME: &'static str = tasks::RECYCLE_BLOBS;
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, _run: &Run, mut pass: Pass) -> Result<Step<Pass>, TaskError> {
        let store = &self.core.store;
        let claim =
            recycling::claim(store, self.core.now(), (pass.time, BlobId(pass.id)), BATCH).await?;
        let removed = remove_bytes(&self.core, claim.blobs).await;
        for (_, why) in removed.left {
            pass.trouble.add(why);
        }
        recycling::forget(store, &removed.gone).await?;
        let Some((time, BlobId(id))) = claim.next else {
            let again = |trouble| Pass {
                trouble,
                ..Pass::default()
            };
            return pass.trouble.end(self.core.now(), again);
        };
        Ok(Step::Again(Pass { time, id, ..pass }))
    }
}
