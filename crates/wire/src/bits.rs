//! Bit sets: group permissions and what a file system offers.
//!
//! On the wire a set is standard base64 of its bytes; flag *n* is bit `n % 8`
//! of byte `n / 8` (V4 API, boolsets). Browsers decode it with `atob`.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Up to 64 flags. The API's highest is 24.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BitSet(u64);

/// The text or bytes hold no bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBitSet {
    #[error("a bit set is padded base64")]
    NotBase64,
    #[error("flags above 63 are unknown")]
    FlagTooHigh,
}

impl BitSet {
    pub const EMPTY: Self = Self(0);

    /// The set of these flag numbers, each below 64.
    pub const fn of(flags: &[u8]) -> Self {
        let mut bits = 0;
        let mut n = 0;
        while n < flags.len() {
            bits |= 1 << flags[n];
            n += 1;
        }
        Self(bits)
    }

    /// Missing bytes read as zero.
    ///
    /// # Errors
    /// `FlagTooHigh` if a byte after the eighth is not zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadBitSet> {
        let (known, rest) = bytes.split_at(bytes.len().min(8));
        if rest.iter().any(|&byte| byte != 0) {
            return Err(BadBitSet::FlagTooHigh);
        }
        let mut eight = [0; 8];
        eight[..known.len()].copy_from_slice(known);
        Ok(Self(u64::from_le_bytes(eight)))
    }

    /// Without trailing zero bytes; the empty set has none.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_le_bytes()[..self.used()].to_vec()
    }

    /// Bytes up to the highest flag.
    fn used(self) -> usize {
        8 - self.0.leading_zeros() as usize / 8
    }

    /// # Errors
    /// `NotBase64`, `FlagTooHigh`.
    pub fn from_base64(text: &str) -> Result<Self, BadBitSet> {
        let bytes = STANDARD.decode(text).map_err(|_| BadBitSet::NotBase64)?;
        Self::from_bytes(&bytes)
    }

    pub fn to_base64(self) -> String {
        STANDARD.encode(&self.0.to_le_bytes()[..self.used()])
    }

    pub fn has(self, flag: impl Into<u8>) -> bool {
        let flag = flag.into();
        flag < 64 && self.0 >> flag & 1 == 1
    }

    /// The set with `flag` (below 64) switched on or off.
    pub fn with(self, flag: impl Into<u8>, on: bool) -> Self {
        let bit = 1 << flag.into();
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// Flags that both sets have.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Flags that at least one of the sets has.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Flag numbers in ascending order.
    pub fn flags(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |&flag| self.has(flag))
    }
}

impl Serialize for BitSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for BitSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_base64(&text).map_err(D::Error::custom)
    }
}

/// Declares the flag numbers of one kind of bit set.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$flag_doc:meta])* $flag:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$flag_doc])* $flag = $number,)* }

        impl From<$name> for u8 {
            fn from(flag: $name) -> u8 {
                flag as u8
            }
        }
    };
}

flags! {
    /// What members of a group may do (V4 API, group permissions).
    GroupPermission {
        Admin = 0,
        /// Marks the group of visitors without an account.
        Anonymous = 1,
        CreateShare = 2,
        WebDav = 3,
        /// Download many files as one zip stream.
        ArchiveDownload = 4,
        /// Compress, extract and look into archives.
        ArchiveTask = 5,
        WebDavProxy = 6,
        /// Open and download others' shares.
        DownloadShare = 7,
        FreePaidShare = 8,
        RemoteDownload = 9,
        Relocate = 10,
        /// Legacy; the group setting `redirected_source` decides.
        RedirectedSource = 11,
        /// Choose "unlink only" and skip the trash when deleting.
        AdvancedDelete = 12,
        SelectNode = 13,
        SetAnonymousPermission = 14,
        SetExplicitPermission = 15,
        IgnoreOwnership = 16,
        /// A new direct link for each request instead of the existing one.
        UniqueDirectLink = 17,
    }
}

flags! {
    /// What can be done in a file system (V4 API, navigator capabilities).
    Capability {
        CreateFile = 0,
        Rename = 1,
        SetPermission = 2,
        MoveToMy = 3,
        MoveToShare = 4,
        MoveToTrash = 5,
        Upload = 6,
        Download = 7,
        UpdateMetadata = 8,
        ListChildren = 9,
        Thumbnail = 10,
        CopyToMy = 11,
        CopyToShare = 12,
        CopyToTrash = 13,
        Delete = 14,
        Lock = 15,
        SoftDelete = 16,
        Restore = 17,
        Share = 18,
        Info = 19,
        VersionControl = 20,
        Mount = 21,
        Relocate = 22,
        EnterFolder = 23,
        ModifyView = 24,
    }
}

