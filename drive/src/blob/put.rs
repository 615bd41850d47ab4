//! Content in one request.

use super::VersionError;
use super::stream::{Current, StreamedContent};
use super::upload::Uploads;
use crate::error::FileError;
use crate::lock::{self, Target};
use crate::tree::{FileEntry, ResolvedPath};
use entity::{BlobId, Timestamp};
use site::actor::Actor;
use storage::ByteStream;
use store::cause::carried;
use tracing::Instrument as _;
use wire::{FileUri, IdKind};

/// Content of known length for a file.
pub struct PutContent {
    pub uri: FileUri,
    pub size_bytes: u64,
    pub body: ByteStream,
    /// The version the client knows as current.
    pub previous: Option<String>,
    pub last_modified: Option<Timestamp>,
}

impl Uploads {
    /// Makes the body the file's content, whole or not at all; a missing file is created, with the
    /// folders on the way. Nothing of it is seen before, so there is nothing to go on with or to
    /// cancel.
    /// # Errors
    /// Those of [`Self::stream_upload`]
    pub async fn put(&self, actor: &Actor, content: PutContent) -> Result<FileEntry, FileError> {
        crate::tree::ensure_root(&self.core, actor).await?;
        // What lapsed is not in the way, though it was not swept yet.
        self.end_expired(actor, &content.uri).await?;
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, &content.uri).await?;
        let target = [Target::deep(resolved.drive_path())];
        let only_over = self.known(content.previous.as_deref())?;
        let current = resolved.node().and_then(|file| file.current_blob_id);
        let owner = resolved.navigator.owner;
        let streamed = StreamedContent {
            uri: content.uri,
            expected_bytes: Some(content.size_bytes),
            last_modified: content.last_modified,
            make_folders: true,
            only_over,
            held: Vec::new(),
        };
        let upload = self.begin_stream(actor, streamed, resolved).await?;
        lock::check(db, &self.core, actor, owner, &target, &[]).await?;
        if only_over.is_some_and(|only| only.0 != current) {
            return Err(VersionError::Stale.into());
        }
        let (uploads, actor) = (self.clone(), actor.clone());
        // Goes on without its request, so that what was cut off is tidied up at once.
        let storing = async move { uploads.stream_upload(&actor, upload, content.body).await };
        let stored = tokio::spawn(carried(storing.in_current_span())).await;
        stored.unwrap_or(Err(FileError::Internal("storing content panicked")))
    }

    /// The version that a client names as the one it knows; 0 stands for none.
    fn known(&self, previous: Option<&str>) -> Result<Option<Current>, FileError> {
        let Some(previous) = previous.filter(|previous| !previous.is_empty()) else {
            return Ok(None);
        };
        match self.core.settings().ids.decode(IdKind::Blob, previous) {
            Some(0) => Ok(Some(Current(None))),
            Some(id) => Ok(Some(Current(Some(BlobId(id))))),
            None => Err(VersionError::Stale.into()),
        }
    }
}
