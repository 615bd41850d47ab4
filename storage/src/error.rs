//! What can go wrong with bytes.

use std::io;
use std::time::Duration;

use uuid::Uuid;

use crate::BlobKey;

/// What went wrong, in the words of a driver.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// Nothing was ever written under this key, or it was deleted.
    #[error("no blob at {0}")]
    NotFound(BlobKey),
    /// Blobs are never overwritten.
    #[error("a blob already exists at {0}")]
    AlreadyExists(BlobKey),
    /// The upload was never begun, was aborted, or is already complete.
    #[error("upload {0} takes no more bytes")]
    UploadGone(Uuid),
    /// The body ended early. Nothing was kept.
    #[error("the body ended after {got} of {expected} bytes")]
    ShortBody { expected: u64, got: u64 },
    /// The body went on after the announced length. Nothing was kept.
    #[error("the body is longer than {expected} bytes")]
    LongBody { expected: u64 },
    /// A part reaches past the end of the upload.
    #[error("no room for {size_bytes} bytes at offset {offset} of the upload")]
    PartOutOfRange { offset: u64, size_bytes: u64 },
    /// The parts given at completion leave a gap, overlap, or end early.
    #[error("the parts cover {got} of {expected} bytes without a gap")]
    Incomplete { expected: u64, got: u64 },
    /// The device, the owner's disk quota or the bucket is full.
    #[error("no space left in storage")]
    NoSpace,
    /// The vendor takes no more requests for now.
    #[error("the storage is busy")]
    Busy {
        /// When to ask again, where the vendor says so.
        retry_after: Option<Duration>,
    },
    /// The driver lacks this; see [`Capabilities`](crate::Capabilities).
    #[error("the storage cannot {0}")]
    Unsupported(&'static str),
    /// The sender of the body failed, not the storage.
    #[error("the body could not be read")]
    Body(#[source] io::Error),
    /// The storage failed.
    #[error("the storage failed")]
    Io(#[source] io::Error),
}

impl DriverError {
    /// Whether a write that failed so has placed nothing: the body was at fault, or there was no room.
    pub fn has_placed_nothing(&self) -> bool {
        matches!(
            self,
            Self::Body(_) | Self::ShortBody { .. } | Self::LongBody { .. } | Self::NoSpace
        )
    }

    /// Whether the storage did not answer at all: it is away, and may be back later. What it refuses it
    /// refuses again.
    pub fn is_away(&self) -> bool {
        let Self::Io(error) = self else { return false };
        let is_silent = matches!(
            error.kind(),
            io::ErrorKind::NotConnected | io::ErrorKind::TimedOut
        );
        // A disk that is not mounted.
        is_silent || error.raw_os_error() == Some(rustix::io::Errno::NODEV.raw_os_error())
    }
}

/// `ENOSPC` and `EDQUOT` become `NoSpace`, everything else `Io`.
impl From<io::Error> for DriverError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Io(error),
        }
    }
}

impl From<rustix::io::Errno> for DriverError {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn a_full_disk_and_a_full_quota_are_no_space() {
        assert!(matches!(
            DriverError::from(Errno::NOSPC),
            DriverError::NoSpace
        ));
        assert!(matches!(
            DriverError::from(Errno::DQUOT),
            DriverError::NoSpace
        ));
        let raw = io::Error::from_raw_os_error(Errno::NOSPC.raw_os_error());
        assert!(matches!(DriverError::from(raw), DriverError::NoSpace));
        assert!(matches!(DriverError::from(Errno::IO), DriverError::Io(_)));
    }

    #[test]
    fn only_who_does_not_answer_is_away() {
        assert!(DriverError::from(Errno::NODEV).is_away());
        let silent = io::Error::new(io::ErrorKind::NotConnected, "nothing answers");
        assert!(DriverError::Io(silent).is_away());
        assert!(!DriverError::from(Errno::IO).is_away());
        assert!(!DriverError::NoSpace.is_away());
        assert!(!DriverError::Busy { retry_after: None }.is_away());
    }
}
