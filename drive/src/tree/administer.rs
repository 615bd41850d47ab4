//! What administrators do to files of others. Rights to the files are not asked for: that somebody
//! administers the site is, and the journal of the drive tells its owner's clients.

use super::purge::purge_in;
use super::{Change, SystemChange, Tree, TreeError};
use crate::error::FileError;
use crate::kept::location::{Location, location_of, locations};
use crate::lock::{self, Target};
use crate::policy::choice::Wanted;
use crate::policy::rules;
use entity::{DirectLinkId, FileId, FileKind, UserId, file, metadata};
use site::access;
use site::actor::Actor;
use site::secret::Scope;
use std::collections::BTreeMap;
use store::journal::Op;
use store::{account_traces, blobs, direct_links, file_pages, files, metadata as rows};
use wire::FileName;
use wire::metadata_key::{MetadataPatch, THUMB_DISABLED};
use wire::name;

/// Files removed by one transaction: others get their turn in between.
const STEP: usize = 1_000;
/// Trees of an account looked for at once.
const TOPS: u64 = 100;

/// What a file is to be.
#[derive(Clone, Debug)]
pub struct Amendment {
    pub name: String,
    /// Name and value of the metadata that stays; what is not named goes. Nothing is added.
    /// All of it stays if nothing is said of it.
    pub metadata: Option<Vec<(String, String)>>,
    /// Direct links that stay; all of them if nothing is said of them.
    pub direct_links: Option<Vec<DirectLinkId>>,
}

impl Tree {
    /// Deletes files for good, whosever they are and whatever locks them; what is no file, or is
    /// not there, is passed over. Answers those that went.
    /// # Errors
    /// `NotFound` for who does not administer the site
    pub async fn delete_of_anybody(
        &self,
        actor: &Actor,
        ids: &[FileId],
    ) -> Result<Vec<file::Model>, FileError> {
        access::owned(actor, None, Scope::AdminWrite)?;
        let mut by_owner: BTreeMap<UserId, Vec<FileId>> = BTreeMap::new();
        for row in file_pages::by_ids(self.core.store.read(), ids).await? {
            if row.kind == FileKind::File {
                by_owner.entry(row.owner_id).or_default().push(row.id);
            }
        }
        let mut gone = Vec::new();
        for (owner, ids) in by_owner {
            for batch in ids.chunks(STEP) {
                gone.extend(self.delete_some(actor, owner, batch).await?);
            }
        }
        Ok(gone)
    }

    async fn delete_some(
        &self,
        actor: &Actor,
        owner: UserId,
        ids: &[FileId],
    ) -> Result<Vec<file::Model>, FileError> {
        let mut change = Change::of_drive(&self.core, actor, owner).await?;
        let mut rows = file_pages::by_ids(change.db(), ids).await?;
        rows.retain(|row| row.owner_id == owner && row.kind == FileKind::File);
        let ids: Vec<FileId> = rows.iter().map(|row| row.id).collect();
        let at = locations(change.db(), &ids).await?;
        for row in &rows {
            let mut entry = actor.entry(Op::Delete, row);
            if let Some(location) = at.get(&row.id) {
                entry = entry.before(location.path());
            }
            change.log(entry);
        }
        let let_go = purge_in(&mut change, &ids, false).await?;
        change.commit().await?;
        self.core.open_blobs.forget(let_go).await;
        Ok(rows)
    }

    /// Renames a file of whomever, and takes metadata and direct links away or corrects them.
    /// Answers it as it was before.
    /// # Errors
    /// `NotFound`, also for folders; `BadName`, `NameTaken`, `BadMetadata`, `LockError::Conflict`
    pub async fn amend(
        &self,
        actor: &Actor,
        id: FileId,
        amendment: &Amendment,
    ) -> Result<file::Model, FileError> {
        access::owned(actor, None, Scope::AdminWrite)?;
        let name = FileName::new(&*amendment.name)?;
        let begun = SystemChange::with_file(&self.core, Some(actor), id).await?;
        let (mut change, old) = begun.ok_or(TreeError::NotFound)?;
        if old.kind != FileKind::File || old.is_symbolic {
            return Err(TreeError::NotFound.into());
        }
        let at = location_of(change.db(), id).await?;
        if let Some(at) = &at {
            let (owner, target) = (change.owner, Target::deep(at.path()).as_member());
            lock::check(change.db(), &self.core, actor, owner, &[target], &[]).await?;
        }
        if old.name != name.as_str() {
            // In the trash it has another name, and goes back to where it was by what is kept of it.
            let at = at.as_ref().ok_or(TreeError::NotFound)?;
            self.rename_there(&mut change, &old, at, &name).await?;
        }
        if let Some(stays) = &amendment.metadata {
            self.correct_metadata(&mut change, &old, stays).await?;
        }
        if let Some(stay) = &amendment.direct_links {
            for link in direct_links::of_file(change.db(), id).await? {
                if !stay.contains(&link.id) {
                    direct_links::delete(change.db(), link.id).await?;
                }
            }
        }
        change.commit().await?;
        Ok(old)
    }

