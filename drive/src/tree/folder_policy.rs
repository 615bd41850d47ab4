//! Where new bytes of a folder go, as its owner chooses it of what their group offers.

use super::TreeError;
use crate::error::FileError;
use crate::policy::PolicyError;
use crate::policy::choice::Offered;
use crate::tree::{Change, Tree};
use entity::{FileId, FileKind, PolicyId};
use serde_json::json;
use site::access::{self, Right};
use site::actor::Actor;
use store::folder_policies;
use store::journal::Op;
use wire::{FileSystem, FileUri};

/// Where new bytes of a folder go.
#[derive(Clone, Debug)]
pub struct FolderChoice {
    pub policy: Offered,
    /// Nobody chose it for this folder itself.
    pub inherited: bool,
}

impl Tree {
    /// What holds for a folder of somebody, if they have a choice.
    pub(super) async fn choice_of(
        &self,
        actor: &Actor,
        folder: FileId,
    ) -> Result<Option<FolderChoice>, FileError> {
        let offered = actor.group().policies();
        if offered.len() < 2 {
            return Ok(None);
        }
        let policies = &self.core.policies;
        let db = self.core.store.read();
        let Some((id, by)) = policies.chosen_id(db, &offered, folder).await? else {
            return Ok(None);
        };
        let policy = policies.offered(&[id]).await?.pop();
        Ok(policy.map(|policy| FolderChoice {
            policy,
            inherited: by != Some(folder),
        }))
    }

    /// What somebody may choose from for their folders: first what they get without a choice.
    /// # Errors
    /// `LoginRequired`
    pub async fn offered_policies(&self, actor: &Actor) -> Result<Vec<Offered>, FileError> {
        access::signed_in(actor)?;
        let offered = actor.group().policies();
        Ok(self.core.policies.offered(&offered).await?)
    }

    /// Chooses where new bytes of a folder go, and of those below it without a choice of their own;
    /// `None`: where those of the folder above go. What is stored stays where it is. Answers the
    /// policy that holds from now on, if it can be used.
    /// # Errors
    /// `NotFound`, `OwnerOnly`, `TreeError::PolicyOfFile`, `PolicyError::NotOffered`
    pub async fn choose_policy(
        &self,
        actor: &Actor,
        uri: &FileUri,
        policy: Option<PolicyId>,
    ) -> Result<Option<Offered>, FileError> {
        let mut change = Change::on(&self.core, actor, uri).await?;
        let resolved = change.resolve(uri).await?;
        let navigator = &resolved.navigator;
        if navigator.fs != FileSystem::My || actor.user_id() != Some(navigator.owner) {
            return Err(FileError::OwnerOnly);
        }
        navigator.require(actor, Right::View)?;
        if resolved.existing()?.kind == FileKind::File {
            return Err(TreeError::PolicyOfFile.into());
        }
        let folder = resolved.folder()?.clone();
        let offered = change.account().await?.1.policies();
        if let Some(unknown) = policy.filter(|policy| !offered.contains(policy)) {
            return Err(PolicyError::NotOffered(unknown).into());
        }
        folder_policies::set(change.db(), folder.id, policy).await?;
        let detail = json!({ "policy": policy.map(|id| id.0) }).to_string();
        let entry = actor.entry(Op::PolicyChosen, &folder).detail(detail);
        change.log(entry.after(resolved.drive_path()));
        let policies = &self.core.policies;
        let effective = policies.chosen_id(change.db(), &offered, folder.id).await?;
        change.commit().await?;
        let ids: Vec<PolicyId> = effective.iter().map(|(id, _)| *id).collect();
        Ok(policies.offered(&ids).await?.pop())
    }
}
