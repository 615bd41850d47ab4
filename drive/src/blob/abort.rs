//! Ending uploads at the vendor: what was sent there costs until it is.
//!
//! A task, queued where the session ends: neither a crash nor a vendor that does not answer leaves
//! anything behind.

use super::removal::nobodys;
use crate::context::Core;
use crate::policy::PolicyError;
use async_trait::async_trait;
use entity::{PolicyId, Timestamp, upload_session};
use serde::{Deserialize, Serialize};
use site::task::{self, BoxError, Patience, Queue, Run, Step, TaskError, TaskKind};
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
    #[serde(default)]
    patience: Patience,
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

/// The task for an upload that ends, whose bytes are at a key; `None`: its vendor was never asked.
pub(crate) fn abort_upload(
    session: &upload_session::Model,
    key: String,
    now: Timestamp,
) -> Option<task::NewTask> {
    let id = Uuid::parse_str(&session.id).ok()?;
    let ended = EndedUpload {
        id,
        policy: session.policy_id,
        key,
        size_bytes: session.size_bytes as u64,
        chunk_bytes: session.chunk_bytes as u64,
        expires_at: session.expires_at.unix_secs(),
        vendor_state: session.details.vendor_state.clone(),
        patience: Patience::default(),
    };
    let is_direct = session.details.is_direct;
    is_direct.then(|| task::system_task::<AbortUpload>(&ended, now))
}

#[async_trait]
impl TaskKind for AbortUpload {
    const NAME: &'static str = "abort_upload";
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
