//! Azure Blob Storage: block blobs of one container, by the key of its account.
//!
//! Browsers send nothing to it: the clients of the V4 API do not speak to it. What they send comes
//! through this server.

mod blocks;
mod client;
mod listing;
mod objects;
mod signing;

pub use client::{AzureOptions, Container};

use crate::driver::BucketDriver;
use crate::http::BadOptions;
use crate::pieces::MOST_PARTS;
use crate::vendor::{Listing, Page, Part, Vendor, fetch_with};
use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use object_store::GetRange;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use storage::{
    BlobKey, BlobStat, ByteStream, Capabilities, DownloadRequest, DriverError, PartBounds, Staged,
    VendorChecksum,
};
use uuid::Uuid;

/// Metadata of a blob: the upload that became it.
const NAME_OF: HeaderName = HeaderName::from_static("x-ms-meta-alcoveupload");
/// Metadata of what is no blob: the upload that it ended.
const DROPPED: HeaderName = HeaderName::from_static("x-ms-meta-alcovedropped");

/// Chunk of an upload where nobody has a wish.
const USUAL_PART: u64 = 25 << 20;
/// The pieces of longer ones would not be remembered one by one.
const LARGEST_PART: u64 = 256 << 20;
const SMALLEST_PART: u64 = 1 << 20;
/// Keys that one request deletes (Azure, Blob Batch).
const MOST_DELETIONS: usize = 256;

/// Blobs in a container.
pub type AzureDriver = BucketDriver<Container>;

impl AzureDriver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: AzureOptions) -> Result<Self, BadOptions> {
        Container::new(options).map(Self::of)
    }
}

/// How an upload is called.
fn name_of(upload: Uuid) -> String {
    upload.simple().to_string()
}

fn number_of(upload: &str) -> Option<Uuid> {
    Uuid::try_parse(upload).ok()
}

fn dropped(upload: &str) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(upload);
    (
        DROPPED,
        value.unwrap_or_else(|_| HeaderValue::from_static("-")),
    )
}

/// What the store compares with the bytes that it got.
fn checked(bytes: &[u8]) -> HeaderMap {
    let digest = BASE64_STANDARD.encode(Md5::digest(bytes));
    let digest = HeaderValue::from_str(&digest).expect("base64 is ASCII");
    HeaderMap::from_iter([(HeaderName::from_static("content-md5"), digest)])
}

#[async_trait]
impl Vendor for Container {
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
        let found = self.found(key).await?;
        found.ok_or_else(|| DriverError::NotFound(key.clone()))
    }

    async fn is_taken(&self, key: &BlobKey) -> Result<bool, DriverError> {
        Ok(self.found(key).await?.is_some())
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
        _content_type: Option<&str>,
    ) -> Result<String, DriverError> {
        self.begin_blocks(key).await
    }

    /// The store takes blocks at any time.
    async fn is_open(&self, key: &BlobKey, upload: &str) -> Result<bool, DriverError> {
        Ok(self.blocks_of(key, upload).await?.is_some())
    }

    async fn send_part(
        &self,
        key: &BlobKey,
        upload: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<Option<Part>, DriverError> {
        self.send_block(key, upload, index, bytes).await
    }

    async fn parts(&self, key: &BlobKey, upload: &str) -> Result<Option<Vec<Part>>, DriverError> {
        self.blocks_of(key, upload).await
    }

    async fn join(
        &self,
        key: &BlobKey,
        upload: &str,
        parts: &[Part],
        content_type: Option<&str>,
    ) -> Result<bool, DriverError> {
        self.join_blocks(key, upload, parts, content_type).await
    }

    async fn became(
        &self,
        key: &BlobKey,
        upload: &str,
        size_bytes: u64,
    ) -> Result<bool, DriverError> {
        match self.is_of(key, upload, size_bytes).await? {
            None => Ok(false),
            Some(true) => Ok(true),
            Some(false) => Err(DriverError::AlreadyExists(key.clone())),
        }
    }

    async fn abort(&self, key: &BlobKey, upload: &str) -> Result<(), DriverError> {
        self.drop_blocks(key, upload).await
    }

    async fn delete_some(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.delete_batch_of(keys).await
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
        self.signed_download(key, request)
    }

    async fn checksum(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        self.md5_of(key).await
    }
}
