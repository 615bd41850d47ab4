//! The tree: names, folders, the trash. What a path leads to and how it changes.
//!
//! Invariants: a name is unique in its folder; there is no cycle and no orphan; a move is one
//! transaction; used space is what the account holds; nothing is lost silently.

mod administer;
mod batch;
pub(crate) mod bounds;
mod change;
mod copies;
pub(crate) mod copy;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod describe;
mod entries;
mod filling;
mod folder_policy;
mod info;
mod list;
pub(crate) mod metadata_bounds;
mod r#move;
mod navigator;
mod own_folder;
mod paging;
mod purge;
mod rename_on_conflict;
mod resolved_path;
mod restore;
mod search;
mod search_index;
mod summary;
mod upload_only;
mod view;
mod walk;

pub use crate::error::tree::{BadView, TreeError};
pub use administer::Amendment;
pub use create::NewNode;
pub use delete::DeleteOptions;
pub use describe::Patch;
pub use folder_policy::FolderChoice;
pub use info::{Extended, FileInfo, InfoOptions};
pub use list::{ListRequest, Listing};
pub use navigator::Navigator;
pub use paging::Paging;
pub use rename_on_conflict::WhenTaken;
pub use resolved_path::ResolvedPath;
pub use search_index::{Candidate, Candidates, Search, SearchIndex};
pub use summary::{Summary, contents_of};
pub use upload_only::numbered;
pub use view::{Column, ColumnProps, View, ViewPatch};
pub use walk::{WalkItem, Walker};

pub(crate) use change::{Author, Change, SystemChange};
pub(crate) use navigator::ensure_root;
pub(crate) use resolved_path::drive_path;
pub(crate) use search::{in_time, walker as turn_of};

use crate::context::Core;
use entity::{FileId, file};
use moka::sync::Cache;
use search_index::NameIndex;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One entry as somebody sees it.
#[derive(Clone, Debug)]
pub struct FileEntry {
    pub file: file::Model,
    /// Canonical URI from the point of view of who asks.
    pub uri: String,
    /// Public metadata; `None` where it was not loaded.
    pub metadata: Option<store::metadata::Metadata>,
    pub capability: wire::BitSet,
    /// Who asks owns it.
    pub owned: bool,
    /// Name to show: differs from the row's in the trash.
    pub name: String,
    /// It has a share; only told to the owner, in listings and in detail.
    pub shared: bool,
    /// There are folders in this one; `None` where nobody asked.
    pub has_subfolders: Option<bool>,
}

/// How long a counted folder is remembered: what the setting says when it was counted.
struct SummaryLife(Arc<Core>);

impl moka::Expiry<(FileId, i64), Summary> for SummaryLife {
    fn expire_after_create(&self, _: &(FileId, i64), _: &Summary, _: Instant) -> Option<Duration> {
        let ttl = self.0.settings().files.folder_props_ttl;
        Some(ttl.max(Duration::from_secs(1)))
    }
}

/// The service behind listings and changes of the tree.
#[derive(Clone, Debug)]
pub struct Tree {
    core: Arc<Core>,
    summaries: Cache<(FileId, i64), Summary>,
    pages: paging::PageStarts,
    /// Asked what may match a search.
    index: Arc<dyn SearchIndex>,
}

impl Tree {
    pub fn new(core: Arc<Core>) -> Self {
        let index = Arc::new(NameIndex {
            store: core.store.clone(),
        });
        let summaries = Cache::builder()
            .max_capacity(10_000)
            .expire_after(SummaryLife(Arc::clone(&core)));
        Self {
            core,
            index,
            summaries: summaries.build(),
            pages: paging::PageStarts::new(),
        }
    }

    /// The same, asking another index.
    pub fn with_index(self, index: Arc<dyn SearchIndex>) -> Self {
        Self { index, ..self }
    }
}

/// A batch has at most this many URIs, and at least one.
pub(crate) fn check_batch(core: &Core, uris: &[String]) -> Result<(), crate::error::FileError> {
    let limit = core.settings().files.max_batch_size as usize;
    if uris.is_empty() {
        return Err(TreeError::NoUris.into());
    }
    if uris.len() > limit {
        return Err(TreeError::TooManyUris(limit).into());
    }
    Ok(())
}
