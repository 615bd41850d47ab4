//! Drivers for object stores: S3 and everything that speaks it, Azure Blob Storage, and Google
//! Cloud Storage.
//!
//! Invariants:
//! - A key is looked for before it is written, and written under the condition that it is new,
//!   where the store knows conditions.
//! - Memory use does not grow with the length of a blob or a part: bytes go on in pieces.
//! - Nothing that a driver begins at the store is left there: what is dropped is aborted.
//!
//! What stores differ in is a [`vendor::Vendor`]; everything else is one driver.

mod answer;
mod azure;
mod checksum;
mod digest;
mod disposition;
mod driver;
mod gcs;
mod http;
mod listing;
mod pieces;
mod s3;
mod vendor;
mod writing;

pub use azure::{AzureDriver, AzureOptions};
pub use checksum::Comparison;
pub use gcs::{GcsDriver, GcsOptions};
pub use http::BadOptions;
pub use s3::{S3Driver, S3Options};
