//! S3, and what speaks it.

mod client;
mod cors;
mod listing;
mod multipart;
mod objects;
mod signing;

pub use client::{Bucket, S3Options};

use crate::driver::BucketDriver;
use crate::http::BadOptions;
use crate::pieces::{LEAST_BYTES, MOST_PARTS};
use crate::vendor::{Listing, Page, Part, Vendor, fetch_with};
use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use object_store::GetRange;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use storage::{
    BlobKey, BlobStat, ByteStream, Capabilities, DirectRoute, DownloadRequest, DriverError,
    PartBounds, Route, Staged, UploadPlan, VendorChecksum,
};

/// Part of an upload where nobody has a wish (V4 API, s3).
const USUAL_PART: u64 = 25 << 20;
const LARGEST_PART: u64 = 5 << 30;
/// Keys that one request deletes (S3, DeleteObjects).
const MOST_DELETIONS: usize = 1_000;

/// Blobs in a bucket.
pub type S3Driver = BucketDriver<Bucket>;

impl S3Driver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: S3Options) -> Result<Self, BadOptions> {
        Bucket::new(options).map(Self::of)
    }
}

/// What a store compares with the bytes that it got.
fn md5(bytes: &[u8]) -> HeaderValue {
    let digest = BASE64_STANDARD.encode(Md5::digest(bytes));
    HeaderValue::from_str(&digest).expect("base64 is ASCII")
}

fn checked(bytes: &[u8]) -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static("content-md5"), md5(bytes))])
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
            list_folders: true,
            cors: true,
            checksums: true,
            parts: PartBounds {
                least_bytes: LEAST_BYTES,
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
        self.stat_object(key).await
    }

    async fn is_taken(&self, key: &BlobKey) -> Result<bool, DriverError> {
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
        self.signed_download(key, request).await
    }

    async fn direct(&self, plan: &UploadPlan, upload: &str) -> Result<Route, DriverError> {
        let until = plan.expires_at;
        let mut part_urls = Vec::with_capacity(usize::try_from(plan.part_count()).unwrap_or(0));
        for number in 1..=plan.part_count() {
            let number = number.to_string();
            let query = [("partNumber", &*number), ("uploadId", upload)];
            let url = self.sign_until(Method::PUT, &plan.key, &query, until);
            part_urls.push(url.await?);
        }
        let query = [("uploadId", upload)];
        let complete = self.sign_until(Method::POST, &plan.key, &query, until);
        Ok(Route::Direct(DirectRoute {
            upload_id: upload.to_owned(),
            part_urls,
            complete_url: Some(complete.await?),
            ..DirectRoute::default()
        }))
    }

    async fn set_cors(&self, origins: &[String]) -> Result<(), DriverError> {
        self.set_rules(origins).await
    }

    async fn checksum(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        self.told_checksum(key).await
    }
}
