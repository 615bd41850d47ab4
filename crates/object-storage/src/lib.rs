//! Drivers for object stores: S3 and everything that speaks it.
//!
//! Invariants:
//! - A key is looked for before it is written, and written under the condition that it is new,
//!   where the store knows conditions.
//! - Memory use does not grow with the length of a blob or a part: bytes go on in pieces.
//! - Nothing that a driver begins at the store is left there: what is dropped is aborted.

mod answer;
mod client;
mod cors;
mod digest;
mod driver;
mod listing;
mod multipart;
mod pieces;
mod signing;
mod write;

pub use client::{BadOptions, S3Options};
pub use driver::S3Driver;
