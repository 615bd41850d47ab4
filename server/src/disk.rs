//! How much room a disk has.

use std::io;
use std::path::Path;

/// Bytes that may still be written where a folder is, and that fit there in all.
/// # Errors
/// The system's.
pub fn room(folder: &Path) -> io::Result<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Ok((bytes(disk.f_bavail), bytes(disk.f_blocks)))
}
