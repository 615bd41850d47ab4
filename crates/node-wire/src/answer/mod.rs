//! What comes back: an envelope, and in its `data` a value as gob in base64.
//!
//! A peer reads `data` of such answers without looking whether it is there: with code 0 it is never
//! left out and never empty.

mod envelope;
mod policy;
mod values;

pub use envelope::{Code, Envelope, sentence};
pub use policy::{Edges, Node, PolicySetting, StoragePolicy};
pub use values::{
    CredentialResponse, EncryptMetadata, MediaMeta, PartialDelete, PhysicalObject, Prepared,
    Progress, TaskFile, TaskHandle, TaskStatus, TaskSummary, UploadProps, UploadRequest,
    UploadSession, deletion_failures,
};
