//! Content in one stream, of known or unknown length: nothing is seen of it until it is whole.
//!
//! Unlike an upload session this leaves no placeholder, reserves no space and locks nothing while
//! bytes come in; everything is decided once more in the transaction that makes them visible. A
//! row of the blob exists before its bytes, so that nothing a crash leaves behind is lost sight of.

use super::UploadError;
use super::place::Arrived;
use super::session::MAX_FILE_BYTES;
use super::upload::Uploads;
use super::visitors::{Sending, Visit};
use crate::error::FileError;
use crate::lock;
use crate::policy::choice::Wanted;
use crate::policy::{Policy, rules};
use crate::tasks;
use crate::tree::{FileEntry, ResolvedPath, TreeError, bounds};
use bytes::Bytes;
use entity::{BlobId, BlobKind, FileId, FileKind, TaskId, Timestamp, blob};
use futures_util::{StreamExt, TryStreamExt};
use site::access::Right;
use site::actor::Actor;
use site::task;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use storage::{BlobKey, ByteStream, DriverError};
use store::blobs::{self, IncomingBlob};
use store::cause::Cause;
use store::drives;
use store::quota::quota_bytes;
use wire::{FileName, FileUri};

/// How long bytes may be on their way before recycling takes what came of them for left over.
const LONGEST_SECS: i64 = 7 * 24 * 3600;

/// Which version is current; none where there is no file, or one without content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current(pub Option<BlobId>);

/// Content for a file, which is made if it is missing.
#[derive(Clone, Debug)]
pub struct StreamedContent {
    pub uri: FileUri,
    /// What the client announced; another length fails.
    pub expected_bytes: Option<u64>,
    pub last_modified: Option<Timestamp>,
    /// Make the folders on the way, too.
    pub make_folders: bool,
    /// Fail unless this is so when the bytes are whole.
    pub only_over: Option<Current>,
    /// Tokens of locks that are not in the way.
    pub held: Vec<String>,
}

/// Content whose bytes may come.
#[derive(Debug)]
pub struct StreamUpload {
    content: StreamedContent,
    pub(super) resolved: ResolvedPath,
    policy: Arc<Policy>,
    /// More bytes than this fail with the error.
    room: (u64, FileError),
    /// Its part of what visitors may have under way.
    sending: Option<Sending>,
    /// A file that may become the blob, where the storage can do that.
    pub(super) file: Option<std::fs::File>,
    /// Whose work the bytes are.
    pub(super) props: blob::Props,
}

impl StreamUpload {
    /// More bytes than this fail.
    pub fn most_bytes(&self) -> u64 {
        self.room.0
    }

    /// The file that is there already.
    pub fn replaces(&self) -> Option<FileId> {
        self.resolved.node().map(|file| file.id)
    }

    /// Says which entry of which archive it is, and which task unpacks it: one that begins anew
    /// knows its own by that.
    pub fn unpacked_by(mut self, task: TaskId, entry: u64, archive: BlobId) -> Self {
        self.props.unpacked = Some(blob::Unpacked(task, entry, Some(archive)));
        self
    }
}

impl Uploads {
    /// Checks everything that can be known before a byte comes; changes nothing. `resolved` is what
    /// was found at the URI a moment ago.
    /// # Errors
    /// `NotFound` if a folder is missing and not to be made, `NameTaken` for a folder,
    /// `NotAllowed`, `BadName`, `Refused`, `LockError::Conflict`, `QuotaExceeded`, `PathTooLong`
    pub async fn begin_stream(
        &self,
        actor: &Actor,
        content: StreamedContent,
        resolved: ResolvedPath,
    ) -> Result<StreamUpload, FileError> {
        let (policy, room) = self.look_ahead(actor, &content, &resolved).await?;
        let is_visitor = actor.user_id() != Some(resolved.navigator.owner);
        let visit = is_visitor.then(|| Visit::of(actor, &resolved));
        let sending = visit.map(|visit| self.visitors.begin(visit)).transpose()?;
        Ok(StreamUpload {
            content,
            resolved,
            policy,
            room,
            sending: sending.flatten(),
            file: None,
            props: blob::Props::default(),
        })
    }

    /// Makes a stream the file's content, whole or not at all. Answers the file as it then is.
    /// Where it was cut off, by whatever, the same may be brought again at once.
    /// # Errors
    /// Those of [`Self::begin_stream`], decided again; `VersionError::Stale`; `Storage` if the
    /// bytes did not come ([`is_senders_fault`]) or could not be kept
    pub async fn stream_upload(
        &self,
        actor: &Actor,
        upload: StreamUpload,
        body: ByteStream,
    ) -> Result<FileEntry, FileError> {
        let StreamUpload {
            content,
            resolved,
            policy,
            room: (room, no_room),
            sending: _under_way,
            file,
            props,
        } = upload;
        let (key, expected) = (self.key(&policy, &resolved, actor), content.expected_bytes);
        self.core.steps.reached("content: begun").await;
        let blob = self.reserve_blob(actor, &policy, (&key, props)).await?;
        self.core.steps.reached("content: expected").await;
        let passed = Arc::new(AtomicBool::new(false));
        let body = bounded(body, room, Arc::clone(&passed));
        let adopted = match file {
            Some(file) => policy.driver.adopt(&key, file).await,
            None => Ok(None),
        };
        let written = match adopted {
            Ok(None) => policy.driver.write(&key, body, expected).await,
            Ok(Some(written)) => Ok(written),
            Err(error) => Err(error),
        };
        let stored = match written {
            Ok(written) => {
                self.core.steps.reached("content: stored").await;
                let arrived = Arrived {
                    actor: actor.clone(),
                    policy: Arc::clone(&policy),
                    content,
                    blob,
                    key: key.as_str().to_owned(),
                    written,
                    cause: Cause::current(),
                };
                self.place(arrived).await
            }
            Err(error) if passed.load(Ordering::SeqCst) => {
                self.spare_if_taken(blob, error).await?;
                Err(no_room)
            }
            Err(error) => {
                self.core.policies.note(&policy, &error, expected).await;
                Err(self.spare_if_taken(blob, error).await?.into())
            }
        };
        if stored.is_err() {
            self.give_up(blob).await?;
        }
        stored
    }

