//! Removes the bytes, then the rows, of blobs that nobody holds any more.

use super::Pass;
use crate::context::Core;
use async_trait::async_trait;
use entity::{BlobId, PolicyId};
use site::task::{Queue, Run, Step, TaskError, TaskKind, causes};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use storage::BlobKey;
use store::recycling::{self, Unheld};

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

    /// Removes the bytes; returns the blobs whose bytes are gone, or are to stay.
    async fn remove_bytes(&self, blobs: Vec<Unheld>, pass: &mut Pass) -> Vec<BlobId> {
        let mut gone = Vec::with_capacity(blobs.len());
        let mut by_policy: BTreeMap<PolicyId, Vec<(BlobId, BlobKey)>> = BTreeMap::new();
        for blob in blobs {
            if blob.unlink_only {
                gone.push(blob.id);
                continue;
            }
            match BlobKey::parse(blob.key) {
                Ok(key) => by_policy
                    .entry(blob.policy)
                    .or_default()
                    .push((blob.id, key)),
                Err(error) => pass.trouble.add(format!("blob {}: {error}", blob.id)),
            }
        }
        for (policy, blobs) in by_policy {
            match self.delete(policy, &blobs).await {
                Ok(left) => {
                    for (id, key) in blobs {
                        if left.contains(&key) {
                            pass.trouble.add(format!("{key} is still there"));
                        } else {
                            gone.push(id);
                        }
                    }
                }
                Err(error) => {
                    let text = format!("{} blobs of policy {policy}: {error}", blobs.len());
                    pass.trouble.add(text);
                }
            }
        }
        gone
    }

    async fn delete(
        &self,
        policy: PolicyId,
        blobs: &[(BlobId, BlobKey)],
    ) -> Result<HashSet<BlobKey>, String> {
        let policy = self
            .core
            .policies
            .get(policy)
            .await
            .map_err(|error| causes(&error))?;
        let keys: Vec<BlobKey> = blobs.iter().map(|(_, key)| key.clone()).collect();
        let left = policy
            .driver
            .delete(&keys)
            .await
            .map_err(|error| causes(&error))?;
        Ok(left.into_iter().collect())
    }
}

#[async_trait]
impl TaskKind for RecycleBlobs {
    const NAME: &'static str = "recycle_blobs";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, _run: &Run, mut pass: Pass) -> Result<Step<Pass>, TaskError> {
        let store = &self.core.store;
        let claim =
            recycling::claim(store, self.core.now(), (pass.time, BlobId(pass.id)), BATCH).await?;
        let gone = self.remove_bytes(claim.blobs, &mut pass).await;
        recycling::forget(store, &gone).await?;
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
