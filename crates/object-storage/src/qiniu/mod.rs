//! Kodo, the object storage of Qiniu: bytes come in parts to one host, objects are known by another,
//! and fetched from a domain of the bucket's own.
//!
//! Uploads that did not come to their end are told by nobody: the vendor drops them after a week.

mod callback;
mod client;
mod direct;
mod listing;
mod media;
mod objects;
mod parts;
mod refusal;
mod regions;
mod signing;
mod token;

pub use client::Bucket;

use crate::driver::BucketDriver;
use crate::http::BadOptions;
use crate::pieces::MOST_PARTS;
use crate::vendor::{Listing, Page, Part, Vendor};
use crate::writing::write_in_a_part;
use async_trait::async_trait;
use bytes::Bytes;
use object_store::GetRange;
use std::fmt;
use storage::{
    BlobKey, BlobStat, ByteStream, CallbackMessage, CallbackProblem, Capabilities, DownloadRequest,
    DriverError, MediaTag, PartBounds, Picture, Route, Staged, UploadPlan,
};

/// What a part has (Kodo, resumable upload), and where nobody has a wish (V4 API).
const SMALLEST_PART: u64 = 1 << 20;
const LARGEST_PART: u64 = 1 << 30;
const USUAL_PART: u64 = 25 << 20;
/// Keys that one request deletes.
const MOST_DELETIONS: usize = 1_000;

/// Which bucket it is, and the keys to it.
#[derive(Clone)]
pub struct QiniuOptions {
    pub bucket: String,
    /// Where its objects are fetched.
    pub domain: String,
    pub access_key: String,
    pub secret_key: String,
    /// If not, anybody may fetch: URLs need no signature.
    pub is_private: bool,
    /// Bytes come by hosts that are faster from far away, if the bucket has such.
    pub is_accelerated: bool,
    /// Where it is said by which hosts the bucket is reached, if not at the vendor's. For tests.
    pub region_service: Option<String>,
}

impl fmt::Debug for QiniuOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QiniuOptions({} at {})", self.bucket, self.domain)
    }
}

/// Blobs in a bucket.
pub type QiniuDriver = BucketDriver<Bucket>;

impl QiniuDriver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: QiniuOptions) -> Result<Self, BadOptions> {
        Bucket::new(options).map(Self::of)
    }
}

#[async_trait]
impl Vendor for Bucket {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            browser_upload: true,
            browser_download: true,
            list: true,
            abort_needed: true,
            // A token names a key until it expires.
            outlives_abort: true,
            list_folders: true,
            native_thumbnails: true,
            native_media: true,
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
        self.read_object(key, range).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.stat_object(key).await
    }

    async fn is_taken(&self, key: &BlobKey) -> Result<bool, DriverError> {
        match self.stat_object(key).await {
            Ok(_) => Ok(true),
            Err(DriverError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What refuses to be read says why.
    async fn why_unreadable(&self, _key: &BlobKey) -> Option<DriverError> {
        None
    }

    async fn create(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        write_in_a_part(self, key, bytes).await
    }

    async fn begin(
        &self,
        key: &BlobKey,
        _content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        self.begin_upload(key).await
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

    /// No object tells which upload it was: its length has to do.
    async fn became(
        &self,
        key: &BlobKey,
        _upload: &str,
        size_bytes: u64,
    ) -> Result<bool, DriverError> {
        match self.stat_object(key).await {
            Ok(stat) if stat.size_bytes == size_bytes => Ok(true),
            Ok(_) => Err(DriverError::AlreadyExists(key.clone())),
            Err(DriverError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn abort(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        self.drop_upload(key, upload).await
    }

    async fn delete_some(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.delete_all(keys).await
    }

    fn delete_batch(&self) -> usize {
        MOST_DELETIONS
    }

    async fn page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        self.list_page(listing).await
    }

    /// Nobody tells.
    async fn unfinished(&self) -> Result<Vec<Staged>, DriverError> {
        Ok(Vec::new())
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        Ok(self.download(key, request))
    }

    async fn direct(&self, plan: &UploadPlan, upload: &str) -> Result<Route, DriverError> {
        Ok(Route::Direct(self.route(plan, upload).await?))
    }

    async fn native_thumbnail(
        &self,
        key: &BlobKey,
        side_pixels: u32,
    ) -> Result<Option<Picture>, DriverError> {
        self.small_picture(key, side_pixels).await
    }

    async fn native_media(&self, key: &BlobKey) -> Result<Vec<MediaTag>, DriverError> {
        self.media_tags(key).await
    }

    async fn check_callback(
        &self,
        _plan: &UploadPlan,
        message: CallbackMessage<'_>,
    ) -> Result<(), CallbackProblem> {
        self.check_told(message)
    }
}
