//! Copying within a drive, or out of a share into one's own: new rows that share the blobs.

use super::copies::Copies;
use super::r#move::{Plan, name_taken, own_target};
use crate::error::FileError;
use crate::lock::Target;
use crate::share::ShareError;
use crate::tree::{Change, Tree, WhenTaken};
use entity::{FileId, file};
use site::access::{self, Right};
use site::actor::Actor;
use store::shares;
use wire::FileUri;

impl Tree {
    /// Copies files and folders into a folder. No bytes are copied, but the whole size counts.
    /// # Errors
    /// `NameTaken`, `LockError::Conflict`, `QuotaExceeded`, `WalkLimit` before anything is changed;
    /// `Batch`
    pub async fn copy(
        &self,
        actor: &Actor,
        uris: &[String],
        target: &FileUri,
        when_taken: WhenTaken,
    ) -> Result<(), FileError> {
        own_target(actor, target)?;
        let owner = access::signed_in(actor)?.user.id;
        // Whose drives are copied from must not let go of what is being copied.
        let admitted = self.enter_shares(actor, uris).await?;
        let mut change = Change::of_drives(&self.core, actor, owner, admitted).await?;
        let mut plan = self.plan(&change, uris, target, Right::Copy).await?;
        self.settle_names(&change, &mut plan, when_taken, Right::Copy)
            .await?;
        let targets: Vec<Target> = plan
            .items
            .iter()
            .map(|(_, node)| Target::deep(plan.path_of(&node.name)).as_member())
            .collect();
        change.check_locks(&targets).await?;
        self.copy_items(&mut change, &plan).await?;
        change.commit().await?;
        FileError::of_batch(plan.failed)
    }

    async fn copy_items(&self, change: &mut Change<'_>, plan: &Plan) -> Result<(), FileError> {
        let (user, group) = change.account().await?;
        let mut copies = Copies::new(change, user.id, &group);
        let (shared, own): (Vec<_>, Vec<_>) = plan
            .items
            .iter()
            .partition(|(resolved, _)| resolved.navigator.share.is_some());
        let own = own.iter().map(|(_, node)| plan.top(node)).collect();
        copies
            .tops(change, own, true)
            .await
            .map_err(|error| taken(error, plan))?;
        copies.foreign = true;
        for (resolved, node) in shared {
            copies.files = 0;
            let top = vec![plan.top(node)];
            copies
                .tops(change, top, true)
                .await
                .map_err(|error| taken(error, plan))?;
            if let Some(share) = &resolved.navigator.share {
                let files = copies.files;
                if !shares::take_downloads(change.db(), share.row.id, files).await? {
                    return Err(ShareError::Gone.into());
                }
            }
        }
        Ok(())
    }
}

/// What is copied: a node, with the name its copy gets, and where to.
pub(crate) struct Top {
    pub parent: FileId,
    pub node: file::Model,
    /// Of the copy, from the root of the drive.
    pub path: String,
}

/// Copies nodes and (if `whole`) everything below them. Answers the copies of the nodes.
pub(crate) async fn copy_tops(
    change: &mut Change<'_>,
    tops: Vec<Top>,
    whole: bool,
) -> Result<Vec<FileId>, FileError> {
    let (user, group) = change.account().await?;
    let mut copies = Copies::new(change, user.id, &group);
    copies.tops(change, tops, whole).await
}

impl Plan {
    fn top(&self, node: &file::Model) -> Top {
        Top {
            parent: self.folder,
            node: node.clone(),
            path: self.path_of(&node.name),
        }
    }
}

fn taken(error: FileError, plan: &Plan) -> FileError {
    match error {
        FileError::Store(error) => name_taken(error, plan),
        other => other,
    }
}
