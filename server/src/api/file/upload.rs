//! Uploads: sessions, chunks, and content in one request.

use super::parse_uri;
use super::views::{FileView, PolicyView};
use crate::api::Tag;
use crate::api::authority::{FilesWrite, Needs};
use crate::api::binding::AnyBytes;
use crate::api::envelope::{ApiResult, NoData, done, ok};
use crate::api::error::ApiError;
use crate::http::{body, shared_body};
use crate::services::Services;
use drive::blob::{
    Chunk, DirectRoute, OpenedUpload, PutContent, Route, UploadError, UploadRequest,
};
use entity::{PolicyId, Timestamp};
use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::settings::live::LiveSettings;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Uploads.
pub struct FileUploadApi {
    pub services: Arc<Services>,
}

#[derive(Debug, Object)]
struct OpenUpload {
    uri: String,
    #[oai(default)]
    size: i64,
    /// Accepted and not used: the policy of the group decides.
    #[oai(default)]
    policy_id: String,
    /// Unix milliseconds; 0 = unknown.
    #[oai(default)]
    last_modified: i64,
    #[oai(default)]
    mime_type: String,
    #[oai(default)]
    metadata: BTreeMap<String, String>,
    /// `version` overwrites, `live_photo` attaches, anything else is a new file.
    #[oai(default)]
    entity_type: String,
    #[oai(default)]
    encryption_supported: Vec<String>,
    /// The version the client knows as current.
    #[oai(default)]
    previous: String,
    /// Go on with the session that this account has open for the same file (path, size and
    /// `last_modified`), if there is one.
    #[oai(default)]
    resume: bool,
    /// The largest chunk the client wants to send, in bytes; 0 = as the policy has it.
    #[oai(default)]
    max_chunk_size: i64,
}

#[derive(Debug, Object)]
struct CancelUpload {
    id: String,
    uri: String,
}

/// What an uploader needs to send the bytes: here, or to the vendor, whose fields are there only
/// where it wants them.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct UploadView {
    session_id: String,
    /// Of the storage vendor; empty here.
    upload_id: String,
    /// One a chunk, or a single one that takes all.
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_urls: Option<Vec<String>>,
    /// Where the vendor is asked to join the chunks.
    #[oai(rename = "completeURL")]
    #[serde(rename = "completeURL", skip_serializing_if = "Option::is_none")]
    complete_url: Option<String>,
    /// What proves to the vendor that the client may send.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
    /// Signed form policy, for vendors that take a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_policy: Option<String>,
    /// Media type to be repeated to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    /// Bytes; 0 = the whole file in one piece.
    chunk_size: i64,
    /// Unix seconds.
    expires: i64,
    storage_policy: PolicyView,
    uri: String,
    callback_secret: String,
    /// Chunks that have arrived; there if an open session goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<Vec<i64>>,
}

impl UploadView {
    fn of(
        opened: OpenedUpload,
        uri: String,
        received: Option<Vec<i64>>,
        settings: &LiveSettings,
    ) -> Self {
        let OpenedUpload {
            session,
            policy,
            route,
        } = opened;
        let route = match route {
            Route::Here => DirectRoute::default(),
            Route::Direct(route) => route,
        };
        Self {
            session_id: session.id,
            upload_id: route.upload_id,
            upload_urls: Some(route.part_urls).filter(|urls| !urls.is_empty()),
            complete_url: route.complete_url,
            credential: route.credential,
            upload_policy: route.form_policy,
            mime_type: route.content_type,
            chunk_size: session.chunk_bytes,
            expires: session.expires_at.unix_secs(),
            storage_policy: PolicyView::of(&policy, settings),
            uri,
            callback_secret: session.callback_secret,
            received,
        }
    }
}

