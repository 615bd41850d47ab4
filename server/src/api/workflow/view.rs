//! Tasks as clients see them (V4 API, task object).

use crate::api::time::wire;
use chrono::{DateTime, Utc};
use entity::Timestamp;
use poem_openapi::Object;
use poem_openapi::types::Any;
use serde::Serialize;
use serde_json::Value;
use site::task::{Node, Progress, Summary, TaskInfo, TaskPage};
use std::collections::BTreeMap;
use wire::{BitSet, IdKind, PublicIds};

/// Most bytes of files of a download that a list tells,
const LISTED_BYTES: usize = 64 << 10;
/// where each is so long but for its name.
const FILE_BYTES: usize = 100;

/// A task.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct TaskView {
    id: String,
    created_at: DateTime<Utc>,
    /// When it was begun anew, if somebody asked for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    begun_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    /// `queued`, `processing`, `suspending`, `error`, `canceled` or `completed`.
    status: String,
    /// Kind of work, such as `create_archive`.
    r#type: String,
    /// Which node works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<TaskNodeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<TaskSummaryView>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Why tries before failed, one line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_history: Option<Vec<String>>,
    /// How long it worked, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<i64>,
    /// When it goes on, or went on last, after it waited: Unix time, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    resume_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_count: Option<i64>,
    /// Its last step failed, and is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retrying: Option<bool>,
}

/// What a task is about.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct TaskSummaryView {
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// By the kind of the task.
    props: BTreeMap<String, Any<Value>>,
}

/// A node that works on tasks.
#[derive(Debug, Object, Serialize)]
struct TaskNodeView {
    id: String,
    name: String,
    /// `master` or `slave`.
    r#type: String,
    /// Bit set in base64.
    capabilities: String,
}

/// One page of a list of tasks.
#[derive(Debug, Object, Serialize)]
pub struct TasksView {
    tasks: Vec<TaskView>,
    pagination: TaskPaginationView,
}

/// Where the list goes on.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct TaskPaginationView {
    page: u32,
    page_size: u32,
    is_cursor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// How far a part of the work is.
#[derive(Debug, Object, Serialize)]
pub struct TaskProgressView {
    /// 0: not known yet.
    total: i64,
    current: i64,
    /// What is being worked on, such as the URI of a file.
    identifier: String,
}

impl From<Progress> for TaskProgressView {
    fn from(part: Progress) -> Self {
        Self {
            total: part.total,
            current: part.current,
            identifier: part.identifier,
        }
    }
}

impl From<Summary> for TaskSummaryView {
    fn from(summary: Summary) -> Self {
        let props = summary.props.into_iter();
        Self {
            phase: Some(summary.phase).filter(|phase| !phase.is_empty()),
            props: props.map(|(key, value)| (key, Any(value))).collect(),
        }
    }
}

impl TaskNodeView {
    fn of(node: Node, ids: &PublicIds) -> Self {
        let capabilities = BitSet::from_bytes(&node.capabilities).unwrap_or(BitSet::EMPTY);
        Self {
            id: ids.encode(IdKind::Node, node.id.0),
            name: node.name,
            r#type: node.kind,
            capabilities: capabilities.to_base64(),
        }
    }
}

impl TaskView {
    pub fn of(task: TaskInfo, ids: &PublicIds) -> Self {
        let millis = i64::try_from(task.duration.as_millis()).unwrap_or(i64::MAX);
        Self {
            id: ids.encode(IdKind::Task, task.id.0),
            created_at: wire(task.created_at),
            begun_at: task.begun_at.map(wire),
            updated_at: wire(task.updated_at),
            status: task.state.as_str().to_owned(),
            r#type: task.kind,
            node: task.node.map(|node| TaskNodeView::of(node, ids)),
            summary: task.summary.map(TaskSummaryView::from),
            error: task.error,
            error_history: Some(task.error_history).filter(|errors| !errors.is_empty()),
            duration: Some(millis).filter(|millis| *millis > 0),
            resume_time: task.resume_at.map(Timestamp::unix_secs),
            retry_count: Some(task.retries).filter(|retries| *retries > 0),
            retrying: Some(task.is_failing).filter(|is_failing| *is_failing),
        }
    }
}

/// A list tells no files of a download that has very many: asking for the one task does.
fn shortened(mut task: TaskInfo) -> TaskInfo {
    let props = task.summary.as_mut().map(|summary| &mut summary.props);
    let download = props.and_then(|props| props.get_mut("download"));
    let Some(download) = download.and_then(Value::as_object_mut) else {
        return task;
    };
    let length = |value: Option<&Value>| value.and_then(Value::as_str).map_or(0, str::len);
    let files = download.get("files").and_then(Value::as_array);
    let names = files
        .into_iter()
        .flatten()
        .map(|file| FILE_BYTES + length(file.get("name")));
    if names.sum::<usize>() + length(download.get("pieces")) > LISTED_BYTES {
        download.remove("files");
        download.remove("pieces");
    }
    task
}

impl TasksView {
    pub fn of(page: TaskPage, ids: &PublicIds) -> Self {
        let tasks = page.tasks.into_iter();
        Self {
            tasks: tasks
                .map(|task| TaskView::of(shortened(task), ids))
                .collect(),
            pagination: TaskPaginationView {
                page: 0,
                page_size: page.page_size,
                is_cursor: true,
                next_token: page.next_token,
            },
        }
    }
}
