//! The driver of a bucket, whatever store it is in.

use crate::digest::{Digest, latest};
use crate::listing::{list, list_folder, list_passed_over};
use crate::memory::{MEMORY, Memory};
use crate::pieces::{Cut, Pieces, cut};
use crate::sending::send_all;
use crate::vendor::{Part, Vendor};
use crate::writing::{require_free, write};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::GetRange;
use object_store::path::Path;
use std::io;
use std::ops::Range;
use storage::{
    BlobKey, BlobStat, ByteRange, ByteStream, CallbackMessage, CallbackProblem, Capabilities,
    DownloadRequest, Driver, DriverError, FolderEntry, ListedBlob, MediaTag, PartHasher,
    PartWritten, PassedOver, Picture, Route, Staged, UploadPlan, UploadTarget, VendorChecksum,
    Written, root_hash,
};

/// Blobs in a bucket.
#[derive(Clone, Debug)]
pub struct BucketDriver<V> {
    pub(crate) bucket: V,
    /// Of what waits to be sent.
    pub(crate) memory: &'static Memory,
}

/// Whether a document can name it: XML has no word for these, however they are written.
pub(crate) fn fits_xml(key: &BlobKey) -> bool {
    !key.as_str().contains(['\u{fffe}', '\u{ffff}'])
}

/// A key as the library has it. Nothing is encoded that is not encoded by the request.
pub(crate) fn path_of(key: &BlobKey) -> Result<Path, DriverError> {
    let path = Path::parse(key.as_str());
    path.map_err(|error| DriverError::Io(io::Error::other(error)))
}

impl<V: Vendor> BucketDriver<V> {
    pub(crate) fn of(bucket: V) -> Self {
        Self {
            bucket,
            memory: &MEMORY,
        }
    }

    /// What is under the key of an upload of which the store knows nothing more.
    async fn completed(&self, plan: &UploadPlan, upload: &str) -> Result<Written, DriverError> {
        if !self
            .bucket
            .became(&plan.key, upload, plan.size_bytes)
            .await?
        {
            return Err(DriverError::UploadGone(plan.id));
        }
        Ok(Written {
            size_bytes: plan.size_bytes,
            blake3: None,
        })
    }

