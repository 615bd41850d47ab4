//! Everything about one file or folder.

use super::TreeError;
use crate::error::FileError;
use crate::policy::Policy;
use crate::share::shown_name;
use crate::share::{ShareInfo, Shares};
use crate::tree::entries::for_visitors;
use crate::tree::folder_policy::FolderChoice;
use crate::tree::summary::Summary;
use crate::tree::view::View;
use crate::tree::{FileEntry, ResolvedPath, Tree, ensure_root};
use entity::{FileId, FileKind, PolicyId, UserId, blob, direct_link, file, user};
use site::access::{self, Right};
use site::actor::Actor;
use site::secret::Scope;
use std::collections::HashMap;
use std::sync::Arc;
use store::{accounts, blobs, direct_links, files, metadata};
use wire::{FileSystem, FileUri};

/// What is wanted beyond the row.
#[derive(Clone, Copy, Debug, Default)]
pub struct InfoOptions {
    pub extended: bool,
    pub folder_summary: bool,
}

/// A file or folder with what was asked for.
#[derive(Clone, Debug)]
pub struct FileInfo {
    pub entry: FileEntry,
    pub summary: Option<Summary>,
    pub extended: Option<Extended>,
}

/// The inside of a file.
#[derive(Clone, Debug)]
pub struct Extended {
    pub policy: Option<Arc<Policy>>,
    /// Of a folder, only for an owner who has a choice.
    pub choice: Option<FolderChoice>,
    /// All of `blobs`, bytes.
    pub storage_used: i64,
    /// What it holds, newest first; of versions visitors see the current one.
    pub blobs: Vec<blob::Model>,
    pub policies: HashMap<PolicyId, Arc<Policy>>,
    pub creators: HashMap<UserId, user::Model>,
    /// Only for the owner.
    pub view: Option<View>,
    /// Only for the owner, newest first.
    pub shares: Vec<ShareInfo>,
    /// Only for the owner, newest first.
    pub direct_links: Vec<direct_link::Model>,
}

impl Tree {
    /// Info by URI.
    /// # Errors
    /// `NotFound`, `RootHasNoDetails`, `OwnerOnly`
    pub async fn info(
        &self,
        actor: &Actor,
        uri: &FileUri,
        options: InfoOptions,
    ) -> Result<FileInfo, FileError> {
        ensure_root(&self.core, actor).await?;
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        resolved.navigator.require(actor, Right::Info)?;
        if resolved.is_root() && resolved.navigator.share.is_none() {
            return Err(TreeError::RootHasNoDetails.into());
        }
        let node = resolved.existing()?.clone();
        let view = View::of(&resolved, actor);
        let entry = resolved.entry(actor, node);
        self.describe(actor, entry, view, options).await
    }

    /// Info by id, also of what is in the trash: for the owner and administrators.
    /// # Errors
    /// `LoginRequired`, `NotFound` (also for what belongs to others)
    pub async fn info_by_id(
        &self,
        actor: &Actor,
        id: FileId,
        options: InfoOptions,
    ) -> Result<FileInfo, FileError> {
        access::signed_in(actor)?;
        let db = self.core.store.read();
        let node = files::by_id(db, id).await?.ok_or(TreeError::NotFound)?;
        access::owned(actor, Some(node.owner_id), Scope::AdminRead)?;
        let entry = self.entry_of(actor, node).await?;
        self.describe(actor, entry, None, options).await
    }

