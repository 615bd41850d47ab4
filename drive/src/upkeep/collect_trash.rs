//! Removes for good what has been in the trash long enough.

use super::Pass;
use crate::context::Core;
use crate::upkeep::recycle_blobs;
use async_trait::async_trait;
use entity::FileId;
use site::task::{BoxError, Queue, Run, Step, TaskError, TaskKind, causes, queue_once};
use std::sync::Arc;
use store::expiry;

/// Trashed items in one step.
const BATCH: u64 = 50;

/// The service that owns the tree.
#[async_trait]
pub trait PurgeTrashed: Send + Sync + 'static {
    /// Removes a trashed file or folder with all below, for good. One that is gone, or was
    /// restored, is left alone.
    async fn purge_trashed(&self, file: FileId) -> Result<(), BoxError>;
}

/// Queued by cron.
pub struct CollectTrash {
    core: Arc<Core>,
    trash: Box<dyn PurgeTrashed>,
}

impl CollectTrash {
    pub fn new(core: Arc<Core>, trash: impl PurgeTrashed) -> Self {
        Self {
            core,
            trash: Box::new(trash),
        }
    }

    /// Their bytes can go too.
    async fn recycle(&self) -> Result<(), TaskError> {
        let mut tx = self.core.store.begin().await?;
        queue_once(&mut tx, recycle_blobs(self.core.now())).await?;
        Ok(tx.commit().await?)
    }
}

#[async_trait]
impl TaskKind for CollectTrash {
    const NAME: &'static str = "collect_trash";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, run: &Run, mut pass: Pass) -> Result<Step<Pass>, TaskError> {
        let now = self.core.now();
        let behind = (pass.time, FileId(pass.id));
        let due = expiry::trash(&self.core.store, now, behind, BATCH).await?;
        if due.is_empty() {
            let again = |trouble| Pass {
                trouble,
                ..Pass::default()
            };
            return pass.trouble.end(now, again);
        }
        for (time, file) in due {
            if run.stopping.is_cancelled() {
                break;
            }
            if let Err(error) = self.trash.purge_trashed(file).await {
                pass.trouble
                    .add(format!("file {file}: {}", causes(&*error)));
            }
            (pass.time, pass.id) = (time, file.0);
        }
        self.recycle().await?;
        Ok(Step::Again(pass))
    }
}
