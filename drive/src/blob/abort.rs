//! Ending uploads at the vendor: what was sent there costs until it is.
//!
//! A task, queued where the session ends: neither a crash nor a vendor that does not answer leaves
//! anything behind.

use crate::context::Core;
use crate::policy::PolicyError;
use async_trait::async_trait;
use entity::{PolicyId, Timestamp, upload_session};
use serde::{Deserialize, Serialize};
use site::task::{self, Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use storage::{BlobKey, UploadPlan};
use store::blobs;
use uuid::Uuid;

/// What its driver has to know of an upload without a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndedUpload {
    id: Uuid,
    policy: PolicyId,
    key: String,
    size_bytes: u64,
    chunk_bytes: u64,
    expires_at: i64,
    vendor_state: Option<String>,
}

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

/// The task for an upload that ends.
pub(super) fn abort_upload(
    session: &upload_session::Model,
    plan: &UploadPlan,
    now: Timestamp,
) -> task::NewTask {
    let ended = EndedUpload {
        id: plan.id,
        policy: session.policy_id,
        key: plan.key.as_str().to_owned(),
        size_bytes: plan.size_bytes,
        chunk_bytes: plan.chunk_bytes,
        expires_at: session.expires_at.unix_secs(),
        vendor_state: session.details.vendor_state.clone(),
    };
    task::system_task::<AbortUpload>(&ended, now)
}

#[async_trait]
impl TaskKind for AbortUpload {
    const NAME: &'static str = "abort_upload";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = EndedUpload;

    async fn step(&self, _run: &Run, ended: EndedUpload) -> Result<Step<EndedUpload>, TaskError> {
        let core = &self.core;
        let policy = match core.policies.get(ended.policy).await {
            Ok(policy) => policy,
            // Nobody knows any more how to reach it.
            Err(PolicyError::Missing(_)) => return Ok(Step::Done),
            Err(error) => return Err(error.into()),
        };
        let expires = Duration::from_secs(u64::try_from(ended.expires_at).unwrap_or(0));
        let plan = UploadPlan {
            id: ended.id,
            key: BlobKey::parse(ended.key)?,
            size_bytes: ended.size_bytes,
            chunk_bytes: ended.chunk_bytes,
            expires_at: UNIX_EPOCH + expires,
            reserves: false,
            relay: false,
            content_type: None,
            callback_url: None,
            vendor_state: ended.vendor_state,
        };
        policy.driver.abort_upload(&plan).await?;
        // From here on nobody can complete it. Recycling may have been there before.
        let holder = blobs::by_key(core.store.read(), ended.policy, plan.key.as_str()).await?;
        if holder.is_none_or(|blob| blob.reference_count <= 0) {
            let left = policy
                .driver
                .delete(std::slice::from_ref(&plan.key))
                .await?;
            if !left.is_empty() {
                return Err(format!("{} is still there", plan.key).into());
            }
        }
        Ok(Step::Done)
    }
}
