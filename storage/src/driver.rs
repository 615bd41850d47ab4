//! What every storage must offer, and promise.

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use uuid::Uuid;

use crate::{
    BlobKey, CallbackMessage, CallbackProblem, DriverError, FolderEntry, MediaTag, PartBounds,
    PartWritten, PassedOver, Picture, Route, UploadPlan, UploadTarget, VendorChecksum,
};

/// A body on its way in or out. An error from the stream means the sender failed.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Part of a blob, in bytes. Clamped to the blob: past its end there is nothing, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    pub start: u64,
    /// First byte not wanted; `None` reads to the end.
    pub end: Option<u64>,
}

impl ByteRange {
    /// The whole blob.
    pub const ALL: Self = Self {
        start: 0,
        end: None,
    };

    /// From `start` up to, not including, `end`.
    pub const fn new(start: u64, end: u64) -> Self {
        Self {
            start,
            end: Some(end),
        }
    }

    /// From `start` to the end of the blob.
    pub const fn from(start: u64) -> Self {
        Self { start, end: None }
    }

    /// The bytes of this range that a blob of `size_bytes` has.
    pub fn within(self, size_bytes: u64) -> Range<u64> {
        let end = self.end.unwrap_or(size_bytes).min(size_bytes);
        self.start.min(end)..end
    }
}

/// What a driver can do; the rest of [`Driver`] answers `Unsupported`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// [`Driver::open`] gives a file handle, so content can be served with plain file reads.
    pub direct_file: bool,
    /// [`Driver::write_part`] takes bytes that come through this server.
    pub relay_chunks: bool,
    /// Parts may arrive in parallel and out of order; otherwise strictly one after another.
    pub parallel_parts: bool,
    /// [`Driver::begin_upload`] answers [`Route::Direct`](crate::Route::Direct): the client
    /// sends its bytes to the vendor.
    pub browser_upload: bool,
    /// [`Driver::download_url`] gives URLs that clients fetch without this server.
    pub browser_download: bool,
    /// [`Driver::list`] works.
    pub list: bool,
    /// Unfinished uploads stay at the vendor (and cost money) until aborted: abort at expiry.
    pub abort_needed: bool,
    /// What a client was given to upload with is good until it expires, whatever became of the upload:
    /// bytes may come to its key after it was aborted.
    pub outlives_abort: bool,
    /// [`Driver::list_folder`] works.
    pub list_folders: bool,
    /// [`Driver::set_cors`] works.
    pub cors: bool,
    /// [`Driver::native_thumbnail`] works, for some blobs.
    pub native_thumbnails: bool,
    /// [`Driver::native_media`] works, for some blobs.
    pub native_media: bool,
    /// [`Driver::checksum`] works, for some blobs.
    pub checksums: bool,
    /// What parts of an upload may be like.
    pub parts: PartBounds,
}

/// What a finished write put into storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub size_bytes: u64,
    /// Hash of the whole blob; `None` when the bytes went to a vendor without passing here, which
    /// means: to be read and hashed later.
    pub blake3: Option<[u8; 32]>,
}

/// What is known about a blob without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobStat {
    pub size_bytes: u64,
    pub modified: SystemTime,
}

/// A blob found by [`Driver::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBlob {
    pub key: BlobKey,
    pub size_bytes: u64,
    pub modified: SystemTime,
}

/// Bytes of an unfinished upload or write found by [`Driver::list_staging`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// The driver's own name for it, for [`Driver::discard_staging`].
    pub name: String,
    /// The upload it belongs to; `None` for a write that was cut off, or where only
    /// [`Self::vendor_state`] tells.
    pub upload: Option<Uuid>,
    /// What [`Driver::begin_upload`] answered for it, where the vendor knows only that.
    pub vendor_state: Option<String>,
    pub size_bytes: u64,
    /// Last time bytes arrived. Recent ones may still be in use: sweep only old ones.
    pub modified: SystemTime,
}

