//! What is in an archive.

use super::parse_uri;
use crate::api::Tag;
use crate::api::authority::{FilesRead, Needs};
use crate::api::envelope::{ApiResult, ok};
use crate::api::error::ApiError;
use crate::api::time::wire;
use crate::services::Services;
use chrono::{DateTime, Utc};
use entity::BlobId;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use wire::IdKind;
use work::extract::ArchivedEntry;

/// Archives.
pub struct FileArchiveApi {
    pub services: Arc<Services>,
}

/// The entries of an archive.
#[derive(Debug, Object, Serialize)]
struct ArchiveView {
    files: Vec<EntryView>,
}

/// One entry of an archive.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct EntryView {
    /// The whole path inside.
    name: String,
    /// Bytes, unpacked; 0 where the archive does not say.
    size: u64,
    /// Only where the archive does not say how large it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_size: Option<bool>,
    /// Missing where the archive does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<DateTime<Utc>>,
    is_directory: bool,
    /// Only of what takes a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted: Option<bool>,
    /// Only of what is not unpacked: why, as in the report of an extraction.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileArchiveApi {
    /// Lists what is in an archive without unpacking it.
    #[oai(path = "/archive", method = "get", operation_id = "listArchive")]
    async fn list(
        &self,
        actor: Needs<FilesRead>,
        uri: Query<Option<String>>,
        /// A certain version.
        entity: Query<Option<String>>,
        /// Of names that are not said to be UTF-8; empty: it is guessed.
        text_encoding: Query<Option<String>>,
    ) -> ApiResult<ArchiveView> {
        let text = uri
            .0
            .ok_or_else(|| ApiError::binding("Uri cannot be empty"))?;
        let uri = parse_uri(&text)?;
        let entity = entity.0.filter(|id| !id.is_empty());
        let ids = &self.services.core.settings().ids;
        let version = entity
            .map(|id| ids.decode(IdKind::Blob, &id).ok_or(ApiError::BadId))
            .transpose()?;
        let encoding = text_encoding.0.unwrap_or_default();
        let extractions = &self.services.extractions;
        let entries = extractions
            .entries(&actor, &uri, version.map(BlobId), &encoding)
            .await?;
        ok(ArchiveView {
            files: entries.iter().map(EntryView::of).collect(),
        })
    }
}

impl EntryView {
    fn of(entry: &ArchivedEntry) -> Self {
        Self {
            name: entry.name.clone(),
            size: entry.size_bytes.unwrap_or(0),
            unknown_size: (!entry.is_folder && entry.size_bytes.is_none()).then_some(true),
            updated_at: entry.updated.map(wire),
            is_directory: entry.is_folder,
            encrypted: entry.is_encrypted.then_some(true),
            left_out: entry.left_out.map(|reason| reason.as_str().to_owned()),
        }
    }
}
