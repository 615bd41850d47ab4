//! Files that this server itself brings into a drive: what a task made or fetched.

use super::stream::{Current, StreamedContent};
use super::upload::Uploads;
use super::{OpenBlob, OpenBlobs, VersionError};
use crate::error::FileError;
use crate::lock::{self, Target};
use crate::policy::choice::Wanted;
use crate::policy::rules;
use crate::tree::{FileEntry, ResolvedPath, TreeError, ensure_root};
use entity::blob::Downloaded;
use entity::{FileKind, blob};
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
    /// If a file is there after all, it gets the content as a new version.
    pub replaces: bool,
    pub size_bytes: u64,
    pub body: ByteStream,
    /// The same as a file that nobody writes to any more, where it may become the blob itself.
    pub file: Option<std::fs::File>,
    /// Whose work it is: a task that begins anew knows its own by that.
    pub by: Downloaded,
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
        replaces: bool,
    ) -> Result<(), FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        free(&resolved, replaces)?;
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

    /// Makes a stream a new file, with the folders on the way, or the new version of one if that is
    /// wanted.
    /// # Errors
    /// `NameTaken`; those of [`Self::stream_upload`]
    pub async fn bring(&self, actor: &Actor, file: BroughtFile) -> Result<FileEntry, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, &file.uri).await?;
        free(&resolved, file.replaces)?;
        let target = [Target::deep(resolved.drive_path())];
        let owner = resolved.navigator.owner;
        lock::check(db, &self.core, actor, owner, &target, &[]).await?;
        let content = StreamedContent {
            uri: file.uri,
            expected_bytes: Some(file.size_bytes),
            last_modified: None,
            make_folders: true,
            only_over: (!file.replaces).then_some(Current(None)),
            held: Vec::new(),
        };
        let mut upload = self.begin_stream(actor, content, resolved).await?;
        upload.file = file.file;
        upload.props.downloaded = Some(file.by);
        self.stream_upload(actor, upload, file.body).await
    }

    /// Which download brought what a file holds; `None`: none, or one of an earlier version.
    /// # Errors
    /// As for finding it
    pub async fn brought_by(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Option<Downloaded>, FileError> {
        let blob = self.current(actor, uri).await?;
        Ok(blob.and_then(|blob| blob.props.downloaded))
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
        let held = self.held(actor, uri, size_bytes).await?;
        Ok(held.is_some_and(|held| held == blake3))
    }

    /// Whether a file may hold content of so many bytes: their hash can be compared.
    /// # Errors
    /// As for finding it
    pub async fn may_hold(
        &self,
        actor: &Actor,
        uri: &FileUri,
        size_bytes: u64,
    ) -> Result<bool, FileError> {
        Ok(self.held(actor, uri, size_bytes).await?.is_some())
    }

    /// The hash of what a file holds, if that is so many bytes.
    async fn held(
        &self,
        actor: &Actor,
        uri: &FileUri,
        size_bytes: u64,
    ) -> Result<Option<Vec<u8>>, FileError> {
        let blob = self.current(actor, uri).await?;
        let blob = blob.filter(|blob| u64::try_from(blob.size_bytes) == Ok(size_bytes));
        Ok(blob.and_then(|blob| blob.blake3))
    }

    /// What a file holds, if it is there.
    async fn current(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Option<blob::Model>, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        match resolved.node().and_then(|file| file.current_blob_id) {
            Some(current) => Ok(blobs::by_id(db, current).await?),
            None => Ok(None),
        }
    }
}

/// Whether content may go to a path: nothing is there, or a file that it replaces.
fn free(path: &ResolvedPath, replaces: bool) -> Result<(), TreeError> {
    match path.node() {
        Some(node) if !replaces || node.kind != FileKind::File || node.is_symbolic => {
            Err(TreeError::NameTaken(node.name.clone()))
        }
        _ => Ok(()),
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
