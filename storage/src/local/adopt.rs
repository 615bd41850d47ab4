//! A file of the same disk that becomes a blob without being copied.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;

use super::folder::Root;
use super::staging::Temporary;
use super::{LocalOptions, is_taken, write};
use crate::{BlobKey, DriverError, Written};

/// Bytes read at once for the hash.
const READ_BYTES: usize = 1 << 20;

pub(super) fn adopt(
    root: &Root,
    options: LocalOptions,
    key: &BlobKey,
    file: &File,
) -> Result<Option<Written>, DriverError> {
    if is_taken(root, key)? {
        return Err(DriverError::AlreadyExists(key.clone()));
    }
    root.require_space(0, options.least_free)?;
    let linked = Temporary::link(root.staging()?, file);
    let temporary = match linked {
        Ok(temporary) => temporary,
        // On another disk, or not ours to link to: it has to be copied.
        Err(
            Errno::XDEV
            | Errno::PERM
            | Errno::ACCESS
            | Errno::NOENT
            | Errno::MLINK
            | Errno::OPNOTSUPP
            | Errno::NOSYS,
        ) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let mut hasher = blake3::Hasher::new();
    let size_bytes = hash(temporary.file(), &mut hasher)?;
    write::place(root, options, temporary, key)?;
    Ok(Some(Written {
        size_bytes,
        blake3: Some(*hasher.finalize().as_bytes()),
    }))
}

fn hash(file: &File, hasher: &mut blake3::Hasher) -> io::Result<u64> {
    use std::os::unix::fs::FileExt as _;
    let (mut piece, mut at) = (vec![0; READ_BYTES], 0);
    loop {
        let read = file.read_at(&mut piece, at)?;
        if read == 0 {
            return Ok(at);
        }
        hasher.update(&piece[..read]);
        at += read as u64;
    }
}

/// Gives an open file another name.
pub(super) fn link(
    file: &File,
    folder: impl std::os::fd::AsFd,
    name: &str,
) -> rustix::io::Result<()> {
    // By its descriptor, for its own name may be another file's by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, path, folder, name, AtFlags::SYMLINK_FOLLOW)
}
