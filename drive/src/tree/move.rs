//! Moving within a drive.

use super::TreeError;
use crate::error::FileError;
use crate::lock::Target;
use crate::tree::bounds::{self, Moved};
use crate::tree::rename_on_conflict::{self, WhenTaken};
use crate::tree::{Change, ResolvedPath, Tree, check_batch, drive_path};
use entity::{FileId, file};
use site::access::{self, Right};
use site::actor::Actor;
use std::collections::HashSet;
use store::journal::Op;
use store::{StoreError, files};
use wire::{FileSystem, FileUri};

/// What a batch brings to a folder: the items that may go there, and why the others may not.
pub(super) struct Plan {
    pub target: ResolvedPath,
    pub folder: FileId,
    pub items: Vec<(ResolvedPath, file::Model)>,
    pub failed: Vec<(String, FileError)>,
}

impl Tree {
    /// Moves files and folders into a folder: all of them, or (if a name is taken that may not be
    /// changed) none.
    /// # Errors
    /// `NameTaken`, `LockError::Conflict`, `PathTooLong` before anything is changed; `Batch`,
    /// `NotFound`, `NotAllowed`
    pub async fn r#move(
        &self,
        actor: &Actor,
        uris: &[String],
        target: &FileUri,
        when_taken: WhenTaken,
    ) -> Result<(), FileError> {
        own_target(actor, target)?;
        let mut change = Change::of_own_drive(&self.core, actor).await?;
        let mut plan = self.plan(&change, uris, target, Right::Move).await?;
        self.settle_names(&change, &mut plan, when_taken, Right::Move)
            .await?;
        let mut targets: Vec<Target> = plan
            .items
            .iter()
            .map(|(resolved, _)| Target::deep(resolved.drive_path()).as_member())
            .collect();
        targets.extend(
            plan.items
                .iter()
                .map(|(_, node)| Target::deep(plan.path_of(&node.name)).as_member()),
        );
        change.check_locks(&targets).await?;
        let moved: Vec<Moved<'_>> = plan
            .items
            .iter()
            .map(|(resolved, node)| Moved {
                node,
                from: resolved.drive_path(),
                to: plan.path_of(&node.name),
            })
            .collect();
        bounds::check_moved(&change, &moved).await?;
        set_parents(&change, &plan)
            .await
            .map_err(|error| name_taken(error, &plan))?;
        for (resolved, node) in &plan.items {
            let entry = actor.entry(Op::Rename, node).before(resolved.drive_path());
            change.log(entry.after(plan.path_of(&node.name)));
        }
        change.commit().await?;
        FileError::of_batch(plan.failed)
    }

    /// Resolves a batch.
    pub(super) async fn plan(
        &self,
        change: &Change<'_>,
        uris: &[String],
        target: &FileUri,
        right: Right,
    ) -> Result<Plan, FileError> {
        check_batch(&self.core, uris)?;
        let parsed = uris
            .iter()
            .map(|uri| FileUri::parse(uri))
            .collect::<Result<Vec<_>, _>>()?;
        let target = change.resolve(target).await?;
        target.navigator.require(change.actor, right)?;
        let folder = target.folder()?.id;
        let mut plan = Plan {
            target,
            folder,
            items: Vec::new(),
            failed: Vec::new(),
        };
        for (text, uri) in uris.iter().zip(&parsed) {
            match self.item(change, uri, &plan, right).await {
                Ok((_, node)) if plan.items.iter().any(|(_, other)| other.id == node.id) => {}
                Ok(item) => plan.items.push(item),
                Err(error) => plan.failed.push((text.clone(), error)),
            }
        }
        Ok(plan)
    }

    async fn item(
        &self,
        change: &Change<'_>,
        uri: &FileUri,
        plan: &Plan,
        right: Right,
    ) -> Result<(ResolvedPath, file::Model), FileError> {
        let is_shared = uri.fs() == FileSystem::Share && right == Right::Copy;
        if uri.fs() != FileSystem::My && !is_shared {
            return Err(TreeError::NotOwnSource.into());
        }
        let resolved = change.resolve(uri).await?;
        if is_shared {
            // Whoever may download it may have it.
            resolved.navigator.require(change.actor, Right::Download)?;
            let node = match &resolved.navigator.single {
                Some(single) if resolved.is_root() => file::Model::clone(single),
                _ => resolved.existing()?.clone(),
            };
            if node.is_symbolic {
                return Err(TreeError::ShortcutOfOwner.into());
            }
            return into_itself(plan, &node).map(|()| (resolved, node));
        }
        resolved.navigator.require(change.actor, right)?;
        if resolved.is_root() {
            return Err(TreeError::RootNotMoved.into());
        }
        let node = resolved.existing()?.clone();
        into_itself(plan, &node)?;
        Ok((resolved, node))
    }

    /// Sees to it that nothing at the target bears the name of an item.
    /// # Errors
    /// `NameTaken` if the items must keep theirs
    pub(super) async fn settle_names(
        &self,
        change: &Change<'_>,
        plan: &mut Plan,
        when_taken: WhenTaken,
        right: Right,
    ) -> Result<(), FileError> {
        let folder = plan.folder;
        match when_taken {
            WhenTaken::Refuse => self.names_free(change, plan).await,
            WhenTaken::KeepBoth => {
                let stays =
                    |node: &file::Model| right == Right::Move && node.parent_id == Some(folder);
                rename_on_conflict::free_names(change.db(), folder, &mut plan.items, stays).await
            }
        }
    }

    async fn names_free(&self, change: &Change<'_>, plan: &Plan) -> Result<(), FileError> {
        let mut names: HashSet<&str> = HashSet::new();
        for (_, node) in &plan.items {
            if !names.insert(&node.name) {
                return Err(TreeError::NameTaken(node.name.clone()).into());
            }
        }
        let names: Vec<&str> = names.into_iter().collect();
        for batch in names.chunks(files::BATCH) {
            if let Some(taken) = files::any_named(change.db(), plan.folder, batch).await? {
                return Err(TreeError::NameTaken(taken.name).into());
            }
        }
        Ok(())
    }
}

