//! The task that reads again what is stored, longest ago first.

use super::Speed;
use super::verdict::{Verdict, judge};
use crate::context::Core;
use crate::policy::Policy;
use async_trait::async_trait;
use entity::{BlobId, PolicyId, Timestamp, UserId, blob};
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use site::task::{self, NewTask, Progress, Queue, Run, Step, TaskError, TaskKind, Trouble, causes};
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::DriverError;
use store::cause::carried;
use store::{accounts, expiry, proof, tasks};

/// Blobs looked for at a time, and their bytes.
const BATCH: u64 = 256;
/// A step ends after this time.
const SLICE: Duration = Duration::from_secs(5);
/// Blobs read side by side where each is asked for over a network, or is so short that most of the
/// time is spent waiting for it, and for what mends it. Long ones of a disk are read one by one.
const SIDE_BY_SIDE: usize = 4;
const SHORT_BYTES: i64 = 1 << 20;
const DAY_SECS: i64 = 86_400;
/// As many in a row that cannot be read: the storage is away, not one of its blobs. Of an upload
/// that ended lately a task of its own reads the hash.
const AWAY: u32 = 3;
/// The same where it answers, and only cannot read them: more of them, for others may be whole.
const ALL: u32 = 48;
const OWN_TASK_SECS: i64 = 3_600;
/// What is told of a pass.
const PART: &str = "scrub";

/// Where a pass over everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScrubPass {
    /// This policy alone.
    only: Option<PolicyId>,
    /// Somebody asked for it: whatever was seen whole before it began, however lately.
    all_before: Option<Timestamp>,
    /// Policies up to this one are done; the next one up to a place.
    policy: i64,
    /// Of that one, those without a hash are done.
    is_hashed: bool,
    /// How many in a row could not be read.
    unknown: u32,
    time: Timestamp,
    id: i64,
    /// Blobs read, and those of them that were not what they were.
    read: u64,
    damaged: u64,
    healed: u64,
    trouble: Trouble,
    /// Damaged ones that nobody was told of yet, and when somebody was last.
    untold: u64,
    told_at: Option<Timestamp>,
}

impl ScrubPass {
    /// Everything, or all of a policy, however lately it was read.
    pub fn of_all(only: Option<PolicyId>, now: Timestamp) -> Self {
        Self {
            only,
            all_before: Some(now),
            ..Self::default()
        }
    }
}

/// The letter to an administrator that so many blobs were found damaged.
pub type DamageLetter = fn(UserId, u64, Timestamp) -> NewTask;

/// Queued by cron, and by administrators.
#[derive(Debug)]
pub struct Scrub {
    core: Arc<Core>,
    speed: Speed,
    letter: DamageLetter,
}

impl Scrub {
    pub fn new(core: Arc<Core>, letter: DamageLetter) -> Self {
        Self {
            speed: Speed::of(&core),
            core,
            letter,
        }
    }

    /// Writes to all administrators of what was found: at once, and of what else is found once a day
    /// and at the end.
    async fn tell(&self, pass: &mut ScrubPass, is_end: bool) -> Result<(), TaskError> {
        let now = self.core.now();
        let was_told = pass.told_at.is_some_and(|at| now < at.plus_secs(DAY_SECS));
        if pass.untold == 0 || (was_told && !is_end) {
            return Ok(());
        }
        let mut tx = self.core.store.begin().await?;
        for admin in accounts::administrators(tx.db()).await? {
            task::queue(&mut tx, (self.letter)(admin, pass.untold, now)).await?;
        }
        tx.commit().await?;
        (pass.untold, pass.told_at) = (0, Some(now));
        Ok(())
    }

    /// What was last read before this is due; `None`: nothing is.
    fn until(&self, pass: &ScrubPass) -> Option<Timestamp> {
        pass.all_before.or_else(|| {
            let days = self.core.settings().files.scrub.days;
            (days > 0).then(|| self.core.now().plus_secs(-i64::from(days) * DAY_SECS))
        })
    }

    async fn next_policy(&self, pass: &ScrubPass) -> Result<Option<PolicyId>, TaskError> {
        let all = expiry::policies(&self.core.store).await?;
        let mut left = all.into_iter().filter(|id| id.0 > pass.policy);
        Ok(match pass.only {
            Some(only) => left.find(|id| *id == only),
            None => left.next(),
        })
    }

    /// The next blobs of a policy to be read: first those that nobody knows the hash of.
    async fn due(
        &self,
        (policy, until): (PolicyId, Timestamp),
        pass: &mut ScrubPass,
    ) -> Result<Vec<blob::Model>, TaskError> {
        let db = self.core.store.read();
        if !pass.is_hashed {
            let before = self.core.now().plus_secs(-OWN_TASK_SECS);
            let after = BlobId(pass.id);
            let due = proof::unhashed(db, (policy, before), after, BATCH).await?;
            if !due.is_empty() {
                return Ok(due);
            }
            (pass.is_hashed, pass.id) = (true, 0);
        }
        let place = (pass.time, BlobId(pass.id));
        Ok(proof::due(db, (policy, until), place, BATCH).await?)
    }

