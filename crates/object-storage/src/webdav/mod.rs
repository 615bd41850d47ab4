//! A folder on a WebDAV server: Nextcloud, Apache, nginx, rclone, another drive.
//!
//! Bytes are sent under a name that nobody reads, and given their key when all have arrived, on the
//! condition that nothing has it. Browsers send and fetch nothing there: the server has one user.

mod changes;
mod client;
mod completing;
mod listing;
mod options;
mod propfind;
mod reading;
mod sending;
mod upload;

pub use options::WebDavOptions;

use crate::http::BadOptions;
use crate::memory::MEMORY;
use crate::pieces::{MOST_PARTS, Pieces, USUAL_BYTES};
use async_trait::async_trait;
use bytes::Bytes;
use client::Server;
use futures_util::{StreamExt as _, stream};
use sending::{Temporary, put};
use std::sync::{Arc, Mutex};
use storage::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, FolderEntry,
    ListedBlob, PartBounds, PartWritten, Room, Route, Staged, UploadPlan, UploadTarget, Written,
};

/// Chunk of an upload where nobody has a wish.
const USUAL_PART: u64 = 25 << 20;
const LARGEST_PART: u64 = 5 << 30;
/// Deletions on their way at one time.
const AT_ONCE: usize = 8;

/// Blobs in a folder.
#[derive(Clone, Debug)]
pub struct WebDavDriver {
    server: Server,
}

impl WebDavDriver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: &WebDavOptions) -> Result<Self, BadOptions> {
        let server = Server::new(options)?;
        Ok(Self { server })
    }

    /// Makes the folder, unless it is there. The one of the address has to be.
    /// # Errors
    /// Whatever is wrong with the server, or the folder.
    pub async fn make_folder(&self) -> Result<(), DriverError> {
        self.server.make_root().await
    }

    /// Sends bytes and gives them their key.
    async fn place(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected: Option<u64>,
    ) -> Result<Written, DriverError> {
        self.server.make_staging().await?;
        let file = Temporary::new(&self.server, self.server.new_write());
        let hasher = Arc::new(Mutex::new(blake3::Hasher::new()));
        let hashing = Arc::clone(&hasher);
        let seen = move |piece: &Bytes| {
            let mut hasher = hashing.lock().expect("no code under this lock panics");
            hasher.update(piece);
        };
        let sent = match put(&self.server, &file.path, body, expected, seen).await {
            Ok(sent) => self.name(&file.path, key, sent).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(size_bytes) => {
                file.keep();
                let hasher = hasher.lock().expect("no code under this lock panics");
                let blake3 = Some(*hasher.finalize().as_bytes());
                Ok(Written { size_bytes, blake3 })
            }
            Err(error) => {
                file.remove().await;
                Err(error)
            }
        }
    }

    async fn name(&self, path: &str, key: &BlobKey, sent: u64) -> Result<u64, DriverError> {
        let Err(error) = self.server.rename(path, key).await else {
            return Ok(sent);
        };
        // The answer may have been lost, and this be the one to the same request sent again.
        let is_gone = self.server.found(path).await?.is_none();
        let found = self.server.found(key.as_str()).await?;
        if is_gone && found.is_some_and(|found| found.size_bytes == sent) {
            return Ok(sent);
        }
        Err(error)
    }

    /// `true`: it is there no more.
    async fn delete_one(&self, key: &BlobKey) -> Result<(), DriverError> {
        // A folder would go with all that lies in it.
        match self.server.stat(key).await {
            Ok(_) => self.server.remove(key.as_str()).await,
            Err(DriverError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Driver for WebDavDriver {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            list: true,
            abort_needed: true,
            list_folders: true,
            parts: PartBounds {
                least_bytes: 0,
                most_bytes: LARGEST_PART,
                multiple_of: 0,
                most_parts: MOST_PARTS,
                usual_bytes: USUAL_PART,
            },
            ..Capabilities::default()
        }
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        let stat = self.server.stat(key).await?;
        let within = range.within(stat.size_bytes);
        if within.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let path = key.as_str().to_owned();
        let found = reading::read(&self.server, path, within, stat.size_bytes).await?;
        found.ok_or_else(|| DriverError::NotFound(key.clone()))
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.server.stat(key).await.map(|_| None)
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        if self.server.found(key.as_str()).await?.is_some() {
            return Err(DriverError::AlreadyExists(key.clone()));
        }
        if expected_bytes.is_some() {
            return self.place(key, body, expected_bytes).await;
        }
        // Not every server takes bodies of unknown length: short ones are read first.
        let mut pieces = Pieces::new(body, None, &MEMORY);
        let length = usize::try_from(USUAL_BYTES).unwrap_or(usize::MAX);
        let first = pieces.next(length).await?;
        if !pieces.has_more().await? {
            let size = first.len() as u64;
            return self.place(key, storage::whole(first), Some(size)).await;
        }
        let rest = stream::try_unfold(pieces, move |mut pieces| async move {
            let next = pieces.next(length).await;
            let next = next.map_err(|error| match error {
                DriverError::Body(error) => error,
                error => std::io::Error::other(error),
            })?;
            Ok((!next.is_empty()).then_some((next, pieces)))
        });
        let body = storage::whole(first).chain(rest).boxed();
        self.place(key, body, None).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.server.stat(key).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let deleted = keys
            .iter()
            .map(async |key| (key, self.delete_one(key).await));
        let deleted: Vec<_> = deleted.collect();
        let mut all = stream::iter(deleted).buffer_unordered(AT_ONCE);
        let (mut left, mut why) = (Vec::new(), None);
        while let Some((key, deleted)) = all.next().await {
            if let Err(error) = deleted {
                left.push(key.clone());
                why = Some(error);
            }
        }
        match why {
            // It is the server, and none of them.
            Some(error) if left.len() == keys.len() => Err(error),
            Some(error) => {
                tracing::warn!(left = left.len(), %error, "some objects could not be deleted");
                Ok(left)
            }
            None => Ok(left),
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        listing::list(&self.server, prefix, after, limit).await
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        if plan.part_count() > MOST_PARTS {
            return Err(DriverError::Unsupported("take so many parts"));
        }
        if self.server.found(plan.key.as_str()).await?.is_some() {
            return Err(DriverError::AlreadyExists(plan.key.clone()));
        }
        self.server.begin(plan).await?;
        Ok(UploadTarget {
            vendor_state: Some(plan.id.simple().to_string()),
            route: Route::Here,
        })
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        plan.check_part(offset, size_bytes)?;
        self.server.put_part(plan, offset, size_bytes, body).await
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        self.server.complete(plan, parts).await
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        if !self.server.resume(plan).await? {
            return Ok(None);
        }
        let (key, size_bytes) = (&plan.key, plan.size_bytes);
        let hash = self.server.hash_of(key.as_str(), size_bytes).await?;
        let blake3 = hash.ok_or_else(|| DriverError::NotFound(key.clone()))?;
        Ok(Some(Written {
            size_bytes,
            blake3: Some(blake3),
        }))
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.server.abort(plan.id).await
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        self.server.unfinished().await
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        self.server.discard(&staged.name).await
    }

    async fn list_folder(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        listing::list_folder(&self.server, folder, after, limit).await
    }

    async fn room(&self) -> Result<Option<Room>, DriverError> {
        self.server.room().await
    }
}
