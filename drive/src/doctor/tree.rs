//! Whether the tree is one, and files show what they hold.

use super::{Doctor, DoctorError, Problem};
use crate::tree::SystemChange;
use entity::{FileId, FileKind};
use store::integrity::{self, Node};

/// Rows in one page.
const PAGE: u64 = 1_000;
/// Longest name of a file, characters.
const NAME_CHARS: usize = 255;

impl<'a> Doctor<'a> {
    pub(super) async fn tree(&mut self) -> Result<(), DoctorError> {
        let store = &self.core.store;
        let mut behind = FileId(0);
        loop {
            let page = integrity::nodes(store, behind, PAGE).await?;
            let Some(last) = page.last() else { break };
            behind = last.id;
            self.diagnosis.files += page.len() as u64;
            let folders = page.iter().filter(|node| node.kind == FileKind::Folder);
            let folders: Vec<FileId> = folders.map(|node| node.id).collect();
            let rings = integrity::rings(store.read(), &folders).await?;
            for node in &page {
                let in_ring = rings.contains(&node.id);
                if in_ring || place_trouble(node).is_some() {
                    self.set_straight(node.id).await?;
                }
                if content_trouble(node).is_some() {
                    self.show_right(node.id).await?;
                }
            }
        }
        for found in integrity::namesakes(store).await? {
            self.found(Problem::Namesakes(found.parent_id, found.name), false);
        }
        Ok(())
    }

    /// Looks again at a node in the wrong place; repairs by putting it below its owner's root.
    async fn set_straight(&mut self, id: FileId) -> Result<(), DoctorError> {
        let Some((change, node)) = self.held(id).await? else {
            return Ok(());
        };
        let is_ring = !integrity::rings(change.db(), &[id]).await?.is_empty();
        let ring = is_ring.then_some(Problem::Ring(id));
        let Some(problem) = ring.or_else(|| place_trouble(&node)) else {
            return Ok(());
        };
        let repaired = self.options.repair && self.rescue(change, &node).await?;
        self.found(problem, repaired);
        Ok(())
    }

    /// A node as it is while its drive is kept from changing; as changes do, the drive first.
    async fn held(&self, id: FileId) -> Result<Option<(SystemChange<'a>, Node)>, DoctorError> {
        let Some((mut change, _)) = SystemChange::with_file(self.core, None, id).await? else {
            return Ok(None);
        };
        let node = integrity::node_now(change.tx(), id).await?;
        Ok(node.map(|node| (change, node)))
    }

    async fn rescue(&self, mut change: SystemChange<'_>, node: &Node) -> Result<bool, DoctorError> {
        let name = format!("recovered {} {}", node.id, node.name);
        let name: String = name.trim_end().chars().take(NAME_CHARS).collect();
        let rescued = integrity::rescue(change.tx(), node, &name, self.core.now()).await?;
        change.commit().await?;
        Ok(rescued)
    }

    /// Looks again at a file that shows something else than it holds.
    async fn show_right(&mut self, id: FileId) -> Result<(), DoctorError> {
        let Some((mut change, node)) = self.held(id).await? else {
            return Ok(());
        };
        let Some(problem) = content_trouble(&node) else {
            return Ok(());
        };
        if self.options.repair {
            if let Some(bytes) = node.current_bytes {
                integrity::set_current(change.tx(), id, node.current_blob_id, bytes).await?;
            } else {
                let newest = integrity::newest_version(change.tx(), id).await?;
                let bytes = newest.as_ref().map_or(0, |blob| blob.size_bytes);
                integrity::set_current(change.tx(), id, newest.map(|blob| blob.id), bytes).await?;
            }
            change.commit().await?;
        }
        self.found(problem, self.options.repair);
        Ok(())
    }
}

/// What is wrong with where a node lies.
fn place_trouble(node: &Node) -> Option<Problem> {
    let id = node.id;
    if node.parent_id.is_none() {
        let is_in_place = node.root_of.is_some() || node.trashed_at.is_some();
        return (!is_in_place).then_some(Problem::Orphan(id));
    }
    match (node.parent_kind, node.parent_owner) {
        (None, _) => Some(Problem::ParentMissing(id)),
        (Some(FileKind::File), _) => Some(Problem::ParentNotAFolder(id)),
        (Some(FileKind::Folder), Some(owner)) if owner != node.owner_id => {
            Some(Problem::ParentForeign(id))
        }
        (Some(FileKind::Folder), _) => None,
    }
}

/// What is wrong with what a file shows.
fn content_trouble(node: &Node) -> Option<Problem> {
    let (id, shown) = (node.id, node.size_bytes);
    // A placeholder, or a shortcut: no version yet, and none pretended.
    let is_unset = node.current_blob_id.is_none();
    if node.kind == FileKind::Folder || is_unset {
        return None;
    }
    match node.current_bytes {
        None => Some(Problem::CurrentMissing(id)),
        Some(stored) if stored != shown => Some(Problem::WrongFileSize { id, shown, stored }),
        Some(_) => None,
    }
}
