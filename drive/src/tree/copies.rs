//! Copying rows: new rows that hold the same blobs. Level by level, and of each level a page at a
//! time, so that memory does not grow with the size of a folder.

use super::TreeError;
use super::copy::Top;
use crate::error::FileError;
use crate::tree::{Change, bounds, metadata_bounds};
use entity::{BlobId, FileId, FileKind, Timestamp, UserId, file, group, metadata as metadata_row};
use std::collections::HashMap;
use store::files::{Counted, Extent};
use store::journal::Op;
use store::{blobs, files, metadata};

/// Metadata that belongs to one file only.
const NOT_COPIED: [&str; 2] = ["sys:fulltext_index", "sys:upload_session_id"];

/// Rows copied at once.
const PAGE: u64 = 1_000;

/// Copies in the making.
pub(super) struct Copies {
    owner: UserId,
    at: Timestamp,
    count: u64,
    /// Files among them.
    pub files: i64,
    limit: u64,
    /// The highest id before the rows of a page.
    newest: FileId,
    /// They come out of a share: only what its visitors see is copied.
    pub foreign: bool,
}

impl Copies {
    pub fn new(change: &Change<'_>, owner: UserId, group: &group::Model) -> Self {
        Self {
            owner,
            at: change.now,
            count: 0,
            files: 0,
            limit: group.settings.max_walked_files.max(1) as u64,
            newest: FileId(0),
            foreign: false,
        }
    }

    /// Copies nodes and (if `whole`) everything below them. Answers the copies of the nodes.
    pub async fn tops(
        &mut self,
        change: &mut Change<'_>,
        tops: Vec<Top>,
        whole: bool,
    ) -> Result<Vec<FileId>, FileError> {
        self.check(change, &tops, whole).await?;
        self.newest = files::newest(change.db()).await?;
        let paths: Vec<String> = tops.iter().map(|top| top.path.clone()).collect();
        let page: Vec<(FileId, file::Model)> =
            tops.into_iter().map(|top| (top.parent, top.node)).collect();
        let made = self.page(change, &page).await?;
        let mut ids = Vec::with_capacity(page.len());
        for ((_, old), path) in page.iter().zip(&paths) {
            let copy = file::Model {
                id: made[&old.id],
                owner_id: self.owner,
                ..old.clone()
            };
            ids.push(copy.id);
            change.log(change.actor.entry(Op::Create, &copy).after(path));
        }
        let mut folders = folders_of(&page, &made);
        while whole && !folders.is_empty() {
            let mut below = Vec::new();
            for some in folders.chunks(PAGE as usize) {
                self.below(change, some, &mut below).await?;
            }
            folders = below;
        }
        Ok(ids)
    }

    /// What is too much is refused before any of it is read or written.
    async fn check(&self, change: &Change<'_>, tops: &[Top], whole: bool) -> Result<(), FileError> {
        let folders = tops.iter().filter(|top| is_open(&top.node));
        let folders: Vec<FileId> = folders.map(|top| top.node.id).collect();
        let mut extent = Extent::default();
        if whole && !folders.is_empty() {
            let most = self.limit + 1;
            extent = files::extent(change.db(), &folders, Counted::All, most).await?;
        }
        let others = (tops.len() - folders.len()) as u64;
        if self.count + others + extent.nodes.max(folders.len() as u64) > self.limit {
            return Err(TreeError::WalkLimit(self.limit).into());
        }
        for top in tops {
            bounds::check_new(&top.path, top.node.kind)?;
            if is_open(&top.node) {
                bounds::check_below(&top.path, &extent)?;
            }
        }
        Ok(())
    }

