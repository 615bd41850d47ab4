//! Thumbnails: small pictures of files, kept as blobs beside the versions they show.
//!
//! - A thumbnail belongs to the content it was made of: new content drops it (`blob::retention`),
//!   and it is counted, copied, recycled and checked like any other blob its file holds.
//! - It is made right after an upload, and when somebody asks for one that is missing. Of several
//!   who ask at once one makes it. Two replicas may both make it; one is kept.
//! - What cannot be shown is marked with [`THUMB_DISABLED`], so that nobody tries again before the
//!   content, the extension or the owner says so.

mod bytes;
mod file_mutex;
mod keep;
#[cfg(test)]
mod keep_tests;
mod vendor;

pub use crate::error::thumbnail::ThumbnailError;

use self::bytes::BlobBytes;
use crate::blob::{ContentLink, OpenBlobs, SignedLink, by_proxy, content_link};
use crate::context::Core;
use crate::error::FileError;
use crate::share;
use crate::tree::ResolvedPath;
use entity::{BlobKind, FileId, FileKind, Timestamp, blob, file};
use file_mutex::FileMutex;
use site::access::Right;
use site::actor::Actor;
use site::picture::{Encoding, Picture, PictureError, Shape};
use site::settings::{ThumbEncoding, ThumbnailSettings};
use std::sync::Arc;
use store::{Connection, blobs, files, metadata};
use tokio::sync::Semaphore;
use wire::metadata_key::THUMB_DISABLED;
use wire::{Capability, FileUri};

/// How often content may change under a thumbnail's feet before it is given up.
const TRIES: usize = 3;
/// Below the data folder, for bytes that are not in a local file.
const FOLDER: &str = "temp/thumb";

/// The service behind thumbnails.
#[derive(Clone, Debug)]
pub struct Thumbnails {
    core: Arc<Core>,
    blobs: OpenBlobs,
    mutex: FileMutex,
    /// Thumbnails nobody waits for are made one at a time.
    unasked: Arc<Semaphore>,
}

/// What came of trying to make one.
enum Made {
    Kept(Box<blob::Model>),
    /// The file has other content by now.
    Outdated,
}

