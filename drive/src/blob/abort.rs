//! Ending uploads at the vendor: what was sent there costs until it is.
//!
//! A task, queued where the session ends: neither a crash nor a vendor that does not answer leaves
//! anything behind.

use super::removal::nobodys;
use crate::context::Core;
use crate::policy::PolicyError;
use crate::tasks::{self, EndedUpload};
use async_trait::async_trait;
use entity::Timestamp;
use site::task::{BoxError, Patience, Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use storage::{BlobKey, UploadPlan};
use store::blobs;

/// The clock of a vendor may be so late, and a body that it has begun to take so slow.
const CLOCKS_SECS: i64 = 900;

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
            Ok(Some(until)) => Ok(Step::Sleep {
                until,
                state: EndedUpload {
                    patience: Patience::default(),
                    is_late: true,
                    ..ended
                },
            }),
            Ok(None) => Ok(Step::Done),
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
    /// Answers when to look once more, if its client can send something still.
    async fn end(&self, ended: &EndedUpload) -> Result<Option<Timestamp>, BoxError> {
        let core = &self.core;
        let policy = match core.policies.get(ended.policy).await {
            Ok(policy) => policy,
            // Nobody knows any more how to reach it.
            Err(PolicyError::Missing(_)) => return Ok(None),
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
        // From here on nobody can complete it, but for what is looked at once more. Recycling may have been there before.
        let holder = blobs::by_key(core.store.read(), ended.policy, plan.key.as_str()).await?;
        let is_spared = holder.as_ref().is_some_and(|blob| blob.props.unlink_only);
        if !is_spared && holder.is_none_or(|blob| blob.reference_count <= 0) {
            let nobodys = nobodys(core, &policy, vec![plan.key.clone()]).await?;
            let left = policy.driver.delete(&nobodys).await?;
            if !left.is_empty() {
                return Err(format!("{} is still there", plan.key).into());
            }
        }
        let until = Timestamp::from_unix_secs(ended.expires_at).plus_secs(CLOCKS_SECS);
        let may_come = policy.can.outlives_abort && !ended.is_late && core.now() < until;
        Ok(may_come.then_some(until))
    }
}
