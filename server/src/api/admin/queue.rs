//! `/admin/queue`: tasks of everybody and of the system.

use super::group::path_id;
use super::list::{IdsRequest, ListRequest, PagePlace, some};
use super::stored::{StoredAccount, StoredNodeRow};
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::wire;
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use ::wire::{IdKind, PublicIds};
use admin::{Forgotten, QueueHealth, TaskFilter, TaskRow};
use chrono::{DateTime, Utc};
use entity::{TaskId, TaskState, Timestamp, UserId};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use site::limits::FORGOTTEN_KINDS;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// `/admin/queue`
#[derive(Debug)]
pub struct QueueApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A task as it is stored; what is zero or empty is left out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredTask {
    id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Kind of work.
    r#type: String,
    /// `queued`, `processing`, `suspending`, `error`, `canceled` or `completed`.
    status: String,
    public_state: TaskPublicState,
    /// Always `{}`: what a task goes on from may hold secrets.
    private_state: String,
    /// Of the request that caused it; zeros: none did.
    correlation_id: String,
    /// Whose it is; none: the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_tasks: Option<i64>,
    edges: TaskEdges,
    /// Public id of its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_hash_id: Option<String>,
    /// Public id.
    task_hash_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<StoredTaskSummary>,
    /// Which works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<StoredNodeRow>,
}

/// How a task did so far.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct TaskPublicState {
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Why tries before failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_history: Option<Vec<String>>,
    /// How long it worked, nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    executed_duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_count: Option<i64>,
    /// When it goes on: Unix time, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    resume_time: Option<i64>,
    /// Its last step failed, and is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retrying: Option<bool>,
}

/// What belongs to a task.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct TaskEdges {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<StoredAccount>,
}

/// What a task is about.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct StoredTaskSummary {
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// By the kind of the task.
    props: BTreeMap<String, Any<Value>>,
}

impl StoredTask {
    fn of(row: TaskRow, ids: &PublicIds) -> Self {
        let task = row.task;
        let nanos = i64::try_from(task.duration.as_nanos()).unwrap_or(i64::MAX);
        let summary = task.summary.map(|summary| StoredTaskSummary {
            phase: some(summary.phase),
            props: summary
                .props
                .into_iter()
                .map(|(key, value)| (key, Any(value)))
                .collect(),
        });
        Self {
            id: task.id.0,
            created_at: wire(task.created_at),
            updated_at: wire(task.updated_at),
            r#type: wire_kind(&task.kind).to_owned(),
            status: task.state.as_str().to_owned(),
            public_state: TaskPublicState {
                error: task.error,
                error_history: some(task.error_history),
                executed_duration: some(nanos),
                retry_count: some(task.retries),
                resume_time: task.resume_at.map(Timestamp::unix_secs),
                retrying: Some(task.is_failing).filter(|is_failing| *is_failing),
            },
            private_state: "{}".to_owned(),
            correlation_id: task.correlation.unwrap_or_else(|| Uuid::nil().to_string()),
            user_tasks: task.owner.map(|id| id.0),
            edges: TaskEdges {
                user: row.owner.as_deref().map(StoredAccount::from),
            },
            user_hash_id: task.owner.map(|id| ids.encode(IdKind::User, id.0)),
            task_hash_id: ids.encode(IdKind::Task, task.id.0),
            summary,
            node: row.node.as_deref().map(StoredNodeRow::from),
        }
    }
}

/// Kinds of ours that clients know under another name (V4 API, own task kinds).
const NAMES: [(&str, &str); 5] = [
    ("recycle_blobs", "entity_recycle_routine"),
    ("sweep_uploads", "upload_sentinel_check"),
    ("collect_trash", "trash_collect"),
    ("send_mail", "mail"),
    ("make_thumbnail", "thumbnail"),
];

fn wire_kind(kind: &str) -> &str {
    let found = NAMES.iter().find(|(ours, _)| *ours == kind);
    found.map_or(kind, |(_, theirs)| theirs)
}

fn own_kind(kind: &str) -> &str {
    let found = NAMES.iter().find(|(_, theirs)| *theirs == kind);
    found.map_or(kind, |(ours, _)| ours)
}

fn state(word: &str) -> Result<TaskState, ApiError> {
    let all = [
        TaskState::Queued,
        TaskState::Processing,
        TaskState::Suspending,
        TaskState::Error,
        TaskState::Canceled,
        TaskState::Completed,
    ];
    let known = all.into_iter().find(|state| state.as_str() == word);
    known.ok_or_else(|| ApiError::binding("Invalid task status"))
}

/// A page of tasks.
#[derive(Debug, Object, Serialize)]
struct StoredTaskPage {
    tasks: Vec<StoredTask>,
    pagination: PagePlace,
}

/// How a queue does.
#[derive(Debug, Object, Serialize)]
struct QueueMetrics {
    name: String,
    busy_workers: u64,
    /// Since this server started.
    success_tasks: u64,
    failure_tasks: u64,
    submitted_tasks: u64,
    /// That wait for a time.
    suspending_tasks: u64,
}

