//! What can go wrong with content: uploads, versions, archives, and links to them.

/// Why an upload does not begin or go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// The session is over, or was never there.
    #[error("the upload is over, or was never there")]
    SessionGone,
    /// The session is for another file, or somebody else's.
    #[error("the upload is of another file, or of somebody else")]
    SessionForeign,
    #[error("there is no part of this number in the upload")]
    BadChunkIndex,
    /// In bytes; 0 got where the length is not said.
    #[error("a part of the upload has {got} bytes where {expected} were to come")]
    BadChunkLength { expected: u64, got: u64 },
    /// The policy does not take uploads this way.
    #[error("the storage policy does not take uploads this way")]
    RouteNotAllowed,
    /// For one request that brings all content.
    #[error("the file is too large to be edited here")]
    TooLargeToEdit,
    #[error("no file may be as large as that")]
    SizeOutOfRange,
    #[error("the media type is too long")]
    MediaTypeTooLong,
    /// Something that only owners may say about what they upload.
    #[error("only owners may say this of what they upload")]
    NotForVisitors,
    /// Through shares, by one visitor or in all.
    #[error("there are too many uploads at a time")]
    TooManyAtOnce,
    /// A shortcut has no content.
    #[error("a shortcut has no content")]
    Shortcut,
}

/// Why a version is not there, or not touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    #[error("the version is not there")]
    NotFound,
    /// Its bytes are not what they were.
    #[error("the bytes of the version are damaged")]
    Damaged,
    /// Another version is current than the one meant.
    #[error("the file has a newer version")]
    Stale,
    /// The current one cannot be deleted.
    #[error("the current version cannot be deleted")]
    CurrentStays,
}

/// Why an archive is not made, or not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// More than this many bytes would go in.
    #[error("more than {0} bytes would go into the archive")]
    TooLarge(u64),
    /// Only archives can be looked into.
    #[error("it is no archive that can be looked into")]
    NotArchive,
    /// Nothing to unpack was named.
    #[error("nothing to unpack was named")]
    NoSource,
    #[error("the encoding is not known")]
    UnknownEncoding,
    /// It is damaged, or not what its name promises.
    #[error("the archive cannot be read")]
    Unreadable,
    #[error("the archive is nested too deep")]
    TooDeep,
    /// Its names are encrypted.
    #[error("the names in the archive are encrypted")]
    Encrypted,
    /// The password, or the list of what is wanted, is longer than any.
    #[error("the password, or the list of what is wanted, is too long")]
    TooMuchAsked,
}

/// Why a link is not handed out, or leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is over, was never there, or what it rests on was taken back.
    #[error("the link is over, or was never there")]
    Gone,
    /// One version was asked for, of several files.
    #[error("a version belongs to one file")]
    VersionOfMany,
    /// More direct links at a time than this many.
    #[error("there may be no more than {0} links at a time")]
    TooMany(usize),
    /// A public id that decodes to nothing.
    #[error("the id of the link cannot be read")]
    BadId,
}
