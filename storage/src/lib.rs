//! Bytes by key for one storage policy.
//!
//! A [`Driver`] stores blobs: written once, read in ranges, deleted; nothing is ever overwritten.
//! It knows no users, paths, SQL or HTTP. What each call promises stands at the trait, and
//! [`conformance`] holds every driver to it.
//!
//! Invariants:
//! - A blob is readable under its key only when all of its bytes are durable.
//! - Memory use does not grow with the length of a blob or a part.
//! - A key never leads out of the storage, whatever links lie in it.
//! - Async threads never wait for a disk; no thread waits for a slow sender.

mod away;
mod body;
mod callback;
pub mod conformance;
mod driver;
mod error;
mod key;
mod local;
mod memory;
mod mirror;
mod naming;
pub mod step;
mod tree_hash;
mod upload;
mod vendor;

pub use away::AwayDriver;
pub use body::{Length, collect, whole};
pub use callback::{CallbackMessage, CallbackProblem};
pub use driver::{
    BlobStat, ByteRange, ByteStream, Capabilities, DownloadRequest, Driver, ListedBlob, Member,
    Room, Staged, Written,
};
pub use error::DriverError;
pub use key::{BadKey, BlobKey, MAX_KEY_BYTES, STAGING_FOLDER};
pub use local::{LeastFree, LocalDriver, LocalOptions, read_open_file};
pub use memory::{MemoryDriver, Operation};
pub use mirror::{
    BadMirror, Hashed, MirrorDriver, MirrorLog, Restored, hash_of, is_lost, member_states, restore,
    restore_unproven,
};
pub use naming::{NameContext, NameRules, strip_root};
pub use tree_hash::{PartHasher, root_hash};
pub use upload::{
    DirectRoute, PartDigest, PartRange, PartWritten, Route, UploadPlan, UploadTarget,
};
pub use vendor::{
    FolderEntry, FolderFile, MediaTag, PartBounds, PassedOver, PassedOverWhy, Picture,
    VendorChecksum,
};
