//! What can go wrong with content: uploads, versions, archives, and links to them.

/// Why an upload does not begin or go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("upload: {self:?}")]
pub enum UploadError {
    /// The session is over, or was never there.
    SessionGone,
    /// The session is for another file, or somebody else's.
    SessionForeign,
    BadChunkIndex,
    /// In bytes; 0 got where the length is not said.
    BadChunkLength {
        expected: u64,
        got: u64,
    },
    /// The policy does not take uploads this way.
    RouteNotAllowed,
    /// For one request that brings all content.
    TooLargeToEdit,
    SizeOutOfRange,
    MediaTypeTooLong,
    /// Something that only owners may say about what they upload.
    NotForVisitors,
    /// Through shares, by one visitor or in all.
    TooManyAtOnce,
    /// A shortcut has no content.
    Shortcut,
}

/// Why a version is not there, or not touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("version: {self:?}")]
pub enum VersionError {
    NotFound,
    /// Its bytes are not what they were.
    Damaged,
    /// Another version is current than the one meant.
    Stale,
    /// The current one cannot be deleted.
    CurrentStays,
}

/// Why an archive is not made, or not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("archive: {self:?}")]
pub enum ArchiveError {
    /// More than this many bytes would go in.
    TooLarge(u64),
    /// Only archives can be looked into.
    NotArchive,
    /// Nothing to unpack was named.
    NoSource,
    UnknownEncoding,
    /// It is damaged, or not what its name promises.
    Unreadable,
    TooDeep,
    /// Its names are encrypted.
    Encrypted,
    /// The password, or the list of what is wanted, is longer than any.
    TooMuchAsked,
}

/// Why a link is not handed out, or leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("link: {self:?}")]
pub enum LinkError {
    /// It is over, was never there, or what it rests on was taken back.
    Gone,
    /// One version was asked for, of several files.
    VersionOfMany,
    /// More direct links at a time than this many.
    TooMany(usize),
    /// A public id that decodes to nothing.
    BadId,
}
