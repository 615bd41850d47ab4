//! Stores that have what S3 has under names and signatures of their own: Alibaba's OSS, Tencent's
//! COS, Huawei's OBS and Kingsoft's KS3.

mod about;
mod callback;
mod client;
mod cos;
mod dialect;
mod direct;
mod hmac_sha1;
mod listing;
mod media;
mod multipart;
mod objects;
mod oss;
mod place;
mod turns;

pub use client::Bucket;

use crate::driver::BucketDriver;
use crate::http::BadOptions;
use crate::pieces::MOST_PARTS;
use crate::vendor::{Listing, Page, Part, Vendor};
use async_trait::async_trait;
use bytes::Bytes;
use object_store::GetRange;
use std::fmt;
use storage::{
    BlobKey, BlobStat, ByteStream, CallbackMessage, CallbackProblem, Capabilities, DownloadRequest,
    DriverError, MediaTag, PartBounds, Picture, Route, Staged, UploadPlan,
};

/// Part of an upload where nobody has a wish (V4 API).
const USUAL_PART: u64 = 25 << 20;
const LARGEST_PART: u64 = 5 << 30;
/// Keys that one request deletes.
const MOST_DELETIONS: usize = 1_000;

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendors {
    Oss,
    Cos,
    Obs,
    Ks3,
}

/// Where a bucket is, and the keys to it.
#[derive(Clone)]
pub struct KinOptions {
    pub vendor: Vendors,
    /// Of COS the address of the bucket itself.
    pub endpoint: String,
    /// Where this server reaches it, if it is another place; empty: the same.
    pub near_endpoint: String,
    pub bucket: String,
    /// Only OSS needs it.
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    /// The bucket stands in the path, not in the host.
    pub path_style: bool,
    /// The endpoint is a domain of the bucket alone.
    pub is_own_domain: bool,
    /// If not, anybody may fetch: URLs need no signature.
    pub is_private: bool,
    /// What stands before the bucket signs by itself: downloads go there as they are.
    pub is_signed_by_cdn: bool,
    /// Keys that one request may delete; 0: as many as the store takes.
    pub delete_batch: usize,
    /// Unfinished uploads below this prefix are its own; empty: none are, as far as is known.
    pub staging_prefix: String,
    /// Where the keys are by which callbacks of OSS are known, if not at Alibaba's. For tests.
    pub callback_keys: Option<String>,
}

impl fmt::Debug for KinOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            vendor,
            bucket,
            endpoint,
            ..
        } = self;
        write!(f, "KinOptions({bucket} at {endpoint}, {vendor:?})")
    }
}

/// Blobs in a bucket.
pub type KinDriver = BucketDriver<Bucket>;

impl KinDriver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: KinOptions) -> Result<Self, BadOptions> {
        Bucket::new(options).map(Self::of)
    }
}

#[async_trait]
impl Vendor for Bucket {
    fn capabilities(&self) -> Capabilities {
        let words = self.dialect.words();
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            browser_upload: true,
            browser_download: true,
            list: true,
            abort_needed: true,
            list_folders: true,
            cors: true,
            native_thumbnails: words.has_pictures,
            native_media: words.has_pictures,
            parts: PartBounds {
                least_bytes: words.least_part,
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
        // What the store would say itself is not asked for.
        if self.dialect.words().refuses_early {
            return Ok(false);
        }
        self.is_there(key).await
    }

    async fn why_unreadable(&self, key: &BlobKey) -> Option<DriverError> {
        self.why(key).await
    }

    async fn create(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        self.put(key, bytes).await
    }

    async fn begin(
        &self,
        key: &BlobKey,
        content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        self.begin_multipart(key, content_type).await
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
        _content_type: Option<&str>,
    ) -> Result<bool, DriverError> {
        self.join_parts(key, upload, parts).await
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
        self.abort_upload(key, upload).await
    }

    async fn delete_some(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.delete_batch_of(keys).await
    }

    fn delete_batch(&self) -> usize {
        match self.options.delete_batch {
            0 => MOST_DELETIONS,
            most => most.min(MOST_DELETIONS),
        }
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
        Ok(self.download(key, request))
    }

    async fn direct(&self, plan: &UploadPlan, upload: &str) -> Result<Route, DriverError> {
        Ok(Route::Direct(self.route(plan, upload)))
    }

    async fn set_cors(&self, origins: &[String]) -> Result<(), DriverError> {
        self.set_rules(origins).await
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
        plan: &UploadPlan,
        message: CallbackMessage<'_>,
    ) -> Result<(), CallbackProblem> {
        match self.options.vendor {
            Vendors::Oss => self.check_told(plan, message).await,
            _ => Ok(()),
        }
    }
}
