//! `/workflow`: tasks that people can see.

mod archive;
mod conflict;
mod control;
mod download;
mod extract;
mod view;

use super::authority::{AdminWrite, Needs, WorkflowRead, WorkflowWrite, require_scope};
use super::{ApiError, ApiResult, Tag, ok};
use crate::services::Services;
use drive::import::ImportRequest;
use entity::{PolicyId, TaskId, UserId};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use site::secret::Scope;
use site::task::{TaskList, TaskListRequest};
use std::collections::BTreeMap;
use std::sync::Arc;
pub use view::TaskView;
use view::{TaskProgressView, TasksView};
use wire::IdKind;

/// By topic.
pub type Apis = (
    WorkflowApi,
    archive::WorkflowArchiveApi,
    control::ControlApi,
    download::DownloadApi,
    extract::WorkflowExtractApi,
);

pub fn apis(services: &Arc<Services>) -> Apis {
    (
        WorkflowApi {
            services: Arc::clone(services),
        },
        archive::WorkflowArchiveApi {
            services: Arc::clone(services),
        },
        control::ControlApi {
            services: Arc::clone(services),
        },
        download::DownloadApi {
            services: Arc::clone(services),
        },
        extract::WorkflowExtractApi {
            services: Arc::clone(services),
        },
    )
}

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

/// What is taken over, for whom.
#[derive(Debug, Object)]
struct ImportBody {
    /// A folder of the storage: of a bucket its prefix; of a disk its path, from the root of the
    /// policy or whole. `.` is all of it.
    src: String,
    /// Path of a folder in the drive, which is made if it is missing: `/photos`.
    dst: String,
    /// Whose drive.
    user_id: String,
    /// Number of the storage policy.
    policy_id: i64,
    /// With all folders below.
    #[oai(default)]
    recursive: bool,
    /// Without effect: there is nothing here yet that reads media tags.
    #[oai(default)]
    extract_media_meta: bool,
    /// Deleting such a file for good deletes its bytes. Otherwise they stay where they are.
    #[oai(default)]
    owned: bool,
    /// Change nothing, and report what would come.
    #[oai(default)]
    dry_run: bool,
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

    /// Begins to make files of what lies in a storage already, without copying it.
    #[oai(
        path = "/workflow/import",
        method = "post",
        operation_id = "importFiles"
    )]
    async fn import(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<ImportBody>,
    ) -> ApiResult<TaskView> {
        require_scope(&actor, Scope::WorkflowWrite)?;
        let ids = &self.services.core.settings().ids;
        let user = ids.decode(IdKind::User, &body.user_id);
        let request = ImportRequest {
            user: UserId(user.ok_or(ApiError::BadId)?),
            policy: PolicyId(body.policy_id),
            src: body.src.clone(),
            dst: body.dst.clone(),
            recursive: body.recursive,
            owned: body.owned,
            dry_run: body.dry_run,
        };
        let begun = self.services.imports.begin(&actor, request).await?;
        ok(TaskView::of(begun, ids))
    }

    /// One's own tasks, newest first.
    #[oai(path = "/workflow", method = "get", operation_id = "listTasks")]
    async fn list(
        &self,
        actor: Needs<WorkflowRead>,
        #[oai(validator(minimum(value = "10"), maximum(value = "100")))] page_size: Query<u32>,
        category: Query<TaskCategory>,
        next_page_token: Query<Option<String>>,
        /// Only what has not ended, or only what has; without it all. Of `general` only.
        active: Query<Option<bool>>,
    ) -> ApiResult<TasksView> {
        let request = TaskListRequest {
            list: category.0.into(),
            page_size: page_size.0,
            token: next_page_token.0,
            active: active.0,
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
