//! The conformance suite on a real S3 server and on a strict one, on Azurite and on fake-gcs-server, on
//! what stands for other vendors, on rclone, and what only such servers show.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod account;
mod azure;
mod cases;
mod gcs;
mod kin;
mod protocol;
mod qiniu;
mod s3;
mod servers;
#[path = "../../../../tests/src/stand/mod.rs"]
mod stand;
mod store;
mod strict;
mod webdav;