    /// Copies what is in folders, given as old and new ones; adds the folders among it.
    async fn below(
        &mut self,
        change: &Change<'_>,
        folders: &[(FileId, FileId)],
        below: &mut Vec<(FileId, FileId)>,
    ) -> Result<(), FileError> {
        let new: HashMap<FileId, FileId> = folders.iter().copied().collect();
        let olds: Vec<FileId> = folders.iter().map(|(old, _)| *old).collect();
        let counts = files::counts_in(change.db(), &olds).await?;
        for some in packed(&olds, &counts) {
            for kind in [FileKind::Folder, FileKind::File] {
                let mut after = FileId(0);
                loop {
                    let rows = files::children_in(change.db(), &some, kind, after, PAGE).await?;
                    let is_last = (rows.len() as u64) < PAGE;
                    after = rows.last().map_or(after, |row| row.id);
                    let page: Vec<_> = rows
                        .into_iter()
                        // A shortcut opens what its owner was given.
                        .filter(|row| !(self.foreign && row.is_symbolic))
                        .filter_map(|row| Some((*new.get(&row.parent_id?)?, row)))
                        .collect();
                    let made = self.page(change, &page).await?;
                    below.extend(folders_of(&page, &made));
                    if is_last {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Copies nodes, each to its new parent. Answers old id → new id.
    async fn page(
        &mut self,
        change: &Change<'_>,
        page: &[(FileId, file::Model)],
    ) -> Result<HashMap<FileId, FileId>, FileError> {
        if page.is_empty() {
            return Ok(HashMap::new());
        }
        self.count += page.len() as u64;
        let files = page.iter().filter(|(_, node)| node.kind == FileKind::File);
        self.files += files.count() as i64;
        if self.count > self.limit {
            return Err(TreeError::WalkLimit(self.limit).into());
        }
        let copied = files::Copied {
            owner: self.owner,
            with_views: !self.foreign,
            at: self.at,
        };
        files::insert_copies(change.db(), copied, page).await?;
        let made = self.made(change, page).await?;
        let olds: Vec<FileId> = page.iter().map(|(_, node)| node.id).collect();
        self.share_blobs(change, page, &made).await?;
        self.copy_metadata(change, &olds, &made).await?;
        Ok(made)
    }

    /// The new ids, found by parent and name.
    async fn made(
        &mut self,
        change: &Change<'_>,
        page: &[(FileId, file::Model)],
    ) -> Result<HashMap<FileId, FileId>, FileError> {
        let mut wanted: HashMap<(FileId, &str), FileId> = HashMap::new();
        let mut parents: Vec<FileId> = Vec::new();
        for (parent, node) in page {
            wanted.insert((*parent, node.name.as_str()), node.id);
            parents.push(*parent);
        }
        parents.sort_unstable();
        parents.dedup();
        let mut made = HashMap::with_capacity(page.len());
        let mut newest = self.newest;
        for (id, parent, name) in files::since(change.db(), &parents, self.newest).await? {
            newest = newest.max(id);
            if let Some(old) = wanted.get(&(parent, name.as_str())) {
                made.insert(*old, id);
            }
        }
        self.newest = newest;
        if made.len() == page.len() {
            Ok(made)
        } else {
            Err(FileError::Internal("copied rows did not come back"))
        }
    }

    async fn share_blobs(
        &self,
        change: &Change<'_>,
        level: &[(FileId, file::Model)],
        made: &HashMap<FileId, FileId>,
    ) -> Result<(), FileError> {
        let olds: Vec<FileId> = level.iter().map(|(_, node)| node.id).collect();
        let mut holds = blobs::holds(change.db(), &olds).await?;
        // A running upload is not content yet: its copy is an empty file.
        holds.retain(|hold| !hold.is_pending);
        if self.foreign {
            // Older versions are the owner's.
            let current: HashMap<FileId, Option<BlobId>> = level
                .iter()
                .map(|(_, node)| (node.id, node.current_blob_id))
                .collect();
            holds.retain(|hold| current[&hold.file_id] == Some(hold.blob_id));
        }
        let bytes = holds.iter().map(|hold| hold.size_bytes).sum();
        change.reserve(bytes).await?;
        let links: Vec<(FileId, BlobId)> = holds
            .iter()
            .map(|hold| (made[&hold.file_id], hold.blob_id))
            .collect();
        if links.is_empty() {
            return Ok(());
        }
        Ok(blobs::link(change.db(), &links, self.at).await?)
    }

    async fn copy_metadata(
        &self,
        change: &Change<'_>,
        olds: &[FileId],
        made: &HashMap<FileId, FileId>,
    ) -> Result<(), FileError> {
        let metadata = metadata::all_of(change.db(), olds).await?;
        let metadata: Vec<_> = metadata
            .into_iter()
            .filter(|entry| !NOT_COPIED.contains(&entry.name.as_str()))
            .filter(|entry| !self.foreign || (entry.is_public && !entry.name.starts_with("sys:")))
            .collect();
        let bytes = metadata_bounds::size(metadata.iter().map(|entry| (&entry.name, &entry.value)));
        metadata_bounds::take_room(change, bytes).await?;
        let rows = metadata
            .into_iter()
            .map(|entry| metadata_row::Model {
                file_id: made[&entry.file_id],
                ..entry
            })
            .collect();
        Ok(metadata::insert_rows(change.db(), rows).await?)
    }
}

/// A folder that is copied with what is in it.
fn is_open(node: &file::Model) -> bool {
    node.kind == FileKind::Folder && !node.is_symbolic
}

/// Old and new ids of the folders of a page.
fn folders_of(
    page: &[(FileId, file::Model)],
    made: &HashMap<FileId, FileId>,
) -> Vec<(FileId, FileId)> {
    let folders = page.iter().filter(|(_, node)| is_open(node));
    folders
        .filter_map(|(_, node)| Some((node.id, *made.get(&node.id)?)))
        .collect()
}

/// Folders in groups that together have about a page of children; a larger one is alone, so that
/// an index leads from page to page.
fn packed(folders: &[FileId], counts: &HashMap<FileId, u64>) -> Vec<Vec<FileId>> {
    let mut groups: Vec<Vec<FileId>> = Vec::new();
    let mut room = 0;
    for folder in folders {
        let Some(count) = counts.get(folder) else {
            continue;
        };
        if let Some(group) = groups.last_mut().filter(|_| *count <= room) {
            group.push(*folder);
        } else {
            groups.push(vec![*folder]);
            room = PAGE;
        }
        room = room.saturating_sub(*count);
    }
    groups
}