    /// What is under the key, joined for good by whoever sent it, however long it became.
    async fn complete_direct(
        &self,
        plan: &UploadPlan,
        upload: &str,
    ) -> Result<Written, DriverError> {
        match self.bucket.stat(&plan.key).await {
            Ok(stat) => Ok(Written {
                size_bytes: stat.size_bytes,
                blake3: None,
            }),
            Err(DriverError::NotFound(_)) => {
                let sent = self.bucket.parts(&plan.key, upload).await?;
                let sent = sent.ok_or(DriverError::UploadGone(plan.id))?;
                Err(DriverError::Incomplete {
                    expected: plan.size_bytes,
                    got: sent.iter().map(|part| part.size).sum(),
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn join(
        &self,
        plan: &UploadPlan,
        upload: &str,
        parts: &[Part],
    ) -> Result<(), DriverError> {
        require_free(&self.bucket, &plan.key).await?;
        let content_type = plan.content_type.as_deref();
        let joined = self.bucket.join(&plan.key, upload, parts, content_type);
        joined.await.map(drop)
    }

    async fn hash(&self, key: &BlobKey) -> Result<[u8; 32], DriverError> {
        let mut body = self.read(key, ByteRange::ALL).await?;
        let mut hasher = blake3::Hasher::new();
        while let Some(piece) = body.try_next().await? {
            hasher.update(&piece);
        }
        Ok(*hasher.finalize().as_bytes())
    }

    /// Whether the upload of this plan goes to the store without us.
    fn is_direct(&self, plan: &UploadPlan) -> bool {
        !plan.relay && self.bucket.capabilities().browser_upload
    }
}

fn range_of(range: ByteRange) -> Option<GetRange> {
    match (range.start, range.end) {
        (0, None) => None,
        (start, None) => Some(GetRange::Offset(start)),
        (start, Some(end)) => Some(GetRange::Bounded(Range { start, end })),
    }
}

fn empty() -> ByteStream {
    futures_util::stream::empty().boxed()
}

#[async_trait]
impl<V: Vendor> Driver for BucketDriver<V> {
    fn capabilities(&self) -> Capabilities {
        self.bucket.capabilities()
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        if range.end.is_some_and(|end| end <= range.start) {
            self.bucket.stat(key).await?;
            return Ok(empty());
        }
        let error = match self.bucket.fetch(key, range_of(range)).await {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        // Past its end a blob has nothing, which stores refuse to send. And what else they refuse
        // they tell here in their own words.
        let stat = self.bucket.stat(key).await?;
        let within = range.within(stat.size_bytes);
        if within.is_empty() {
            return Ok(empty());
        }
        if range.end.is_none_or(|end| end <= stat.size_bytes) {
            let why = self.bucket.why_unreadable(key).await;
            return Err(why.unwrap_or(error));
        }
        let within = GetRange::Bounded(within);
        self.bucket.fetch(key, Some(within)).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.bucket.stat(key).await.map(|_| None)
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        let written = write((&self.bucket, self.memory), key, body, expected_bytes).await;
        // Whoever cleans up has to know if what lies there is somebody else's: not every store was asked
        // before.
        let placed_nothing = matches!(&written, Err(error) if error.has_placed_nothing());
        if placed_nothing && self.bucket.stat(key).await.is_ok() {
            return Err(DriverError::AlreadyExists(key.clone()));
        }
        written
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.bucket.stat(key).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        // What no document can name goes one by one: it would hold up the others.
        let (spoken, unspoken): (Vec<BlobKey>, Vec<BlobKey>) =
            keys.iter().cloned().partition(fits_xml);
        let mut left = Vec::new();
        for batch in spoken.chunks(self.bucket.delete_batch().max(1)) {
            left.extend(self.bucket.delete_some(batch).await?);
        }
        for key in unspoken {
            match self.bucket.delete_some(std::slice::from_ref(&key)).await {
                Ok(stays) => left.extend(stays),
                Err(error) => {
                    tracing::warn!(%key, %error, "an object could not be deleted");
                    left.push(key);
                }
            }
        }
        Ok(left)
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        list(&self.bucket, prefix, after, limit).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        self.bucket.download_url(key, request).await
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        if plan.part_count() > self.bucket.capabilities().parts.most_parts {
            return Err(DriverError::Unsupported("take so many parts"));
        }
        require_free(&self.bucket, &plan.key).await?;
        let content_type = plan.content_type.as_deref();
        let upload = self.bucket.begin(&plan.key, content_type).await?;
        let route = if self.is_direct(plan) {
            self.bucket.direct(plan, &upload).await?
        } else {
            Route::Here
        };
        Ok(UploadTarget {
            vendor_state: Some(upload),
            route,
        })
    }

    async fn route_of(&self, plan: &UploadPlan) -> Result<Route, DriverError> {
        match &plan.vendor_state {
            Some(upload) if self.is_direct(plan) => self.bucket.direct(plan, upload).await,
            _ => Ok(Route::Here),
        }
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        plan.check_part(offset, size_bytes)?;
        let gone = || DriverError::UploadGone(plan.id);
        let upload = plan.vendor_state.as_deref().ok_or_else(gone)?;
        if !self.bucket.is_open(&plan.key, upload).await? {
            return Err(gone());
        }
        let Cut { pieces, bytes } = cut(plan.size_bytes, plan.chunk_bytes);
        let first = offset.checked_div(plan.chunk_bytes).unwrap_or(0) * pieces;
        let mut hasher = PartHasher::new(plan.size_bytes, offset, size_bytes);
        let mut body = Pieces::new(body, Some(size_bytes), self.memory);
        let length = usize::try_from(bytes).unwrap_or(usize::MAX);
        let piece = body.next(length).await?;
        let seen = |piece: &Bytes| hasher.update(piece);
        let send = |index, piece| async move {
            let sent = self
                .bucket
                .send_part(&plan.key, upload, first + index, piece);
            sent.await?.ok_or_else(gone)
        };
        let sent = send_all((&mut body, piece), |_| length, seen, send).await?;
        Ok(PartWritten {
            offset,
            size_bytes,
            digest: Digest::bytes(&hasher.finish(), &sent),
        })
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        let gone = || DriverError::UploadGone(plan.id);
        let upload = plan.vendor_state.as_deref().ok_or_else(gone)?;
        if self.is_direct(plan) {
            return self.complete_direct(plan, upload).await;
        }
        let parts = plan.in_order(parts)?;
        let digests: Vec<Digest> = parts.iter().map(|part| Digest::of(part)).collect();
        let trees: Vec<PartWritten> = digests.iter().map(|digest| digest.tree.clone()).collect();
        let blake3 = root_hash(plan.size_bytes, &trees.iter().collect::<Vec<_>>());
        let with_hash = |written: Written| Written { blake3, ..written };
        let Some(sent) = self.bucket.parts(&plan.key, upload).await? else {
            return self.completed(plan, upload).await.map(with_hash);
        };
        let mut sent = latest(sent, &digests);
        if sent.is_empty() && plan.size_bytes == 0 {
            // An empty file is one empty part, whether somebody sent it or not.
            let part = self.bucket.send_part(&plan.key, upload, 0, Bytes::new());
            sent.extend(part.await?);
        }
        let got = sent.iter().map(|part| part.size).sum();
        if got != plan.size_bytes {
            return Err(DriverError::Incomplete {
                expected: plan.size_bytes,
                got,
            });
        }
        match self.join(plan, upload, &sent).await {
            // Somebody else has joined the same parts meanwhile, unless they are still there.
            Err(DriverError::AlreadyExists(key)) => {
                if self.bucket.parts(&key, upload).await?.is_some() {
                    return Err(DriverError::AlreadyExists(key));
                }
            }
            joined => joined?,
        }
        self.completed(plan, upload).await.map(with_hash)
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        let Some(upload) = plan.vendor_state.as_deref() else {
            return Ok(None);
        };
        match self.completed(plan, upload).await {
            Ok(written) => Ok(Some(Written {
                blake3: Some(self.hash(&plan.key).await?),
                ..written
            })),
            Err(DriverError::UploadGone(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        match plan.vendor_state.as_deref() {
            Some(upload) => self.bucket.abort(&plan.key, upload).await,
            None => Ok(()),
        }
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        self.bucket.unfinished().await
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        let Some((upload, key)) = staged.name.split_once(' ') else {
            return Ok(());
        };
        match BlobKey::parse(key) {
            Ok(key) => self.bucket.abort(&key, upload).await,
            Err(_) => Ok(()),
        }
    }

    async fn list_folder(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        list_folder(&self.bucket, folder, after, limit).await
    }

    async fn list_passed_over(
        &self,
        folder: &str,
        limit: usize,
    ) -> Result<PassedOver, DriverError> {
        list_passed_over(&self.bucket, folder, limit).await
    }

    async fn set_cors(&self, origins: &[String]) -> Result<(), DriverError> {
        self.bucket.set_cors(origins).await
    }

    async fn native_thumbnail(
        &self,
        key: &BlobKey,
        side_pixels: u32,
    ) -> Result<Option<Picture>, DriverError> {
        self.bucket.native_thumbnail(key, side_pixels).await
    }

    async fn native_media(&self, key: &BlobKey) -> Result<Vec<MediaTag>, DriverError> {
        self.bucket.native_media(key).await
    }

    async fn check_callback(
        &self,
        plan: &UploadPlan,
        message: CallbackMessage<'_>,
    ) -> Result<(), CallbackProblem> {
        self.bucket.check_callback(plan, message).await
    }

    async fn checksum(&self, key: &BlobKey) -> Result<Option<VendorChecksum>, DriverError> {
        self.bucket.checksum(key).await
    }
}
