//! The task that moves bytes, some blobs a step. What is moved is found no more, so a step that is
//! repeated goes on where the last one ended.

use super::away::Waiting;
use super::failure::{Failure, TOLD};
use super::flow::{Flow, Shared};
use super::left_behind::LeftBehind;
use super::moving::{Move, Outcome};
use super::permission;
use super::selection::{Found, Kept, Place};
use super::target::move_one;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::PolicyError;
use crate::policy::choice::Offered;
use crate::tasks;
use async_trait::async_trait;
use entity::{BlobId, FileId, PolicyId, UserId, blob};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use site::task::{
    self, BoxError, CAN_RETRY, Category, Patience, Progress, Queue, Run, Step, Summary, TaskError,
    TaskKind,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::blobs::moving;
use store::cause::carried;
use wire::NodeCapability;

/// Blobs copied at the same time: each waits for the network, then for the disk, then for the database.
const AT_ONCE: usize = 16;
/// A longer one counts as several: so much of it is in memory.
const SHORT_BYTES: i64 = 1 << 20;
const LONG_BYTES: i64 = 4 << 20;
const LONG: usize = AT_ONCE / 2;
/// What comes of a move that did not come to its end.
const CRASHED: &str = "moving a blob crashed";
/// The part of the work that clients show.
const PART: &str = "relocate";

/// What is moved, and how far that is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relocation {
    /// Files, and folders with what is below them.
    pub(super) tops: Vec<FileId>,
    /// Instead of those.
    #[serde(default)]
    pub(super) kept: Option<Kept>,
    pub(super) target: PolicyId,
    /// For the files of this account alone; `None`: for all who hold the same.
    pub(super) only_of: Option<UserId>,
    /// What its owner is told of it.
    pub(super) props: Map<String, Value>,
    #[serde(default)]
    pub(super) total: Option<u64>,
    /// What is written later stays where it was written.
    #[serde(default)]
    pub(super) newest: Option<BlobId>,
    #[serde(default)]
    pub(super) moved: u64,
    #[serde(default)]
    pub(super) failed: u64,
    /// The first that failed.
    #[serde(default)]
    pub(super) failures: Vec<Failure>,
    /// What is still kept where it was, for links that were given out.
    #[serde(default)]
    pub(super) left_behind: LeftBehind,
    /// Sources that were waited for in vain.
    #[serde(default)]
    pub(super) given_up: BTreeSet<PolicyId>,
    /// Those that failed for that.
    #[serde(default)]
    pub(super) unread: u64,
    #[serde(flatten)]
    pub(super) place: Place,
    /// Everything was looked at.
    #[serde(default)]
    pub(super) is_through: bool,
    #[serde(default)]
    pub(super) patience: Patience,
    /// What it waits for.
    #[serde(default)]
    pub(super) waiting: Option<Waiting>,
    /// Of those that are looked at now, some were moved, and others could not be this often.
    #[serde(default)]
    pub(super) works_here: bool,
    #[serde(default)]
    pub(super) tries_here: u32,
    /// Steps in a row in which the database failed, and nothing was moved.
    #[serde(default)]
    pub(super) hiccups: u32,
    /// Whose files were moved, and whose drives do not say so yet.
    #[serde(default)]
    pub(super) untold: BTreeSet<UserId>,
}

impl Relocation {
    /// Of what is at or below these. `only_of`: for the files of this account alone.
    pub(super) fn below(
        tops: Vec<FileId>,
        target: PolicyId,
        only_of: Option<UserId>,
        props: impl IntoIterator<Item = (String, Value)>,
    ) -> Self {
        Self {
            tops,
            kept: None,
            target,
            only_of,
            props: props.into_iter().collect(),
            total: None,
            newest: None,
            moved: 0,
            failed: 0,
            failures: Vec::new(),
            left_behind: LeftBehind::default(),
            given_up: BTreeSet::new(),
            unread: 0,
            place: Place::default(),
            is_through: false,
            patience: Patience::default(),
            waiting: None,
            works_here: false,
            tries_here: 0,
            hiccups: 0,
            untold: BTreeSet::new(),
        }
    }

    /// Of what a policy keeps.
    pub(super) fn of(
        kept: Kept,
        target: PolicyId,
        props: impl IntoIterator<Item = (String, Value)>,
    ) -> Self {
        Self {
            kept: Some(kept),
            ..Self::below(Vec::new(), target, None, props)
        }
    }

