//! Bytes that go to the store as they come, under a key that is new.

use crate::memory::Memory;
use crate::pieces::{LEAST_BYTES, MOST_PARTS, Pieces, USUAL_BYTES};
use crate::refusal::garbage;
use crate::sending::send_all;
use crate::vendor::{Part, Vendor};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use storage::{BlobKey, ByteStream, DriverError, Written};

/// So many pieces of one length; those after them are twice as long, for bodies of unknown length.
const STEP: u64 = 1_000;

/// # Errors
/// `AlreadyExists`
pub(crate) async fn require_free(vendor: &impl Vendor, key: &BlobKey) -> Result<(), DriverError> {
    if vendor.is_taken(key).await? {
        return Err(DriverError::AlreadyExists(key.clone()));
    }
    Ok(())
}

pub(crate) async fn write<V: Vendor>(
    (vendor, memory): (&V, &'static Memory),
    key: &BlobKey,
    body: ByteStream,
    expected: Option<u64>,
) -> Result<Written, DriverError> {
    require_free(vendor, key).await?;
    let mut pieces = Pieces::new(body, expected, memory);
    let first = pieces.next(piece_bytes(0, expected)).await?;
    let mut hasher = blake3::Hasher::new();
    let mut size_bytes = 0;
    let mut seen = |piece: &Bytes| {
        hasher.update(piece);
        size_bytes += piece.len() as u64;
    };
    if pieces.has_more().await? {
        let upload = OwnUpload::begin(vendor, key).await?;
        let length = |number| piece_bytes(number, expected);
        let send = |number, piece| upload.send(number, piece);
        let parts = send_all((&mut pieces, first), length, &mut seen, send).await?;
        upload.complete(&parts, size_bytes).await?;
    } else {
        seen(&first);
        vendor.create(key, first).await?;
    }
    Ok(Written {
        size_bytes,
        blake3: Some(*hasher.finalize().as_bytes()),
    })
}

/// A small blob in one part, at stores that take nothing else.
/// # Errors
/// `AlreadyExists`
pub(crate) async fn write_in_a_part<V: Vendor>(
    vendor: &V,
    key: &BlobKey,
    bytes: Bytes,
) -> Result<(), DriverError> {
    let size = bytes.len() as u64;
    let upload = OwnUpload::begin(vendor, key).await?;
    let part = upload.send(0, bytes).await?;
    upload.complete(&[part], size).await
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

/// An upload of one call, of which nobody else knows: dropped, it ends at the store as well.
#[derive(Debug)]
struct OwnUpload<V: Vendor> {
    vendor: V,
    key: BlobKey,
    id: String,
    is_over: bool,
}

impl<V: Vendor> OwnUpload<V> {
    async fn begin(vendor: &V, key: &BlobKey) -> Result<Self, DriverError> {
        Ok(Self {
            id: vendor.begin(key, None).await?,
            vendor: vendor.clone(),
            key: key.clone(),
            is_over: false,
        })
    }

    /// Sends a part, from 0.
    fn send(&self, index: u64, bytes: Bytes) -> BoxFuture<'_, Result<Part, DriverError>> {
        async move {
            let sent = self.vendor.send_part(&self.key, &self.id, index, bytes);
            sent.await?.ok_or_else(lost)
        }
        .boxed()
    }

    async fn complete(mut self, parts: &[Part], size: u64) -> Result<(), DriverError> {
        let joined = match self.vendor.join(&self.key, &self.id, parts, None).await {
            // The answer may be lost, and this be the one to the same request sent again: that the key is
            // taken, or that there is no such upload any more.
            Err(DriverError::AlreadyExists(_)) | Ok(false) if self.has_become(size).await? => true,
            joined => joined?,
        };
        self.is_over = joined;
        if joined { Ok(()) } else { Err(lost()) }
    }

    async fn has_become(&self, size: u64) -> Result<bool, DriverError> {
        let (vendor, key) = (&self.vendor, &self.key);
        Ok(vendor.parts(key, &self.id).await?.is_none()
            && vendor.became(key, &self.id, size).await?)
    }
}

fn lost() -> DriverError {
    garbage("the upload is gone")
}

impl<V: Vendor> Drop for OwnUpload<V> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (vendor, key, id) = (self.vendor.clone(), self.key.clone(), self.id.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            if let Err(error) = vendor.abort(&key, &id).await {
                tracing::warn!(%key, %error, "an upload is left at the store");
            }
        });
    }
}
