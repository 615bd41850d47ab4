//! The file that content comes into.

use super::answer::FetchError;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// Runs disk work on a blocking thread.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Takes a job for this process; `None`: another one has it.
pub(super) fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = File::create(folder.join("lock"))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

/// The file of a job, made if it is missing.
pub(super) fn open(folder: &Path, name: &str) -> io::Result<Arc<File>> {
    let folder = super::content(folder);
    std::fs::create_dir_all(&folder)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    Ok(Arc::new(options.open(folder.join(name))?))
}

/// # Errors
/// `Final` if the disk has no room for so many bytes more
pub(super) fn require_space(folder: &Path, bytes: u64) -> Result<(), FetchError> {
    if !crate::has_room(folder, bytes)? {
        let why = "the disk of the server has no room for this download";
        return Err(FetchError::Final(why.to_owned()));
    }
    Ok(())
}

/// Writes pieces one behind the other.
pub(super) fn write(file: &File, mut at: u64, pieces: &[bytes::Bytes]) -> io::Result<()> {
    for piece in pieces {
        file.write_all_at(piece, at)?;
        at += piece.len() as u64;
    }
    Ok(())
}
