//! The conformance suite on a real S3 server and on Azurite, and what only such servers show.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod azure;
mod s3;
mod servers;
