//! Files as clients see them (V4 API, file object).

mod extended;
mod folder_view;
mod policy;
mod rows;

pub use extended::{ExtendedView, direct_link_url};
pub use folder_view::ViewBody;
pub use policy::PolicyView;
pub use rows::put_rows;

use crate::api::binding::Nullable;
use crate::api::time::wire;
use chrono::{DateTime, Utc};
use drive::tree::{FileEntry, FileInfo, Summary};
use entity::FileKind;
use poem_openapi::Object;
use serde::Serialize;
use site::settings::live::LiveSettings;
use std::collections::BTreeMap;
use wire::{IdKind, PublicIds};

/// The `type` of a file or folder.
pub const fn type_number(kind: FileKind) -> i16 {
    match kind {
        FileKind::File => 0,
        FileKind::Folder => 1,
    }
}

/// A file or folder.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct FileView {
    /// 0 file, 1 folder.
    pub r#type: i16,
    pub id: String,
    pub name: String,
    #[serde(serialize_with = "crate::api::time::write")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::api::time::write")]
    pub updated_at: DateTime<Utc>,
    /// Bytes of the current version; 0 for folders.
    pub size: i64,
    /// `null` where it was not loaded.
    pub metadata: Nullable<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Base64 bit set of what can be done here.
    pub capability: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned: Option<bool>,
    /// It has a share; told to the owner only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// There are folders in this folder; told where `subfolders` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_subfolders: Option<bool>,
    /// The current version; the id of 0 where there is none.
    pub primary_entity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder_summary: Option<SummaryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_info: Option<ExtendedView>,
}

impl FileView {
    /// An entry as it is.
    pub fn of(entry: FileEntry, settings: &LiveSettings) -> Self {
        Self::with_ids(entry, &settings.ids)
    }

    /// In long listings [`put_rows`] writes the same.
    fn with_ids(entry: FileEntry, ids: &PublicIds) -> Self {
        let file = entry.file;
        Self {
            r#type: type_number(file.kind),
            id: ids.encode(IdKind::File, file.id.0),
            name: entry.name,
            created_at: wire(file.created_at),
            updated_at: wire(file.updated_at),
            size: file.size_bytes,
            metadata: Nullable(entry.metadata),
            path: Some(entry.uri).filter(|uri| !uri.is_empty()),
            capability: entry.capability.to_base64(),
            owned: entry.owned.then_some(true),
            shared: entry.shared.then_some(true),
            has_subfolders: entry.has_subfolders,
            primary_entity: ids.encode(IdKind::Blob, file.current_blob_id.map_or(0, |id| id.0)),
            folder_summary: None,
            extended_info: None,
        }
    }

    /// An entry with its inside; links in it are below `site`.
    pub fn of_info(info: FileInfo, settings: &LiveSettings, site: &str) -> Self {
        let summary = info.summary.map(SummaryView::of);
        let extended = info
            .extended
            .map(|extended| ExtendedView::of(extended, settings, site));
        Self {
            folder_summary: summary,
            extended_info: extended,
            ..Self::of(info.entry, settings)
        }
    }
}

/// What lies below a folder.
#[derive(Clone, Debug, Object, Serialize)]
pub struct SummaryView {
    pub size: i64,
    pub files: i64,
    pub folders: i64,
    pub completed: bool,
    pub calculated_at: DateTime<Utc>,
}

impl SummaryView {
    fn of(summary: Summary) -> Self {
        Self {
            size: summary.size_bytes,
            files: summary.files,
            folders: summary.folders,
            completed: summary.completed,
            calculated_at: wire(summary.calculated_at),
        }
    }
}
