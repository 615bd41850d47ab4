//! Blobs: stored versions of bytes. Uploads make them, versions hold them, links hand them out.
//!
//! Invariants: an acknowledged byte is durable; a blob row points at bytes that exist; bytes
//! without a row do not outlive the sweep; used space is reserved before the first byte moves.

mod abort;
mod archive;
mod bring;
mod complete;
mod current;
mod elsewhere;
mod found;
mod link;
mod open;
mod place;
mod produced;
mod put;
mod removal;
mod resume;
mod retention;
mod route;
mod session;
mod stream;
mod upload;
mod versions;
mod visitors;

pub use crate::error::blob::{ArchiveError, LinkError, UploadError, VersionError};
pub use abort::AbortUpload;
pub use archive::{ARCHIVE_PATH, Archive, ArchiveEntry, Archives};
pub use bring::BroughtFile;
pub use elsewhere::{CallbackAddress, CallbackError, CallbackRefused, CompletionError};
pub(crate) use found::{FoundFile, Taking, take_over};
pub use link::{CONTENT_PATH, ContentAddress, LinkOptions, Links, SignedLink};
pub use link::{ContentLink, by_proxy, content_link};
pub use open::{Delivery, KeptOpen, OpenBlob, OpenBlobs};
pub use put::PutContent;
pub(crate) use removal::remove_bytes;
pub use resume::ResumedUpload;
pub use route::CALLBACK_PATH;
pub use session::{OpenedUpload, UploadRequest};
pub use stream::{Current, StreamUpload, StreamedContent, is_senders_fault, is_storage_full};
pub use upload::{Chunk, Uploads};
pub use versions::Versions;

pub use storage::{
    ByteRange, ByteStream, CallbackMessage, DirectRoute, DownloadRequest, DriverError, Route,
};
