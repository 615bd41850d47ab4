//! Hashes of what never passed this server: read once, later.

use crate::context::Core;
use crate::policy::Policy;
use async_trait::async_trait;
use entity::{BlobId, Timestamp};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use site::task::{self, Patience, Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use storage::{BlobKey, ByteRange, DriverError};
use store::blobs;

/// Which blob to read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Unverified {
    blob: BlobId,
    #[serde(default)]
    patience: Patience,
}

/// Reads a blob, notes its hash, and complains if it has not the length that it should have.
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
        let key = BlobKey::parse(row.key)?;
        let hasher = match read(&policy, &key, run).await {
            Ok(Some(hasher)) => hasher,
            Ok(None) => return Ok(Step::Again(state)),
            Err(error) => {
                let later = |patience| Unverified { patience, ..state };
                return state.patience.later(core.now(), error.into(), later);
            }
        };
        let (expected, got) = (row.size_bytes as u64, hasher.count());
        if got != expected {
            let text = format!("blob {} has {got} bytes, expected {expected}", row.id);
            tracing::error!(
                blob = row.id.0,
                got,
                expected,
                "stored bytes are not as long as they were"
            );
            return Err(TaskError::Fail(text.into()));
        }
        let hash = hasher.finalize().as_bytes().to_vec();
        let tx = core.store.begin().await?;
        blobs::set_hash(tx.db(), row.id, hash, core.now()).await?;
        tx.commit().await?;
        Ok(Step::Done)
    }
}

/// The hash of what is stored at a key; `None` where the server stops meanwhile.
async fn read(
    policy: &Policy,
    key: &BlobKey,
    run: &Run,
) -> Result<Option<blake3::Hasher>, DriverError> {
    let mut bytes = policy.driver.read(key, ByteRange::ALL).await?;
    let mut hasher = blake3::Hasher::new();
    while let Some(piece) = bytes.try_next().await? {
        hasher.update(&piece);
        if run.stopping.is_cancelled() {
            return Ok(None);
        }
    }
    Ok(Some(hasher))
}
