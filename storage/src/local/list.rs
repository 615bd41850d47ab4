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
    each(folder, |name, is_folder| {
        let name = if is_folder {
            format!("{name}/")
        } else {
            name.to_owned()
        };
        found.insert(name, is_folder);
    })?;
    Ok(found)
}

/// Tells of each file and folder in a folder, in no order.
fn each(folder: &Folder, mut tell: impl FnMut(&str, bool)) -> rustix::io::Result<()> {
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
        tell(name, is_folder);
    }
    Ok(())
}

/// The first `most` names in a folder that are wanted, and which of them are folders: however many
/// there are, no more are held in memory.
fn first(
    folder: &Folder,
    is_wanted: impl Fn(&str) -> bool,
    most: usize,
) -> rustix::io::Result<BTreeMap<String, bool>> {
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    each(folder, |name, is_folder| {
        let last = found.last_key_value();
        let is_late = found.len() >= most && last.is_none_or(|(last, _)| name > last.as_str());
        if is_late || !is_wanted(name) {
            return;
        }
        found.insert(name.to_owned(), is_folder);
        if found.len() > most {
            found.pop_last();
        }
    })?;
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
        let mut after = after.map(str::to_owned);
        let mut found = Vec::new();
        loop {
            let is_behind = |name: &str| after.as_deref().is_none_or(|after| name > after);
            let is_wanted = |name: &str| is_behind(name) && is_ours(&inside(name));
            let most = limit - found.len();
            let names = first(&folder, is_wanted, most)?;
            let are_all = names.len() < most;
            after = names.last_key_value().map(|(name, _)| name.clone());
            for (name, is_folder) in names {
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
            // What went away meanwhile makes room for more.
            if are_all || found.len() >= limit {
                return Ok(found);
            }
        }
    };
    match walk() {
        Err(errno) if is_absent(errno) => Ok(Vec::new()),
        other => Ok(other?),
    }
}
