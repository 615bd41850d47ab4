//! What only some storages can tell: parts they take, folders, pictures, tags, checksums.

use std::time::SystemTime;

use bytes::Bytes;

/// What the parts of an upload may be like. The last may always be shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartBounds {
    pub least_bytes: u64,
    /// 0: no bound.
    pub most_bytes: u64,
    /// Lengths are multiples of this; 0: any.
    pub multiple_of: u64,
    /// 0: any number.
    pub most_parts: u64,
    /// Where nobody has a wish; 0: the file in one piece.
    pub usual_bytes: u64,
}

impl PartBounds {
    /// Length of the parts of a file of `size_bytes`, as near to `wanted` as may be. 0, the file in
    /// one piece, is a wish only where it is the usual way.
    pub fn fit(&self, wanted: u64, size_bytes: u64) -> u64 {
        let wanted = if wanted == 0 {
            self.usual_bytes
        } else {
            wanted
        };
        if wanted == 0 {
            return 0;
        }
        let by_count = match self.most_parts {
            0 => 0,
            most => size_bytes.div_ceil(most),
        };
        let multiple = self.multiple_of.max(1);
        let least = wanted.max(self.least_bytes).max(by_count);
        let length = least.div_ceil(multiple).saturating_mul(multiple);
        match self.most_bytes {
            0 => length,
            most => length.min(most - most % multiple),
        }
    }

    /// Length of the longest file whose parts are neither too many nor too long.
    pub fn most_file_bytes(&self) -> u64 {
        match (self.most_parts, self.most_bytes) {
            (0, _) | (_, 0) => u64::MAX,
            (parts, bytes) => parts.saturating_mul(bytes - bytes % self.multiple_of.max(1)),
        }
    }
}

/// Something in a folder of the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// Last part of its path.
    pub name: String,
    /// `None`: a folder.
    pub file: Option<FolderFile>,
}

/// What lies in a folder of the storage and is no [`FolderEntry`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    pub count: u64,
    /// The first of them.
    pub first: Vec<(String, PassedOverWhy)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedOverWhy {
    /// No key can name it. It is told as well as that can be.
    Name,
    /// A link, a pipe, a device.
    NoFile,
    /// A folder that has the name of a file.
    Hidden,
}

impl PassedOver {
    pub fn add(&mut self, name: String, why: PassedOverWhy, limit: usize) {
        self.count += 1;
        if self.first.len() < limit {
            self.first.push((name, why));
        }
    }
}

/// A file found there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderFile {
    pub size_bytes: u64,
    pub modified: SystemTime,
}

/// A small picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub bytes: Bytes,
    pub content_type: String,
}

/// One thing that is known about a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaTag {
    pub name: String,
    pub value: String,
}

/// A checksum as vendors compute it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VendorChecksum {
    Md5([u8; 16]),
    Sha256([u8; 32]),
    Crc64(u64),
    Crc32c(u32),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;
    /// Those of S3.
    const S3: PartBounds = PartBounds {
        least_bytes: 5 * MIB,
        most_bytes: 5 << 30,
        multiple_of: 0,
        most_parts: 10_000,
        usual_bytes: 25 * MIB,
    };

    #[test]
    fn a_wish_is_kept_where_it_may_be() {
        assert_eq!(S3.fit(8 * MIB, 100 * MIB), 8 * MIB);
        assert_eq!(S3.fit(MIB, 100 * MIB), 5 * MIB);
        assert_eq!(S3.fit(0, 100 * MIB), 25 * MIB);
        assert_eq!(S3.fit(u64::MAX, 1), 5 << 30);
        assert_eq!(PartBounds::default().fit(0, 100), 0);
        assert_eq!(PartBounds::default().fit(7, 100), 7);
        let of_ten = PartBounds {
            multiple_of: 10,
            most_bytes: 25,
            ..PartBounds::default()
        };
        assert_eq!((of_ten.fit(1, 9), of_ten.fit(99, 9)), (10, 20));
        assert_eq!(of_ten.most_file_bytes(), u64::MAX);
        let few = PartBounds {
            most_parts: 3,
            ..of_ten
        };
        assert_eq!(few.most_file_bytes(), 60);
    }

    proptest! {
        #[test]
        fn a_file_never_has_more_parts_than_the_vendor_takes(
            wanted: u64, size in 0..=10_000 * (5_u64 << 30),
        ) {
            let bytes = S3.fit(wanted, size);
            prop_assert!((S3.least_bytes..=S3.most_bytes).contains(&bytes));
            prop_assert!(size.div_ceil(bytes) <= S3.most_parts);
            prop_assert!(size <= S3.most_file_bytes());
        }
    }
}
