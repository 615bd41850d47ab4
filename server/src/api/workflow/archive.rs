//! `/workflow/archive`: files and folders become an archive.

use super::TaskView;
use crate::api::authority::{Needs, WorkflowWrite};
use crate::api::{ApiResult, Tag, ok};
use crate::services::Services;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use std::sync::Arc;
use work::compress::{CompressRequest, Format, Method};

/// Tasks that pack.
pub struct WorkflowArchiveApi {
    pub services: Arc<Services>,
}

/// Kinds of archives; `zip` where none is named.
#[derive(Clone, Copy, Debug, Default, Enum)]
enum ArchiveFormat {
    #[default]
    #[oai(rename = "zip")]
    Zip,
    #[oai(rename = "tar.zst")]
    TarZst,
    #[oai(rename = "7z")]
    SevenZ,
}

/// What becomes of contents in a zip; `deflate` where nothing is said.
#[derive(Clone, Copy, Debug, Default, Enum)]
#[oai(rename_all = "lowercase")]
enum ArchiveMethod {
    #[default]
    Deflate,
    Store,
}

/// What is packed, and where to.
#[derive(Debug, Object)]
struct ArchiveBody {
    /// URIs of files and folders.
    src: Vec<String>,
    /// URI of the archive, which is not there yet.
    dst: String,
    format: Option<ArchiveFormat>,
    method: Option<ArchiveMethod>,
    /// Encrypts a zip (AES-256) or a 7z.
    password: Option<String>,
}

impl From<ArchiveFormat> for Format {
    fn from(format: ArchiveFormat) -> Self {
        match format {
            ArchiveFormat::Zip => Self::Zip,
            ArchiveFormat::TarZst => Self::TarZst,
            ArchiveFormat::SevenZ => Self::SevenZ,
        }
    }
}

impl From<ArchiveMethod> for Method {
    fn from(method: ArchiveMethod) -> Self {
        match method {
            ArchiveMethod::Deflate => Self::Deflate,
            ArchiveMethod::Store => Self::Store,
        }
    }
}

#[OpenApi(tag = "Tag::Workflow")]
impl WorkflowArchiveApi {
    /// Begins to pack files and folders into an archive.
    #[oai(
        path = "/workflow/archive",
        method = "post",
        operation_id = "createArchive"
    )]
    async fn create(
        &self,
        actor: Needs<WorkflowWrite>,
        body: Json<ArchiveBody>,
    ) -> ApiResult<TaskView> {
        let body = body.0;
        let request = CompressRequest {
            src: body.src,
            dst: body.dst,
            format: body.format.unwrap_or_default().into(),
            method: body.method.unwrap_or_default().into(),
            password: body.password,
        };
        let begun = self.services.compressions.begin(&actor, request).await?;
        ok(TaskView::of(begun, &self.services.core.settings().ids))
    }
}