/// Bytes of a refused body that are read away, so that the client sees the answer.
const DRAIN_BYTES: u64 = 64 << 20;

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileUploadApi {
    /// Opens an upload session.
    #[oai(path = "/upload", method = "put", operation_id = "openUpload")]
    async fn open(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<OpenUpload>,
    ) -> ApiResult<UploadView> {
        let body = body.0;
        let settings = self.services.core.settings();
        let policy = if body.policy_id.is_empty() {
            None
        } else {
            let id = settings.ids.decode(wire::IdKind::Policy, &body.policy_id);
            Some(PolicyId(id.ok_or(ApiError::BadId)?))
        };
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let uri = parse_uri(&body.uri)?;
        let request = UploadRequest {
            uri: uri.clone(),
            size_bytes: body.size,
            last_modified: (body.last_modified > 0)
                .then(|| Timestamp::from_unix_millis(body.last_modified))
                .and_then(Timestamp::of_file),
            mime_type: some(body.mime_type),
            metadata: body.metadata,
            entity_type: some(body.entity_type),
            previous: some(body.previous),
            policy,
            most_chunk_bytes: Some(body.max_chunk_size).filter(|bytes| *bytes > 0),
        };
        let uploads = &self.services.uploads;
        let resumed = if body.resume {
            uploads.resume(&actor, &request).await?
        } else {
            None
        };
        let (opened, received) = match resumed {
            Some(resumed) => (resumed.opened, Some(resumed.received)),
            None => (uploads.open(&actor, request).await?, None),
        };
        let uri = uri.without_query().to_string();
        ok(UploadView::of(opened, uri, received, &settings))
    }

    /// Takes one chunk; the last one completes the file.
    #[oai(
        path = "/upload/:session/:index",
        method = "post",
        operation_id = "uploadChunk"
    )]
    async fn chunk(
        &self,
        actor: Needs<FilesWrite>,
        session: Path<String>,
        index: Path<String>,
        request: &Request,
        body: AnyBytes,
    ) -> ApiResult<NoData> {
        let declared = body::content_length(request);
        let mut stream = body::into_stream(body.0);
        let result = match (index.0.parse(), declared) {
            (Err(_), _) => Err(UploadError::BadChunkIndex.into()),
            (_, None) => Err(UploadError::BadChunkLength {
                expected: 0,
                got: 0,
            }
            .into()),
            (Ok(index), Some(size_bytes)) => {
                let (feed, rest) = shared_body::shared(stream);
                stream = rest;
                let chunk = Chunk {
                    index,
                    size_bytes,
                    body: feed,
                };
                self.services
                    .uploads
                    .write_chunk(&actor, &session.0, chunk)
                    .await
            }
        };
        // Also of a chunk that was not needed any more.
        body::drain(&mut stream, DRAIN_BYTES).await;
        result?;
        done()
    }

    /// Whether the storage answers that the chunks of an upload go to by way of this server: asked
    /// before one is sent again. Ours.
    #[oai(
        path = "/upload/:session",
        method = "get",
        operation_id = "getUploadStorage"
    )]
    async fn storage(&self, actor: Needs<FilesWrite>, session: Path<String>) -> ApiResult<NoData> {
        let uploads = &self.services.uploads;
        uploads.look_at_storage(&actor, &session.0).await?;
        done()
    }

    /// Cancels an upload.
    #[oai(path = "/upload", method = "delete", operation_id = "cancelUpload")]
    async fn cancel(
        &self,
        actor: Needs<FilesWrite>,
        body: Json<CancelUpload>,
    ) -> ApiResult<NoData> {
        let uri = parse_uri(&body.uri)?;
        self.services.uploads.cancel(&actor, &body.id, &uri).await?;
        done()
    }

    /// Makes the body the content of a file.
    #[oai(path = "/content", method = "put", operation_id = "putContent")]
    async fn put(
        &self,
        actor: Needs<FilesWrite>,
        uri: Query<String>,
        /// The version the editor started from.
        previous: Query<Option<String>>,
        request: &Request,
        body: AnyBytes,
    ) -> ApiResult<FileView> {
        let settings = self.services.core.settings();
        let uri = parse_uri(&uri.0)?;
        let size_bytes = body::content_length(request)
            .ok_or_else(|| ApiError::binding("Content-Length is required"))?;
        let (feed, mut rest) = shared_body::shared(body::into_stream(body.0));
        let result = if size_bytes > settings.files.max_edit_bytes {
            Err(UploadError::TooLargeToEdit.into())
        } else {
            let content = PutContent {
                uri,
                size_bytes,
                body: feed,
                previous: previous.0,
                last_modified: None,
            };
            self.services.uploads.put(&actor, content).await
        };
        if result.is_err() {
            body::drain(&mut rest, DRAIN_BYTES).await;
        }
        ok(FileView::of(result?, &settings))
    }
}
