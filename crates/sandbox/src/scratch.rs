//! A folder that exists as long as a job, and what a hostile program may do in one.

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, openat2, statat};
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// More names than any decoder needs; counting them takes time.
const MAX_ENTRIES: usize = 10_000;

/// The bytes of a block, as files are measured.
const BLOCK_BYTES: u64 = 512;

/// Makes it, for nobody but its owner.
pub fn create(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Bytes on the disk below it. Nothing if it is stranger than anything a decoder leaves: too many
/// names, or too deep. Symbolic links are not followed.
pub fn bytes_below(root: &Path) -> Option<u64> {
    let root = rustix::fs::open(root, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).ok()?;
    let mut bytes = 0;
    let mut entries = 0;
    let mut folders = vec![PathBuf::from(".")];
    while let Some(path) = folders.pop() {
        let folder = match open_below(&root, &path) {
            Ok(folder) => folder,
            Err(rustix::io::Errno::NAMETOOLONG | rustix::io::Errno::MFILE) => return None,
            // Gone, or made unreadable: what is in it cannot be much, or cannot be told.
            Err(_) => continue,
        };
        for entry in Dir::read_from(&folder).ok()?.flatten() {
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            entries += 1;
            if entries > MAX_ENTRIES {
                return None;
            }
            let Ok(stat) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            bytes += stat.st_blocks as u64 * BLOCK_BYTES;
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                let name = name.to_str().ok()?;
                folders.push(path.join(name));
            }
        }
    }
    Some(bytes)
}

fn open_below(root: &OwnedFd, path: &Path) -> rustix::io::Result<OwnedFd> {
    openat2(
        root.as_fd(),
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
    )
}

/// Removes it and all that is in it, after all that could change it have died.
///
/// Folders are brought up into it one by one, so that neither depth nor length of paths matters.
pub fn remove(root: &Path) -> io::Result<()> {
    let mut counter = 0_u64;
    loop {
        let mut was_empty = true;
        for entry in std::fs::read_dir(root)? {
            was_empty = false;
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                flatten(&entry.path(), root, &mut counter)?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
        if was_empty {
            return std::fs::remove_dir(root);
        }
    }
}

/// Removes a folder, but for the folders in it, which get new names in `root`.
fn flatten(folder: &Path, root: &Path, counter: &mut u64) -> io::Result<()> {
    // Its own owner may not look into it.
    let _ = std::fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let _ = std::fs::set_permissions(entry.path(), Permissions::from_mode(0o700));
            let new = free_name(root, counter);
            std::fs::rename(entry.path(), new)?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    std::fs::remove_dir(folder)
}

fn free_name(root: &Path, counter: &mut u64) -> PathBuf {
    loop {
        *counter += 1;
        let path = root.join(format!("moved-{counter}"));
        if path.symlink_metadata().is_err() {
            return path;
        }
    }
}
