//! Whether a backup is whole.

use crate::copying::content;
use crate::error::{BackupError, blocking};
use crate::list::{self, Listed};
use crate::manifest::{Manifest, Part};
use futures_util::{StreamExt as _, stream};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files looked at at a time.
const AT_ONCE: usize = 4;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub manifest: Manifest,
    /// How many things are wrong.
    pub problems: u64,
}

/// Looks whether everything that belongs to a backup is there; with `hash`, reads every byte of it.
/// Each problem is told.
/// # Errors
/// `NotABackup`, `Io`
pub async fn verify(
    folder: &Path,
    hash: bool,
    mut tell: impl FnMut(String),
) -> Result<Verified, BackupError> {
    let folder: Arc<Path> = folder.into();
    let (manifest, mut problems) = {
        let folder = Arc::clone(&folder);
        blocking(move || {
            let manifest = Manifest::read(&folder)?;
            let parts = [&manifest.database, &manifest.list];
            let problems: Vec<_> = parts
                .into_iter()
                .filter_map(|part| whole(&folder, part))
                .collect();
            Ok((manifest, problems))
        })
        .await?
    };
    let is_listed = !problems
        .iter()
        .any(|problem| problem.starts_with(&manifest.list.name));
    for problem in problems.iter().cloned() {
        tell(problem);
    }
    let mut count = problems.drain(..).count() as u64;
    if is_listed {
        let listed = list::read(&folder, &manifest.list)?;
        let looked = listed.map(|listed| {
            let folder = Arc::clone(&folder);
            async move {
                let listed = listed?;
                blocking(move || Ok(problem(&folder, &listed, hash))).await
            }
        });
        let mut looked = stream::iter(looked).buffered(AT_ONCE);
        while let Some(found) = looked.next().await {
            if let Some(problem) = found? {
                tell(problem);
                count += 1;
            }
        }
    }
    Ok(Verified {
        manifest,
        problems: count,
    })
}

/// What is wrong with a part of the backup itself.
fn whole(folder: &Path, part: &Part) -> Option<String> {
    let path = folder.join(&part.name);
    match content(&path) {
        Err(error) => Some(format!("{}: {error}", part.name)),
        Ok(found) if found.bytes != part.bytes || found.blake3 != part.blake3 => {
            Some(format!("{}: not what was written", part.name))
        }
        Ok(_) => None,
    }
}

/// What is wrong with a file of the drive.
fn problem(folder: &Path, listed: &Listed, hash: bool) -> Option<String> {
    let path: PathBuf = folder.join(&listed.path);
    let name = listed.path.display();
    let found = match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => return Some(format!("{name}: not a file")),
        Err(error) => return Some(format!("{name}: {error}")),
    };
    if let Some(bytes) = listed.bytes.filter(|bytes| *bytes != found) {
        return Some(format!("{name}: {found} bytes instead of {bytes}"));
    }
    let wanted = listed.blake3.as_ref().filter(|_| hash)?;
    match content(&path) {
        Ok(found) if found.blake3 == *wanted => None,
        Ok(_) => Some(format!("{name}: other bytes than were stored")),
        Err(error) => Some(error.to_string()),
    }
}