flags! {
    /// What a node can work on.
    NodeCapability {
        CreateArchive = 1,
        ExtractArchive = 2,
        RemoteDownload = 3,
        Relocate = 4,
    }
}

flags! {
    /// How a WebDAV account behaves.
    DavOption {
        ReadOnly = 0,
        /// Bytes pass through this server even where a redirect would do.
        Proxy = 1,
        /// Refuses `.DS_Store` and the like.
        BlockSystemFiles = 2,
    }
}

flags! {
    /// What the owner of a share lets others do in it (V4 API, file permission set).
    SharePermission {
        /// List, look at, download.
        Read = 0,
        Update = 1,
        /// Bring new files and folders.
        Create = 2,
        Delete = 3,
    }
}

/// The capability sets of the four file systems (V4 API).
pub mod capability {
    use super::BitSet;

    pub const MY: BitSet = BitSet::of(&[0, 1, 6, 7, 8, 9, 10, 14, 15, 16, 18, 19, 20, 23, 24]);
    pub const SHARE: BitSet = BitSet::of(&[7, 9, 10, 15, 19, 20, 23, 24]);
    /// What a share offers in addition to those who may bring files.
    pub const SHARE_UPLOADS: BitSet = BitSet::of(&[0, 6, 23]);
    pub const TRASH: BitSet = BitSet::of(&[9, 14, 15, 17, 19]);
    pub const SHARED_WITH_ME: BitSet = BitSet::of(&[7, 9, 23]);
}

/// The permissions the three built-in groups begin with. As in the V4 API, and besides, everybody
/// may download a folder.
pub mod seeded_group {
    use super::BitSet;

    pub const ADMIN: BitSet = BitSet::of(&[0, 2, 3, 4, 5, 6, 7, 9, 11, 12, 16]);
    pub const USER: BitSet = BitSet::of(&[2, 4, 7, 11]);
    pub const ANONYMOUS: BitSet = BitSet::of(&[1, 4, 7]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sets_have_the_text_clients_expect() {
        for (set, text) in [
            (BitSet::EMPTY, ""),
            (BitSet::of(&[0]), "AQ=="),
            (BitSet::of(&[1, 2, 3]), "Dg=="),
            (BitSet::of(&[3, 9, 20]), "CAIQ"),
            (capability::MY, "w8edAQ=="),
            (capability::SHARE, "gIaYAQ=="),
            (capability::TRASH, "AMIK"),
            (capability::SHARED_WITH_ME, "gAKA"),
            (seeded_group::ADMIN, "/RoB"),
            (seeded_group::USER, "lAg="),
            (seeded_group::ANONYMOUS, "kg=="),
        ] {
            assert_eq!(set.to_base64(), text);
            assert_eq!(BitSet::from_base64(text).unwrap(), set);
            assert_eq!(serde_json::to_string(&set).unwrap(), format!("\"{text}\""));
        }
    }

    #[test]
    fn trailing_zero_bytes_do_not_matter() {
        assert_eq!(BitSet::from_bytes(&[1, 0, 0]).unwrap(), BitSet::of(&[0]));
        assert_eq!(BitSet::from_bytes(&[1; 9]), Err(BadBitSet::FlagTooHigh));
        assert_eq!(BitSet::from_bytes(&[0; 9]).unwrap(), BitSet::EMPTY);
    }

    #[test]
    fn garbage_is_refused() {
        for text in ["AQ", "A", "??==", "AQ==\n"] {
            assert_eq!(BitSet::from_base64(text), Err(BadBitSet::NotBase64));
        }
        assert!(serde_json::from_str::<BitSet>("3").is_err());
    }

    #[test]
    fn flags_are_named() {
        assert!(seeded_group::ADMIN.has(GroupPermission::Admin));
        assert!(!seeded_group::USER.has(GroupPermission::WebDav));
        assert!(capability::TRASH.has(Capability::Restore));
        assert!(!BitSet::EMPTY.has(200));
    }

    proptest! {
        #[test]
        fn sets_survive_their_text(flags in prop::collection::btree_set(0u8..64, 0..20)) {
            let set = flags.iter().fold(BitSet::EMPTY, |set, &flag| set.with(flag, true));
            prop_assert_eq!(BitSet::from_base64(&set.to_base64()).unwrap(), set);
            prop_assert!(set.flags().eq(flags.iter().copied()));
            let emptied = flags.iter().fold(set, |set, &flag| set.with(flag, false));
            prop_assert!(emptied.is_empty());
        }
    }
}