    async fn look_ahead(
        &self,
        actor: &Actor,
        content: &StreamedContent,
        resolved: &ResolvedPath,
    ) -> Result<(Arc<Policy>, (u64, FileError)), FileError> {
        let core = &self.core;
        let db = core.store.read();
        let name = check_target(actor, resolved, content.make_folders)?;
        let owner = resolved.navigator.owner;
        if actor.user_id() != Some(owner) {
            // Those of one's own drive were looked at with the conditions of the request.
            let target = [resolved.arrival()];
            lock::check(db, core, actor, owner, &target, &content.held).await?;
        }
        let (user, group) = drives::owner(db, owner).await?.ok_or(TreeError::NotFound)?;
        let place = Wanted::in_folder(resolved.nearest_folder())
            .of_size(content.expected_bytes.unwrap_or(0));
        let policy = self.policy_of(db, &group, place).await?;
        rules::check_name(&policy.row, &name)?;
        let left = quota_bytes(&user, &group)
            .saturating_sub(user.used_bytes)
            .max(0);
        let (mut most, mut error) = (left, FileError::QuotaExceeded);
        if policy.row.max_size > 0 && policy.row.max_size < most {
            (most, error) = (policy.row.max_size, rules::Refused::TooLarge.into());
        }
        let longest = i64::try_from(policy.can.parts.most_file_bytes()).unwrap_or(i64::MAX);
        let longest = longest.min(MAX_FILE_BYTES);
        if most > longest {
            (most, error) = (longest, rules::Refused::TooLarge.into());
        }
        let most = most as u64;
        if content.expected_bytes.is_some_and(|bytes| bytes > most) {
            return Err(error);
        }
        Ok((policy, (most, error)))
    }

    async fn reserve_blob(
        &self,
        actor: &Actor,
        policy: &Policy,
        (key, props): (&BlobKey, blob::Props),
    ) -> Result<BlobId, FileError> {
        let now = self.core.now();
        let new = IncomingBlob {
            kind: BlobKind::Version,
            policy: policy.row.id,
            key: key.as_str().to_owned(),
            created_by: actor.user_id(),
            props,
            at: now,
            until: now.plus_secs(LONGEST_SECS),
        };
        Ok(blobs::reserve(&self.core.store, new).await?)
    }

    async fn give_up(&self, blob: BlobId) -> Result<(), FileError> {
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        blobs::give_up(tx.db(), blob, now).await?;
        task::queue_once(&mut tx, tasks::recycle_blobs(now)).await?;
        Ok(tx.commit().await?)
    }
}

/// The name of a file that content may be put into.
pub(super) fn check_target(
    actor: &Actor,
    resolved: &ResolvedPath,
    make_folders: bool,
) -> Result<FileName, FileError> {
    resolved.navigator.require(actor, Right::Upload)?;
    match resolved.node() {
        Some(node) if node.kind == FileKind::Folder => {
            return Err(TreeError::NameTaken(node.name.clone()).into());
        }
        Some(node) if node.is_symbolic => {
            return Err(UploadError::Shortcut.into());
        }
        // Who may bring new files may not replace those that are there.
        Some(_) => resolved.navigator.require(actor, Right::Overwrite)?,
        // Whether the folder is there is not told; it is made on the way.
        None if resolved.navigator.is_upload_only() => {}
        // The folder must be there: clients take its absence for a mistake of their own.
        None if resolved.missing().len() > 1 && !make_folders => {
            return Err(TreeError::NotFound.into());
        }
        None => {
            let parent = resolved.chain.last().ok_or(TreeError::NotFound)?;
            if parent.kind != FileKind::Folder || parent.is_symbolic {
                return Err(TreeError::NotFound.into());
            }
        }
    }
    if resolved.node().is_none() {
        bounds::check_new(&resolved.drive_path(), FileKind::File)?;
    }
    Ok(FileName::new(resolved.uri.name().unwrap_or_default())?)
}

/// The same body, failing when it grows beyond `most` bytes.
fn bounded(body: ByteStream, most: u64, passed: Arc<AtomicBool>) -> ByteStream {
    let mut left = most;
    body.and_then(move |piece: Bytes| {
        let fits = left.checked_sub(piece.len() as u64);
        left = fits.unwrap_or(0);
        std::future::ready(if fits.is_some() {
            Ok(piece)
        } else {
            passed.store(true, Ordering::SeqCst);
            Err(io::Error::other("more bytes than there is room for"))
        })
    })
    .boxed()
}

/// Whether the bytes did not come as announced, which is the sender's fault.
pub fn is_senders_fault(error: &FileError) -> bool {
    matches!(
        error,
        FileError::Storage(
            DriverError::Body(_) | DriverError::ShortBody { .. } | DriverError::LongBody { .. }
        )
    )
}

/// Whether the storage, not the account, has no room left.
pub fn is_storage_full(error: &FileError) -> bool {
    matches!(error, FileError::Storage(DriverError::NoSpace))
}
