//! Keeping what was made: row, bytes, and then the file that holds it, in this order.

use super::{Made, ThumbnailError, is_disabled, stored};
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::policy::choice::Wanted;
use crate::tasks;
use crate::tree::SystemChange;
use entity::{BlobId, BlobKind, blob, file};
use futures_util::StreamExt;
use site::picture::{Encoding, Picture};
use site::task;
use std::sync::Arc;
use storage::{BlobKey, DriverError, NameContext, NameRules};
use store::blobs::{self, IncomingBlob, StoredBytes};
use store::journal::Op;
use store::quota::quota_bytes;
use store::{drives, files, metadata};
use wire::metadata_key::THUMB_DISABLED;

/// How long bytes may be on their way before recycling takes what came of them for left over.
const LONGEST_SECS: i64 = 3600;

/// Where the thumbnail of a file goes: where new bytes of its owner go.
/// # Errors
/// `QuotaExceeded` if the owner has no room at all
pub async fn policy_for(core: &Core, file: &file::Model) -> Result<Arc<Policy>, FileError> {
    let db = core.store.read();
    let (user, group) = drives::owner(db, file.owner_id)
        .await?
        .ok_or(ThumbnailError::Missing)?;
    if user.used_bytes >= quota_bytes(&user, &group) {
        return Err(FileError::QuotaExceeded);
    }
    let folder = Wanted::in_folder(file.parent_id.unwrap_or(file.id));
    let chosen = core
        .policies
        .for_folder(db, &group.policies(), folder)
        .await?;
    Ok(chosen.ok_or(ThumbnailError::Missing)?.policy)
}

/// Stores a thumbnail and gives it to its file, unless that has another one or other content by
/// now.
/// # Errors
/// `QuotaExceeded`, `ThumbnailError::Missing` if the file is gone; `Storage`, `Store`
pub async fn keep(
    core: &Core,
    file: &file::Model,
    content: &blob::Model,
    policy: &Policy,
    (picture, encoding): (Picture, Encoding),
) -> Result<Made, FileError> {
    let key = key(core, file, content, policy)?;
    let now = core.now();
    let new = IncomingBlob {
        kind: BlobKind::Thumbnail,
        policy: policy.row.id,
        key: key.as_str().to_owned(),
        created_by: None,
        props: blob::Props {
            extension: encoding.extension().to_owned(),
            ..blob::Props::default()
        },
        at: now,
        until: now.plus_secs(LONGEST_SECS),
    };
    let id = blobs::reserve(&core.store, new).await?;
    let size = picture.bytes.len() as u64;
    let body = futures_util::stream::iter([Ok(picture.bytes.into())]).boxed();
    let kept = match policy.driver.write(&key, body, Some(size)).await {
        Ok(written) => {
            let hash = written.blake3.map(|hash| hash.to_vec());
            give(core, file, id, (size as i64, hash)).await
        }
        Err(error) => {
            if matches!(error, DriverError::AlreadyExists(_)) {
                spare(core, id).await?;
            }
            Err(error.into())
        }
    };
    if !matches!(&kept, Ok(Made::Kept(blob)) if blob.id == id) {
        give_up(core, id).await?;
    }
    kept
}

async fn give(
    core: &Core,
    file: &file::Model,
    id: BlobId,
    (size, hash): (i64, Option<Vec<u8>>),
) -> Result<Made, FileError> {
    let change = SystemChange::by_system(core, file.owner_id).await?;
    let now = change.now;
    let Some(current) = files::by_id(change.db(), file.id).await? else {
        return Err(ThumbnailError::Missing.into());
    };
    if current.current_blob_id != file.current_blob_id {
        return Ok(Made::Outdated);
    }
    if is_disabled(change.db(), file.id).await? {
        return Err(ThumbnailError::Missing.into());
    }
    if let Some(other) = stored(change.db(), file.id).await? {
        return Ok(Made::Kept(Box::new(other)));
    }
    change.reserve(size).await?;
    let bytes = StoredBytes {
        blob: id,
        size_bytes: size,
        blake3: hash,
    };
    if !blobs::link_reserved(change.db(), file.id, bytes, now).await? {
        return Err(FileError::Internal("the thumbnail was given up meanwhile"));
    }
    let kept = blobs::by_id(change.db(), id).await?;
    change.commit_durably().await?;
    kept.map(|kept| Made::Kept(Box::new(kept)))
        .ok_or(FileError::Internal("the thumbnail has no row"))
}

/// What lies at its key is not what came of this: it stays when the blob goes.
async fn spare(core: &Core, id: BlobId) -> Result<(), FileError> {
    let tx = core.store.begin().await?;
    blobs::spare_bytes(tx.db(), id).await?;
    Ok(tx.commit().await?)
}

async fn give_up(core: &Core, id: BlobId) -> Result<(), FileError> {
    let now = core.now();
    let mut tx = core.store.begin().await?;
    blobs::give_up(tx.db(), id, now).await?;
    task::queue_once(&mut tx, tasks::recycle_blobs(now)).await?;
    Ok(tx.commit().await?)
}

/// Marks a file as one that cannot be shown, unless it has other content by now.
/// # Errors
/// `Store`
pub async fn disable(core: &Core, file: &file::Model) -> Result<(), FileError> {
    let mut change = SystemChange::by_system(core, file.owner_id).await?;
    let current = files::by_id(change.db(), file.id).await?;
    if current.is_none_or(|current| current.current_blob_id != file.current_blob_id) {
        return Ok(());
    }
    let mark = [(THUMB_DISABLED.to_owned(), String::new())];
    metadata::set(change.db(), file.id, mark).await?;
    change.log(change.entry(Op::Describe, file));
    change.commit().await
}

/// Beside the content it shows (setting `thumb_entity_suffix`), or by itself in another storage.
/// Random, because one that was dropped may still be there.
fn key(
    core: &Core,
    file: &file::Model,
    content: &blob::Model,
    policy: &Policy,
) -> Result<BlobKey, FileError> {
    let source =
        BlobKey::parse(content.key.clone()).map_err(|_| FileError::Internal("a bad blob key"))?;
    let beside = content.policy_id == policy.row.id;
    let suffix = &core.settings().settings.thumbnails.entity_suffix;
    let rules = if beside && !suffix.is_empty() {
        NameRules {
            dir_rule: String::new(),
            file_rule: format!("{suffix}.{{randomkey8}}"),
        }
    } else {
        NameRules {
            dir_rule: "thumbnails/{uid}".to_owned(),
            file_rule: "{uuid}".to_owned(),
        }
    };
    let context = NameContext {
        user_id: file.owner_id.0,
        folder_path: "",
        file_name: &file.name,
        now: chrono::Local::now().fixed_offset(),
        source: Some(&source),
    };
    Ok(rules.key(&context, &mut rand::rng()))
}
