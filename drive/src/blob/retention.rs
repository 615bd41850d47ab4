//! How many versions a file keeps.

use crate::context::Core;
use crate::error::FileError;
use crate::store::{Connection, blobs, drives};
use crate::task;
use crate::tree::TreeError;
use crate::wire::name::extension_of;
use entity::{BlobId, FileId, Timestamp, blob, file, user};

/// Versions kept of a file of this name; `None`: all.
fn limit(settings: &user::Settings, name: &str) -> Option<usize> {
    let listed = settings.version_retention_ext.is_empty()
        || extension_of(name).is_some_and(|extension| {
            settings
                .version_retention_ext
                .iter()
                .any(|item| item.eq_ignore_ascii_case(&extension))
        });
    if !settings.version_retention || !listed {
        return Some(1);
    }
    usize::try_from(settings.version_retention_max)
        .ok()
        .filter(|max| *max > 0)
}

/// What happens to thumbnails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pictures {
    /// They show what the file holds.
    Keep,
    /// The file has other content now.
    Drop,
}

/// Lets go of versions beyond what the owner keeps, oldest first and never of the `current` one,
/// and of thumbnails if they show old content. Answers the bytes let go of; the caller gives them
/// back.
pub(super) async fn enforce(
    db: &Connection,
    file: &file::Model,
    current: Option<BlobId>,
    now: Timestamp,
    pictures: Pictures,
) -> Result<i64, FileError> {
    let held = blobs::of_file(db, file.id).await?;
    if held.len() <= 1 {
        return Ok(0);
    }
    let (owner, _) = drives::owner(db, file.owner_id)
        .await?
        .ok_or(TreeError::NotFound)?;
    let mut let_go: Vec<&blob::Model> = held
        .iter()
        .filter(|blob| blob.kind == blob::KIND_THUMBNAIL && pictures == Pictures::Drop)
        .collect();
    let live = held
        .iter()
        .filter(|blob| blob.kind == blob::KIND_LIVE_PHOTO);
    let_go.extend(live.filter(|blob| blob.upload_session_id.is_none()).skip(1));
    if let Some(limit) = limit(&owner.settings, &file.name) {
        let versions = held.iter().filter(|blob| {
            blob.kind == blob::KIND_VERSION
                && blob.upload_session_id.is_none()
                && Some(blob.id) != current
        });
        // Newest first, and the current one is kept whatever its age.
        let_go.extend(versions.skip(limit.saturating_sub(usize::from(current.is_some()))));
    }
    let links: Vec<(FileId, BlobId)> = let_go.iter().map(|blob| (file.id, blob.id)).collect();
    if links.is_empty() {
        return Ok(0);
    }
    blobs::unlink(db, &links, now).await?;
    Ok(let_go.iter().map(|blob| blob.size_bytes).sum())
}

/// Applies the owner's present settings to one file.
/// # Errors
/// `Store`
pub async fn prune(core: &Core, id: FileId) -> Result<(), FileError> {
    core.steps.reached("versions: pruning").await;
    let Some((mut tx, file)) = drives::begin_with_file(&core.store, id).await? else {
        return Ok(());
    };
    let now = core.now();
    let freed = enforce(tx.db(), &file, file.current_blob_id, now, Pictures::Keep).await?;
    drives::release(tx.db(), file.owner_id, freed).await?;
    if freed > 0 {
        task::queue_once(&mut tx, task::recycle_blobs(now)).await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(retention: bool, max: i64, extensions: &[&str]) -> user::Settings {
        user::Settings {
            version_retention: retention,
            version_retention_max: max,
            version_retention_ext: extensions.iter().map(|e| (*e).to_owned()).collect(),
            ..user::Settings::default()
        }
    }

    #[test]
    fn retention_follows_switch_list_and_maximum() {
        assert_eq!(limit(&settings(false, 10, &[]), "a.txt"), Some(1));
        assert_eq!(limit(&settings(true, 10, &[]), "a.txt"), Some(10));
        assert_eq!(limit(&settings(true, 0, &[]), "a.txt"), None);
        assert_eq!(limit(&settings(true, 5, &["md"]), "a.txt"), Some(1));
        assert_eq!(limit(&settings(true, 5, &["md"]), "a.MD"), Some(5));
    }
}
