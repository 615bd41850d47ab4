//! Stored blobs that are being read, the last few kept open.

use crate::error::FileError;
use crate::policy::{WatchedDriver, cdn};
use entity::BlobId;
use moka::future::Cache;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;
#[cfg(test)]
use storage::Driver;
use storage::{BlobKey, ByteRange, ByteStream, DownloadRequest};
use url::Url;

/// Files kept open. Blobs never change, so an open one is always right.
const KEPT_OPEN: u64 = 256;
/// How long a file is kept open: a deleted blob frees its space at the latest then.
const KEEP_OPEN: Duration = Duration::from_secs(30);

/// A stored blob, ready to be read in any order.
#[derive(Debug)]
pub struct OpenBlob {
    pub id: BlobId,
    pub size_bytes: u64,
    pub(crate) key: BlobKey,
    pub(crate) driver: WatchedDriver,
    /// Where the storage is a local disk.
    pub file: Option<Arc<File>>,
    /// Others have it as well: they go on where this file breaks off.
    pub has_copies: bool,
    /// Clients fetch it from the vendor.
    pub(crate) is_fetched: bool,
    /// What stands in front of the vendor.
    pub(crate) cdn: Option<Url>,
}

/// How a client gets the bytes of a blob.
#[derive(Debug)]
pub enum Delivery {
    /// From a local file.
    File(Arc<File>),
    /// Through this server, read from the vendor.
    Stream,
    /// From the vendor, under this URL.
    Redirect(String),
}

impl OpenBlob {
    /// A blob that lies in no local file.
    #[cfg(test)]
    pub(crate) fn elsewhere(driver: Arc<dyn Driver>, key: BlobKey, size_bytes: u64) -> Self {
        Self {
            id: BlobId(1),
            size_bytes,
            key,
            driver: WatchedDriver::new(driver),
            file: None,
            has_copies: false,
            is_fetched: false,
            cdn: None,
        }
    }

    /// Whether the file still has a name: another replica may have deleted it.
    pub(crate) fn is_there(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.file
            .as_ref()
            .is_none_or(|file| file.metadata().is_ok_and(|metadata| metadata.nlink() > 0))
    }

    /// How a client may get it. Who may is decided before: a URL of the vendor asks nobody.
    /// # Errors
    /// `Storage`
    pub async fn deliver(&self, request: &DownloadRequest) -> Result<Delivery, FileError> {
        if let Some(file) = self.file.as_ref().filter(|_| !self.has_copies) {
            return Ok(Delivery::File(Arc::clone(file)));
        }
        if !self.is_fetched {
            return Ok(Delivery::Stream);
        }
        let url = self.driver.download_url(&self.key, request).await?;
        let by_cdn = self.cdn.as_ref().and_then(|cdn| cdn::through(cdn, &url));
        Ok(Delivery::Redirect(by_cdn.unwrap_or(url)))
    }

    /// The bytes of a range.
    /// # Errors
    /// `Storage`
    pub async fn read(&self, range: ByteRange) -> Result<ByteStream, FileError> {
        Ok(self.driver.read(&self.key, range).await?)
    }
}

/// Blobs kept open, so that many readers of a small file cost one opening.
#[derive(Clone, Debug)]
pub struct KeptOpen(pub(crate) Cache<BlobId, Arc<OpenBlob>>);

impl Default for KeptOpen {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(KEPT_OPEN)
                .time_to_live(KEEP_OPEN)
                .build(),
        )
    }
}

impl KeptOpen {
    /// Somebody let go of these blobs: whether they may still be read is to be asked again.
    pub async fn forget(&self, blobs: impl IntoIterator<Item = BlobId>) {
        for blob in blobs {
            self.0.invalidate(&blob).await;
        }
    }
}
