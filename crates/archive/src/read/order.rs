//! What is asked of who reads an archive, and what is said of what is in it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the bytes of the archive are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bytes {
    /// In the file that is the standard input.
    Input,
    /// So many, to be asked for range by range.
    Asked(u64),
}

/// What is to be done with the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// Only their names are told.
    List,
    /// Their content, too.
    Unpack,
}

/// What is asked for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Order {
    /// Name of the archive.
    pub name: String,
    pub bytes: Bytes,
    pub doing: Doing,
    pub password: Option<String>,
    /// Of names that are not said to be UTF-8; empty: to be guessed.
    pub encoding: String,
    /// Paths, and folders with all that is below them, that are wanted; none: everything.
    pub mask: Vec<String>,
    /// Entries at the beginning that are not wanted any more.
    pub skip: u64,
    pub most_entries: u64,
    pub most_bytes: u64,
    /// What its decoder may look back over: [`dictionary_bytes`](super::dictionary_bytes).
    pub dictionary_bytes: u64,
}

impl fmt::Debug for Order {
    /// Without the password.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Order")
            .field("name", &self.name)
            .field("bytes", &self.bytes)
            .field("doing", &self.doing)
            .field("skip", &self.skip)
            .finish_non_exhaustive()
    }
}

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place among all entries, from 1.
    pub number: u64,
    /// The path inside: names joined by `/`. Of what is left out as it is stored.
    pub name: String,
    pub is_folder: bool,
    /// Unpacked, if that is known before.
    pub size_bytes: Option<u64>,
    /// Microseconds since 1970.
    pub modified: Option<i64>,
    /// Its content takes a password.
    pub is_encrypted: bool,
    /// Why it is not unpacked.
    pub left_out: Option<Reason>,
}

/// Why an entry is left out. The names are stored, and known to clients: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its path begins at a root.
    Absolute,
    /// Its path begins with the letter of a drive.
    DriveLetter,
    /// Its path leads upwards.
    Climbs,
    Nul,
    /// It has no name at all.
    NoName,
    NameTooLong,
    /// It lies in too many folders.
    TooDeep,
    /// It is a link, soft or hard.
    Link,
    /// It is a device, a pipe or a socket.
    Device,
    /// Its content is not what it was.
    Damaged,
    /// It is packed in a way that is not known here.
    Unsupported,
}

impl Reason {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::DriveLetter => "drive_letter",
            Self::Climbs => "climbs",
            Self::Nul => "nul",
            Self::NoName => "no_name",
            Self::NameTooLong => "name_too_long",
            Self::TooDeep => "too_deep",
            Self::Link => "link",
            Self::Device => "device",
            Self::Damaged => "damaged",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Why an archive is not read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Failure {
    #[error("this is no archive of a kind that can be unpacked here")]
    UnknownKind,
    #[error("incorrect password (40069)")]
    WrongPassword,
    #[error("incorrect password (40069): the archive is encrypted, and none was given")]
    NoPassword,
    #[error("the archive is damaged or cut off: {0}")]
    Damaged(String),
    #[error("the archive is packed in a way that is not known here: {0}")]
    Unsupported(String),
    #[error("the archive has more than {0} entries")]
    TooManyEntries(u64),
    #[error("there is more in the archive than may be unpacked: the limit is {0} bytes")]
    TooLarge(u64),
    #[error("the archive wants more memory than there is for one of its size")]
    TooMuchMemory,
    #[error("this is one of several volumes, which cannot be unpacked one by one")]
    OneOfSeveral,
    #[error("its bytes cannot be read: {0}")]
    Source(String),
    /// Nobody reads the answer.
    #[error("nobody listens any more")]
    Gone,
}
