//! One blob, from where its bytes are to where they are to be: copied, compared, exchanged.

use super::copy_row::{self, Terms};
use super::exchange::exchange;
use super::failure::Failure;
use super::flow::Flow;
use super::left_behind::Left;
use super::telling;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::mirror::check_members;
use crate::policy::{Policy, PolicyError};
use crate::tree::SystemChange;
use entity::{BlobId, BlobKind, UserId, blob, file};
use futures_util::TryStreamExt as _;
use site::task::causes;
use std::sync::Arc;
use storage::{BlobKey, ByteRange, ByteStream, DriverError, NameContext, NameRules};
use store::blobs;
use store::blobs::moving::{self, Exchanged, Moved};
use store::blobs::parting::{self, Parted};

/// Whoever opened the old bytes before they moved may go on reading them for this long at least.
const READING_SECS: i64 = 600;
/// How often others may begin or end to hold the same while its copy is put in place.
const TRIES: u32 = 5;
/// Why bytes are not passed on.
pub(super) const DAMAGED: &str = "the stored bytes are damaged";
/// Why a copy that was made is not put in place: it is made once more.
const LOST: &str = "a copy was taken for left over before it was whole";

/// A blob that moves.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub old: blob::Model,
    /// Some file that holds it.
    pub file: file::Model,
    pub to: Arc<Policy>,
    /// The files of nobody but this account; `None`: everybody's.
    pub only_of: Option<UserId>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was moved, of files in the drives of these accounts; `left`: what stays behind for a while.
    Moved {
        owners: Vec<UserId>,
        left: Option<Left>,
    },
    /// Nobody holds it any more, or it was moved by somebody else.
    Gone,
    /// It stays where it is, for a reason that trying again does not mend.
    Stays(Failure),
    /// One of the two storages does not work now, or not for this one.
    Away(Box<Move>, FileError),
    /// The database does not say, or nothing can be given to the target now.
    Unknown(FileError),
}

/// Moves the bytes of a blob. What others hold as well stays with them, and is copied.
pub(super) async fn relocate(flow: &Flow, work: &Move) -> Outcome {
    match try_relocate(flow, work).await {
        Ok(Some((owners, left))) => {
            telling::moved(flow, &owners).await;
            Outcome::Moved { owners, left }
        }
        Ok(None) => Outcome::Gone,
        Err(error @ (FileError::Store(_) | FileError::Policy(PolicyError::Store(_)))) => {
            Outcome::Unknown(error)
        }
        Err(error) if is_passing(&error) => Outcome::Away(Box::new(work.clone()), error),
        Err(error) => {
            tracing::warn!(
                blob = work.old.id.0,
                "bytes stay where they are: {}",
                causes(&error)
            );
            Outcome::Stays(Failure::of(&flow.core, &work.file, &error).await)
        }
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
        // It is there, and cannot be opened.
        FileError::Policy(error) => !matches!(error, PolicyError::Missing(_)),
        FileError::Internal(LOST) => true,
        _ => false,
    }
}

/// Whose files they are, and what was left behind.
type Settled = Option<(Vec<UserId>, Option<Left>)>;

async fn try_relocate(flow: &Flow, work: &Move) -> Result<Settled, FileError> {
    let (core, Move { old, to, .. }) = (&flow.core, work);
    if old.props.damaged && old.blake3.is_none() {
        // Nothing tells whether what is read is what it was.
        return Err(FileError::Internal(DAMAGED));
    }
    let from = core.policies.get(old.policy_id).await?;
    let source = BlobKey::parse(old.key.clone());
    let source = source.map_err(|_| FileError::Internal("a bad blob key"))?;
    let key = key(core, work);
    let now = core.now();
    let place = (to.row.id, key.as_str().to_owned());
    let terms = Terms::default();
    let row = moving::copy_of(old, place, (now, terms.until(now)));
    let (bytes, copy) = tokio::join!(
        from.driver.read(&source, ByteRange::ALL),
        blobs::reserve(&core.store, row.clone()),
    );
    let copy = match copy {
        // Another blob has the key.
        Err(error) if error.is_duplicate() => return Err(DriverError::AlreadyExists(key).into()),
        copy => copy?,
    };
    core.steps.reached("relocate: reserved").await;
    let size = u64::try_from(old.size_bytes).unwrap_or(0);
    let mut is_ours = true;
    let copied = async {
        let bytes = flow.through(bytes?);
        let written = to.driver.write(&key, bytes, Some(size)).await;
        if let Err(error) = &written {
            core.policies.note(to, error, Some(size)).await;
            if matches!(error, DriverError::AlreadyExists(_)) {
                // What lies there is not what came of this.
                is_ours = false;
                let tx = core.store.begin().await?;
                blobs::spare_bytes(tx.db(), copy).await?;
                tx.commit().await?;
            }
        }
        let written = written?;
        core.steps.reached("relocate: copied").await;
        let hash = match written.blake3 {
            Some(hash) => hash.to_vec(),
            None => hash_of(flow.through(to.driver.read(&key, ByteRange::ALL).await?)).await?,
        };
        if old.blake3.as_ref().is_some_and(|known| *known != hash) {
            tracing::error!(blob = old.id.0, "stored bytes are not what they were");
            return Err(FileError::Internal(DAMAGED));
        }
        if flow.is_over() {
            return Ok(None);
        }
        settle(flow, (work, &from), (copy, key.as_str(), hash)).await
    };
    let settled = copy_row::kept(core, copy, terms, copied).await;
    if !matches!(settled, Ok(Some(_))) {
        copy_row::give_up(core, copy, is_ours.then_some(row)).await?;
    }
    settled
}

