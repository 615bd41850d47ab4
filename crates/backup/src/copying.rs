//! Copying files so that each is there whole or not at all, and reading what was copied.

use crate::error::BackupError;
use crate::manifest::COPYING;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;
use uuid::Uuid;

/// Bytes read at a time.
const PIECE: usize = 256 << 10;

/// What was copied or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub bytes: u64,
    /// Hexadecimal.
    pub blake3: String,
}

/// Files that are looked at by the way they take, one piece after the other.
fn pass(mut from: impl Read, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Content> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
        take(&piece[..read])?;
        bytes += read as u64;
    }
    let blake3 = hasher.finalize().to_hex().to_string();
    Ok(Content { bytes, blake3 })
}

/// Copies a file below `root`, over what is there. It is safe after [`sync`].
/// # Errors
/// `NotFound` if it is not there to be copied.
pub fn copy(from: &Path, root: &Path, path: &Path) -> io::Result<Content> {
    let source = File::open(from)?;
    let drafts = root.join(COPYING);
    fs::create_dir_all(&drafts)?;
    let draft = drafts.join(Uuid::new_v4().to_string());
    let mut to = File::create_new(&draft)?;
    let copied = pass(source, |piece| to.write_all(piece));
    let placed = copied.and_then(|content| {
        let target = root.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(&draft, &target)?;
        Ok(content)
    });
    if placed.is_err() {
        // What could not be copied is of no use; the reason is told.
        let _ = fs::remove_file(&draft);
    }
    placed
}

/// Reads a file whole.
/// # Errors
/// Those of reading.
pub fn content(path: &Path) -> Result<Content, BackupError> {
    let file = File::open(path).map_err(BackupError::io(path))?;
    pass(file, |_| Ok(())).map_err(BackupError::io(path))
}

/// Waits until everything in the file system of a folder is safe.
/// # Errors
/// `Io`
pub fn sync(folder: &Path) -> Result<(), BackupError> {
    let synced = File::open(folder).and_then(|folder| Ok(rustix::fs::syncfs(folder)?));
    synced.map_err(BackupError::io(folder))
}

/// Removes drafts that were never finished.
/// # Errors
/// `Io`
pub fn remove_drafts(root: &Path) -> Result<(), BackupError> {
    let drafts = root.join(COPYING);
    match fs::remove_dir_all(&drafts) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::io(&drafts)(error))
        }
        _ => Ok(()),
    }
}

/// Every file below a folder that may not be there, by its path in `root`.
/// # Errors
/// `Io`
pub fn files_below(root: &Path, folder: &str) -> Result<Vec<std::path::PathBuf>, BackupError> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(folder).to_owned()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(BackupError::io(&path))?,
        };
        for entry in entries {
            let entry = entry.map_err(BackupError::io(&path))?;
            let kind = entry.file_type().map_err(BackupError::io(&path))?;
            let below = folder.join(entry.file_name());
            if kind.is_dir() {
                folders.push(below);
            } else if kind.is_file() {
                found.push(below);
            }
        }
    }
    Ok(found)
}
