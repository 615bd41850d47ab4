//! The queue of tasks: whose they are, how they do, and which are forgotten.

use crate::audit::{self, Changed};
use crate::blobs::people;
use crate::error::AdminError;
use crate::page::{Page, PageRequest, Totals};
use drive::context::Core;
use entity::{NodeId, TaskId, TaskState, node, user};
use serde_json::json;
use site::actor::Actor;
use site::task::{Queue as QueueName, QueueCounts, TaskInfo, Tasks};
use std::collections::HashMap;
use std::sync::Arc;
use store::StoreResult;
use store::journal::{self, Op};
use store::tasks::{self as rows, Forgotten, TaskFilter};
use wire::IdKind;

/// The queues as clients expect them (V4 API), and then our own.
const ORDER: [QueueName; QueueName::ALL.len()] = [
    QueueName::MediaMeta,
    QueueName::Recycle,
    QueueName::IoIntense,
    QueueName::RemoteDownload,
    QueueName::Thumb,
    QueueName::Mail,
];
/// Tasks forgotten by one transaction.
const STEP: u64 = 1_000;

/// A task as administrators see it.
#[derive(Clone, Debug)]
pub struct TaskRow {
    pub task: TaskInfo,
    pub owner: Option<Arc<user::Model>>,
    /// Which works on it.
    pub node: Option<Arc<node::Model>>,
}

/// How a queue does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueHealth {
    pub name: &'static str,
    /// Tasks that run, on all replicas.
    pub busy: u64,
    /// That ended well since this server started, here.
    pub succeeded: u64,
    /// That ended in an error, or were called off.
    pub failed: u64,
    /// All that came since then, and what is there.
    pub submitted: u64,
    /// That wait for a time, on all replicas.
    pub suspended: u64,
}

/// The service behind the pages of tasks.
#[derive(Clone, Debug)]
pub struct Queue {
    core: Arc<Core>,
    tasks: Tasks,
    counts: Arc<QueueCounts>,
    totals: Totals,
}

impl Queue {
    pub(crate) fn new(core: Arc<Core>, counts: Arc<QueueCounts>, totals: Totals) -> Self {
        Self {
            tasks: Tasks::new(Arc::clone(&core.site)),
            core,
            counts,
            totals,
        }
    }

    /// How each queue does.
    /// # Errors
    /// `NotAllowed`
    pub async fn health(&self, actor: &Actor) -> Result<Vec<QueueHealth>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let mut all = Vec::new();
        for queue in ORDER {
            let counted = self.counts.of(queue);
            let kinds = counted.kinds();
            let of = |states: &'static [TaskState]| rows::in_states(db, kinds, states);
            let busy = of(&[TaskState::Processing]).await?;
            let suspended = of(&[TaskState::Suspending]).await?;
            let queued = of(&[TaskState::Queued]).await?;
            let (succeeded, failed) = (counted.succeeded(), counted.failed());
            all.push(QueueHealth {
                name: queue.as_str(),
                busy,
                succeeded,
                failed,
                submitted: succeeded + failed + busy + suspended + queued,
                suspended,
            });
        }
        Ok(all)
    }

    /// A page of the tasks, by id.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &TaskFilter,
    ) -> Result<Page<TaskRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let found = rows::every(db, filter, request.slice()).await?;
        let now = self.core.now();
        let found = found.into_iter().map(|row| TaskInfo::of(row, &[], now));
        Ok(Page {
            rows: self.rows(found.collect()).await?,
            total: self.totals.of(filter, rows::count(db, filter)).await?,
        })
    }

    /// One task.
    /// # Errors
    /// `TaskNotFound`
    pub async fn get(&self, actor: &Actor, id: TaskId) -> Result<TaskRow, AdminError> {
        crate::administrator(actor)?;
        let row = rows::seen(self.core.store.read(), id).await?;
        let row = row.ok_or(AdminError::TaskNotFound)?;
        let found = TaskInfo::of(row, &[], self.core.now());
        let found = self.rows(vec![found]).await?.pop();
        found.ok_or(AdminError::TaskNotFound)
    }

    /// Calls tasks off that have not ended, and forgets all others of these.
    /// # Errors
    /// `Store`
    pub async fn delete(&self, actor: &Actor, ids: &[TaskId]) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        let now = self.core.now();
        // Whoever names the same waits for another in the same order.
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        let mut tx = self.core.store.begin().await?;
        rows::cancel_all(&mut tx, &sorted, now).await?;
        let gone = rows::remove(tx.db(), &sorted).await?;
        let about = json!({ "tasks": ids.iter().map(|id| id.0).take(100).collect::<Vec<_>>() });
        let changed = vec![Changed::new("forgotten", 0, gone)];
        let entry = audit::entry(by, Op::TasksForgotten, about, changed);
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }

    /// Forgets tasks that have ended. That they go is written down before they do.
    /// # Errors
    /// `Store`
    pub async fn clean_up(&self, actor: &Actor, which: Forgotten) -> Result<u64, AdminError> {
        let by = crate::administrator(actor)?;
        let store = self.core.store.clone();
        let states: Vec<&str> = which.states.iter().map(|state| state.as_str()).collect();
        let about = json!({ "until": which.until.0, "kinds": which.kinds, "states": states });
        let found = rows::forgettable(store.read(), &which).await?;
        let changed = vec![Changed::new("forgotten", 0, found)];
        let mut tx = store.begin().await?;
        let entry = audit::entry(by, Op::TasksForgotten, about, changed);
        journal::append(&mut tx, self.core.now(), vec![entry]);
        tx.commit().await?;
        // Whoever hangs up meanwhile does not stop it.
        let removal = tokio::spawn(async move {
            let mut gone = 0;
            loop {
                let some = rows::forget(&store, &which, STEP).await?;
                gone += some;
                if some < STEP {
                    return StoreResult::Ok(gone);
                }
            }
        });
        Ok(removal.await.map_err(AdminError::stopped)??)
    }

    /// Calls a task off.
    /// # Errors
    /// `Tasks`
    pub async fn cancel(&self, actor: &Actor, id: TaskId) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        Ok(self.tasks.cancel(actor, id).await?)
    }

    /// Begins a task anew that ended in an error or was called off.
    /// # Errors
    /// `Tasks`
    pub async fn retry(&self, actor: &Actor, id: TaskId) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        Ok(self.tasks.retry(actor, id).await?)
    }

    /// The public id of a task.
    pub fn public_id(&self, id: TaskId) -> String {
        self.core.settings().ids.encode(IdKind::Task, id.0)
    }

    async fn rows(&self, tasks: Vec<TaskInfo>) -> Result<Vec<TaskRow>, AdminError> {
        let db = self.core.store.read();
        let owners = people(db, tasks.iter().filter_map(|task| task.owner)).await?;
        let nodes: HashMap<NodeId, Arc<node::Model>> =
            if tasks.iter().any(|task| task.node_id.is_some()) {
                let all = store::nodes::all(db).await?.into_iter();
                all.map(|row| (row.id, Arc::new(row))).collect()
            } else {
                HashMap::new()
            };
        let rows = tasks.into_iter().map(|task| TaskRow {
            owner: task.owner.and_then(|id| owners.get(&id).cloned()),
            node: task.node_id.and_then(|id| nodes.get(&id).cloned()),
            task,
        });
        Ok(rows.collect())
    }
}
