//! Ending uploads at the vendor: what was sent there costs until it is.
//!
//! A task, queued where the session ends: neither a crash nor a vendor that does not answer leaves
//! anything behind.

use super::removal::nobodys;
use crate::context::Core;
use crate::policy::PolicyError;
use crate::tasks::{self, EndedUpload};
use async_trait::async_trait;
use site::task::{BoxError, Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use storage::{BlobKey, UploadPlan};
use store::blobs;

/// Tells the vendor, then removes what was completed there in the last moment.
#[derive(Debug)]
pub struct AbortUpload {
    core: Arc<Core>,
}

impl AbortUpload {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[async_trait]
impl TaskKind for AbortUpload {
    const NAME: &'static str = tasks::ABORT_UPLOAD;
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = EndedUpload;

    async fn step(&self, _run: &Run, ended: EndedUpload) -> Result<Step<EndedUpload>, TaskError> {
        match self.end(&ended).await {
            Ok(()) => Ok(Step::Done),
            Err(error) => ended
                .patience
                .later(self.core.now(), error, |patience| EndedUpload {
                    patience,
                    ..ended
                }),
        }
    }
}

impl AbortUpload {
    async fn end(&self, ended: &EndedUpload) -> Result<(), BoxError> {
        let core = &self.core;
        let policy = match core.policies.get(ended.policy).await {
            Ok(policy) => policy,
            // Nobody knows any more how to reach it.
            Err(PolicyError::Missing(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let expires = Duration::from_secs(u64::try_from(ended.expires_at).unwrap_or(0));
        let plan = UploadPlan {
            id: ended.id,
            key: BlobKey::parse(ended.key.clone())?,
            size_bytes: ended.size_bytes,
            chunk_bytes: ended.chunk_bytes,
            expires_at: UNIX_EPOCH + expires,
            reserves: false,
            relay: false,
            content_type: None,
            callback_url: None,
            vendor_state: ended.vendor_state.clone(),
        };
        policy.driver.abort_upload(&plan).await?;
        // From here on nobody can complete it. Recycling may have been there before.
        let holder = blobs::by_key(core.store.read(), ended.policy, plan.key.as_str()).await?;
        let is_spared = holder.as_ref().is_some_and(|blob| blob.props.unlink_only);
        if !is_spared && holder.is_none_or(|blob| blob.reference_count <= 0) {
            let nobodys = nobodys(core, &policy, vec![plan.key.clone()]).await?;
            let left = policy.driver.delete(&nobodys).await?;
            if !left.is_empty() {
                return Err(format!("{} is still there", plan.key).into());
            }
        }
        Ok(())
    }
}
