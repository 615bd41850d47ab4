//! Files that this server itself brings into a drive: what a task made or fetched.

use super::stream::{Current, StreamedContent};
use super::upload::Uploads;
use super::{OpenBlob, OpenBlobs, VersionError};
use crate::error::FileError;
use crate::lock::{self, Target};
use crate::policy::choice::Wanted;
use crate::policy::rules;
use crate::tree::{FileEntry, ResolvedPath, TreeError, ensure_root};
use entity::FileKind;
use site::access::Right;
use site::actor::Actor;
use std::sync::Arc;
use storage::ByteStream;
use store::quota::quota_bytes;
use store::{blobs, drives};
use wire::{FileName, FileUri};

/// Content for a file that is not there yet.
pub struct BroughtFile {
    pub uri: FileUri,
    pub size_bytes: u64,
    pub body: ByteStream,
    /// The same as a file that nobody writes to any more, where it may become the blob itself.
    pub file: Option<std::fs::File>,
}

impl Uploads {
    /// How many bytes may be put into a folder of one's own, all together.
    /// # Errors
    /// `NotFound` if it is not there, `NotAllowed`, `OwnerOnly`
    pub async fn room_in(&self, actor: &Actor, folder: &FileUri) -> Result<u64, FileError> {
        ensure_root(&self.core, actor).await?;
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, folder).await?;
        resolved.folder()?;
        resolved.navigator.require(actor, Right::Create)?;
        resolved.navigator.require(actor, Right::Upload)?;
        if actor.user_id() != Some(resolved.navigator.owner) {
            return Err(FileError::OwnerOnly);
        }
        let owner = drives::owner(db, resolved.navigator.owner).await?;
        let (user, group) = owner.ok_or(TreeError::NotFound)?;
        let left = quota_bytes(&user, &group).saturating_sub(user.used_bytes);
        Ok(u64::try_from(left).unwrap_or(0))
    }

    /// Whether [`Self::bring`] would take a file, as far as that can be known.
    /// # Errors
    /// `NameTaken`, and those of [`Self::begin_stream`]
    pub async fn may_bring(
        &self,
        actor: &Actor,
        uri: &FileUri,
        size_bytes: u64,
    ) -> Result<(), FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        if let Some(node) = resolved.node() {
            return Err(TreeError::NameTaken(node.name.clone()).into());
        }
        resolved.navigator.require(actor, Right::Upload)?;
        let name = FileName::new(uri.name().unwrap_or_default())?;
        let owner = drives::owner(db, resolved.navigator.owner).await?;
        let (_, group) = owner.ok_or(TreeError::NotFound)?;
        let place = Wanted::in_folder(resolved.nearest_folder()).of_size(size_bytes);
        let policy = self.policy_of(db, &group, place).await?;
        rules::check_name(&policy.row, &name)?;
        let size = i64::try_from(size_bytes).map_err(|_| rules::Refused::TooLarge)?;
        rules::check_size(&policy.row, size)?;
        Ok(())
    }

    /// Makes a stream a new file, with the folders on the way; never over something.
    /// # Errors
    /// `NameTaken`; those of [`Self::stream_upload`]
    pub async fn bring(&self, actor: &Actor, file: BroughtFile) -> Result<FileEntry, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, &file.uri).await?;
        if let Some(node) = resolved.node() {
            return Err(TreeError::NameTaken(node.name.clone()).into());
        }
        let target = [Target::deep(resolved.drive_path())];
        let owner = resolved.navigator.owner;
        lock::check(db, &self.core, actor, owner, &target, &[]).await?;
        let content = StreamedContent {
            uri: file.uri,
            expected_bytes: Some(file.size_bytes),
            last_modified: None,
            make_folders: true,
            only_over: Some(Current(None)),
            held: Vec::new(),
        };
        let mut upload = self.begin_stream(actor, content, resolved).await?;
        upload.file = file.file;
        self.stream_upload(actor, upload, file.body).await
    }

    /// Whether a file holds just this content.
    /// # Errors
    /// As for finding it
    pub async fn holds(
        &self,
        actor: &Actor,
        uri: &FileUri,
        (size_bytes, blake3): (u64, [u8; 32]),
    ) -> Result<bool, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        let current = resolved.node().and_then(|file| file.current_blob_id);
        let Some(current) = current else {
            return Ok(false);
        };
        let blob = blobs::by_id(db, current).await?;
        Ok(blob.is_some_and(|blob| {
            u64::try_from(blob.size_bytes) == Ok(size_bytes)
                && blob.blake3.as_deref() == Some(blake3.as_slice())
        }))
    }
}

impl OpenBlobs {
    /// The content of a file, for who may download it.
    /// # Errors
    /// `NotFound`, `NotAllowed`; `VersionError::NotFound` for a folder or a file without content
    pub async fn of_file(&self, actor: &Actor, uri: &FileUri) -> Result<Arc<OpenBlob>, FileError> {
        let core = &self.core;
        let db = core.store.read();
        let resolved = ResolvedPath::resolve(db, core, actor, uri).await?;
        resolved.navigator.require(actor, Right::Download)?;
        let file = resolved.existing()?;
        let content = file.current_blob_id.filter(|_| file.kind == FileKind::File);
        self.get(content.ok_or(VersionError::NotFound)?).await
    }
}