    async fn rename_there(
        &self,
        change: &mut SystemChange<'_>,
        old: &file::Model,
        at: &Location,
        name: &FileName,
    ) -> Result<(), FileError> {
        let offered = change.account().await?.1.policies();
        let folder = Wanted::in_folder(old.parent_id.unwrap_or(old.id));
        let policies = &self.core.policies;
        if let Some(chosen) = policies.for_folder(change.db(), &offered, folder).await? {
            rules::check_name(&chosen.policy.row, name)?;
        }
        let renamed = files::set_name(change.db(), old.id, name.as_str(), change.now).await;
        renamed.map_err(|error| {
            if error.is_duplicate() {
                FileError::from(TreeError::NameTaken(name.as_str().to_owned()))
            } else {
                error.into()
            }
        })?;
        let after = format!("{}/{name}", at.folder_path(), name = name.as_str());
        if name::extension_of(&old.name) != name.extension() {
            rows::remove(change.db(), old.id, &[THUMB_DISABLED]).await?;
        }
        let entry = change.entry(Op::Rename, old).before(at.path()).after(after);
        change.log(entry);
        Ok(())
    }

    async fn correct_metadata(
        &self,
        change: &mut SystemChange<'_>,
        file: &file::Model,
        stays: &[(String, String)],
    ) -> Result<(), FileError> {
        let live = self.core.settings();
        let mut is_changed = false;
        for metadata::Model { name, value, .. } in rows::all_of(change.db(), &[file.id]).await? {
            let kept = stays.iter().find(|(key, _)| *key == name);
            if kept.is_some_and(|(_, kept)| *kept == value) {
                continue;
            }
            let patch = MetadataPatch {
                key: &name,
                value: kept.map_or("", |(_, value)| value),
                remove: kept.is_none(),
                private: false,
            };
            live.metadata_rules.check_patch(patch, &live.ids)?;
            match kept {
                Some((_, value)) => {
                    let entry = [(name, value.clone())];
                    rows::set(change.db(), file.id, entry).await?;
                }
                None => rows::remove(change.db(), file.id, &[&name]).await?,
            }
            is_changed = true;
        }
        if is_changed {
            let entry = change.entry(Op::Describe, file);
            change.log(entry);
        }
        Ok(())
    }

    /// Removes some of what an account has, all its trees in the end: for one that is deleted and
    /// that nobody can enter any more. Answers whether there may be more. Resumable.
    /// # Errors
    /// `Store`
    pub async fn purge_drive(&self, owner: UserId) -> Result<bool, FileError> {
        let tops = account_traces::tops(self.core.store.read(), owner, TOPS).await?;
        for top in &tops {
            self.purge_from(top, false).await?;
        }
        Ok(!tops.is_empty())
    }

    /// What a file shows, or `None` for one that shows nothing yet, for links that administrators
    /// are given to it.
    /// # Errors
    /// `NotFound`
    pub async fn content_of_anybody(
        &self,
        actor: &Actor,
        id: FileId,
    ) -> Result<(file::Model, Option<entity::blob::Model>), FileError> {
        access::owned(actor, None, Scope::AdminRead)?;
        let db = self.core.store.read();
        let file = files::by_id(db, id).await?.ok_or(TreeError::NotFound)?;
        let blob = match file.current_blob_id {
            Some(blob) => blobs::by_id(db, blob).await?,
            None => None,
        };
        Ok((file, blob))
    }
}
