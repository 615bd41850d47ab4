//! Archives of every kind: written as a stream, read within bounds. Knows no drives, users or tasks.
//!
//! What is read here was made by strangers: outside tests it is read in the sandbox only.

pub mod read;
mod seven_error;
pub mod write;
