//! An upload in parts: what is planned, where its bytes go, what arrived.

use std::fmt;
use std::time::SystemTime;

use uuid::Uuid;

use crate::{BlobKey, DriverError};

/// An upload as its session remembers it. The same plan goes into every call about the upload.
#[derive(Clone, Debug)]
pub struct UploadPlan {
    pub id: Uuid,
    pub key: BlobKey,
    pub size_bytes: u64,
    /// Length of every part but the last; 0 sends the file in one piece.
    pub chunk_bytes: u64,
    pub expires_at: SystemTime,
    /// Take the room for all bytes at once, where the driver was told to do so at all. Not for
    /// those who may never send any.
    pub reserves: bool,
    /// The client sends its bytes to this server, even where the vendor would take them.
    pub relay: bool,
    pub content_type: Option<String>,
    /// Where a vendor reports completion, for vendors that call back.
    pub callback_url: Option<String>,
    /// What [`begin_upload`](crate::Driver::begin_upload) answered; `None` before that.
    pub vendor_state: Option<String>,
}

/// One planned part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRange {
    pub offset: u64,
    pub size_bytes: u64,
}

impl UploadPlan {
    /// How many parts the upload has; an empty file is one empty part.
    pub fn part_count(&self) -> u64 {
        match self.chunk_bytes {
            0 => 1,
            chunk => self.size_bytes.div_ceil(chunk).max(1),
        }
    }

    /// The part with this index, from 0; `None` past the last.
    pub fn part(&self, index: u64) -> Option<PartRange> {
        if index >= self.part_count() {
            return None;
        }
        let offset = index * self.chunk_bytes;
        let left = self.size_bytes - offset;
        let size_bytes = if self.chunk_bytes == 0 {
            left
        } else {
            left.min(self.chunk_bytes)
        };
        Some(PartRange { offset, size_bytes })
    }

    /// Refuses a part that reaches past the end.
    /// # Errors
    /// `PartOutOfRange`
    pub fn check_part(&self, offset: u64, size_bytes: u64) -> Result<(), DriverError> {
        match offset.checked_add(size_bytes) {
            Some(end) if end <= self.size_bytes => Ok(()),
            _ => Err(DriverError::PartOutOfRange { offset, size_bytes }),
        }
    }

    /// The parts in file order, if together they are the whole file, each byte once.
    /// # Errors
    /// `Incomplete`
    pub fn in_order<'a>(
        &self,
        parts: &'a [PartWritten],
    ) -> Result<Vec<&'a PartWritten>, DriverError> {
        let mut sorted: Vec<_> = parts.iter().filter(|part| part.size_bytes > 0).collect();
        sorted.sort_unstable_by_key(|part| part.offset);
        let mut got = 0_u64;
        let mut whole = true;
        for part in &sorted {
            whole &= part.offset == got;
            if !whole {
                break;
            }
            got = got.saturating_add(part.size_bytes);
        }
        if whole && got == self.size_bytes {
            Ok(sorted)
        } else {
            Err(DriverError::Incomplete {
                expected: self.size_bytes,
                got,
            })
        }
    }
}

/// Where the bytes of an upload go.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadTarget {
    /// The driver's own notes; the caller stores them without looking inside.
    pub vendor_state: Option<String>,
    pub route: Route,
}

impl fmt::Debug for UploadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadTarget({:?})", self.route)
    }
}

/// Who receives the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// This server, through [`write_part`](crate::Driver::write_part).
    Here,
    /// The vendor or a slave node; the client sends parts without us.
    Direct(DirectRoute),
}

/// What a client needs to send its bytes to a vendor. Each vendor uses some of the fields. Most of
/// them let whoever has them write.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DirectRoute {
    /// The vendor's id of a multipart upload; empty where it has none.
    pub upload_id: String,
    /// One URL a part, or a single one that takes all parts.
    pub part_urls: Vec<String>,
    /// Where the client asks the vendor to join the parts.
    pub complete_url: Option<String>,
    /// Token or `Authorization` value for the part requests.
    pub credential: Option<String>,
    /// Signed form policy, for vendors that take one form post.
    pub form_policy: Option<String>,
    /// Content type the client must repeat, where it is part of the signature.
    pub content_type: Option<String>,
}

impl fmt::Debug for DirectRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DirectRoute({} URLs)", self.part_urls.len())
    }
}

/// A part that arrived. The caller keeps it (by offset) until completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartWritten {
    pub offset: u64,
    pub size_bytes: u64,
    pub digest: PartDigest,
}

/// What the driver wants to know about a part at completion: hashes, or a vendor's tag.
///
/// Opaque to callers, who store the bytes. At most a few KiB however long the part. Unknown or
/// damaged digests cost time at completion, never correctness.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PartDigest(Vec<u8>);

impl PartDigest {
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for PartDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartDigest({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn plan(size_bytes: u64, chunk_bytes: u64) -> UploadPlan {
        UploadPlan {
            id: Uuid::nil(),
            key: BlobKey::parse("k").unwrap(),
            size_bytes,
            chunk_bytes,
            expires_at: SystemTime::UNIX_EPOCH,
            reserves: true,
            relay: false,
            content_type: None,
            callback_url: None,
            vendor_state: None,
        }
    }

    fn all_parts(plan: &UploadPlan) -> Vec<PartWritten> {
        (0..plan.part_count())
            .map(|index| plan.part(index).unwrap())
            .map(|part| PartWritten {
                offset: part.offset,
                size_bytes: part.size_bytes,
                digest: PartDigest::default(),
            })
            .collect()
    }

    #[test]
    fn an_empty_file_is_one_empty_part() {
        for chunk in [0, 10] {
            assert_eq!(plan(0, chunk).part_count(), 1);
            let empty = PartRange {
                offset: 0,
                size_bytes: 0,
            };
            assert_eq!(plan(0, chunk).part(0), Some(empty));
            assert!(plan(0, chunk).in_order(&[]).is_ok());
        }
    }

    #[test]
    fn a_part_past_the_end_is_refused() {
        assert!(plan(10, 0).check_part(5, 5).is_ok());
        for (offset, size) in [(5, 6), (11, 0), (u64::MAX, 2)] {
            assert!(plan(10, 0).check_part(offset, size).is_err());
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_the_file(size in 0_u64..5000, chunk in 0_u64..600) {
            let plan = plan(size, chunk);
            let mut parts = all_parts(&plan);
            prop_assert_eq!(plan.part(plan.part_count()), None);
            parts.reverse();
            prop_assert!(plan.in_order(&parts).is_ok());
            if size > 0 {
                let lost = parts.swap_remove(parts.len() / 2);
                prop_assert!(plan.in_order(&parts).is_err());
                parts.push(lost.clone());
                parts.push(lost);
                prop_assert!(plan.in_order(&parts).is_err());
            }
        }
    }
}