/// How a client wants to download straight from the vendor.
#[derive(Clone, Debug)]
pub struct DownloadRequest {
    /// Name to show; with `attachment`, the name to save as.
    pub file_name: String,
    pub attachment: bool,
    /// How long the URL must live; drivers cut it to what the vendor allows.
    pub lifetime: Duration,
    /// Bytes per second; `None` is unlimited. Drivers without a limiter ignore it.
    pub speed_bytes: Option<u64>,
}

/// How much a storage can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// That may be used: what is to stay free is none of it.
    pub free_bytes: u64,
    /// Free or not.
    pub total_bytes: u64,
}

/// One of the storages that each keep everything.
#[derive(Clone, Debug)]
pub struct Member {
    /// By which it is known, whatever others come and go.
    pub id: i64,
    pub driver: Arc<dyn Driver>,
}

/// Bytes by key for one storage policy. Knows no users, paths, SQL or HTTP.
///
/// Keys are written once: a blob is never changed or overwritten, only deleted. Everything here
/// may be called from several processes that share the storage.
#[async_trait]
pub trait Driver: Send + Sync + Debug {
    fn capabilities(&self) -> Capabilities;

    /// Storages that each keep every blob of this one, under the same key; none where there is one copy.
    fn members(&self) -> &[Member] {
        &[]
    }

    /// The bytes of `range`, clamped to the blob; memory use does not depend on its length.
    /// # Errors
    /// `NotFound`.
    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError>;

    /// A read-only handle on the blob's file, or `None` where blobs are not local files.
    /// # Errors
    /// `NotFound`.
    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError>;

    /// All or nothing: a failed or cut off write leaves nothing readable; a finished one survives
    /// a crash of the machine. When the caller is cancelled at the very end the blob may exist
    /// all the same, so a key that is to be used must be recorded by its owner first.
    /// # Errors
    /// `AlreadyExists`, `NoSpace`, `Body`; with `expected_bytes` also `ShortBody`, `LongBody`.
    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError>;

    /// Makes a file of this machine a blob without copying it, as [`Self::write`] does with its bytes;
    /// whoever made it writes to it no more. `None` where that cannot be: it has to be copied.
    /// # Errors
    /// `AlreadyExists`, `NoSpace`
    async fn adopt(
        &self,
        _key: &BlobKey,
        _file: std::fs::File,
    ) -> Result<Option<Written>, DriverError> {
        Ok(None)
    }

    /// # Errors
    /// `NotFound`.
    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError>;

    /// Returns the keys still present; a missing key counts as deleted.
    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError>;

    /// Up to `limit` blobs whose key starts with `prefix` (a plain text prefix, `""` for all), in
    /// byte order or another order of the storage's own, beginning behind `after`, the last of the
    /// page before. Fewer than `limit` means there are no more.
    /// # Errors
    /// `Unsupported` without the capability.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError>;

    /// A URL from which a client can fetch the blob without this server.
    /// # Errors
    /// `Unsupported` without the capability.
    async fn download_url(
        &self,
        _key: &BlobKey,
        _request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        Err(DriverError::Unsupported("give download URLs"))
    }

    /// Prepares an upload and says where its bytes go: [`Route::Here`] wherever
    /// [`UploadPlan::relay`] asks for it. The caller saves [`UploadTarget::vendor_state`] and puts it
    /// into the plan for all later calls.
    /// # Errors
    /// `AlreadyExists` when the key is taken (or the upload was begun before), `NoSpace`.
    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError>;

    /// Where the bytes of an upload go that was begun before: the same place, by URLs that are good
    /// until the plan's end. Asks the vendor for as little as it can.
    /// # Errors
    /// `UploadGone` where that is known.
    async fn route_of(&self, _plan: &UploadPlan) -> Result<Route, DriverError> {
        Ok(Route::Here)
    }

    /// Takes one part: exactly `size_bytes` at `offset`, in any order, in parallel, repeatable.
    /// When this returns the bytes survive a crash of the machine, so the part may be recorded. A
    /// failed part changes nothing but its own range: send it again.
    /// # Errors
    /// `UploadGone`, `PartOutOfRange`, `ShortBody`, `LongBody`, `NoSpace`, `Body`; `Unsupported`
    /// without [`Capabilities::relay_chunks`].
    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError>;

