//! Google Cloud Storage: objects of one bucket, by the key of a service account.
//!
//! Browsers send nothing to it: the clients of the V4 API do not speak to it. What they send comes
//! through this server.

mod client;
mod joining;
mod key;
mod listing;
mod objects;
mod parts;
mod signing;

pub use client::{Bucket, GcsOptions};

use crate::driver::{BucketDriver, path_of};
use crate::http::BadOptions;
use crate::pieces::MOST_PARTS;
use crate::vendor::{Listing, Page, Part, Vendor, fetch_with};
use async_trait::async_trait;
use bytes::Bytes;
use object_store::GetRange;
use std::time::SystemTime;
use storage::{
    BlobKey, BlobStat, ByteStream, Capabilities, DownloadRequest, DriverError, PartBounds, Staged,
    VendorChecksum,
};

/// Metadata of an object: the upload that became it.
const NAME_OF: &str = "alcoveupload";

/// Chunk of an upload where nobody has a wish.
const USUAL_PART: u64 = 25 << 20;
/// The pieces of longer ones would not be remembered one by one.
const LARGEST_PART: u64 = 256 << 20;
const SMALLEST_PART: u64 = 1 << 20;
/// Keys that are deleted in one go, though one by one.
const MOST_DELETIONS: usize = 1_000;

/// Blobs in a bucket.
pub type GcsDriver = BucketDriver<Bucket>;

impl GcsDriver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: GcsOptions) -> Result<Self, BadOptions> {
        Bucket::new(options).map(Self::of)
    }
}

#[async_trait]
impl Vendor for Bucket {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            browser_download: true,
            list: true,
            abort_needed: true,
            list_folders: true,
            checksums: true,
            parts: PartBounds {
                least_bytes: SMALLEST_PART,
                most_bytes: LARGEST_PART,
                multiple_of: 0,
                most_parts: MOST_PARTS,
                usual_bytes: USUAL_PART,
            },
            ..Capabilities::default()
        }
    }

    async fn fetch(
        &self,
        key: &BlobKey,
        range: Option<GetRange>,
    ) -> Result<ByteStream, DriverError> {
        fetch_with(&self.store, key, range).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        let found = self.look(key.as_str()).await?;
        let found = found.ok_or_else(|| DriverError::NotFound(key.clone()))?;
        Ok(found.stat())
    }

    async fn is_taken(&self, key: &BlobKey) -> Result<bool, DriverError> {
        Ok(self.found(key.as_str()).await?.is_some())
    }

    async fn why_unreadable(&self, key: &BlobKey) -> Option<DriverError> {
        self.why(key).await
    }

    async fn create(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        // What the library would not read is not written.
        path_of(key)?;
        self.put(key, bytes).await
    }

    async fn begin(
        &self,
        key: &BlobKey,
        _content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        self.begin_parts(key).await
    }

    /// The store takes objects at any time.
    async fn is_open(&self, key: &BlobKey, upload: &str) -> Result<bool, DriverError> {
        self.is_begun(key, upload).await
    }

    async fn send_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        self.put_part(key, upload, index, bytes).await
    }

    async fn parts(&self, key: &BlobKey, upload: &str) -> Result<Option<Vec<Part>>, DriverError> {
        self.parts_of(key, upload).await
    }

    async fn join(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
        content_type: Option<&str>,
    ) -> Result<bool, DriverError> {
        self.join_parts(key, upload, parts, content_type).await
    }

    async fn became(
        &self,
        key: &BlobKey,
        upload: &str,
        size_bytes: u64,
    ) -> Result<bool, DriverError> {
        match self.look(key.as_str()).await? {
            None => Ok(false),
            Some(found) if found.is_of(upload, size_bytes) => Ok(true),
            Some(_) => Err(DriverError::AlreadyExists(key.clone())),
        }
    }

    async fn abort(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        self.drop_parts(key, upload).await
    }

    async fn delete_some(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let names = keys.iter().map(|key| key.as_str().to_owned());
        let left = self.remove_all(names.collect()).await?;
        let is_left = |key: &&BlobKey| left.iter().any(|name| name == key.as_str());
        Ok(keys.iter().filter(is_left).cloned().collect())
    }

    fn delete_batch(&self) -> usize {
        MOST_DELETIONS
    }

    async fn page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        self.list_page(listing).await
    }

    async fn unfinished(&self) -> Result<Vec<Staged>, DriverError> {
        self.unfinished_uploads().await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        self.signed_download(key, request, SystemTime::now())
    }

    async fn checksum(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        self.checksum_of(key).await
    }
}
