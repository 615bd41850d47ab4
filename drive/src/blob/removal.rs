//! Removing bytes that nobody holds any more, and those that an administrator wants gone whoever
//! holds them.

use super::Uploads;
use super::current::{self, Content};
use super::retention::LetGo;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::tasks;
use crate::tree::SystemChange;
use entity::{BlobId, BlobKind, FileId, PolicyId, blob, file};
use site::access;
use site::actor::Actor;
use site::secret::Scope;
use site::task::{causes, queue_once};
use std::collections::{BTreeMap, HashSet};
use storage::{BlobKey, DriverError};
use store::journal::Op;
use store::recycling::{self, Unheld};
use store::{StoreResult, blob_pages, blobs, uploads};

/// Files of one blob that let go of it before others get their turn.
const HOLDERS: u64 = 500;

/// What became of bytes.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// Their bytes are gone, or are to stay.
    pub gone: Vec<BlobId>,
    /// And these are still there, and why.
    pub left: Vec<(BlobId, String)>,
}

/// Removes the bytes of blobs that were claimed.
pub(crate) async fn remove_bytes(core: &Core, blobs: Vec<Unheld>) -> Removed {
    let mut removed = Removed::default();
    let mut by_policy: BTreeMap<PolicyId, Vec<(BlobId, BlobKey)>> = BTreeMap::new();
    for blob in blobs {
        if blob.unlink_only {
            removed.gone.push(blob.id);
            continue;
        }
        match BlobKey::parse(blob.key) {
            Ok(key) => by_policy
                .entry(blob.policy)
                .or_default()
                .push((blob.id, key)),
            Err(error) => {
                let why = format!("blob {}: {error}", blob.id);
                removed.left.push((blob.id, why));
            }
        }
    }
    for (policy, blobs) in by_policy {
        let deleted = delete(core, policy, &blobs).await;
        for (id, key) in blobs {
            match &deleted {
                Ok(left) if left.contains(&key) => {
                    removed.left.push((id, format!("{key} is still there")));
                }
                Ok(_) => removed.gone.push(id),
                Err(error) => {
                    let why = format!("blob {id} of policy {policy}: {error}");
                    removed.left.push((id, why));
                }
            }
        }
    }
    removed
}

async fn delete(
    core: &Core,
    policy: PolicyId,
    blobs: &[(BlobId, BlobKey)],
) -> Result<HashSet<BlobKey>, String> {
    let policy = core.policies.get(policy).await;
    let policy = policy.map_err(|error| causes(&error))?;
    // Another pass may have removed it, and something else may lie at its key by now.
    let ids: Vec<BlobId> = blobs.iter().map(|(id, _)| *id).collect();
    let claimed = recycling::still_claimed(core.store.read(), &ids).await;
    let claimed = claimed.map_err(|error| causes(&error))?;
    let blobs = blobs.iter().filter(|(id, _)| claimed.contains(id));
    let keys = blobs.map(|(_, key)| key.clone()).collect();
    let keys = nobodys(core, &policy, keys).await;
    let keys = keys.map_err(|error| causes(&error))?;
    let left = policy.driver.delete(&keys).await;
    Ok(left.map_err(|error| causes(&error))?.into_iter().collect())
}

/// Of these keys those at which nothing lies that files hold by another policy of the same place.
pub(super) async fn nobodys(
    core: &Core,
    policy: &Policy,
    keys: Vec<BlobKey>,
) -> StoreResult<Vec<BlobKey>> {
    let db = core.store.read();
    let others = core.policies.neighbours(db, &policy.row).await?;
    if others.is_empty() {
        return Ok(keys);
    }
    let names: Vec<String> = keys.iter().map(|key| key.as_str().to_owned()).collect();
    let held: HashSet<String> = blobs::keys_held(db, &others, &names)
        .await?
        .into_iter()
        .collect();
    let is_nobodys = |key: &BlobKey| !held.contains(key.as_str());
    Ok(keys.into_iter().filter(is_nobodys).collect())
}

impl Uploads {
    /// Notes, of an upload whose key is taken, that what lies there is not its own: it stays when
    /// the upload goes. Answers the error.
    pub(super) async fn spare_if_taken(
        &self,
        blob: BlobId,
        error: DriverError,
    ) -> Result<DriverError, FileError> {
        if matches!(error, DriverError::AlreadyExists(_)) {
            let tx = self.core.store.begin().await?;
            blobs::spare_bytes(tx.db(), blob).await?;
            tx.commit().await?;
        }
        Ok(error)
    }

