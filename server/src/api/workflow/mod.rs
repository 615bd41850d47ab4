//! `/workflow`: tasks that people can see.

mod view;

use super::authority::{Needs, WorkflowRead, WorkflowWrite};
use super::{ApiError, ApiResult, Tag, ok};
use crate::services::Services;
use entity::{PolicyId, TaskId};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use site::task::{TaskList, TaskListRequest};
use std::collections::BTreeMap;
use std::sync::Arc;
pub use view::TaskView;
use view::{TaskProgressView, TasksView};
use wire::IdKind;

/// Tasks.
pub struct WorkflowApi {
    pub services: Arc<Services>,
}

/// Which tasks a list holds.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "lowercase")]
enum TaskCategory {
    /// Work on files: archives, imports, moves to another storage policy.
    General,
    /// Downloads that have not ended, all of them at once.
    Downloading,
    /// Downloads that have ended.
    Downloaded,
}

impl From<TaskCategory> for TaskList {
    fn from(category: TaskCategory) -> Self {
        match category {
            TaskCategory::General => Self::General,
            TaskCategory::Downloading => Self::Downloading,
            TaskCategory::Downloaded => Self::Downloaded,
        }
    }
}

/// What moves, and where to.
#[derive(Debug, Object)]
struct RelocateBody {
    /// URIs.
    src: Vec<String>,
    dst_policy_id: String,
}

#[OpenApi(tag = "Tag::Workflow")]
impl WorkflowApi {
    /// Begins to move the bytes of files, and of what is below folders, to another storage policy.
    #[oai(
        path = "/workflow/relocate",
        method = "post",
        operation_id = "relocateFiles"
    )]
    async fn relocate(
        &self,
        actor: Needs<WorkflowWrite>,
        body: Json<RelocateBody>,
    ) -> ApiResult<TaskView> {
        let ids = &self.services.core.settings().ids;
        let target = ids.decode(IdKind::Policy, &body.dst_policy_id);
        let target = PolicyId(target.ok_or(ApiError::BadId)?);
        let begun = self.services.relocations.begin(&actor, &body.src, target);
        ok(TaskView::of(begun.await?, ids))
    }

    /// One's own tasks, newest first.
    #[oai(path = "/workflow", method = "get", operation_id = "listTasks")]
    async fn list(
        &self,
        actor: Needs<WorkflowRead>,
        #[oai(validator(minimum(value = "10"), maximum(value = "100")))] page_size: Query<u32>,
        category: Query<TaskCategory>,
        next_page_token: Query<Option<String>>,
    ) -> ApiResult<TasksView> {
        let request = TaskListRequest {
            list: category.0.into(),
            page_size: page_size.0,
            token: next_page_token.0,
        };
        let page = self.services.tasks.list(&actor, &request).await?;
        ok(TasksView::of(page, &self.services.core.settings().ids))
    }

    /// How far one's own task is, by parts of the work: nothing for one that has ended, says
    /// nothing, or is not there.
    #[oai(
        path = "/workflow/progress/:id",
        method = "get",
        operation_id = "taskProgress"
    )]
    async fn progress(
        &self,
        actor: Needs<WorkflowRead>,
        id: Path<String>,
    ) -> ApiResult<BTreeMap<String, TaskProgressView>> {
        let ids = &self.services.core.settings().ids;
        let id = ids.decode(IdKind::Task, &id).ok_or(ApiError::BadId)?;
        let parts = self.services.tasks.progress(&actor, TaskId(id)).await?;
        let parts = parts.into_iter();
        ok(parts.map(|(key, part)| (key, part.into())).collect())
    }
}
