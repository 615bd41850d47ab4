//! The data folder: private, and used by one server at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot use the data folder {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("the data folder {0} is in use by another Alcove server")]
    InUse(PathBuf),
}

/// Makes the folder, readable by its owner alone, if it is not there, and answers where it is
/// whatever the working directory.
/// # Errors
/// `Io`
pub fn prepare(path: &Path) -> Result<PathBuf, FolderError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| path.canonicalize())
        .map_err(|source| FolderError::Io {
            path: path.to_owned(),
            source,
        })
}

/// Held while a server runs. The system lets go of it even if the process is killed.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder for this server.
    /// # Errors
    /// `InUse`, `Io`.
    pub fn take(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join("alcove.lock");
        let opened = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let failed = |source| FolderError::Io {
            path: path.clone(),
            source,
        };
        let file = opened.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_folder_is_private() {
        let parent = tempfile::tempdir().unwrap();
        let folder = prepare(&parent.path().join("a/b")).unwrap();
        assert_eq!(
            folder.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(prepare(&folder).unwrap(), folder);
    }

    #[test]
    fn one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        assert!(matches!(
            FolderLock::take(folder.path()),
            Err(FolderError::InUse(_))
        ));
        drop(lock);
        FolderLock::take(folder.path()).unwrap();
    }
}
