//! Applies an account's version retention to all of its files, after the setting changed.

use crate::context::Core;
use async_trait::async_trait;
use entity::{FileId, UserId};
use serde::{Deserialize, Serialize};
use site::task::Trouble;
use site::task::{BoxError, Queue, Run, Step, TaskError, TaskKind, causes};
use std::sync::Arc;
use store::expiry;

/// Files in one step.
const BATCH: u64 = 100;

/// The service that owns versions.
#[async_trait]
pub trait PruneFileVersions: Send + Sync + 'static {
    /// Lets go of the versions of a file that its owner's settings do not keep, oldest first,
    /// never of the current one. A file that is gone is fine.
    async fn prune_file_versions(&self, file: FileId) -> Result<(), BoxError>;
}

/// Queued for an account with [`super::prune_versions`].
pub struct PruneVersions {
    core: Arc<Core>,
    versions: Box<dyn PruneFileVersions>,
}

/// Where a pass over an account's files stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionPass {
    owner: UserId,
    #[serde(default)]
    after: i64,
    #[serde(default)]
    trouble: Trouble,
}

impl VersionPass {
    /// From the first file of an account.
    pub fn of(owner: UserId) -> Self {
        Self {
            owner,
            after: 0,
            trouble: Trouble::default(),
        }
    }
}

impl PruneVersions {
    pub fn new(core: Arc<Core>, versions: impl PruneFileVersions) -> Self {
        Self {
            core,
            versions: Box::new(versions),
        }
    }
}

#[async_trait]
impl TaskKind for PruneVersions {
    const NAME: &'static str = "prune_versions";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = VersionPass;

    async fn step(&self, run: &Run, mut pass: VersionPass) -> Result<Step<VersionPass>, TaskError> {
        let store = &self.core.store;
        let files =
            expiry::files_with_versions(store, pass.owner, FileId(pass.after), BATCH).await?;
        if files.is_empty() {
            let again = |trouble| VersionPass {
                trouble,
                ..VersionPass::of(pass.owner)
            };
            return pass.trouble.end(self.core.now(), again);
        }
        for file in files {
            if run.stopping.is_cancelled() {
                break;
            }
            if let Err(error) = self.versions.prune_file_versions(file).await {
                pass.trouble
                    .add(format!("file {file}: {}", causes(&*error)));
            }
            pass.after = file.0;
        }
        Ok(Step::Again(pass))
    }
}
