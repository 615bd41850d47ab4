//! One task: how it is, calling it off, beginning it anew.

use super::TaskView;
use crate::api::authority::{Needs, WorkflowRead, WorkflowWrite};
use crate::api::{ApiError, ApiResult, Tag, ok};
use crate::services::Services;
use entity::TaskId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use site::actor::Actor;
use std::sync::Arc;
use wire::IdKind;

/// Single tasks.
pub struct ControlApi {
    pub services: Arc<Services>,
}

#[OpenApi(prefix_path = "/workflow", tag = "Tag::Workflow")]
impl ControlApi {
    /// Tells of one of one's own tasks; administrators see all.
    #[oai(path = "/task/:id", method = "get", operation_id = "getTask")]
    async fn get(&self, actor: Needs<WorkflowRead>, id: Path<String>) -> ApiResult<TaskView> {
        let id = self.id(&id)?;
        self.shown(&actor, id).await
    }

    /// Calls a task off: it stops within a moment, and what it had not finished is removed.
    #[oai(path = "/cancel/:id", method = "post", operation_id = "cancelTask")]
    async fn cancel(&self, actor: Needs<WorkflowWrite>, id: Path<String>) -> ApiResult<TaskView> {
        let id = self.id(&id)?;
        self.services.tasks.cancel(&actor, id).await?;
        self.shown(&actor, id).await
    }

    /// Begins a task anew that ended in an error or was called off.
    #[oai(path = "/retry/:id", method = "post", operation_id = "retryTask")]
    async fn retry(&self, actor: Needs<WorkflowWrite>, id: Path<String>) -> ApiResult<TaskView> {
        let id = self.id(&id)?;
        self.services.tasks.retry(&actor, id).await?;
        self.shown(&actor, id).await
    }
}

impl ControlApi {
    fn id(&self, text: &str) -> Result<TaskId, ApiError> {
        let ids = &self.services.core.settings().ids;
        let id = ids.decode(IdKind::Task, text).ok_or(ApiError::BadId)?;
        Ok(TaskId(id))
    }

    async fn shown(&self, actor: &Actor, id: TaskId) -> ApiResult<TaskView> {
        let task = self.services.tasks.get(actor, id).await?;
        ok(TaskView::of(task, &self.services.core.settings().ids))
    }
}
