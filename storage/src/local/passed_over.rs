//! What lies on a disk and is no blob: whoever takes a folder over is told of it.

use rustix::fs::{Dir, FileType};

use super::folder::{Folder, Root, is_absent};
use crate::key::STAGING_FOLDER;
use crate::{BlobKey, DriverError, PassedOver, PassedOverWhy};

/// What is directly in a folder. Nothing is opened or followed.
pub(super) fn in_folder(root: &Root, path: &str, limit: usize) -> Result<PassedOver, DriverError> {
    let walk = || {
        let mut folder = root.open()?;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            folder = folder.enter(name)?;
        }
        let mut found = PassedOver::default();
        each(&folder, |name, kind| {
            if let Some(why) = why(path, name, kind) {
                found.add(String::from_utf8_lossy(name).into_owned(), why, limit);
            }
        })?;
        found
            .first
            .sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    };
    match walk() {
        Err(errno) if is_absent(errno) => Ok(PassedOver::default()),
        other => Ok(other?),
    }
}

fn each(folder: &Folder, mut tell: impl FnMut(&[u8], FileType)) -> rustix::io::Result<()> {
    for entry in Dir::read_from(folder.as_fd())? {
        let entry = entry?;
        let kind = match (entry.file_type(), entry.file_name().to_str()) {
            (FileType::Unknown, Ok(name)) => match folder.stat(name) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(errno) if is_absent(errno) => continue,
                Err(errno) => return Err(errno),
            },
            (kind, _) => kind,
        };
        match entry.file_name().to_bytes() {
            b"." | b".." => {}
            name => tell(name, kind),
        }
    }
    Ok(())
}

/// `None`: it is not passed over, or it is our own.
fn why(path: &str, name: &[u8], kind: FileType) -> Option<PassedOverWhy> {
    let is_file = matches!(kind, FileType::Directory | FileType::RegularFile);
    let name = match std::str::from_utf8(name) {
        Ok(name) => name,
        Err(_) if is_file => return Some(PassedOverWhy::Name),
        Err(_) => return Some(PassedOverWhy::NoFile),
    };
    if path.is_empty() && name == STAGING_FOLDER {
        return None;
    }
    if !is_file {
        return Some(PassedOverWhy::NoFile);
    }
    let inside = match path {
        "" => name.to_owned(),
        path => format!("{path}/{name}"),
    };
    BlobKey::parse(inside).err().map(|_| PassedOverWhy::Name)
}
