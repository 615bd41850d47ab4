//! What lies below a folder, counted by the database.

use super::TreeError;
use super::search::{in_time, walker};
use crate::context::Core;
use crate::error::FileError;
use crate::tree::Tree;
use entity::{FileId, Timestamp, UserId, file};
use site::actor::Actor;
use store::{drives, summary, walks};

/// Everything below a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// All versions and thumbnails of all files.
    pub size_bytes: i64,
    pub files: i64,
    pub folders: i64,
    /// False when there is more than the group's limit: the numbers are then partial.
    pub completed: bool,
    pub calculated_at: Timestamp,
}

impl Tree {
    /// Counts what lies below; remembered until something in the drive changes.
    pub(super) async fn summary(
        &self,
        actor: &Actor,
        folder: &file::Model,
    ) -> Result<Summary, FileError> {
        let db = self.core.store.read();
        let (user, group) = drives::owner(db, folder.owner_id)
            .await?
            .ok_or(TreeError::NotFound)?;
        let key: (FileId, i64) = (folder.id, user.tree_version);
        if let Some(summary) = self.summaries.get(&key) {
            return Ok(summary);
        }
        let limit = group.settings.max_walked_files.max(1);
        let counts = async {
            let walker = walker(actor, folder.owner_id);
            let walk = self.core.store.walks().begin(walker).await?;
            Ok(summary::below(walk.db(), folder.id, limit).await?)
        };
        let counts = in_time(walks::DEADLINE, counts).await?;
        let summary = Summary {
            size_bytes: counts.size_bytes,
            files: counts.files,
            folders: counts.folders,
            completed: counts.completed,
            calculated_at: self.core.now(),
        };
        self.summaries.insert(key, summary);
        Ok(summary)
    }
}

/// How many files and folders lie below folders of one owner, and the bytes of the files. Counts no
/// more than one beyond `limit`.
/// # Errors
/// `TooSlow`, `Store`
pub async fn contents_of(
    core: &Core,
    actor: &Actor,
    (owner, folders): (UserId, &[FileId]),
    limit: u64,
) -> Result<(u64, u64), FileError> {
    let counting = async {
        let walk = core.store.walks().begin(walker(actor, owner)).await?;
        Ok(summary::contents(walk.db(), folders, limit).await?)
    };
    in_time(walks::DEADLINE, counting).await
}
