//! How many versions a file keeps.

use crate::context::Core;
use crate::error::FileError;
use crate::tasks;
use crate::tree::{Author, Change, SystemChange, TreeError};
use entity::{BlobId, BlobKind, FileId, Timestamp, blob, file, user};
use site::task;
use store::{Connection, blobs, drives};
use wire::name::extension_of;

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

/// What a file is to let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LetGo {
    /// Versions beyond what its owner keeps.
    Excess,
    /// The same, and thumbnails: they show other content than it has now.
    ExcessAndPictures,
    /// Thumbnails alone.
    Pictures,
}

/// Lets go of versions beyond what the owner keeps, oldest first and never of the `current` one,
/// or of thumbnails. Answers the bytes let go of.
async fn enforce(
    db: &Connection,
    file: &file::Model,
    current: Option<BlobId>,
    now: Timestamp,
    what: LetGo,
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
        .filter(|blob| blob.kind == BlobKind::Thumbnail && what != LetGo::Excess)
        .collect();
    if what != LetGo::Pictures {
        let_go.extend(excess(&held, limit(&owner.settings, &file.name), current));
    }
    let links: Vec<(FileId, BlobId)> = let_go.iter().map(|blob| (file.id, blob.id)).collect();
    if links.is_empty() {
        return Ok(0);
    }
    blobs::unlink(db, &links, now).await?;
    Ok(let_go.iter().map(|blob| blob.size_bytes).sum())
}

/// All but the newest live photo, and versions beyond so many.
fn excess(
    held: &[blob::Model],
    limit: Option<usize>,
    current: Option<BlobId>,
) -> impl Iterator<Item = &blob::Model> {
    let whole = |blob: &&blob::Model| blob.upload_session_id.is_none();
    let live = held
        .iter()
        .filter(|blob| blob.kind == BlobKind::LivePhoto)
        .filter(whole)
        .skip(1);
    let versions = held
        .iter()
        .filter(move |blob| blob.kind == BlobKind::Version && Some(blob.id) != current)
        .filter(whole);
    // Newest first, and the current one is kept whatever its age.
    let beside = |limit: usize| limit.saturating_sub(usize::from(current.is_some()));
    live.chain(versions.skip(limit.map_or(usize::MAX, beside)))
}

/// Lets go of what a file does not keep, and gives the space back.
pub(super) async fn apply<By: Author>(
    change: &mut Change<'_, By>,
    file: &file::Model,
    current: Option<BlobId>,
    what: LetGo,
) -> Result<(), FileError> {
    let now = change.now;
    let freed = enforce(change.db(), file, current, now, what).await?;
    change.release(freed).await?;
    if freed > 0 {
        task::queue_once(change.tx(), tasks::recycle_blobs(now)).await?;
    }
    Ok(())
}

/// Applies the owner's present settings to one file.
/// # Errors
/// `Store`
pub async fn prune(core: &Core, id: FileId) -> Result<(), FileError> {
    core.steps.reached("versions: pruning").await;
    let Some((mut change, file)) = SystemChange::with_file(core, None, id).await? else {
        return Ok(());
    };
    apply(&mut change, &file, file.current_blob_id, LetGo::Excess).await?;
    change.commit().await
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
