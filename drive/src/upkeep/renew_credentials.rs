//! Renews what opens drives at Microsoft, so that none of it grows too old to be renewed.

use super::Pass;
use crate::context::Core;
use async_trait::async_trait;
use entity::PolicyId;
use site::task::{Queue, Run, Step, TaskError, TaskKind, causes};
use std::sync::Arc;

/// Queued by cron.
#[derive(Debug)]
pub struct RenewCredentials {
    core: Arc<Core>,
}

impl RenewCredentials {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[async_trait]
impl TaskKind for RenewCredentials {
    const NAME: &'static str = "renew_credentials";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, _run: &Run, pass: Pass) -> Result<Step<Pass>, TaskError> {
        let credentials = &self.core.policies.credentials;
        let all = credentials.signed_in().await?;
        let Some(id) = all.into_iter().find(|PolicyId(id)| *id > pass.id) else {
            return Ok(Step::Done);
        };
        credentials.forget(id).await;
        if let Err(error) = credentials.token(id).await {
            tracing::warn!(policy = %id, "no new token: {}", causes(&error));
        }
        Ok(Step::Again(Pass { id: id.0, ..pass }))
    }
}
