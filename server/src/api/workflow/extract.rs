//! Unpacking archives.

use super::conflict::NameConflict;
use super::view::TaskView;
use crate::api::authority::{Needs, WorkflowWrite};
use crate::api::{ApiResult, Tag, ok};
use crate::services::Services;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use work::extract::ExtractRequest;

/// Tasks that unpack archives.
pub struct WorkflowExtractApi {
    pub services: Arc<Services>,
}

/// What is unpacked, and where to.
#[derive(Debug, Object)]
struct ExtractBody {
    /// URIs of archives; only the first one counts.
    src: Vec<String>,
    /// URI of a folder that is there.
    dst: String,
    /// That folder is made when its turn comes, under a free name beside it if need be. It goes again if
    /// nothing comes of it.
    #[oai(default)]
    new_folder: bool,
    /// Of names that are not said to be UTF-8; empty: it is guessed.
    #[oai(default)]
    encoding: String,
    #[oai(default)]
    password: String,
    /// Paths inside, and folders with all that is below them, that are wanted; none: everything.
    #[oai(default)]
    file_mask: Vec<String>,
    conflict: Option<NameConflict>,
}

#[OpenApi(tag = "Tag::Workflow")]
impl WorkflowExtractApi {
    /// Begins to unpack an archive into a folder.
    #[oai(
        path = "/workflow/extract",
        method = "post",
        operation_id = "extractArchive"
    )]
    async fn extract(
        &self,
        actor: Needs<WorkflowWrite>,
        body: Json<ExtractBody>,
    ) -> ApiResult<TaskView> {
        let body = body.0;
        let request = ExtractRequest {
            src: body.src,
            dst: body.dst,
            new_folder: body.new_folder,
            encoding: body.encoding,
            password: body.password,
            file_mask: body.file_mask,
            conflict: body.conflict.unwrap_or_default().into(),
        };
        let begun = self.services.extractions.begin(&actor, request).await?;
        ok(TaskView::of(begun, &self.services.core.settings().ids))
    }
}
