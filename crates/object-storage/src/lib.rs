//! Drivers for object stores: S3 and everything that speaks it, its kin with signatures of their own
//! (OSS, COS, OBS, KS3), Qiniu's Kodo, Azure Blob Storage, and Google Cloud Storage. And for folders
//! on WebDAV servers, which are no buckets and have a driver of their own.
//!
//! Invariants:
//! - A key is looked for before it is written, and written under the condition that it is new,
//!   where the store knows conditions.
//! - Memory use does not grow with the length of a blob or a part: bytes go on in pieces, one of each
//!   upload and what all uploads together may read ahead.
//! - Nothing that a driver begins at the store is left there: what is dropped is aborted.
//!
//! What buckets differ in is a [`vendor::Vendor`]; everything else is one driver.

mod answer;
mod azure;
mod checksum;
mod digest;
mod disposition;
mod driver;
mod gcs;
mod http;
mod kin;
mod listing;
mod meaning;
mod memory;
mod own;
mod pieces;
mod qiniu;
mod reading;
mod refusal;
mod s3;
mod sending;
#[cfg(test)]
mod uploads_at_once;
mod vendor;
mod webdav;
mod writing;

pub use azure::{AzureDriver, AzureOptions};
pub use checksum::Comparison;
pub use gcs::{GcsDriver, GcsOptions};
pub use http::BadOptions;
pub use kin::{KinDriver, KinOptions, Vendors};
pub use qiniu::{QiniuDriver, QiniuOptions};
pub use s3::{S3Driver, S3Options};
pub use webdav::{WebDavDriver, WebDavOptions};