/// Those that keep their name together; the others one by one.
async fn set_parents(change: &Change<'_>, plan: &Plan) -> Result<(), StoreError> {
    let mut kept: Vec<FileId> = Vec::new();
    for (resolved, node) in &plan.items {
        if resolved.existing().is_ok_and(|old| old.name == node.name) {
            kept.push(node.id);
        } else {
            files::relocate(change.db(), node.id, plan.folder, &node.name, change.now).await?;
        }
    }
    files::set_parent(change.db(), &kept, plan.folder, change.now).await
}

/// Fails unless things can be moved and copied to where a URI leads.
pub(super) fn own_target(actor: &Actor, target: &FileUri) -> Result<(), FileError> {
    access::signed_in(actor)?;
    if target.fs() == FileSystem::My {
        Ok(())
    } else {
        Err(TreeError::NotOwnTarget.into())
    }
}

fn into_itself(plan: &Plan, node: &file::Model) -> Result<(), FileError> {
    if plan.target.chain.iter().any(|above| above.id == node.id) {
        return Err(TreeError::IntoItself.into());
    }
    Ok(())
}

impl Plan {
    /// The path of an item at the target.
    pub fn path_of(&self, name: &str) -> String {
        let uri = self.target.uri.join(name);
        drive_path(&self.target.navigator.prefix, uri.segments())
    }
}

pub(super) fn name_taken(error: StoreError, plan: &Plan) -> FileError {
    if error.is_duplicate() {
        TreeError::NameTaken(
            plan.items
                .first()
                .map(|(_, n)| n.name.clone())
                .unwrap_or_default(),
        )
        .into()
    } else {
        error.into()
    }
}
