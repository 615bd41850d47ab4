//! The task that moves bytes, some blobs a step. What is moved is found no more, so a step that is
//! repeated goes on where the last one ended.

use super::moving::{Move, Outcome, relocate};
use crate::context::Core;
use crate::error::FileError;
use crate::policy::PolicyError;
use crate::policy::choice::Offered;
use crate::tree::SystemChange;
use async_trait::async_trait;
use entity::{BlobId, FileId, PolicyId, UserId, blob};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use site::task::{
    Category, Patience, Progress, Queue, Run, Step, Summary, TaskError, TaskKind, causes,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::blobs::moving;
use store::cause::Cause;
use tokio::task::JoinSet;
use wire::NodeCapability;

/// Blobs looked for at a time.
const BATCH: u64 = 64;
/// Blobs copied at the same time.
const AT_ONCE: usize = 4;
/// The part of the work that clients show.
const PART: &str = "relocate";

/// What is moved, and how far that is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relocation {
    tops: Vec<FileId>,
    target: PolicyId,
    /// For the files of this account alone; `None`: for all who hold the same.
    only_of: Option<UserId>,
    /// What its owner is told of it.
    props: Map<String, Value>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    moved: u64,
    #[serde(default)]
    failed: u64,
    /// Whatever blob has an id up to this one was moved, or stays.
    #[serde(default)]
    after: i64,
    #[serde(default)]
    patience: Patience,
}

impl Relocation {
    pub(super) fn new(
        tops: Vec<FileId>,
        target: PolicyId,
        only_of: Option<UserId>,
        props: impl IntoIterator<Item = (String, Value)>,
    ) -> Self {
        Self {
            tops,
            target,
            only_of,
            props: props.into_iter().collect(),
            total: None,
            moved: 0,
            failed: 0,
            after: 0,
            patience: Patience::default(),
        }
    }

    /// With what stays of those that are looked at now.
    fn progress(&self, failed: u64) -> Progress {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Progress {
            total: number(self.total.unwrap_or(0)),
            current: number(self.moved + self.failed + failed),
            identifier: String::new(),
        }
    }
}

/// Queued by [`Relocations::begin`](super::Relocations::begin).
#[derive(Debug)]
pub struct RelocateFiles {
    core: Arc<Core>,
}

impl RelocateFiles {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    async fn target(&self, id: PolicyId) -> Result<Offered, FileError> {
        let found = self.core.policies.offered(&[id]).await?.pop();
        Ok(found.ok_or(PolicyError::NoChild(id))?)
    }

    /// Moves one blob, if it is one to be moved: in a task of its own, for each waits for
    /// transactions.
    fn begin_one(
        &self,
        target: &Arc<Offered>,
        (only_of, old): (Option<UserId>, blob::Model),
    ) -> impl Future<Output = (BlobId, Outcome)> + Send + 'static {
        let work = Self::new(Arc::clone(&self.core));
        let (target, cause) = (Arc::clone(target), Cause::current());
        let moving = async move {
            let blob = old.id;
            let outcome = match work.plan(only_of, &target, old).await {
                Ok(Some(planned)) => relocate(&work.core, &planned).await,
                Ok(None) => Outcome::Gone,
                Err(error) => Outcome::Away(error),
            };
            (blob, outcome)
        };
        async move {
            match cause {
                Some(cause) => cause.of(moving).await,
                None => moving.await,
            }
        }
    }

    /// What answers say of where bytes are is kept until a drive changes.
    async fn tell(&self, owners: BTreeSet<UserId>) -> Result<(), FileError> {
        for owner in owners {
            let change = SystemChange::by_system(&self.core, owner).await?;
            change.commit().await?;
        }
        Ok(())
    }

    /// For which file a blob is moved, and where to.
    async fn plan(
        &self,
        only_of: Option<UserId>,
        target: &Offered,
        old: blob::Model,
    ) -> Result<Option<Move>, FileError> {
        let db = self.core.store.read();
        let Some(file) = moving::holder(db, old.id, only_of).await? else {
            return Ok(None);
        };
        let folder = file.parent_id.unwrap_or(file.id);
        let policies = &self.core.policies;
        let chosen = policies
            .for_folder(db, &[target.id], (folder, None))
            .await?;
        Ok(chosen.map(|chosen| Move {
            old,
            file,
            to: chosen.policy,
            only_of,
        }))
    }
}

#[async_trait]
impl TaskKind for RelocateFiles {
    const NAME: &'static str = "relocate";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    const NEEDS: Option<NodeCapability> = Some(NodeCapability::Relocate);
    type State = Relocation;

    fn summary(state: &Relocation) -> Option<Summary> {
        let mut props = state.props.clone();
        props.insert("failed".to_owned(), state.failed.into());
        let phase = if state.total.is_some() {
            "transfer"
        } else {
            ""
        };
        Some(Summary {
            phase: phase.to_owned(),
            props,
        })
    }

    async fn step(&self, run: &Run, mut state: Relocation) -> Result<Step<Relocation>, TaskError> {
        let db = self.core.store.read();
        let target = Arc::new(self.target(state.target).await?);
        let takers: Vec<PolicyId> = target.takers.iter().map(|taker| taker.row.id).collect();
        let scope = (&*state.tops, &*takers);
        if state.total.is_none() {
            state.total = Some(moving::count_elsewhere(db, scope).await?);
            return Ok(Step::Again(state));
        }
        let found = moving::elsewhere(db, scope, BlobId(state.after), BATCH).await?;
        let Some(last) = found.last().map(|blob| blob.id.0) else {
            return Ok(Step::Done);
        };
        let (mut failed, mut away, mut owners) = (0, None, BTreeSet::new());
        let mut waiting = found.into_iter();
        let mut moves = JoinSet::new();
        loop {
            while moves.len() < AT_ONCE
                && let Some(old) = waiting.next()
            {
                moves.spawn(self.begin_one(&target, (state.only_of, old)));
            }
            let Some(moved) = moves.join_next().await else {
                break;
            };
            let (blob, outcome) = moved?;
            match outcome {
                Outcome::Moved(of) => {
                    state.moved += 1;
                    owners.extend(of);
                }
                Outcome::Gone => {}
                Outcome::Stays(why) => {
                    tracing::warn!(blob = blob.0, "bytes stay where they are: {}", causes(&why));
                    failed += 1;
                }
                Outcome::Away(why) => away = Some(why),
            }
            run.report(PART, state.progress(failed));
            if run.stopping.is_cancelled() {
                // What is under way is begun anew, and what was moved is found no more.
                return Ok(Step::Again(state));
            }
        }
        self.tell(owners).await?;
        if let Some(why) = away {
            let patience = state.patience;
            let again = |patience| Relocation { patience, ..state };
            return patience.later(self.core.now(), why.into(), again);
        }
        state.after = last;
        state.failed += failed;
        state.patience = Patience::default();
        Ok(Step::Again(state))
    }
}