/// The hash of bytes that a driver wrote without telling it.
async fn hash_of(mut bytes: ByteStream) -> Result<Vec<u8>, DriverError> {
    let mut hasher = blake3::Hasher::new();
    while let Some(piece) = bytes.try_next().await? {
        hasher.update(&piece);
    }
    Ok(hasher.finalize().as_bytes().to_vec())
}

/// Puts a copy in place: for all who hold the blob, or for those whose bytes move. `None`: there is
/// nothing to put it in place of.
async fn settle(
    flow: &Flow,
    (work, from): (&Move, &Policy),
    (copy, key, blake3): (BlobId, &str, Vec<u8>),
) -> Result<Settled, FileError> {
    let core = &flow.core;
    let files = core.settings().files.clone();
    let links = files.entity_url_ttl + files.entity_url_margin;
    let links = i64::try_from(links.as_secs()).unwrap_or(i64::MAX);
    for _ in 0..TRIES {
        let now = core.now();
        let moved = Moved {
            copy,
            policy: work.to.row.id,
            key: key.to_owned(),
            blake3: blake3.clone(),
            at: now,
            old_until: now.plus_secs(links.saturating_add(READING_SECS)),
        };
        let left = Left::of(&work.old, &from.row, moved.old_until);
        match put_in_place(flow, work, moved.clone()).await? {
            (Exchanged::Yes, owners) => return Ok(Some((owners, left))),
            (Exchanged::Gone, _) => return Ok(None),
            (Exchanged::CopyGone, _) => return Err(FileError::Internal(LOST)),
            (Exchanged::Shared, _) => {}
        }
        core.steps.reached("relocate: is shared").await;
        match part(core, work, moved).await? {
            // Others hold it still.
            Parted::Yes => return Ok(Some((vec![work.file.owner_id], None))),
            Parted::Gone => return Ok(None),
            Parted::CopyGone => return Err(FileError::Internal(LOST)),
            Parted::Alone => {}
        }
    }
    Err(FileError::Internal(
        "others take and leave the same all the time",
    ))
}

/// With in whose drives its files are, if it was done.
async fn put_in_place(
    flow: &Flow,
    work: &Move,
    moved: Moved,
) -> Result<(Exchanged, Vec<UserId>), FileError> {
    let to = Arc::clone(&work.to);
    let (core, one) = (&flow.core, (work.old.clone(), work.only_of, moved, to));
    let (exchanged, owners) = exchange(core, &flow.shared.exchanges, one).await?;
    if exchanged == Exchanged::Yes {
        core.steps.reached("relocate: exchanged").await;
        core.open_blobs.forget([work.old.id]).await;
    }
    Ok((exchanged, owners))
}

/// Gives the files of the one whose bytes move a blob of their own.
async fn part(core: &Core, work: &Move, moved: Moved) -> Result<Parted, FileError> {
    let owner = work.file.owner_id;
    let mut change = SystemChange::by_system(core, owner).await?;
    let members = check_members(change.tx(), &work.to, &moved.key, moved.at).await;
    if let Err(error) = members {
        change.undo().await?;
        return Err(error);
    }
    let parted = parting::part(change.db(), (&work.old, owner), moved).await?;
    if parted != Parted::Yes {
        change.undo().await?;
        return Ok(parted);
    }
    change.commit_durably().await?;
    core.steps.reached("relocate: parted").await;
    Ok(parted)
}

/// Where the policy would have it, if it came now.
fn key(core: &Core, Move { old, file, to, .. }: &Move) -> BlobKey {
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
