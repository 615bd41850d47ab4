//! `/workflow/download`: files fetched from elsewhere.

use super::TaskView;
use super::conflict::NameConflict;
use crate::api::authority::{Needs, WorkflowWrite};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use entity::TaskId;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use site::limits::DOWNLOADED_FILES;
use std::sync::Arc;
use wire::IdKind;
use work::download::{DownloadRequest, Selection};

/// Downloads.
pub struct DownloadApi {
    pub services: Arc<Services>,
}

/// What is fetched, and where to.
#[derive(Debug, Object)]
struct DownloadBody {
    /// Links, one task each: http, https, and what the downloader of the site knows besides.
    #[oai(default)]
    src: Vec<String>,
    /// URI of a torrent file instead.
    src_file: Option<String>,
    /// URI of a folder that is there.
    dst: String,
    /// Without effect: the site chooses.
    preferred_node_id: Option<String>,
    conflict: Option<NameConflict>,
}

/// Which files of a download are wanted.
#[derive(Debug, Object)]
struct SelectBody {
    /// The others stay as they are.
    files: Vec<SelectedFile>,
}

/// Whether a file is wanted.
#[derive(Debug, Object)]
struct SelectedFile {
    /// As the download tells it.
    index: i64,
    download: bool,
}

#[OpenApi(tag = "Tag::Workflow")]
impl DownloadApi {
    /// Begins to download files from elsewhere into a folder.
    #[oai(
        path = "/workflow/download",
        method = "post",
        operation_id = "createDownloads"
    )]
    async fn create(
        &self,
        actor: Needs<WorkflowWrite>,
        body: Json<DownloadBody>,
    ) -> ApiResult<Vec<TaskView>> {
        let request = DownloadRequest {
            links: body.0.src,
            torrent: body.0.src_file,
            dst: body.0.dst,
            conflict: body.0.conflict.map(Into::into),
        };
        let begun = self.services.downloads.begin(&actor, &request).await?;
        let ids = &self.services.core.settings().ids;
        ok(begun
            .into_iter()
            .map(|task| TaskView::of(task, ids))
            .collect())
    }

    /// Chooses among the files of one's own download while it runs.
    #[oai(
        path = "/workflow/download/:id",
        method = "patch",
        operation_id = "selectDownloadFiles"
    )]
    async fn select(
        &self,
        actor: Needs<WorkflowWrite>,
        id: Path<String>,
        body: Json<SelectBody>,
    ) -> ApiResult<NoData> {
        if body.files.len() > DOWNLOADED_FILES {
            return Err(ApiError::binding("Files too long"));
        }
        let files: Vec<Selection> = body
            .0
            .files
            .into_iter()
            .map(|file| Selection {
                index: file.index,
                wanted: file.download,
            })
            .collect();
        let id = self.task(&id)?;
        self.services.downloads.select(&actor, id, &files).await?;
        done()
    }

    /// Calls one's own download off.
    #[oai(
        path = "/workflow/download/:id",
        method = "delete",
        operation_id = "cancelDownload"
    )]
    async fn cancel(&self, actor: Needs<WorkflowWrite>, id: Path<String>) -> ApiResult<NoData> {
        let id = self.task(&id)?;
        self.services.downloads.cancel(&actor, id).await?;
        done()
    }
}

impl DownloadApi {
    fn task(&self, id: &str) -> Result<TaskId, ApiError> {
        let ids = &self.services.core.settings().ids;
        Ok(TaskId(ids.decode(IdKind::Task, id).ok_or(ApiError::BadId)?))
    }
}
