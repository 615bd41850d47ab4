//! Forgets old journal entries, and subscribers who stay away.

use super::Pass;
use crate::context::Core;
use async_trait::async_trait;
use entity::{JournalId, Timestamp};
use site::task::{Queue, Run, Step, TaskError, TaskKind};
use std::sync::Arc;
use store::expiry::{self, JournalLimits};
use store::journal::Op;

/// Entries in one step.
const BATCH: u64 = 1_000;
/// What accounts and administrators did is kept this long at least.
const AUDIT_SECS: i64 = 90 * 86_400;

/// What accounts and administrators did, as against what happened to files.
const AUDIT: [Op; 26] = [
    Op::SignIn,
    Op::SignInFailed,
    Op::Refresh,
    Op::SignOut,
    Op::SignUp,
    Op::Password,
    Op::Profile,
    Op::Activate,
    Op::Invite,
    Op::ResetAsked,
    Op::TwoFactor,
    Op::Passkey,
    Op::SignOutOthers,
    Op::GrantApp,
    Op::RevokeApp,
    Op::LinkIdentity,
    Op::UnlinkIdentity,
    Op::ProofFailed,
    Op::ShareOpened,
    Op::SettingsChanged,
    Op::GroupCreated,
    Op::GroupChanged,
    Op::GroupDeleted,
    Op::AccountCreated,
    Op::AccountChanged,
    Op::AccountCalibrated,
];

/// Queued by cron.
#[derive(Debug)]
pub struct PruneJournal {
    core: Arc<Core>,
}

impl PruneJournal {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

#[async_trait]
impl TaskKind for PruneJournal {
    const NAME: &'static str = "prune_journal";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Pass;

    async fn step(&self, _run: &Run, pass: Pass) -> Result<Step<Pass>, TaskError> {
        let store = &self.core.store;
        let before = oldest_event(&self.core);
        let audit = AUDIT.map(Op::as_str);
        let limits = JournalLimits {
            kept: &audit,
            kept_before: before.min(self.core.now().plus_secs(-AUDIT_SECS)),
            before,
        };
        let behind = (pass.time, JournalId(pass.id));
        let last = expiry::prune_journal(store, limits, behind, BATCH).await?;
        if let Some((time, JournalId(id))) = last {
            return Ok(Step::Again(Pass { time, id, ..pass }));
        }
        // The last of the journal is pruned; subscribers come in the same size of steps.
        if expiry::forget_subscribers(store, before, BATCH).await? == BATCH {
            return Ok(Step::Again(pass));
        }
        Ok(Step::Done)
    }
}

/// File events before this are forgotten.
fn oldest_event(core: &Core) -> Timestamp {
    let age = core.settings().events.max_age;
    core.now()
        .plus_secs(-i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}
