//! Backups of a data folder: made beside a running server, checked, and put back.
//!
//! A backup is a folder. `backup.json` says what it is and names the list of its files and the copy
//! of its database; it is replaced in one step when all of these are safe, so a backup that is
//! brought up to date is the old one until it is the new one. Stored bytes never change, so only
//! those are copied that the backup does not have yet. The master key is not in it.

mod copying;
mod create;
mod database;
mod error;
mod list;
mod manifest;
mod restore;
mod verify;

pub use create::{Created, create};
pub use database::Source;
pub use error::BackupError;
pub use restore::{RESTORING, Restored, restore};
pub use verify::{Verified, verify};