    /// Removes blobs, bytes and all, whichever files hold them: those go on with the newest
    /// version that they have left, or with none. Running uploads end. Answers what is still
    /// there, and why; with `force` only the bytes are.
    /// # Errors
    /// `NotFound` for who does not administer the site
    pub async fn remove_of_anybody(
        &self,
        actor: &Actor,
        ids: &[BlobId],
        force: bool,
    ) -> Result<Vec<(BlobId, String)>, FileError> {
        access::owned(actor, None, Scope::AdminWrite)?;
        let rows = blob_pages::by_ids(self.core.store.read(), ids).await?;
        let mut left = Vec::new();
        let mut free = Vec::with_capacity(rows.len());
        for row in &rows {
            match self.let_go(actor, row).await {
                Ok(()) => free.push(row.id),
                Err(error @ FileError::Store(_)) => return Err(error),
                Err(error) => left.push((row.id, causes(&error))),
            }
        }
        self.core.open_blobs.forget(free.clone()).await;
        let store = &self.core.store;
        let claimed = recycling::claim_these(store, &free, self.core.now()).await?;
        let are_claimed: HashSet<BlobId> = claimed.iter().map(|blob| blob.id).collect();
        free.retain(|id| !are_claimed.contains(id));
        // What recycling had removed by now is gone as well.
        for row in blob_pages::by_ids(store.read(), &free).await? {
            left.push((row.id, "it is being written".to_owned()));
        }
        let mut removed = remove_bytes(&self.core, claimed).await;
        if force {
            let bytes_left = removed.left.drain(..).map(|(id, _)| id);
            removed.gone.extend(bytes_left);
        }
        recycling::forget(store, &removed.gone).await?;
        left.append(&mut removed.left);
        Ok(left)
    }

    /// Makes every file let go of a blob.
    async fn let_go(&self, actor: &Actor, row: &blob::Model) -> Result<(), FileError> {
        if let Some(session) = &row.upload_session_id {
            let open = uploads::by_id(self.core.store.read(), session).await?;
            if let Some(session) = open {
                self.discard(actor, &session).await?;
            }
        }
        loop {
            let db = self.core.store.read();
            let holders = blob_pages::holders(db, row.id, HOLDERS).await?;
            if holders.is_empty() {
                return Ok(());
            }
            for holder in holders {
                self.let_go_of(actor, holder.id, row.id).await?;
            }
        }
    }

    async fn let_go_of(&self, actor: &Actor, holder: FileId, row: BlobId) -> Result<(), FileError> {
        let begun = SystemChange::with_file(&self.core, Some(actor), holder).await?;
        let Some((mut change, file)) = begun else {
            return Ok(());
        };
        let held = blobs::of_file(change.db(), holder).await?;
        // What it takes up is read now: an upload may have filled it meanwhile.
        let Some(blob) = held.iter().find(|blob| blob.id == row) else {
            return Ok(());
        };
        let now = change.now;
        if file.current_blob_id == Some(row) {
            replace_current(&mut change, &file, &held).await?;
        }
        // Of a thumbnail or an earlier version nothing else changes.
        blobs::unlink(change.db(), &[(holder, row)], now).await?;
        change.release(blob.size_bytes).await?;
        queue_once(change.tx(), tasks::recycle_blobs(now)).await?;
        let entry = change.entry(Op::Modify, &file);
        change.log(entry);
        change.commit().await
    }
}

/// Shows the newest other version, or nothing.
async fn replace_current(
    change: &mut SystemChange<'_>,
    file: &file::Model,
    held: &[blob::Model],
) -> Result<(), FileError> {
    let is_other = |blob: &&blob::Model| {
        blob.kind == BlobKind::Version
            && blob.upload_session_id.is_none()
            && Some(blob.id) != file.current_blob_id
    };
    let now = change.now;
    let Some(newest) = held.iter().find(is_other) else {
        return current::show_nothing(change, file).await;
    };
    let content = Content {
        blob: newest.id,
        size_bytes: newest.size_bytes,
        at: now,
        is_hashed: newest.blake3.is_some(),
        lets_go: LetGo::Pictures,
    };
    current::make_current(change, file, content).await
}
