//! One blob, from where its bytes are to where they are to be: copied, compared, exchanged.

use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::upkeep;
use entity::{BlobId, BlobKind, UserId, blob, file};
use site::task;
use std::sync::Arc;
use storage::{BlobKey, ByteRange, DriverError, NameContext, NameRules, hash_of};
use store::blobs::{self, moving};

/// How long a copy may take before recycling takes what came of it for left over.
const LONGEST_SECS: i64 = 48 * 3600;
/// Whoever opened the old bytes before they moved may go on reading them for this long at least.
const READING_SECS: i64 = 600;

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was moved, of a file in the drive of this account.
    Moved(UserId),
    /// Nobody holds it any more, or it was moved by somebody else.
    Gone,
    /// It stays where it is, for a reason that trying again does not mend.
    Stays(FileError),
    /// One of the two storages does not work now.
    Away(FileError),
}

/// Moves the bytes of a blob that `file` holds.
pub(super) async fn relocate(
    core: &Arc<Core>,
    old: &blob::Model,
    (file, to): (&file::Model, &Policy),
) -> Outcome {
    match try_relocate(core, old, (file, to)).await {
        Ok(true) => Outcome::Moved(file.owner_id),
        Ok(false) => Outcome::Gone,
        Err(error) if is_passing(&error) => Outcome::Away(error),
        Err(error) => Outcome::Stays(error),
    }
}

/// Whether the same may work later.
fn is_passing(error: &FileError) -> bool {
    match error {
        FileError::Storage(error) => matches!(
            error,
            DriverError::Io(_)
                | DriverError::Busy { .. }
                | DriverError::NoSpace
                | DriverError::Body(_)
        ),
        FileError::Store(_) => true,
        _ => false,
    }
}

async fn try_relocate(
    core: &Arc<Core>,
    old: &blob::Model,
    (file, to): (&file::Model, &Policy),
) -> Result<bool, FileError> {
    let from = core.policies.get(old.policy_id).await?;
    let source = BlobKey::parse(old.key.clone());
    let source = source.map_err(|_| FileError::Internal("a bad blob key"))?;
    let bytes = from.driver.read(&source, ByteRange::ALL).await?;
    let key = key(core, old, (file, to));
    let now = core.now();
    let place = (to.row.id, key.as_str().to_owned());
    let until = now.plus_secs(LONGEST_SECS);
    let row = moving::copy_of(old, place, (now, until));
    let copy = blobs::reserve(&core.store, row).await?;
    core.steps.reached("relocate: reserved").await;
    let size = u64::try_from(old.size_bytes).unwrap_or(0);
    let copied = async {
        let written = to.driver.write(&key, bytes, Some(size)).await?;
        core.steps.reached("relocate: copied").await;
        let hash = match written.blake3 {
            Some(hash) => hash.to_vec(),
            None => hash_of(&*to.driver, &key).await?.blake3.to_vec(),
        };
        if old.blake3.as_ref().is_some_and(|known| *known != hash) {
            tracing::error!(blob = old.id.0, "stored bytes are not what they were");
            return Err(FileError::Internal("the stored bytes are damaged"));
        }
        exchange(core, old, (copy, to, key.as_str().to_owned(), hash)).await
    };
    let exchanged = copied.await;
    if !matches!(exchanged, Ok(true)) {
        give_up(core, copy).await?;
    }
    exchanged
}

async fn exchange(
    core: &Arc<Core>,
    old: &blob::Model,
    (copy, to, key, blake3): (BlobId, &Policy, String, Vec<u8>),
) -> Result<bool, FileError> {
    let files = core.settings().files.clone();
    let links = files.entity_url_ttl + files.entity_url_margin;
    let links = i64::try_from(links.as_secs()).unwrap_or(i64::MAX);
    let now = core.now();
    let moved = moving::Moved {
        copy,
        policy: to.row.id,
        key,
        blake3,
        at: now,
        old_until: now.plus_secs(links.saturating_add(READING_SECS)),
    };
    let tx = core.store.begin().await?;
    if !moving::exchange(tx.db(), old, moved).await? {
        return Ok(false);
    }
    tx.commit_durably().await?;
    core.steps.reached("relocate: exchanged").await;
    core.open_blobs.forget([old.id]).await;
    Ok(true)
}

async fn give_up(core: &Core, copy: BlobId) -> Result<(), FileError> {
    let now = core.now();
    let mut tx = core.store.begin().await?;
    blobs::give_up(tx.db(), copy, now).await?;
    task::queue_once(&mut tx, upkeep::recycle_blobs(now)).await?;
    Ok(tx.commit().await?)
}

/// Where the policy would have it, if it came now.
fn key(core: &Core, old: &blob::Model, (file, to): (&file::Model, &Policy)) -> BlobKey {
    let root = core.data.join("uploads");
    let rules = if old.kind == BlobKind::Thumbnail {
        NameRules {
            dir_rule: "thumbnails/{uid}".to_owned(),
            file_rule: "{uuid}".to_owned(),
        }
    } else {
        NameRules {
            dir_rule: storage::strip_root(&to.row.dir_name_rule, &root.to_string_lossy())
                .to_owned(),
            file_rule: to.row.file_name_rule.clone(),
        }
    };
    let context = NameContext {
        user_id: file.owner_id.0,
        folder_path: "",
        file_name: &file.name,
        now: chrono::Local::now().fixed_offset(),
        source: None,
    };
    rules.key(&context, &mut rand::rng())
}
