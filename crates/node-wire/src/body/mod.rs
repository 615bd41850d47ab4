//! What requests carry, as JSON. Names without tags are those of Go's fields. Unknown fields are
//! skipped; what may be `null` is an `Option`, and is written as `null` unless it says otherwise.

mod download;
mod file;
mod policy;
mod stateless;
pub mod task;
mod upload;

pub use download::{FileChoice, Handle, OfDownload, SelectFiles, StartDownload, TestDownloader};
pub use file::{Cleanup, CreateTask, DeleteFiles, Ping};
pub use policy::{Node, Policy, PolicyEdges};
pub use stateless::{CreateFolder, Finish, Prepare, UploadRequest};
pub use upload::{CreateUpload, EncryptMetadata, Received, UploadProps, UploadSession, Uri};
