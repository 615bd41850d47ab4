//! What lies in the storage.

use std::collections::BTreeMap;

use rustix::fs::{Dir, FileType, Stat};

use super::folder::{Folder, Root, is_absent, is_file};
use super::modified;
use super::staging::upload_of;
use crate::key::STAGING_FOLDER;
use crate::{BlobKey, DriverError, FolderEntry, FolderFile, ListedBlob, MAX_KEY_BYTES, Staged};

/// Walks the tree in the byte order of whole keys. Files that no key can name are passed over.
/// Holds the names of one folder a level in memory.
pub(super) fn list(
    root: &Root,
    prefix: &str,
    after: Option<&BlobKey>,
    limit: usize,
) -> Result<Vec<ListedBlob>, DriverError> {
    let mut walk = Walk {
        prefix,
        after: after.map_or("", BlobKey::as_str),
        limit,
        found: Vec::new(),
    };
    match root.open() {
        Ok(folder) => walk.folder(&folder, "")?,
        Err(errno) if is_absent(errno) => {}
        Err(errno) => return Err(errno.into()),
    }
    Ok(walk.found)
}

struct Walk<'a> {
    prefix: &'a str,
    after: &'a str,
    limit: usize,
    found: Vec<ListedBlob>,
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// `path` is the folder's own, with a `/` at its end unless it is the root.
    fn folder(&mut self, folder: &Folder, path: &str) -> rustix::io::Result<()> {
        for (name, is_folder) in entries(folder)? {
            if self.is_full() {
                break;
            }
            // `name` of a folder ends with `/`, which is where it stands in the order of keys.
            let path = format!("{path}{name}");
            let done = if is_folder {
                self.inner(folder, &name, &path)
            } else {
                self.file(folder, &name, path)
            };
            match done {
                Err(errno) if !is_absent(errno) => return Err(errno),
                _ => {} // deleted meanwhile
            }
        }
        Ok(())
    }

    fn inner(&mut self, folder: &Folder, name: &str, path: &str) -> rustix::io::Result<()> {
        let wanted = path.starts_with(self.prefix) || self.prefix.starts_with(path);
        let passed = path < self.after && !self.after.starts_with(path);
        let staging = path
            .trim_end_matches('/')
            .eq_ignore_ascii_case(STAGING_FOLDER);
        if !wanted || passed || staging || path.len() > MAX_KEY_BYTES {
            return Ok(());
        }
        self.folder(&folder.enter(name.trim_end_matches('/'))?, path)
    }

    fn file(&mut self, folder: &Folder, name: &str, path: String) -> rustix::io::Result<()> {
        if !path.starts_with(self.prefix) || path.as_str() <= self.after {
            return Ok(());
        }
        let Ok(key) = BlobKey::parse(path) else {
            return Ok(());
        };
        let stat = folder.stat(name)?;
        if is_file(&stat) {
            let size_bytes = size(&stat);
            self.found.push(ListedBlob {
                key,
                size_bytes,
                modified: modified(&stat),
            });
        }
        Ok(())
    }
}

fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// Names of files, and of folders with a `/` behind them, in byte order.
fn entries(folder: &Folder) -> rustix::io::Result<BTreeMap<String, bool>> {
    let mut found = BTreeMap::new();
    for entry in Dir::read_from(folder.as_fd())? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if matches!(name, "." | "..") {
            continue;
        }
        let is_folder = match entry.file_type() {
            FileType::Directory => true,
            FileType::RegularFile => false,
            FileType::Unknown => match folder.stat(name) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode).is_dir(),
                Err(_) => continue,
            },
            _ => continue,
        };
        let name = if is_folder {
            format!("{name}/")
        } else {
            name.to_owned()
        };
        found.insert(name, is_folder);
    }
    Ok(found)
}

pub(super) fn staging(root: &Root) -> Result<Vec<Staged>, DriverError> {
    let folder = match root.open_staging() {
        Ok(folder) => folder,
        Err(errno) if is_absent(errno) => return Ok(Vec::new()),
        Err(errno) => return Err(errno.into()),
    };
    let mut found = Vec::new();
    for (name, is_folder) in entries(&folder)? {
        if is_folder {
            continue;
        }
        match folder.stat(&name) {
            Ok(stat) => found.push(Staged {
                upload: upload_of(&name),
                name,
                vendor_state: None,
                size_bytes: size(&stat),
                modified: modified(&stat),
            }),
            Err(errno) if is_absent(errno) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(found)
}

/// What lies directly in a folder, in the order of names. What no key can name is passed over.
pub(super) fn one_folder(
    root: &Root,
    path: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<FolderEntry>, DriverError> {
    let inside = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}/{name}"),
    };
    let is_ours = |path: &str| BlobKey::parse(path).is_ok();
    if !path.is_empty() && !is_ours(path) {
        return Ok(Vec::new());
    }
    let walk = || {
        let mut folder = root.open()?;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            folder = folder.enter(name)?;
        }
        let names = entries(&folder)?.into_iter();
        let names: BTreeMap<String, bool> = names
            .map(|(name, is_folder)| (name.trim_end_matches('/').to_owned(), is_folder))
            .filter(|(name, _)| after.is_none_or(|after| name.as_str() > after))
            .filter(|(name, _)| is_ours(&inside(name)))
            .collect();
        let mut found = Vec::new();
        for (name, is_folder) in names {
            if found.len() >= limit {
                break;
            }
            let file = match folder.stat(&name) {
                _ if is_folder => None,
                Ok(stat) if is_file(&stat) => Some(FolderFile {
                    size_bytes: size(&stat),
                    modified: modified(&stat),
                }),
                Ok(_) => continue,
                Err(errno) if is_absent(errno) => continue,
                Err(errno) => return Err(errno),
            };
            found.push(FolderEntry { name, file });
        }
        Ok(found)
    };
    match walk() {
        Err(errno) if is_absent(errno) => Ok(Vec::new()),
        other => Ok(other?),
    }
}
