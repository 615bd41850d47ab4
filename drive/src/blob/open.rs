//! Opening stored blobs for reading.

use super::VersionError;
use crate::context::Core;
use crate::error::FileError;
pub use crate::kept::{Delivery, KeptOpen, OpenBlob};
use crate::policy::cdn;
use entity::BlobId;
use std::fs::File;
use std::sync::Arc;
use storage::{BlobKey, DriverError};
use store::blobs;

fn of_driver(error: DriverError) -> FileError {
    match error {
        DriverError::NotFound(_) => VersionError::NotFound.into(),
        other => other.into(),
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
            .filter(|row| blobs::is_readable(row, self.core.now()))
            .ok_or(VersionError::NotFound)?;
        if row.props.damaged {
            return Err(VersionError::Damaged.into());
        }
        let policy = self.core.policies.get(row.policy_id).await?;
        let key = BlobKey::parse(row.key).map_err(|_| FileError::Internal("a bad blob key"))?;
        let is_fetched = policy.can.browser_download && !policy.row.settings.internal_proxy;
        let has_copies = !policy.driver.members().is_empty();
        let file = if is_fetched {
            // The vendor says itself what it has.
            None
        } else {
            let opened = policy.driver.open(&key).await;
            opened.map_err(of_driver)?
        };
        // One that was cut short is read from a copy, where there is one.
        let is_long = |file: &File| {
            let found = file.metadata().map(|metadata| metadata.len());
            found.is_ok_and(|found| i64::try_from(found) == Ok(row.size_bytes))
        };
        let file = file.filter(|file| !has_copies || is_long(file));
        Ok(OpenBlob {
            id,
            has_copies,
            size_bytes: row.size_bytes as u64,
            key,
            driver: policy.driver.clone(),
            file: file.map(Arc::new),
            is_fetched,
            cdn: cdn::of(&policy.row.settings),
        })
    }
}