    /// Whether it moves from and to the same places as another.
    pub(super) fn is_about_the_same(&self, other: &Self) -> bool {
        let tops = |one: &Self| one.tops.iter().copied().collect::<BTreeSet<_>>();
        let rest = |one: &Self| (one.target, one.only_of, one.kept);
        tops(self) == tops(other) && rest(self) == rest(other)
    }

    fn phase(&self) -> &'static str {
        match self.total {
            None => "",
            Some(_) if self.is_through => "finish",
            Some(_) => "transfer",
        }
    }

    /// With what stays of those that are looked at now.
    fn progress(&self, failed: usize) -> Progress {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let current = self.moved + self.failed + failed as u64;
        Progress {
            // Some may have come since they were counted.
            total: number(self.total.unwrap_or(0).max(current)),
            current: number(current),
            identifier: String::new(),
        }
    }

    fn fail(&mut self, failures: Vec<Failure>) {
        self.failed += failures.len() as u64;
        let room = TOLD.saturating_sub(self.failures.len());
        self.failures.extend(failures.into_iter().take(room));
    }
}

/// Queued by [`Relocations`](super::Relocations).
#[derive(Debug)]
pub struct RelocateFiles {
    pub(super) core: Arc<Core>,
    pub(super) shared: Arc<Shared>,
}

/// What came of some blobs.
#[derive(Default)]
struct Looked {
    failures: Vec<Failure>,
    /// The storages do not work now for these; or only for these, if others were moved.
    away: Vec<(Move, FileError)>,
    /// Why no more was looked at.
    broke_off: Option<FileError>,
}

impl RelocateFiles {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            shared: Arc::default(),
        }
    }

    /// Moves blobs, some at a time. Each has a task of its own, for each waits for transactions; and
    /// none is dropped in the middle, so that what was copied in vain is given up at once.
    async fn transfer(
        &self,
        run: &Run,
        state: &mut Relocation,
        (target, blobs): (&Arc<Offered>, Vec<blob::Model>),
    ) -> Looked {
        let flow = Flow::of(&self.core, &self.shared, run);
        let (mut looked, mut waiting) = (Looked::default(), blobs.into_iter().peekable());
        let (mut moves, mut load) = (FuturesUnordered::new(), 0);
        loop {
            while !flow.is_over()
                && looked.broke_off.is_none()
                && let Some(old) = waiting.next_if(|old| load + weight(old) <= AT_ONCE)
            {
                let weight = weight(&old);
                load += weight;
                let one = move_one(flow.clone(), Arc::clone(target), (state.only_of, old));
                let one = async move { (weight, one.await) };
                moves.push(tokio::spawn(carried(one)));
            }
            let Some(moved) = moves.next().await else {
                return looked;
            };
            let (weight, outcome) = moved.unwrap_or_else(|error| {
                tracing::error!(%error, "moving a blob crashed");
                (0, Outcome::Unknown(FileError::Internal(CRASHED)))
            });
            load -= weight;
            match outcome {
                Outcome::Moved { owners, left } => {
                    state.moved += 1;
                    state.works_here = true;
                    state.left_behind.extend(left, self.core.now());
                    state.untold.extend(owners);
                }
                Outcome::Gone => {}
                Outcome::Stays(why) => looked.failures.push(why),
                Outcome::Away(work, why) => looked.away.push((*work, why)),
                // What is under way is waited for, so that it is counted and told.
                Outcome::Unknown(why) => {
                    looked.broke_off.get_or_insert(why);
                }
            }
            run.report(PART, state.progress(looked.failures.len()));
        }
    }

    /// Nothing is left to be moved: what was copied in vain goes now.
    async fn finish(&self) -> Result<(), FileError> {
        let mut tx = self.core.store.begin().await?;
        task::queue_once(&mut tx, tasks::recycle_blobs(self.core.now())).await?;
        Ok(tx.commit().await?)
    }
}

fn weight(blob: &blob::Model) -> usize {
    if blob.size_bytes <= SHORT_BYTES {
        1
    } else if blob.size_bytes <= LONG_BYTES {
        2
    } else {
        LONG
    }
}

