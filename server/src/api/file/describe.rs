//! Metadata, views and locks.

use super::parse_uri;
use super::views::ViewBody;
use crate::api::Tag;
use crate::api::authority::{FilesWrite, Needs};

use crate::api::envelope::{ApiResult, NoData, done};
use crate::api::error::ApiError;
use crate::services::Services;
use drive::tree::{Patch, ViewPatch};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use wire::BadMetadata;

/// What is said about files.
pub struct FileDescribeApi {
    pub services: Arc<Services>,
}

#[derive(Debug, Object)]
struct PatchMetadata {
    uris: Vec<String>,
    patches: Vec<MetadataPatchBody>,
}

#[derive(Debug, Object)]
struct MetadataPatchBody {
    key: String,
    #[oai(default)]
    value: String,
    /// Must not be set: private metadata is the server's.
    #[oai(default)]
    private: bool,
    #[oai(default)]
    remove: bool,
}

#[derive(Debug, Object)]
struct PatchView {
    uri: String,
    /// Absent or `null`: forget the stored view.
    view: Option<ViewBody>,
}

#[derive(Debug, Object)]
struct ReleaseLocks {
    tokens: Vec<String>,
}

/// Tokens released by one call.
use site::limits::LOCK_TOKENS as MAX_TOKENS;

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileDescribeApi {
    /// Changes metadata of files.
    #[oai(path = "/metadata", method = "patch", operation_id = "patchMetadata")]
    async fn metadata(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<PatchMetadata>,
    ) -> ApiResult<NoData> {
        if body.patches.iter().any(|patch| patch.private) {
            return Err(ApiError::File(BadMetadata::Private.into()));
        }
        let body = body.0;
        let patches: Vec<Patch> = body
            .patches
            .into_iter()
            .map(|patch| Patch {
                key: patch.key,
                value: patch.value,
                remove: patch.remove,
            })
            .collect();
        self.services
            .tree
            .patch_metadata(&actor, &body.uris, &patches)
            .await?;
        done()
    }

    /// Stores or forgets how a folder wants to be seen.
    #[oai(path = "/view", method = "patch", operation_id = "patchView")]
    async fn view(&self, actor: Needs<FilesWrite>, body: Json<PatchView>) -> ApiResult<NoData> {
        let uri = parse_uri(&body.uri)?;
        let view = body.0.view.map(ViewBody::into_view);
        self.services
            .tree
            .set_view(&actor, ViewPatch { uri, view })
            .await?;
        done()
    }

    /// Releases locks by their tokens.
    #[oai(path = "/lock", method = "delete", operation_id = "releaseLocks")]
    async fn unlock(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<ReleaseLocks>,
    ) -> ApiResult<NoData> {
        if body.tokens.is_empty() || body.tokens.len() > MAX_TOKENS {
            return Err(ApiError::binding("Tokens cannot be empty"));
        }
        self.services.locks.release(&actor, &body.tokens).await?;
        done()
    }
}
