//! The one place where stored bytes become what a file shows, with all that follows from it.

use super::retention::{self, LetGo};
use crate::error::FileError;
use crate::tasks::{queue_thumbnail, verify_blob};
use crate::tree::{Author, Change};
use entity::{BlobId, Timestamp, file};
use site::task;
use store::{files, metadata};
use wire::metadata_key::THUMB_DISABLED;

/// Bytes that the file holds already, as a version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub blob: BlobId,
    pub size_bytes: i64,
    /// When the content was last changed, as the file is to say.
    pub at: Timestamp,
    /// Whether its hash is known. Who stored it elsewhere may not know it.
    pub is_hashed: bool,
    /// What goes for it.
    pub lets_go: LetGo,
}

/// Makes content the current one of its file; the file's pictures show something else now.
pub(super) async fn make_current<By: Author>(
    change: &mut Change<'_, By>,
    file: &file::Model,
    content: Content,
) -> Result<(), FileError> {
    let Content {
        blob,
        size_bytes,
        at,
        ..
    } = content;
    files::set_current(change.db(), file.id, Some(blob), size_bytes, at).await?;
    metadata::remove(change.db(), file.id, &[THUMB_DISABLED]).await?;
    retention::apply(change, file, Some(blob), content.lets_go).await?;
    follow(change, file, content).await
}

/// Leaves a file without content: the last of it is taken away.
pub(super) async fn show_nothing<By: Author>(
    change: &mut Change<'_, By>,
    file: &file::Model,
) -> Result<(), FileError> {
    files::set_current(change.db(), file.id, None, 0, change.now).await?;
    retention::apply(change, file, None, LetGo::Pictures).await
}

/// Queues what follows from new content, also from the first of a file that was made with it.
pub(super) async fn follow<By: Author>(
    change: &mut Change<'_, By>,
    file: &file::Model,
    content: Content,
) -> Result<(), FileError> {
    verify(change, content).await?;
    let core = change.core;
    Ok(queue_thumbnail(core, change.tx(), file, content.size_bytes).await?)
}

/// Queues the reading of bytes whose hash is not known.
pub(super) async fn verify<By: Author>(
    change: &mut Change<'_, By>,
    content: Content,
) -> Result<(), FileError> {
    if !content.is_hashed {
        let verify = verify_blob(content.blob, change.now);
        task::queue(change.tx(), verify).await?;
    }
    Ok(())
}