#[async_trait]
impl TaskKind for RelocateFiles {
    const NAME: &'static str = "relocate";
    const QUEUE: Queue = Queue::IoIntense;
    const CATEGORY: Option<Category> = Some(Category::General);
    /// What stayed is tried again by who begins it anew.
    const CLEANS_UP: bool = true;
    const NEEDS: Option<NodeCapability> = Some(NodeCapability::Relocate);
    type State = Relocation;

    fn summary(state: &Relocation) -> Option<Summary> {
        let mut props = state.props.clone();
        props.insert("failed".to_owned(), state.failed.into());
        let failures = state.failures.iter().map(Failure::told);
        props.insert("failures".to_owned(), failures.collect());
        props.insert("left_behind".to_owned(), state.left_behind.told());
        if let Some(waiting) = state.waiting {
            props.insert("waiting".to_owned(), waiting.word().into());
        }
        props.insert(CAN_RETRY.to_owned(), Self::leaves_some(state).into());
        Some(Summary {
            phase: state.phase().to_owned(),
            props,
        })
    }

    /// What stayed may be mended meanwhile.
    fn leaves_some(state: &Relocation) -> bool {
        state.is_through && state.failed > 0
    }

    async fn step(&self, run: &Run, mut state: Relocation) -> Result<Step<Relocation>, TaskError> {
        if let Err(why) = self.tell(&mut state.untold).await {
            return state.later(self.core.now(), why);
        }
        if state.is_through {
            self.finish().await?;
            return state.end();
        }
        let wanted = (state.only_of, state.target);
        permission::still(run.actor()?, wanted).map_err(|why| TaskError::Fail(why.into()))?;
        let db = self.core.store.read();
        let target = match self.target(state.target).await {
            Ok(target) => Arc::new(target),
            Err(why @ PolicyError::Missing(_)) => return Err(TaskError::Fail(why.into())),
            Err(why) => return state.later(self.core.now(), why.into()),
        };
        let takers: Vec<PolicyId> = target.takers.iter().map(|taker| taker.row.id).collect();
        if state.total.is_none() {
            state.newest = Some(moving::newest(db).await?);
            state.total = Some(state.count(db, &takers).await?);
            run.report(PART, state.progress(0));
            return Ok(Step::Again(state));
        }
        let Some(Found { mut blobs, up_to }) = state.next(db, &takers).await? else {
            state.is_through = true;
            return Ok(Step::Again(state));
        };
        blobs.retain(|blob| state.newest.is_none_or(|newest| blob.id <= newest));
        let (blobs, mut failures) = self.without_given_up(&mut state, blobs).await?;
        let unread = failures.len() as u64;
        let before = state.moved;
        let mut looked = self.transfer(run, &mut state, (&target, blobs)).await;
        if let Err(why) = self.tell(&mut state.untold).await {
            looked.broke_off.get_or_insert(why);
        }
        if run.stopping.is_cancelled() {
            // What broke off is begun anew, and what was moved is found no more.
            return Ok(Step::Again(state));
        }
        if state.moved > before {
            state.hiccups = 0;
        }
        if let Some(why) = looked.broke_off {
            return state.later(self.core.now(), why);
        }
        if !looked.away.is_empty() {
            state.tries_here += 1;
            match self.waits(&mut state, &looked.away).await {
                Ok(true) => {
                    state.hiccups = 0;
                    let why = looked.away.swap_remove(0).1;
                    let waiting = Some(Waiting::of(&why));
                    return state.wait(self.core.now(), waiting, why);
                }
                Ok(false) => {}
                Err(why) => return state.later(self.core.now(), why),
            }
            state.leave(&looked.away);
            for (work, why) in &looked.away {
                failures.push(Failure::of(&self.core, &work.file, why).await);
            }
        }
        failures.extend(looked.failures);
        state.unread += unread;
        state.place = up_to;
        state.fail(failures);
        (state.works_here, state.tries_here, state.hiccups) = (false, 0, 0);
        (state.patience, state.waiting) = (Patience::default(), None);
        Ok(Step::Again(state))
    }

    async fn cleanup(&self, _run: &Run, mut state: Relocation) -> Result<Relocation, BoxError> {
        self.tell_at_last(&mut state.untold).await;
        Ok(state.anew())
    }
}
