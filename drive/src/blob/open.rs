//! Reading stored blobs, with the last few kept open.

use super::VersionError;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::{WatchedDriver, cdn};
use entity::BlobId;
use moka::future::Cache;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;
#[cfg(test)]
use storage::Driver;
use storage::{BlobKey, ByteRange, ByteStream, DownloadRequest, DriverError};
use store::blobs;
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
    key: BlobKey,
    driver: WatchedDriver,
    /// Where the storage is a local disk.
    pub file: Option<Arc<File>>,
    /// Clients fetch it from the vendor.
    is_fetched: bool,
    /// What stands in front of the vendor.
    cdn: Option<Url>,
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
            is_fetched: false,
            cdn: None,
        }
    }

    /// Whether the file still has a name: another replica may have deleted it.
    fn is_there(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.file
            .as_ref()
            .is_none_or(|file| file.metadata().is_ok_and(|metadata| metadata.nlink() > 0))
    }

    /// How a client may get it. Who may is decided before: a URL of the vendor asks nobody.
    /// # Errors
    /// `Storage`
    pub async fn deliver(&self, request: &DownloadRequest) -> Result<Delivery, FileError> {
        if let Some(file) = &self.file {
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
pub struct KeptOpen(Cache<BlobId, Arc<OpenBlob>>);

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

/// The service that opens blobs.
#[derive(Clone, Debug)]
pub struct OpenBlobs {
    pub(super) core: Arc<Core>,
}

impl OpenBlobs {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Opens a blob for reading. Who may read it was decided when its link was signed.
    /// # Errors
    /// `VersionError::NotFound` if row or bytes are gone
    pub async fn get(&self, id: BlobId) -> Result<Arc<OpenBlob>, FileError> {
        let kept = &self.core.open_blobs.0;
        if let Some(blob) = kept.get(&id).await
            && blob.is_there()
        {
            return Ok(blob);
        }
        let blob = Arc::new(self.open(id).await?);
        kept.insert(id, Arc::clone(&blob)).await;
        Ok(blob)
    }

    async fn open(&self, id: BlobId) -> Result<OpenBlob, FileError> {
        let row = blobs::by_id(self.core.store.read(), id).await?;
        let row = row
            .filter(|row| row.upload_session_id.is_none() && row.reference_count > 0)
            .ok_or(VersionError::NotFound)?;
        if row.props.damaged {
            return Err(VersionError::Damaged.into());
        }
        let policy = self.core.policies.get(row.policy_id).await?;
        let key = BlobKey::parse(row.key).map_err(|_| FileError::Internal("a bad blob key"))?;
        let is_fetched = policy.can.browser_download && !policy.row.settings.internal_proxy;
        let file = if is_fetched {
            // The vendor says itself what it has.
            None
        } else {
            let opened = policy.driver.open(&key).await;
            opened.map_err(|error| match error {
                DriverError::NotFound(_) => FileError::from(VersionError::NotFound),
                other => other.into(),
            })?
        };
        // One that was cut short is read from a copy, where there is one.
        let is_long = |file: &File| {
            let found = file.metadata().map(|metadata| metadata.len());
            found.is_ok_and(|found| i64::try_from(found) == Ok(row.size_bytes))
        };
        let file = file.filter(|file| policy.driver.members().is_empty() || is_long(file));
        Ok(OpenBlob {
            id,
            size_bytes: row.size_bytes as u64,
            key,
            driver: policy.driver.clone(),
            file: file.map(Arc::new),
            is_fetched,
            cdn: cdn::of(&policy.row.settings),
        })
    }
}