impl From<QueueHealth> for QueueMetrics {
    fn from(health: QueueHealth) -> Self {
        Self {
            name: health.name.to_owned(),
            busy_workers: health.busy,
            success_tasks: health.succeeded,
            failure_tasks: health.failed,
            submitted_tasks: health.submitted,
            suspending_tasks: health.suspended,
        }
    }
}

/// Which tasks are to be forgotten.
#[derive(Object)]
struct CleanUpTasks {
    /// Those made at this time or before.
    not_after: DateTime<Utc>,
    /// Of these kinds; none: of all.
    #[oai(default)]
    types: Vec<String>,
    /// That ended so; none: in whatever way.
    #[oai(default)]
    status: Vec<String>,
}

fn filter(request: &ListRequest) -> Result<TaskFilter, ApiError> {
    let text = |name: &str| request.condition(name).map(str::to_owned);
    let correlation = text("task_correlation_id");
    if correlation
        .as_ref()
        .is_some_and(|id| Uuid::parse_str(id).is_err())
    {
        return Err(ApiError::binding("Invalid task correlation ID"));
    }
    Ok(TaskFilter {
        kind: request
            .condition("task_type")
            .map(|kind| own_kind(kind).to_owned()),
        state: request.condition("task_status").map(state).transpose()?,
        owner: request.id_condition("task_user_id", "user")?.map(UserId),
        correlation,
    })
}

#[OpenApi(tag = "Tag::Admin")]
impl QueueApi {
    /// How each queue does.
    #[oai(
        path = "/admin/queue/metrics",
        method = "get",
        operation_id = "getQueueMetrics"
    )]
    async fn metrics(&self, actor: Needs<AdminRead>) -> ApiResult<Vec<QueueMetrics>> {
        let all = self.services.admin.queue.health(&actor).await?;
        ok(all.into_iter().map(QueueMetrics::from).collect())
    }

    /// A page of the tasks, by id. Conditions: `task_type`, `task_status`, `task_user_id` (a raw
    /// id), `task_correlation_id`.
    #[oai(
        path = "/admin/queue",
        method = "post",
        operation_id = "listAdminTasks"
    )]
    async fn list(
        &self,
        actor: Needs<AdminRead>,
        body: Json<ListRequest>,
    ) -> ApiResult<StoredTaskPage> {
        let (request, filter) = (body.page()?, filter(&body)?);
        let page = self
            .services
            .admin
            .queue
            .list(&actor, &request, &filter)
            .await?;
        let pagination = PagePlace::of(&request, &page);
        let live = self.services.core.settings();
        let view = |row| StoredTask::of(row, &live.ids);
        ok(StoredTaskPage {
            pagination,
            tasks: page.rows.into_iter().map(view).collect(),
        })
    }

    /// One task.
    #[oai(
        path = "/admin/queue/:id",
        method = "get",
        operation_id = "getAdminTask"
    )]
    async fn get(&self, actor: Needs<AdminRead>, id: Path<i64>) -> ApiResult<StoredTask> {
        let id = TaskId(path_id(*id)?);
        let row = self.services.admin.queue.get(&actor, id).await?;
        ok(StoredTask::of(row, &self.services.core.settings().ids))
    }

    /// Forgets tasks that have ended, and calls the others off.
    #[oai(
        path = "/admin/queue/batch/delete",
        method = "post",
        operation_id = "deleteAdminTasks"
    )]
    async fn delete(&self, actor: Needs<AdminWrite>, body: Json<IdsRequest>) -> ApiResult<NoData> {
        let ids: Vec<TaskId> = body.checked()?.iter().copied().map(TaskId).collect();
        self.services.admin.queue.delete(&actor, &ids).await?;
        done()
    }

    /// Forgets tasks that have ended.
    #[oai(
        path = "/admin/queue/cleanup",
        method = "post",
        operation_id = "cleanUpTasks"
    )]
    async fn clean_up(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<CleanUpTasks>,
    ) -> ApiResult<NoData> {
        if body.types.len() > FORGOTTEN_KINDS || body.status.len() > FORGOTTEN_KINDS {
            return Err(ApiError::binding("Types too long"));
        }
        let states: Result<Vec<TaskState>, ApiError> =
            body.status.iter().map(|word| state(word)).collect();
        let kinds = body.types.iter().map(|kind| own_kind(kind).to_owned());
        let which = Forgotten {
            until: Timestamp(body.not_after.timestamp_micros()),
            kinds: kinds.collect(),
            states: states?,
        };
        self.services.admin.queue.clean_up(&actor, which).await?;
        done()
    }

    /// Calls a task off.
    #[oai(
        path = "/admin/queue/:id/cancel",
        method = "post",
        operation_id = "cancelAdminTask"
    )]
    async fn cancel(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<NoData> {
        let id = TaskId(path_id(*id)?);
        self.services.admin.queue.cancel(&actor, id).await?;
        done()
    }

    /// Begins a task anew that ended in an error or was called off.
    #[oai(
        path = "/admin/queue/:id/retry",
        method = "post",
        operation_id = "retryAdminTask"
    )]
    async fn retry(&self, actor: Needs<AdminWrite>, id: Path<i64>) -> ApiResult<NoData> {
        let id = TaskId(path_id(*id)?);
        self.services.admin.queue.retry(&actor, id).await?;
        done()
    }
}
