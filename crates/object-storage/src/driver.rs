//! The driver of a bucket.

use crate::answer::of_library;
use crate::client::{BadOptions, Bucket, S3Options, path_of};
use crate::digest::{Digest, latest};
use crate::multipart::Part;
use crate::pieces::{Cut, LEAST_BYTES, MOST_PARTS, Pieces, cut};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::{Error, GetOptions, GetRange, ObjectStore as _};
use reqwest::Method;
use std::io;
use std::ops::Range;
use storage::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, DirectRoute, DownloadRequest, Driver,
    DriverError, FolderEntry, ListedBlob, PartBounds, PartHasher, PartWritten, Route, Staged,
    UploadPlan, UploadTarget, Written, root_hash,
};

/// Part of an upload where nobody has a wish (V4 API, s3).
const USUAL_PART: u64 = 25 << 20;
const LARGEST_PART: u64 = 5 << 30;

/// Blobs in a bucket.
#[derive(Clone, Debug)]
pub struct S3Driver {
    bucket: Bucket,
}

impl S3Driver {
    /// # Errors
    /// What is wrong with the options; nobody is asked yet.
    pub fn new(options: S3Options) -> Result<Self, BadOptions> {
        Ok(Self {
            bucket: Bucket::new(options)?,
        })
    }

    async fn direct(&self, plan: &UploadPlan, upload: &str) -> Result<Route, DriverError> {
        let until = plan.expires_at;
        let mut part_urls = Vec::with_capacity(usize::try_from(plan.part_count()).unwrap_or(0));
        for number in 1..=plan.part_count() {
            let number = number.to_string();
            let query = [("partNumber", &*number), ("uploadId", upload)];
            let url = self
                .bucket
                .sign_until(Method::PUT, &plan.key, &query, until);
            part_urls.push(url.await?);
        }
        let query = [("uploadId", upload)];
        let complete = self
            .bucket
            .sign_until(Method::POST, &plan.key, &query, until);
        Ok(Route::Direct(DirectRoute {
            upload_id: upload.to_owned(),
            part_urls,
            complete_url: Some(complete.await?),
            ..DirectRoute::default()
        }))
    }

    /// What is under the key of an upload of which the store knows nothing more.
    async fn completed(&self, plan: &UploadPlan) -> Result<Written, DriverError> {
        match self.bucket.found(&plan.key).await? {
            Some(stat) if stat.size_bytes == plan.size_bytes => Ok(Written {
                size_bytes: stat.size_bytes,
                blake3: None,
            }),
            Some(_) => Err(DriverError::AlreadyExists(plan.key.clone())),
            None => Err(DriverError::UploadGone(plan.id)),
        }
    }

    /// What a client has sent to the store, whoever joined it.
    async fn complete_direct(
        &self,
        plan: &UploadPlan,
        upload: &str,
    ) -> Result<Written, DriverError> {
        // Joined for good, however long it became.
        if let Some(stat) = self.bucket.found(&plan.key).await? {
            return Ok(Written {
                size_bytes: stat.size_bytes,
                blake3: None,
            });
        }
        let sent = self.bucket.parts(&plan.key, upload).await?;
        let sent = sent.ok_or(DriverError::UploadGone(plan.id))?;
        Err(DriverError::Incomplete {
            expected: plan.size_bytes,
            got: sent.iter().map(|part| part.size).sum(),
        })
    }

    async fn join(
        &self,
        plan: &UploadPlan,
        upload: &str,
        parts: &[Part],
    ) -> Result<(), DriverError> {
        self.bucket.require_free(&plan.key).await?;
        self.bucket.join(&plan.key, upload, parts).await.map(drop)
    }

