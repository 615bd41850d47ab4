//! Bytes that move to another storage policy, while people go on working with them: ids, versions,
//! links and shares stay what they are.

mod moving;
mod work;

pub use work::RelocateFiles;

use crate::context::Core;
use crate::error::FileError;
use crate::policy::PolicyError;
use crate::tree::{ResolvedPath, TreeError, check_batch, ensure_root};
use entity::{PolicyId, UserId, file};
use serde_json::json;
use site::access;
use site::actor::Actor;
use site::task::{self, TaskInfo, Tasks};
use std::sync::Arc;
use store::drives;
use store::journal::{self, Op};
use wire::{FileSystem, FileUri, GroupPermission, IdKind};
use work::Relocation;

/// The service that moves bytes.
#[derive(Clone, Debug)]
pub struct Relocations {
    core: Arc<Core>,
    tasks: Tasks,
}

impl Relocations {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            tasks: Tasks::new(Arc::clone(&core.site)),
            core,
        }
    }

    /// Begins to move all bytes of files and of what is below folders, old versions included, to a
    /// policy that their owner may choose.
    /// # Errors
    /// `GroupNotAllowed`, `NoUris`, `TooManyUris`, `BadUri`, `NotFound`, `OwnerOnly`,
    /// `PolicyError::NotOffered`
    pub async fn begin(
        &self,
        actor: &Actor,
        uris: &[String],
        target: PolicyId,
    ) -> Result<TaskInfo, FileError> {
        let account = access::signed_in(actor)?;
        let administers = actor.may(GroupPermission::Admin);
        if !administers && !actor.may(GroupPermission::Relocate) {
            return Err(FileError::GroupNotAllowed);
        }
        check_batch(&self.core, uris)?;
        ensure_root(&self.core, actor).await?;
        let mut sources = Vec::with_capacity(uris.len());
        for text in uris {
            sources.push(self.source(actor, &FileUri::parse(text)?).await?);
        }
        self.require_offered(&sources, target).await?;
        let state = Relocation::new(
            sources.iter().map(|(file, _)| file.id).collect(),
            target,
            (!administers).then_some(account.user.id),
            [
                ("src_multiple".to_owned(), json!(uris)),
                (
                    "dst_policy_id".to_owned(),
                    json!(self.core.settings().ids.encode(IdKind::Policy, target.0)),
                ),
            ],
        );
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let new = task::system_task::<RelocateFiles>(&state, now).owned_by(account.user.id);
        let id = task::queue(&mut tx, new).await?;
        let detail = json!({ "policy": target.0, "task": id.0 }).to_string();
        let entries = sources.iter().map(|(file, path)| {
            let entry = actor.entry(Op::Relocate, file);
            entry.after(path.clone()).detail(detail.clone())
        });
        journal::append(&mut tx, now, entries.collect());
        tx.commit().await?;
        let begun = self.tasks.get(actor, id).await;
        begun.map_err(|_| FileError::Internal("a task is gone that was just queued"))
    }

    /// A file or folder of one's own drive, with its path.
    async fn source(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<(file::Model, String), FileError> {
        if uri.fs() != FileSystem::My {
            return Err(FileError::OwnerOnly);
        }
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        let file = resolved.existing()?.clone();
        Ok((file, resolved.drive_path()))
    }

    /// Whether all owners may have their bytes there.
    async fn require_offered(
        &self,
        sources: &[(file::Model, String)],
        target: PolicyId,
    ) -> Result<(), FileError> {
        let mut owners: Vec<UserId> = sources.iter().map(|(file, _)| file.owner_id).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            let owner = drives::owner(self.core.store.read(), owner).await?;
            let (_, group) = owner.ok_or(TreeError::NotFound)?;
            if !group.policies().contains(&target) {
                return Err(PolicyError::NotOffered(target).into());
            }
        }
        Ok(())
    }
}