impl Thumbnails {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            blobs: OpenBlobs::new(Arc::clone(&core)),
            core,
            mutex: FileMutex::default(),
            unasked: Arc::new(Semaphore::new(1)),
        }
    }

    /// A link to the thumbnail of a file, which is made if there is none, and when it expires.
    /// Whoever may see the file may ask.
    /// # Errors
    /// `ThumbnailError::Missing` for what has none and will have none, `ThumbnailError::Picture` if
    /// it cannot be made, `QuotaExceeded` (of the owner), `NotFound`, `NotAllowed`,
    /// `ShareError::Gone`
    pub async fn link(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<(SignedLink, Timestamp), FileError> {
        let (resolved, stored) = self.look(actor, uri).await?;
        let picture = match stored {
            Some(picture) => picture,
            None if resolved.navigator.capability().has(Capability::Thumbnail) => {
                self.make(resolved.existing()?.id).await?
            }
            None => return Err(ThumbnailError::Missing.into()),
        };
        self.sign(actor, &resolved, &picture).await
    }

    /// A link to the thumbnail of a file that has one.
    /// # Errors
    /// As [`Self::link`], but nothing is made
    pub async fn stored_link(&self, actor: &Actor, uri: &FileUri) -> Result<SignedLink, FileError> {
        let (resolved, stored) = self.look(actor, uri).await?;
        let picture = stored.ok_or(ThumbnailError::Missing)?;
        Ok(self.sign(actor, &resolved, &picture).await?.0)
    }

    /// The file, and the thumbnail it has.
    async fn look(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<(ResolvedPath, Option<blob::Model>), FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        // Where none are made, as in the trash, those that are there are shown.
        let right = if resolved.navigator.capability().has(Capability::Thumbnail) {
            Right::Thumbnail
        } else {
            Right::Info
        };
        resolved.navigator.require(actor, right)?;
        let file = resolved.existing()?;
        if file.kind == FileKind::Folder || is_disabled(db, file.id).await? {
            return Err(ThumbnailError::Missing.into());
        }
        let stored = stored(db, file.id).await?;
        Ok((resolved, stored))
    }

    async fn sign(
        &self,
        actor: &Actor,
        resolved: &ResolvedPath,
        picture: &blob::Model,
    ) -> Result<(SignedLink, Timestamp), FileError> {
        let file = resolved.existing()?;
        let share = resolved.navigator.share.as_ref();
        let link = ContentLink {
            blob: Some(picture.id),
            speed: actor.group().speed_limit.max(0),
            // The name tells the type of what is served.
            name: &shown_name(&file.name, &picture.props.extension),
            download: false,
            via: share.map(|share| share::via(share, file.id)),
        };
        let ttl = self.core.settings().files.entity_url_ttl.as_secs();
        let expires = self.core.now().plus_secs(ttl as i64);
        let mut signed = content_link(&self.core, &link, expires.unix_secs());
        signed.path_and_query.push_str("&thumb=true");
        by_proxy(&self.core, [(&mut signed, picture.id)]).await?;
        Ok((signed, expires))
    }

    /// The thumbnail of a file, made if it is missing and may be.
    /// # Errors
    /// `ThumbnailError::Missing`, `ThumbnailError::Picture`, `QuotaExceeded`; `Storage`, `Store` if
    /// it may work later
    pub async fn make(&self, file: FileId) -> Result<blob::Model, FileError> {
        let _held = self.mutex.lock(file).await;
        for _ in 0..TRIES {
            if let Made::Kept(picture) = self.try_to_make(file).await? {
                return Ok(*picture);
            }
        }
        Err(ThumbnailError::Missing.into())
    }

    /// The same for nobody in particular: one at a time, so that those who ask come first.
    /// # Errors
    /// Only those after which it may work later
    pub async fn make_unasked(&self, file: FileId) -> Result<(), FileError> {
        let _turn = self.unasked.acquire().await;
        match self.make(file).await {
            Ok(_)
            | Err(FileError::Thumbnail(ThumbnailError::Missing) | FileError::QuotaExceeded) => {
                Ok(())
            }
            Err(FileError::Thumbnail(ThumbnailError::Picture(error))) if error.is_final() => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn try_to_make(&self, id: FileId) -> Result<Made, FileError> {
        let db = self.core.store.read();
        // As of now: whoever had the turn before may have made it, or failed.
        let file = files::by_id(db, id).await?.ok_or(ThumbnailError::Missing)?;
        if is_disabled(db, id).await? {
            return Err(ThumbnailError::Missing.into());
        }
        if let Some(picture) = stored(db, id).await? {
            return Ok(Made::Kept(Box::new(picture)));
        }
        let content = file.current_blob_id.ok_or(ThumbnailError::Missing)?;
        let content = blobs::by_id(db, content).await?;
        let content = content
            .filter(|blob| blob.upload_session_id.is_none())
            .ok_or(ThumbnailError::Missing)?;
        let from = self.core.policies.get(content.policy_id).await?;
        let by_vendor = if vendor::is_asked(&from, &file.name, content.size_bytes) {
            vendor::picture(&self.core, &from, &content).await?
        } else {
            None
        };
        let reads = from.can.direct_file || from.row.settings.is_on("thumb_generator_proxy");
        if by_vendor.is_none() && !reads {
            // Reading a vendor's bytes costs: only where somebody wished for it.
            return Err(ThumbnailError::Missing.into());
        }
        let policy = keep::policy_for(&self.core, &file).await?;
        let made = match by_vendor {
            Some(picture) => Ok(picture),
            None => self.picture_of(&file, &content).await,
        };
        match made {
            Ok(picture) => keep::keep(&self.core, &file, &content, &policy, picture).await,
            Err(FileError::Thumbnail(ThumbnailError::Picture(error))) if error.is_final() => {
                tracing::info!(file = %id, %error, "a file will have no thumbnail");
                keep::disable(&self.core, &file).await?;
                Err(error.into())
            }
            Err(error) => Err(error),
        }
    }

    async fn picture_of(
        &self,
        file: &file::Model,
        content: &blob::Model,
    ) -> Result<(Picture, Encoding), FileError> {
        let live = self.core.settings();
        let settings = &live.settings.thumbnails;
        if !settings.takes(&file.name, content.size_bytes as u64) {
            return Err(PictureError::Unknown.into());
        }
        let open = self.blobs.get(content.id).await?;
        let bytes = BlobBytes::of(&open, &self.core.data.join(FOLDER)).await?;
        let encoding = encoding_of(settings);
        let shape = Shape::Within {
            width: settings.width,
            height: settings.height,
        };
        let made = self.core.pictures.small(bytes, shape, encoding).await;
        Ok((made?, encoding))
    }
}

fn encoding_of(settings: &ThumbnailSettings) -> Encoding {
    match settings.encoding {
        ThumbEncoding::Png => Encoding::Png,
        // Only other generators write WebP (V4 API, thumbnails).
        ThumbEncoding::Jpg | ThumbEncoding::Webp => Encoding::Jpeg(settings.quality),
    }
}

async fn is_disabled(db: &Connection, file: FileId) -> Result<bool, FileError> {
    Ok(metadata::get(db, file, THUMB_DISABLED).await?.is_some())
}

/// The thumbnail a file has.
async fn stored(db: &Connection, file: FileId) -> Result<Option<blob::Model>, FileError> {
    let held = blobs::of_file(db, file).await?;
    let is_picture =
        |blob: &blob::Model| blob.kind == BlobKind::Thumbnail && blob.upload_session_id.is_none();
    Ok(held.into_iter().find(is_picture))
}

/// The file's name with the extension of its picture.
fn shown_name(name: &str, extension: &str) -> String {
    let stem = match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    };
    let extension = if extension.is_empty() {
        "png"
    } else {
        extension
    };
    format!("{stem}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_named_like_their_file_with_their_own_extension() {
        assert_eq!(shown_name("cat.jpeg", "png"), "cat.png");
        assert_eq!(shown_name(".png", "jpg"), ".png.jpg");
        assert_eq!(shown_name("a.b.gif", ""), "a.b.png");
        assert_eq!(shown_name("cat", "png"), "cat.png");
    }
}
