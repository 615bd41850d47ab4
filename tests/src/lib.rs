//! Alcove seen from outside: a harness that boots the real server, and a client that speaks the
//! V4 API to it.
//!
//! - [`TestServer`] is one server on a free port with a data folder and a database of its own,
//!   SQLite or PostgreSQL by `ALCOVE_TEST_DB`. It knows nothing of the server's insides.
//! - [`Client`] is a person in front of it. Methods are named after what the person does and
//!   answer with a [`Reply`], which keeps the whole answer for the test to judge.
//! - [`Program`] is the `alcove` program as its own process, for tests that kill it.
//! - [`Vendor`] is a storage that takes bytes from clients itself, with a driver for it.
//! - [`Bucket`] is one of a real S3 server.
//! - [`Container`] is one of Azure Blob Storage, [`GoogleBucket`] one of Google Cloud Storage.
//! - [`DavFolder`] is one on a WebDAV server.
//! - [`Stand`](stand::Stand) is a vendor that is spoken to as S3 is, and signs otherwise.
//! - [`Proxy`](proxy::Proxy) stands before any of them, and does what networks do at times.
//! - [`Gate`] holds a server's requests in the middle, for tests of what happens in between.

// The server runs inside: a future in a future in a future.
#![recursion_limit = "256"]

mod app;
mod bucket;
pub mod client;
mod container;
mod database;
mod dav_folder;
mod description;
pub mod directory;
mod events;
mod gate;
mod google;
mod host;
pub mod mail;
pub mod passkey;
mod ports;
mod program;
#[path = "../../crates/object-storage/tests/faults/proxy.rs"]
#[allow(
    clippy::unwrap_used,
    reason = "it is shared with the tests of the drivers"
)]
pub mod proxy;
mod reply;
mod running;
mod server;
pub mod stand;
pub mod statements;
mod uri;
mod vendor;

use std::ffi::OsString;
use std::path::PathBuf;

pub use app::{App, CHALLENGE, VERIFIER, ask_for_tokens};
pub use bucket::Bucket;
pub use client::{Client, DavClient, Share, Transfer, UploadSession, between, dav_path};
pub use container::Container;
pub use dav_folder::DavFolder;
pub use events::EventStream;
pub use gate::Gate;
pub use google::GoogleBucket;
pub use mail::{Mail, MailServer};
pub use passkey::Passkey;
pub use ports::free_port;
pub use program::{Program, Refusal, path as program_path};
pub use reply::Reply;
pub use running::Running;
pub use server::{PASSWORD, TestServer, files_below, staged_below};
pub use uri::{escape, uri};
pub use vendor::{PART_BYTES, VENDOR, Vendor};

/// Bytes that look random, are the same on every run, and differ for different labels.
pub fn bytes_of(label: &str, len: usize) -> bytes::Bytes {
    let mut bytes = vec![0; len];
    blake3::Hasher::new()
        .update(label.as_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes.into()
}

/// The hash by which tests compare what was sent with what came back.
pub fn hash_of(bytes: &[u8]) -> blake3::Hash {
    blake3::hash(bytes)
}

/// The folder of these tests. Told when they are run, not when they are compiled: what was compiled
/// for one clone is kept for others.
pub fn tests_folder() -> PathBuf {
    let told = std::env::var_os("CARGO_MANIFEST_DIR");
    told.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The program that builds.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
