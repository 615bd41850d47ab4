//! Copying rows: a level of the tree at a time, new rows that hold the same blobs.

use super::copy::Top;
use crate::error::FileError;
use crate::journal::{Entry, Op};
use crate::store::{blobs, files, metadata};
use crate::tree::Change;
use entity::{BlobId, FileId, Timestamp, UserId, file, group, metadata as fact};
use sea_orm::ActiveValue::{NotSet, Set};
use std::collections::HashMap;

/// Facts that belong to one file only.
const NOT_COPIED: [&str; 2] = ["sys:fulltext_index", "sys:upload_session_id"];

/// Copies in the making.
pub(super) struct Copies {
    owner: UserId,
    at: Timestamp,
    count: u64,
    /// Files among them.
    pub files: i64,
    limit: u64,
    quota_bytes: i64,
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
            quota_bytes: group.max_storage,
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
        let paths: Vec<String> = tops.iter().map(|top| top.path.clone()).collect();
        let mut level: Vec<(FileId, file::Model)> =
            tops.into_iter().map(|top| (top.parent, top.node)).collect();
        let mut ids = Vec::new();
        let mut is_top = true;
        while !level.is_empty() {
            let made = self.level(change, &level).await?;
            if is_top {
                for ((_, old), path) in level.iter().zip(&paths) {
                    let copy = file::Model {
                        id: made[&old.id],
                        owner_id: self.owner,
                        ..old.clone()
                    };
                    ids.push(copy.id);
                    change.log(Entry::of_file(change.actor, Op::Create, &copy).after(path));
                }
                is_top = false;
            }
            if !whole {
                break;
            }
            level = self.below(change, &level, &made).await?;
        }
        Ok(ids)
    }

    /// Copies nodes, each to its new parent. Answers old id → new id.
    async fn level(
        &mut self,
        change: &Change<'_>,
        level: &[(FileId, file::Model)],
    ) -> Result<HashMap<FileId, FileId>, FileError> {
        self.count += level.len() as u64;
        let files = level
            .iter()
            .filter(|(_, node)| node.kind == file::KIND_FILE);
        self.files += files.count() as i64;
        if self.count > self.limit {
            return Err(FileError::WalkLimit(self.limit));
        }
        let rows = level
            .iter()
            .map(|(parent, node)| self.row(*parent, node))
            .collect();
        files::insert_many(change.db(), rows).await?;
        let made = self.made(change, level).await?;
        let olds: Vec<FileId> = level.iter().map(|(_, node)| node.id).collect();
        self.share_blobs(change, level, &made).await?;
        self.copy_facts(change, &olds, &made).await?;
        Ok(made)
    }

    fn row(&self, parent: FileId, node: &file::Model) -> file::ActiveModel {
        file::ActiveModel {
            id: NotSet,
            kind: Set(node.kind),
            owner_id: Set(self.owner),
            parent_id: Set(Some(parent)),
            name: Set(node.name.clone()),
            name_folded: Set(node.name_folded.clone()),
            size_bytes: Set(node.size_bytes),
            current_blob_id: Set(node.current_blob_id),
            is_symbolic: Set(node.is_symbolic),
            view: Set(node.view.clone().filter(|_| !self.foreign)),
            created_at: Set(self.at),
            updated_at: Set(self.at),
            trashed_at: Set(None),
            purge_at: Set(None),
        }
    }

    /// The new ids, found by parent and name: not every database returns them.
    async fn made(
        &self,
        change: &Change<'_>,
        level: &[(FileId, file::Model)],
    ) -> Result<HashMap<FileId, FileId>, FileError> {
        let mut wanted: HashMap<(FileId, &str), FileId> = HashMap::new();
        let mut parents: Vec<FileId> = Vec::new();
        for (parent, node) in level {
            wanted.insert((*parent, node.name.as_str()), node.id);
            if parents.last() != Some(parent) {
                parents.push(*parent);
            }
        }
        parents.sort_unstable();
        parents.dedup();
        let mut made = HashMap::with_capacity(level.len());
        for row in files::children_of(change.db(), &parents).await? {
            let Some(parent) = row.parent_id else {
                continue;
            };
            if let Some(old) = wanted.get(&(parent, row.name.as_str())) {
                made.insert(*old, row.id);
            }
        }
        if made.len() == level.len() {
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
        change.reserve(bytes, self.quota_bytes).await?;
        let links: Vec<(FileId, BlobId)> = holds
            .iter()
            .map(|hold| (made[&hold.file_id], hold.blob_id))
            .collect();
        if links.is_empty() {
            return Ok(());
        }
        Ok(blobs::link(change.db(), &links, self.at).await?)
    }

    async fn copy_facts(
        &self,
        change: &Change<'_>,
        olds: &[FileId],
        made: &HashMap<FileId, FileId>,
    ) -> Result<(), FileError> {
        let facts = metadata::all_of(change.db(), olds).await?;
        let rows = facts
            .into_iter()
            .filter(|fact| !NOT_COPIED.contains(&fact.name.as_str()))
            .filter(|fact| !self.foreign || (fact.is_public && !fact.name.starts_with("sys:")))
            .map(|fact| fact::ActiveModel {
                file_id: Set(made[&fact.file_id]),
                name: Set(fact.name),
                value: Set(fact.value),
                is_public: Set(fact.is_public),
            })
            .collect();
        Ok(metadata::insert_rows(change.db(), rows).await?)
    }

    /// The next level: children of the copied folders, each with its new parent.
    async fn below(
        &self,
        change: &Change<'_>,
        level: &[(FileId, file::Model)],
        made: &HashMap<FileId, FileId>,
    ) -> Result<Vec<(FileId, file::Model)>, FileError> {
        let folders: Vec<FileId> = level
            .iter()
            .filter(|(_, node)| node.kind == file::KIND_FOLDER && !node.is_symbolic)
            .map(|(_, node)| node.id)
            .collect();
        let children = files::children_of(change.db(), &folders).await?;
        Ok(children
            .into_iter()
            // A shortcut opens what its owner was given.
            .filter(|child| !(self.foreign && child.is_symbolic))
            .filter_map(|child| Some((*made.get(&child.parent_id?)?, child)))
            .collect())
    }
}
