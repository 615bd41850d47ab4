//! Hashes of what never passed this server: read once, later.

use super::{Speed, Verdict, judge};
use crate::context::Core;
use crate::tasks::{self, Unverified};
use async_trait::async_trait;
use site::task::{Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use store::blobs;

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

#[async_trait]
impl TaskKind for VerifyBlob {
    const NAME: &'static str = tasks::VERIFY_BLOB;
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