    async fn read_some(
        &self,
        run: &Run,
        policy: &Arc<Policy>,
        (due, pass): (Vec<blob::Model>, &mut ScrubPass),
    ) -> Result<bool, TaskError> {
        let are_short = due.iter().all(|row| row.size_bytes <= SHORT_BYTES);
        let side_by_side = if are_short || !policy.can.direct_file {
            SIDE_BY_SIDE
        } else {
            1
        };
        let (core, begun) = (&self.core, Instant::now());
        // What was begun is read to its end: it would only be read once more.
        let goes_further = || !run.stopping.is_cancelled() && begun.elapsed() < SLICE;
        let due = stream::iter(due).take_while(|_| std::future::ready(goes_further()));
        let judged = due.map(|row| {
            let (core, policy) = (Arc::clone(core), Arc::clone(policy));
            let speed = self.speed.clone();
            // A task of its own for each, for each waits for transactions.
            tokio::spawn(carried(async move {
                let verdict = judge(&core, &policy, (&row, &speed)).await;
                (row, verdict)
            }))
        });
        let mut judged = std::pin::pin!(judged.buffered(side_by_side));
        let mut whole: Vec<BlobId> = Vec::new();
        let mut goes_on = true;
        while let Some(ended) = judged.next().await {
            let (row, verdict) = ended?;
            (pass.time, pass.id) = (row.verified_at.unwrap_or_default(), row.id.0);
            pass.read += 1;
            let verdict = verdict?;
            if !matches!(verdict, Verdict::Unknown(_)) {
                pass.unknown = 0;
            }
            match verdict {
                Verdict::Whole => whole.push(row.id),
                Verdict::Healed => {
                    pass.healed += 1;
                    whole.push(row.id);
                }
                Verdict::Damaged { is_new } => {
                    pass.damaged += 1;
                    pass.untold += u64::from(is_new);
                }
                Verdict::MadeAnew => pass.healed += 1,
                Verdict::Hashed | Verdict::Gone => {}
                Verdict::Unknown(error) => {
                    pass.trouble.add(causes(&error));
                    pass.unknown += if is_away(&error) { ALL / AWAY } else { 1 };
                    if pass.unknown >= ALL {
                        // What else is there is looked at another time.
                        goes_on = false;
                        break;
                    }
                }
            }
        }
        let tx = core.store.begin().await?;
        proof::seen(tx.db(), &whole, core.now()).await?;
        tx.commit().await?;
        Ok(goes_on)
    }
}

/// Whether the storage is at fault, and not one of its blobs.
fn is_away(error: &DriverError) -> bool {
    error.is_away() || matches!(error, DriverError::Busy { .. })
}

#[async_trait]
impl TaskKind for Scrub {
    const NAME: &'static str = "blob_scrub";
    const QUEUE: Queue = Queue::IoIntense;
    const UPKEEP: bool = true;
    type State = ScrubPass;

    async fn step(&self, run: &Run, mut pass: ScrubPass) -> Result<Step<ScrubPass>, TaskError> {
        let db = self.core.store.read();
        // A pass may take longer than until the next one is due.
        if pass.all_before.is_none() && tasks::is_preceded(db, Self::NAME, run.id).await? {
            return Ok(Step::Done);
        }
        let Some(until) = self.until(&pass) else {
            return Ok(Step::Done);
        };
        let Some(id) = self.next_policy(&pass).await? else {
            self.tell(&mut pass, true).await?;
            let ScrubPass {
                read,
                damaged,
                healed,
                ..
            } = pass;
            if read > 0 {
                tracing::info!(read, damaged, healed, "stored bytes were read again");
            }
            // What was away is due still.
            return Ok(Step::Done);
        };
        let due = self.due((id, until), &mut pass).await?;
        let next = |pass: ScrubPass| ScrubPass {
            policy: id.0,
            is_hashed: false,
            unknown: 0,
            time: Timestamp(0),
            id: 0,
            ..pass
        };
        let policy = match self.core.policies.if_usable(id).await? {
            Some(policy) if !due.is_empty() => policy,
            _ => return Ok(Step::Again(next(pass))),
        };
        let goes_on = self.read_some(run, &policy, (due, &mut pass)).await?;
        self.tell(&mut pass, false).await?;
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let progress = Progress {
            current: number(pass.read),
            ..Progress::default()
        };
        run.report(PART, progress);
        Ok(Step::Again(if goes_on { pass } else { next(pass) }))
    }
}
