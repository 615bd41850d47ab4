//! Hashes of what never passed this server: read once, later.

use crate::context::Core;
use crate::proof::{Speed, Verdict, judge};
use async_trait::async_trait;
use entity::{BlobId, Timestamp};
use serde::{Deserialize, Serialize};
use site::task::{self, Patience, Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use store::blobs;

/// Which blob to read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Unverified {
    blob: BlobId,
    #[serde(default)]
    patience: Patience,
}

/// Reads a blob and notes its hash, unless it is not what came: then nobody is given it.
#[derive(Debug)]
pub struct VerifyBlob {
    core: Arc<Core>,
}

impl VerifyBlob {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

/// The task for one blob.
pub(super) fn verify_blob(blob: BlobId, now: Timestamp) -> task::NewTask {
    task::system_task::<VerifyBlob>(
        &Unverified {
            blob,
            patience: Patience::default(),
        },
        now,
    )
}

#[async_trait]
impl TaskKind for VerifyBlob {
    const NAME: &'static str = "blob_verify";
    const QUEUE: Queue = Queue::IoIntense;
    const UPKEEP: bool = true;
    type State = Unverified;

    async fn step(&self, run: &Run, state: Unverified) -> Result<Step<Unverified>, TaskError> {
        let core = &self.core;
        let row = blobs::by_id(core.store.read(), state.blob).await?;
        let Some(row) = row.filter(|row| row.blake3.is_none() && row.reference_count > 0) else {
            return Ok(Step::Done);
        };
        let policy = core.policies.get(row.policy_id).await?;
        let speed = Speed::default();
        let verdict = tokio::select! {
            verdict = judge(core, &policy, (&row, &speed)) => verdict?,
            () = run.stopping.cancelled() => return Ok(Step::Again(state)),
        };
        let Verdict::Unknown(error) = verdict else {
            // Of what is damaged the log and the console tell.
            return Ok(Step::Done);
        };
        let later = |patience| Unverified { patience, ..state };
        state.patience.later(core.now(), error.into(), later)
    }
}
