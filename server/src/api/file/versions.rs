//! Versions of a file.

use super::parse_uri;
use crate::api::Tag;
use crate::api::authority::{FilesWrite, Needs};

use crate::api::envelope::{ApiResult, NoData, done};
use crate::api::error::ApiError;
use crate::services::Services;
use entity::BlobId;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::IdKind;

/// Versions.
pub struct FileVersionApi {
    pub services: Arc<Services>,
}

#[derive(Debug, Object)]
struct PickVersion {
    uri: String,
    /// Public id of the version.
    version: String,
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileVersionApi {
    /// Makes a version the current one.
    #[oai(
        path = "/version/current",
        method = "post",
        operation_id = "setCurrentVersion"
    )]
    async fn set_current(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<PickVersion>,
    ) -> ApiResult<NoData> {
        let (uri, version) = (parse_uri(&body.uri)?, self.version(&body.version)?);
        self.services
            .versions
            .set_current(&actor, &uri, version)
            .await?;
        done()
    }

    /// Deletes a version that is not the current one.
    #[oai(path = "/version", method = "delete", operation_id = "deleteVersion")]
    async fn delete(&self, actor: Needs<FilesWrite>, body: Json<PickVersion>) -> ApiResult<NoData> {
        let (uri, version) = (parse_uri(&body.uri)?, self.version(&body.version)?);
        self.services.versions.delete(&actor, &uri, version).await?;
        done()
    }
}

impl FileVersionApi {
    fn version(&self, text: &str) -> Result<BlobId, ApiError> {
        let id = self.services.core.settings().ids.decode(IdKind::Blob, text);
        id.map(BlobId).ok_or(ApiError::BadId)
    }
}
