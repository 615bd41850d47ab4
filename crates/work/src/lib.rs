//! Tasks of people that use a drive: what is packed, unpacked, and fetched from elsewhere.
//!
//! Everything they write goes through the services of the drive, as uploads do, on behalf of who
//! began the task.

pub mod compress;
mod conflict;
pub mod download;
pub mod extract;
mod secrets;

pub use conflict::Conflict;