    /// Makes the upload readable under its key, durably. `parts` is what `write_part` returned,
    /// in any order, each once; empty for a direct upload. Idempotent: after a crash between
    /// this and the caller's own commit, calling again succeeds.
    /// # Errors
    /// `Incomplete`, `UploadGone` if neither upload nor blob exists, `AlreadyExists` if another
    /// blob took the key.
    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError>;

    /// Goes on with a completion that had begun and was cut off, whose parts are no longer taken.
    /// `None` if none had begun, or if nothing is left of the upload. Reads the bytes for their hash.
    /// # Errors
    /// `AlreadyExists` if another blob took the key.
    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError>;

    /// Drops what was uploaded so far. Idempotent, and harmless after completion: the blob stays.
    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError>;

    /// Everything unfinished in this storage, so that a sweeper can find what no session owns.
    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError>;

    /// Drops one find of [`Driver::list_staging`]; gone already is fine.
    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError>;

    /// What lies directly in a folder of the storage (`""` is its root), whoever put it there, in
    /// the order of names: up to `limit` entries behind the one called `after`. Fewer than `limit`
    /// means there are no more. A folder that is not there is empty.
    /// # Errors
    /// `Unsupported` without the capability.
    async fn list_folder(
        &self,
        _folder: &str,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        Err(DriverError::Unsupported("list folders"))
    }

    /// What lies directly in a folder of the storage and [`Self::list_folder`] does not tell of: how
    /// much that is, and up to `limit` of it by name.
    async fn list_passed_over(
        &self,
        _folder: &str,
        _limit: usize,
    ) -> Result<PassedOver, DriverError> {
        Ok(PassedOver::default())
    }

    /// Whether it is the vendor who says that an upload is whole, where it can prove that. What it says
    /// is not relied on: it is asked by [`Self::complete_upload`].
    /// # Errors
    /// `Forged`
    async fn check_callback(
        &self,
        _plan: &UploadPlan,
        _message: CallbackMessage<'_>,
    ) -> Result<(), CallbackProblem> {
        Ok(())
    }

    /// Has the vendor let browsers of these origins send and fetch bytes; none means any.
    /// # Errors
    /// `Unsupported` without the capability.
    async fn set_cors(&self, _origins: &[String]) -> Result<(), DriverError> {
        Err(DriverError::Unsupported("set rules for browsers"))
    }

    /// A small picture of a blob that the vendor makes, no side longer than `side_pixels`; `None`
    /// where it makes none of this blob.
    /// # Errors
    /// `NotFound`; `Unsupported` without the capability.
    async fn native_thumbnail(
        &self,
        _key: &BlobKey,
        _side_pixels: u32,
    ) -> Result<Option<Picture>, DriverError> {
        Err(DriverError::Unsupported("make thumbnails"))
    }

    /// What the vendor knows about a picture, song or film, in its own words.
    /// # Errors
    /// `NotFound`; `Unsupported` without the capability.
    async fn native_media(&self, _key: &BlobKey) -> Result<Vec<MediaTag>, DriverError> {
        Err(DriverError::Unsupported("read media tags"))
    }

    /// Asks whether the storage can be used now, as cheaply as can be, and how much room it has; `None`
    /// where nobody knows.
    /// # Errors
    /// It cannot be used.
    async fn room(&self) -> Result<Option<Room>, DriverError> {
        if self.capabilities().list {
            self.list("", None, 1).await?;
        }
        Ok(None)
    }

    /// A checksum of the whole blob that the vendor computed; `None` where it has none of it.
    /// # Errors
    /// `NotFound`; `Unsupported` without the capability.
    async fn checksum(&self, _key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        Err(DriverError::Unsupported("compute checksums"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_range_never_leaves_the_blob(
            start: u64, end in proptest::option::of(any::<u64>()), size: u64,
        ) {
            let range = ByteRange { start, end }.within(size);
            prop_assert!(range.start <= range.end && range.end <= size);
            prop_assert_eq!(range.is_empty(), start >= end.unwrap_or(size).min(size));
        }
    }
}
