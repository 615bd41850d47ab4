//! Bytes that go to the store as they come, under a key that is new.

use crate::answer::{Refusal, of_library};
use crate::client::{Bucket, path_of};
use crate::pieces::{LEAST_BYTES, MOST_PARTS, Pieces, USUAL_BYTES};
use bytes::Bytes;
use object_store::{Error, ObjectStore as _};
use object_store::{ObjectStoreExt as _, PutMode, PutOptions};
use reqwest::header::{HeaderMap, HeaderValue, RANGE};
use reqwest::{Method, StatusCode};
use storage::{BlobKey, BlobStat, ByteStream, DriverError, Written};

/// So many pieces of one length; those after them are twice as long, for bodies of unknown length.
const STEP: u64 = 1_000;

/// The store answered and will not answer otherwise.
fn is_refused(error: &Error) -> bool {
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => true,
        Error::Generic { source, .. } => {
            let text = source.to_string();
            text.contains("status code: 4") || text.contains("redirect")
        }
        _ => false,
    }
}

impl Bucket {
    /// # Errors
    /// `NotFound`
    pub async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        let found = self.store.head(&path_of(key)?).await;
        match found {
            Ok(meta) => Ok(BlobStat {
                size_bytes: meta.size,
                modified: meta.last_modified.into(),
            }),
            Err(Error::NotFound { .. }) => Err(DriverError::NotFound(key.clone())),
            Err(error) if is_refused(&error) => {
                Err(self.why(key).await.unwrap_or(of_library(error)))
            }
            Err(error) => Err(of_library(error)),
        }
    }

    /// Why an object cannot be looked at. A refusal of HEAD has no words, that of GET has.
    async fn why(&self, key: &BlobKey) -> Option<DriverError> {
        let first = HeaderMap::from_iter([(RANGE, HeaderValue::from_static("bytes=0-0"))]);
        let path = path_of(key).ok()?;
        let asked = self.ask(Method::GET, &path, &[], (first, Bytes::new()));
        asked.await.err().map(Refusal::into_error)
    }

    /// `None` if nothing has the key.
    pub async fn found(&self, key: &BlobKey) -> Result<Option<BlobStat>, DriverError> {
        match self.stat(key).await {
            Ok(stat) => Ok(Some(stat)),
            Err(DriverError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// # Errors
    /// `AlreadyExists`
    pub async fn require_free(&self, key: &BlobKey) -> Result<(), DriverError> {
        match self.found(key).await? {
            Some(_) => Err(DriverError::AlreadyExists(key.clone())),
            None => Ok(()),
        }
    }

    pub async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected: Option<u64>,
    ) -> Result<Written, DriverError> {
        self.require_free(key).await?;
        let mut pieces = Pieces::new(body, expected);
        let mut hasher = blake3::Hasher::new();
        let first = pieces.next(piece_bytes(0, expected)).await?;
        let second = pieces.next(piece_bytes(1, expected)).await?;
        hasher.update(&first);
        let mut size = first.len() as u64;
        if second.is_empty() {
            self.put(key, first).await?;
        } else {
            let upload = self.begin_parts(key, None).await?;
            let mut count = |piece: &Bytes| {
                hasher.update(piece);
                size += piece.len() as u64;
            };
            let mut parts = Vec::new();
            let (mut leaving, mut next) = (first, second);
            // One is on its way while the next is read.
            while !next.is_empty() {
                count(&next);
                let number = parts.len() as u64;
                let sent = upload.send(number, leaving);
                let read = pieces.next(piece_bytes(number + 2, expected));
                let (part, read) = futures_util::try_join!(sent, read)?;
                parts.push(part);
                leaving = std::mem::replace(&mut next, read);
            }
            parts.push(upload.send(parts.len() as u64, leaving).await?);
            upload.complete(&parts).await?;
        }
        Ok(Written {
            size_bytes: size,
            blake3: Some(*hasher.finalize().as_bytes()),
        })
    }

    /// A small blob in one request.
    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), DriverError> {
        let options = PutOptions::from(PutMode::Create);
        let path = path_of(key)?;
        let put = self.store.put_opts(&path, bytes.into(), options);
        match put.await {
            Ok(_) => Ok(()),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                Err(DriverError::AlreadyExists(key.clone()))
            }
            Err(error) => Err(of_library(error)),
        }
    }

    /// Removes keys. Answers those that are still there.
    pub async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let most = match self.options.delete_batch {
            0 => 1_000,
            most => most.min(1_000),
        };
        let mut left = Vec::new();
        for batch in keys.chunks(most) {
            left.extend(self.delete_some(batch).await?);
        }
        Ok(left)
    }
}

/// How long the piece with this number is: all of a body of unknown length fit into the parts that
/// an upload may have.
fn piece_bytes(number: u64, expected: Option<u64>) -> usize {
    let bytes = match expected {
        Some(expected) => USUAL_BYTES.max(expected.div_ceil(MOST_PARTS)),
        None => USUAL_BYTES << (number / STEP).min(9),
    };
    usize::try_from(bytes.max(LEAST_BYTES)).unwrap_or(usize::MAX)
}

impl Refusal {
    /// The store does not know how to do this at once for many.
    pub fn is_unknown(&self) -> bool {
        self.is(StatusCode::NOT_IMPLEMENTED) || self.code == "NotImplemented"
    }
}
