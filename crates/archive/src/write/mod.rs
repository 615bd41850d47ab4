//! Archives that are written front to back, entry by entry: nothing written is ever gone back to, so
//! that they can be sent on while they grow.
//!
//! What comes out is valid only once [`Pack::finish`] returned: an entry that broke off, or had
//! another length than it said, leaves no end that a reader would take for one.

mod dos_time;
mod names;
mod seven_z;
mod tar;
mod zip;

pub use names::{Names, safe_path};
pub use seven_z::SevenZPack;
pub use tar::TarZst;
pub use zip::{ZipMethod, ZipStream};

use std::io::{self, Read, Write};

/// Bytes copied at a time.
const BLOCK: usize = 64 << 10;

/// A file about to be packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path inside the archive, parts separated by `/`: [`safe_path`], and unique.
    pub path: String,
    /// Seconds since 1970 in UTC.
    pub modified_unix: i64,
    /// What the content will have; anything else breaks the archive off.
    pub size_bytes: u64,
}

/// An archive that grows.
pub trait Pack {
    /// Packs a file. After an error the archive is of no use any more.
    /// # Errors
    /// Those of the content and of where the archive goes; a content of another length than it said
    fn add(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()>;

    /// Packs a folder that has nothing in it; those of files need no mention.
    /// # Errors
    /// Those of where the archive goes
    fn add_folder(&mut self, folder: &Entry) -> io::Result<()>;

    /// Writes what an archive ends with.
    /// # Errors
    /// Those of where it goes
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Copies a content of a known length.
fn copy_exactly(content: &mut dyn Read, size: u64, to: &mut impl Write) -> io::Result<()> {
    let mut block = vec![0; BLOCK.min(usize::try_from(size).unwrap_or(BLOCK).max(1))];
    let mut left = size;
    loop {
        match content.read(&mut block) {
            Ok(0) if left == 0 => return Ok(()),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                left = left.checked_sub(read as u64).ok_or_else(too_long)?;
                to.write_all(&block[..read])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn too_long() -> io::Error {
    io::Error::other("content is longer than its entry says")
}

#[cfg(test)]
mod tests;