    async fn hash(&self, key: &BlobKey) -> Result<[u8; 32], DriverError> {
        let mut body = self.read(key, ByteRange::ALL).await?;
        let mut hasher = blake3::Hasher::new();
        while let Some(piece) = body.try_next().await? {
            hasher.update(&piece);
        }
        Ok(*hasher.finalize().as_bytes())
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
impl Driver for S3Driver {
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

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        if range.end.is_some_and(|end| end <= range.start) {
            self.bucket.stat(key).await?;
            return Ok(empty());
        }
        let options = GetOptions {
            range: range_of(range),
            ..GetOptions::default()
        };
        match self.bucket.store.get_opts(&path_of(key)?, options).await {
            Ok(found) => Ok(found.into_stream().map_err(io::Error::other).boxed()),
            Err(Error::NotFound { .. }) => Err(DriverError::NotFound(key.clone())),
            Err(error) => {
                // Past its end a blob has nothing, which stores refuse to send.
                let stat = self.bucket.stat(key).await?;
                let within = range.within(stat.size_bytes);
                if within.is_empty() {
                    return Ok(empty());
                }
                if range.end.is_none_or(|end| end <= stat.size_bytes) {
                    return Err(of_library(error));
                }
                let options = GetOptions {
                    range: Some(GetRange::Bounded(within)),
                    ..GetOptions::default()
                };
                let found = self.bucket.store.get_opts(&path_of(key)?, options).await;
                let found = found.map_err(of_library)?;
                Ok(found.into_stream().map_err(io::Error::other).boxed())
            }
        }
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
        self.bucket.write(key, body, expected_bytes).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.bucket.stat(key).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.bucket.delete(keys).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        self.bucket.list(prefix, after, limit).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        self.bucket.download_url(key, request).await
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        self.bucket.require_free(&plan.key).await?;
        let content_type = plan.content_type.as_deref();
        let upload = self.bucket.begin_multipart(&plan.key, content_type).await?;
        let route = if plan.relay {
            Route::Here
        } else {
            self.direct(plan, &upload).await?
        };
        Ok(UploadTarget {
            vendor_state: Some(upload),
            route,
        })
    }

    async fn route_of(&self, plan: &UploadPlan) -> Result<Route, DriverError> {
        match &plan.vendor_state {
            Some(upload) if !plan.relay => self.direct(plan, upload).await,
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
        let Cut { pieces, bytes } = cut(plan.size_bytes, plan.chunk_bytes);
        let first = offset.checked_div(plan.chunk_bytes).unwrap_or(0) * pieces;
        let mut hasher = PartHasher::new(plan.size_bytes, offset, size_bytes);
        let mut sent = Vec::new();
        let mut body = Pieces::new(body, Some(size_bytes));
        let length = usize::try_from(bytes).unwrap_or(usize::MAX);
        for index in first..first + pieces {
            let piece = body.next(length).await?;
            if piece.is_empty() && index > first {
                break;
            }
            hasher.update(&piece);
            let part = self.bucket.send_part(&plan.key, upload, index, piece);
            sent.push(part.await?.ok_or_else(gone)?);
        }
        if !body.has_ended() {
            // The length is counted where the end is met.
            body.next(1).await?;
        }
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
        if !plan.relay {
            return self.complete_direct(plan, upload).await;
        }
        let parts = plan.in_order(parts)?;
        let digests: Vec<Digest> = parts.iter().map(|part| Digest::of(part)).collect();
        let trees: Vec<PartWritten> = digests.iter().map(|digest| digest.tree.clone()).collect();
        let blake3 = root_hash(plan.size_bytes, &trees.iter().collect::<Vec<_>>());
        let with_hash = |written: Written| Written { blake3, ..written };
        let Some(sent) = self.bucket.parts(&plan.key, upload).await? else {
            return self.completed(plan).await.map(with_hash);
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
        self.completed(plan).await.map(with_hash)
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        match self.completed(plan).await {
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
        self.bucket.list_folder(folder, after, limit).await
    }

    async fn set_cors(&self, origins: &[String]) -> Result<(), DriverError> {
        self.bucket.set_cors(origins).await
    }
}