    /// A row with the URI its owner would use.
    async fn entry_of(&self, actor: &Actor, node: file::Model) -> Result<FileEntry, FileError> {
        let above = files::ancestors(self.core.store.read(), &[node.id]).await?;
        let above: HashMap<FileId, &files::Node> = above.iter().map(|n| (n.id, n)).collect();
        let mut names = Vec::new();
        let mut at = above.get(&node.id).copied();
        while let Some(step) = at {
            names.push(step.name.clone());
            at = step
                .parent_id
                .and_then(|parent| above.get(&parent).copied());
        }
        // The topmost name is the root's empty one, or the random one of something trashed.
        let fs = if names.last().is_some_and(String::is_empty) {
            names.pop();
            FileSystem::My
        } else {
            FileSystem::Trash
        };
        let is_foreign = actor.user_id() != Some(node.owner_id);
        let root = if is_foreign {
            let owner = self
                .core
                .settings()
                .ids
                .encode(wire::IdKind::User, node.owner_id.0);
            FileUri::drive_of(owner)
        } else {
            FileUri::root(fs)
        };
        let uri = names.iter().rev().fold(root, |uri, name| uri.join(name));
        Ok(FileEntry {
            name: node.name.clone(),
            uri: uri.to_string(),
            metadata: None,
            capability: fs.capabilities(),
            owned: !is_foreign,
            shared: false,
            has_subfolders: None,
            file: node,
        })
    }

    async fn describe(
        &self,
        actor: &Actor,
        mut entry: FileEntry,
        view: Option<View>,
        options: InfoOptions,
    ) -> Result<FileInfo, FileError> {
        let db = self.core.store.read();
        let id = entry.file.id;
        let metadata = metadata::public_of(db, &[id])
            .await?
            .remove(&id)
            .unwrap_or_default();
        entry.name = shown_name(&entry.file, &metadata);
        let owner = Some(entry.file.owner_id);
        let sees_all = entry.owned || access::owned(actor, owner, Scope::AdminRead).is_ok();
        entry.metadata = Some(if sees_all {
            metadata
        } else {
            for_visitors(metadata)
        });
        let is_folder = entry.file.kind == FileKind::Folder;
        let summary = if options.folder_summary && is_folder {
            if !sees_all {
                return Err(FileError::OwnerOnly);
            }
            Some(self.summary(actor, &entry.file).await?)
        } else {
            None
        };
        let extended = if options.extended {
            let view = view.filter(|_| entry.owned);
            Some(self.extended(actor, &entry, view, sees_all).await?)
        } else {
            None
        };
        entry.shared = extended
            .as_ref()
            .is_some_and(|extended| !extended.shares.is_empty());
        Ok(FileInfo {
            entry,
            summary,
            extended,
        })
    }

    async fn extended(
        &self,
        actor: &Actor,
        entry: &FileEntry,
        view: Option<View>,
        sees_all: bool,
    ) -> Result<Extended, FileError> {
        let db = self.core.store.read();
        let (mut shares, mut links) = (Vec::new(), Vec::new());
        if entry.owned {
            let of_shares = Shares::new(Arc::clone(&self.core));
            shares = of_shares.of_file(actor, entry.file.id).await?;
            links = direct_links::of_file(db, entry.file.id).await?;
        }
        let mut blobs = blobs::of_file(db, entry.file.id).await?;
        if !sees_all {
            blobs.retain(|blob| blobs::is_for_visitors(&entry.file, blob));
        }
        let mut policies = HashMap::new();
        for blob in &blobs {
            // Remembered by id, so this is no query a version.
            if let Some(policy) = self.core.policies.if_usable(blob.policy_id).await? {
                policies.insert(blob.policy_id, policy);
            }
        }
        let current = entry.file.current_blob_id;
        let policy = blobs
            .iter()
            .find(|blob| Some(blob.id) == current)
            .or(blobs.first())
            .and_then(|blob| policies.get(&blob.policy_id).cloned());
        let choice = if entry.owned && entry.file.kind == FileKind::Folder {
            self.choice_of(actor, entry.file.id).await?
        } else {
            None
        };
        let ids: Vec<UserId> = blobs.iter().filter_map(|blob| blob.created_by).collect();
        let creators = accounts::by_ids(db, &ids).await?;
        Ok(Extended {
            policy,
            choice,
            storage_used: blobs.iter().map(|blob| blob.size_bytes).sum(),
            policies,
            creators: creators.into_iter().map(|user| (user.id, user)).collect(),
            blobs,
            view,
            shares,
            direct_links: links,
        })
    }
}
