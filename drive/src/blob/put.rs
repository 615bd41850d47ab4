//! Content in one request.

use super::session::UploadRequest;
use super::upload::{Chunk, Uploads};
use crate::actor::Actor;
use crate::error::FileError;
use crate::store::files;
use crate::tree::{FileEntry, Place};
use crate::wire::FileUri;
use entity::Timestamp;
use storage::ByteStream;

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
    /// Makes the body the file's content, whole or not at all; a missing file is created.
    /// # Errors
    /// Those of opening an upload and of a chunk
    pub async fn put(&self, actor: &Actor, content: PutContent) -> Result<FileEntry, FileError> {
        let request = UploadRequest {
            uri: content.uri.clone(),
            size_bytes: i64::try_from(content.size_bytes)
                .map_err(|_| FileError::BadParameter("Size out of range"))?,
            last_modified: content.last_modified,
            mime_type: None,
            metadata: std::collections::BTreeMap::new(),
            entity_type: Some("version".to_owned()),
            previous: content.previous,
            whole: true,
        };
        let opened = self.open(actor, request).await?;
        let session = opened.session;
        let chunk = Chunk {
            index: 0,
            size_bytes: content.size_bytes,
            body: content.body,
        };
        if let Err(error) = self.write_chunk(actor, &session.id, chunk).await {
            // The client cannot resume what it has no session for.
            if let Err(undo) = self.discard(actor, &session).await {
                tracing::warn!(%undo, file = %session.file_id, "an upload was left to the sweep");
            }
            return Err(error);
        }
        let db = self.core.store.read();
        let file = files::by_id(db, session.file_id)
            .await?
            .ok_or(FileError::NotFound)?;
        let place = Place::resolve(db, &self.core, actor, &content.uri).await?;
        Ok(place.entry(actor, file))
    }
}
