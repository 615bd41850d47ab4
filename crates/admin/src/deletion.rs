//! Deleting accounts: at once for everybody, and then, in the background, all that they had.

use crate::By;
use crate::audit::{self, Changed};
use crate::error::AdminError;
use crate::first::{FIRST, no_way_around};
use async_trait::async_trait;
use drive::blob::Uploads;
use drive::context::Core;
use drive::tree::Tree;
use entity::{Timestamp, UserId, user};
use identity::account::avatar::forget_avatar;
use serde::{Deserialize, Serialize};
use serde_json::json;
use site::actor::Actor;
use site::task::{self, NewTask, Queue, Run, Step, TaskError, TaskKind, system_task};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use store::account_traces as rows;
use store::bus::Topic;
use store::journal::{self, Op};
use store::{StoreResult, accounts, tasks};

/// How long is waited for accounts to be gone before it is answered that they will be.
const PATIENCE: Duration = Duration::from_millis(600);
const LOOK: Duration = Duration::from_millis(30);
/// Uploads into drives of others that are ended by one step.
const UPLOADS: u64 = 50;

/// Closes an account and queues the removal of all it has, in one transaction.
pub(crate) async fn delete(
    core: &Core,
    (actor, by): (Option<&Actor>, Option<By<'_>>),
    id: UserId,
) -> Result<(), AdminError> {
    if id == FIRST || by.is_some_and(|by| id == by.user.id) {
        return Err(AdminError::ProtectedAccount);
    }
    let now = core.now();
    let mut tx = core.store.begin().await?;
    let old = rows::begin_deletion(&tx, id, now).await?;
    let old = old.ok_or(AdminError::AccountNotFound)?;
    if let Some(actor) = actor {
        let group = accounts::group(tx.db(), old.group_id).await?;
        no_way_around(actor, &group.iter().collect::<Vec<_>>())?;
    }
    task::queue(&mut tx, delete_account(id, now)).await?;
    // Streams of events end, and what shares named them no longer does.
    tx.tells(Topic::Recipients);
    let about = json!({ "user": id.0 });
    let mut entry = match by {
        Some(by) => audit::entry(by, Op::AccountDeleted, about, was(&old)),
        None => audit::by_operator(Op::AccountDeleted, about, was(&old)),
    };
    entry.owner = id;
    journal::append(&mut tx, now, vec![entry]);
    tx.commit().await?;
    Ok(())
}

fn was(old: &user::Model) -> Vec<Changed> {
    vec![
        Changed::new("email", old.email.as_str(), serde_json::Value::Null),
        Changed::new("nick", old.nick.as_str(), serde_json::Value::Null),
        Changed::new("group", old.group_id.0, serde_json::Value::Null),
        Changed::new("storage", old.used_bytes, serde_json::Value::Null),
    ]
}

/// Waits a moment for closed accounts to be gone: most are at once.
pub(crate) async fn wait(core: &Core, ids: &[UserId]) -> Result<(), AdminError> {
    let gone = async {
        loop {
            if rows::remaining(core.store.read(), ids).await?.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap_or(Ok(()))
}

/// Goes on with accounts whose removal failed for good, say because a storage was away for long: at
/// each start.
/// # Errors
/// Only the database's.
pub async fn resume_deletions(core: &Core) -> StoreResult<()> {
    let going = rows::going(core.store.read()).await?;
    if going.is_empty() {
        return Ok(());
    }
    let now = core.now();
    let mut tx = core.store.begin().await?;
    // Those that have not ended go on by themselves.
    let active = tasks::active_states(tx.db(), DeleteAccount::NAME).await?;
    let active: HashSet<UserId> = active
        .iter()
        .filter_map(|state| serde_json::from_str::<Deletion>(state).ok())
        .map(|deletion| deletion.user)
        .collect();
    for user in going.into_iter().filter(|user| !active.contains(user)) {
        task::queue(&mut tx, delete_account(user, now)).await?;
    }
    tx.commit().await
}

/// Removes all that a closed account has.
fn delete_account(user: UserId, now: Timestamp) -> NewTask {
    system_task::<DeleteAccount>(&Deletion { user }, now)
}

/// Queued where an account is closed.
#[derive(Debug)]
pub struct DeleteAccount {
    core: Arc<Core>,
    tree: Tree,
    uploads: Uploads,
}

/// Whose account it was. Everything else is looked for anew by each step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deletion {
    user: UserId,
}

impl DeleteAccount {
    pub fn new(core: &Arc<Core>) -> Self {
        Self {
            tree: Tree::new(Arc::clone(core)),
            uploads: Uploads::new(Arc::clone(core)),
            core: Arc::clone(core),
        }
    }

    /// Does some of the work. Answers whether there is more.
    async fn some(&self, user: UserId) -> Result<bool, TaskError> {
        let store = &self.core.store;
        let uploads = rows::uploads(store.read(), user, UPLOADS).await?;
        if !uploads.is_empty() {
            for session in uploads {
                self.uploads.end(&session).await?;
            }
            return Ok(true);
        }
        if self.tree.purge_drive(user).await? {
            return Ok(true);
        }
        Ok(rows::forget_creator(store, user).await?)
    }
}

#[async_trait]
impl TaskKind for DeleteAccount {
    const NAME: &'static str = "user_purge";
    const QUEUE: Queue = Queue::Recycle;
    const UPKEEP: bool = true;
    type State = Deletion;

    async fn step(&self, _run: &Run, state: Deletion) -> Result<Step<Deletion>, TaskError> {
        if self.some(state.user).await? {
            return Ok(Step::Again(state));
        }
        forget_avatar(&self.core.site, state.user).await?;
        let tx = self.core.store.begin().await?;
        rows::remove(&tx, state.user).await?;
        tx.commit().await?;
        Ok(Step::Done)
    }
}
