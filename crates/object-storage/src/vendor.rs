//! What stores differ in. The rest is one driver for all of them.

use crate::refusal::of_library;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::io;
use std::time::SystemTime;
use storage::{
    BlobKey, BlobStat, ByteStream, CallbackMessage, CallbackProblem, Capabilities, DownloadRequest,
    DriverError, MediaTag, Picture, Route, Staged, UploadPlan, VendorChecksum,
};

/// A part that the store has.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Part {
    /// From 1.
    #[serde(rename = "PartNumber")]
    pub number: u64,
    /// What the store calls these bytes.
    #[serde(rename = "ETag")]
    pub e_tag: String,
    #[serde(default, skip_serializing)]
    pub size: u64,
}

/// An object as a listing tells it.
#[derive(Debug)]
pub struct Object {
    pub key: String,
    pub size_bytes: u64,
    pub modified: SystemTime,
}

/// Some of what lies in a bucket.
#[derive(Debug, Default)]
pub struct Page {
    pub objects: Vec<Object>,
    /// With the slash at their end.
    pub folders: Vec<String>,
    /// Where the next page begins, unless this is the last.
    pub next: Option<String>,
}

/// What is to be listed.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    pub prefix: &'a str,
    /// What lies below folders is told by their names alone.
    pub by_folder: bool,
    /// Empty: from the beginning.
    pub after: &'a str,
    pub next: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
}

/// A bucket of one kind of store.
#[async_trait]
pub trait Vendor: Clone + Debug + Send + Sync + 'static {
    fn capabilities(&self) -> Capabilities;

    /// The bytes of an object, of a range that begins within it.
    async fn fetch(
        &self,
        key: &BlobKey,
        range: Option<GetRange>,
    ) -> Result<ByteStream, DriverError>;

    /// # Errors
    /// `NotFound`
    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError>;

    /// Whether something has the key, as cheaply as can be asked.
    async fn is_taken(&self, key: &BlobKey) -> Result<bool, DriverError>;

    /// Why an object cannot be read, if the store says it.
    async fn why_unreadable(&self, key: &BlobKey) -> Option<DriverError>;

    /// A small blob in one request.
    /// # Errors
    /// `AlreadyExists`
    async fn create(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError>;

    /// Begins an upload. Answers the store's name of it.
    async fn begin(&self, key: &BlobKey, content_type: Option<&str>)
    -> Result<String, DriverError>;

    /// Whether an upload takes parts, where [`Self::send_part`] does not tell.
    async fn is_open(&self, _key: &BlobKey, _upload: &str) -> Result<bool, DriverError> {
        Ok(true)
    }

    /// Sends one part, from 0. `None`: there is no such upload.
    async fn send_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError>;

    /// The parts that an upload has, in order. `None`: there is no such upload.
    async fn parts(&self, key: &BlobKey, upload: &str) -> Result<Option<Vec<Part>>, DriverError>;

    /// Makes a blob of its parts, unless something has the key. `false`: there is no such upload.
    /// # Errors
    /// `AlreadyExists`
    async fn join(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
        content_type: Option<&str>,
    ) -> Result<bool, DriverError>;

    /// Whether an upload of which the store knows nothing more became the blob of `size_bytes` under
    /// its key. `false`: nothing has the key.
    /// # Errors
    /// `AlreadyExists` if something else has it.
    async fn became(
        &self,
        key: &BlobKey,
        upload: &str,
        size_bytes: u64,
    ) -> Result<bool, DriverError>;

    /// Drops an upload with all its parts. One that is not there is dropped.
    async fn abort(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError>;

    /// As many as [`Self::delete_batch`] says. Answers those that are still there.
    async fn delete_some(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError>;

    /// How many keys one request deletes.
    fn delete_batch(&self) -> usize;

    async fn page(&self, listing: Listing<'_>) -> Result<Page, DriverError>;

    /// Uploads of this storage that were begun and neither completed nor ended.
    async fn unfinished(&self) -> Result<Vec<Staged>, DriverError>;

    async fn download_url(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError>;

    /// Where clients send the parts of an upload that need not be relayed.
    async fn direct(&self, _plan: &UploadPlan, _upload: &str) -> Result<Route, DriverError> {
        Ok(Route::Here)
    }

    async fn set_cors(&self, _origins: &[String]) -> Result<(), DriverError> {
        Err(DriverError::Unsupported("set rules for browsers"))
    }

    async fn checksum(&self, _key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        Err(DriverError::Unsupported("compute checksums"))
    }

    async fn native_thumbnail(
        &self,
        _key: &BlobKey,
        _side_pixels: u32,
    ) -> Result<Option<Picture>, DriverError> {
        Err(DriverError::Unsupported("make thumbnails"))
    }

    async fn native_media(&self, _key: &BlobKey) -> Result<Vec<MediaTag>, DriverError> {
        Err(DriverError::Unsupported("read media tags"))
    }

    async fn check_callback(
        &self,
        _plan: &UploadPlan,
        _message: CallbackMessage<'_>,
    ) -> Result<(), CallbackProblem> {
        Ok(())
    }
}

/// [`Vendor::fetch`] where the library reads objects.
pub async fn fetch_with(
    store: &dyn ObjectStore,
    key: &BlobKey,
    range: Option<GetRange>,
) -> Result<ByteStream, DriverError> {
    let options = GetOptions {
        range,
        ..GetOptions::default()
    };
    let path = Path::parse(key.as_str()).map_err(|error| of_library(error.into()))?;
    let found = store.get_opts(&path, options).await.map_err(of_library)?;
    Ok(found.into_stream().map_err(io::Error::other).boxed())
}
