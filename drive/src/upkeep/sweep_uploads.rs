//! Ends what ran out: upload sessions, then locks, tickets and sessions, then staged bytes that
//! belong to nothing any more.

use crate::context::Core;
use crate::policy::{Policy, PolicyError};
use async_trait::async_trait;
use entity::{PolicyId, Timestamp};
use serde::{Deserialize, Serialize};
use site::task::Trouble;
use site::task::{BoxError, Queue, Run, Step, TaskError, TaskKind, causes};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use storage::Staged;
use store::{StoreResult, expiry};

/// Sessions in one step.
const SESSIONS: u64 = 50;
/// Rows of one table removed at once.
const ROWS: u64 = 1_000;
/// Staged bytes of an upload without a session go when nothing arrived for this long.
const ORPHAN_AGE: Duration = Duration::from_hours(1);
/// Bytes of a write that was cut off go when nothing arrived for this long.
const CUT_OFF_AGE: Duration = Duration::from_hours(24);
/// Vendors tell only when one began: no write goes on for so long.
const BEGUN_AGE: Duration = Duration::from_hours(8 * 24);

/// The service that owns upload sessions.
#[async_trait]
pub trait ExpireUpload: Send + Sync + 'static {
    /// Cancels a session, exactly as its owner would. One that is gone is fine.
    async fn expire_upload(&self, session_id: &str) -> Result<(), BoxError>;
}

/// Queued by cron.
pub struct SweepUploads {
    core: Arc<Core>,
    uploads: Box<dyn ExpireUpload>,
}

/// Where a sweep stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepPass {
    stage: Stage,
    /// Sessions up to here are done, or failed in this pass.
    time: Timestamp,
    session: String,
    /// Storage up to this policy is swept.
    policy: i64,
    trouble: Trouble,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    #[default]
    Sessions,
    Rows,
    Staging,
}

impl SweepUploads {
    pub fn new(core: Arc<Core>, uploads: impl ExpireUpload) -> Self {
        Self {
            core,
            uploads: Box::new(uploads),
        }
    }

    async fn sessions(&self, run: &Run, mut pass: SweepPass) -> Result<SweepPass, TaskError> {
        let behind = (pass.time, pass.session.as_str());
        let due =
            expiry::upload_sessions(&self.core.store, self.core.now(), behind, SESSIONS).await?;
        if due.is_empty() {
            pass.stage = Stage::Rows;
        }
        for (time, session) in due {
            if run.stopping.is_cancelled() {
                break;
            }
            if let Err(error) = self.uploads.expire_upload(&session).await {
                pass.trouble
                    .add(format!("upload {session}: {}", causes(&*error)));
            }
            (pass.time, pass.session) = (time, session);
        }
        Ok(pass)
    }

    async fn staging(&self, mut pass: SweepPass) -> Result<Step<SweepPass>, TaskError> {
        let policies = expiry::policies(&self.core.store).await?;
        let Some(policy) = policies.into_iter().find(|policy| policy.0 > pass.policy) else {
            let again = |trouble| SweepPass {
                trouble,
                ..SweepPass::default()
            };
            return pass.trouble.end(self.core.now(), again);
        };
        if let Err(error) = self.discard_stale(policy).await {
            pass.trouble
                .add(format!("staging of policy {policy}: {}", causes(&*error)));
        }
        pass.policy = policy.0;
        Ok(Step::Again(pass))
    }

    async fn discard_stale(&self, policy: PolicyId) -> Result<(), BoxError> {
        let policy = match self.core.policies.get(policy).await {
            Ok(policy) => policy,
            // Nothing can be staged where no driver is.
            Err(PolicyError::UnknownDriver(..)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let old = stale(&policy.driver.list_staging().await?, SystemTime::now());
        for batch in old.chunks(ROWS as usize) {
            self.discard(&policy, batch).await?;
        }
        Ok(())
    }

    async fn discard(&self, policy: &Policy, batch: &[Staged]) -> Result<(), BoxError> {
        for staged in without_session(&self.core, batch).await? {
            policy.driver.discard_staging(staged).await?;
        }
        Ok(())
    }
}

/// What of these unfinished bytes belongs to no upload session. Asked after they were listed, so that
/// a session which began in between is found.
pub(crate) async fn without_session<'a>(
    core: &Core,
    staged: &'a [Staged],
) -> StoreResult<Vec<&'a Staged>> {
    let store = &core.store;
    let mut live = HashSet::new();
    let ids = staged.iter().filter_map(|staged| staged.upload);
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    for batch in ids.chunks(ROWS as usize) {
        live.extend(expiry::existing_upload_sessions(store, batch.to_vec()).await?);
    }
    if staged.iter().any(|staged| staged.vendor_state.is_some()) {
        for state in expiry::vendor_states(store).await? {
            // Members of a mirror know what is theirs of it.
            live.extend(storage::member_states(&state));
            live.insert(state);
        }
    }
    let is_live = |staged: &&Staged| {
        let id = staged.upload.map(|id| id.to_string());
        let mut names = id.iter().chain(&staged.vendor_state);
        names.any(|name| live.contains(name))
    };
    Ok(staged.iter().filter(|staged| !is_live(staged)).collect())
}

/// What has lain long enough to be nobody's.
fn stale(staged: &[Staged], now: SystemTime) -> Vec<Staged> {
    let is_stale = |staged: &&Staged| {
        let limit = if staged.upload.is_some() {
            ORPHAN_AGE
        } else if staged.vendor_state.is_some() {
            BEGUN_AGE
        } else {
            CUT_OFF_AGE
        };
        now.duration_since(staged.modified)
            .is_ok_and(|age| age >= limit)
    };
    staged.iter().filter(is_stale).cloned().collect()
}

#[async_trait]
impl TaskKind for SweepUploads {
    const NAME: &'static str = "sweep_uploads";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = SweepPass;

    async fn step(&self, run: &Run, mut pass: SweepPass) -> Result<Step<SweepPass>, TaskError> {
        match pass.stage {
            Stage::Sessions => Ok(Step::Again(self.sessions(run, pass).await?)),
            Stage::Rows => {
                let store = &self.core.store;
                if expiry::remove_expired(store, self.core.now(), ROWS).await? < ROWS {
                    pass.stage = Stage::Staging;
                }
                Ok(Step::Again(pass))
            }
            Stage::Staging => self.staging(pass).await,
        }
    }
}
