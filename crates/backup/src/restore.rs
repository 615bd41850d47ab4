//! Putting a backup back into an empty data folder.

use crate::copying::{copy, remove_drafts, sync};
use crate::database::Source;
use crate::error::{BackupError, blocking};
use crate::list::{self, Listed};
use crate::manifest::{COPYING, DatabaseKind, Manifest};
use crate::verify::verify;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, DirEntry, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

/// The file in a data folder that says that it is not whole yet: which backup is being put back.
pub const RESTORING: &str = "restoring";
/// Where the embedded database is.
const DATABASE: &str = "alcove.db";
/// The key of all that is sealed.
const MASTER_KEY: &str = "master.key";
/// Files copied at a time.
const AT_ONCE: usize = 4;

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub manifest: Manifest,
    /// Whether the folder has a master key.
    pub has_key: bool,
}

/// Puts a backup back. What was begun and broken off goes on.
/// # Errors
/// `Damaged`, `FolderInUse`, `DatabaseInUse`, `OtherKind`; the data folder is then not to be used,
/// and says so.
pub async fn restore(
    folder: &Path,
    data: &Path,
    target: &Source,
    master_key: Option<&Path>,
) -> Result<Restored, BackupError> {
    let mut first = None;
    let verified = verify(folder, false, |problem| {
        first = Some(first.take().unwrap_or(problem));
    });
    let manifest = verified.await?.manifest;
    if let Some(problem) = first {
        return Err(BackupError::Damaged(problem));
    }
    fits(&manifest, data, target)?;
    if let Some(path) = master_key {
        fs::metadata(path).map_err(BackupError::io(path))?;
    }
    let has_rows = take(data, &manifest)?;
    if matches!(target, Source::Postgres(_)) && !has_rows {
        let there = target.connect().await?;
        let is_used = there.has_tables().await?;
        there.close().await?;
        if is_used {
            return Err(BackupError::DatabaseInUse);
        }
    }
    let (folder, data): (Arc<Path>, Arc<Path>) = (folder.into(), data.into());
    let files = list::read(&folder, &manifest.list)?.map(|listed| {
        let (folder, data) = (Arc::clone(&folder), Arc::clone(&data));
        async move {
            let listed = listed?;
            blocking(move || one(&folder, &data, &listed)).await
        }
    });
    let copied = stream::iter(files).buffer_unordered(AT_ONCE);
    copied.try_for_each(|()| async { Ok(()) }).await?;
    if !has_rows {
        target
            .fill_from(&folder.join(&manifest.database.name))
            .await?;
        mark(&data, &manifest, true)?;
    }
    let has_key = finish(&folder, &data, &manifest, master_key).await?;
    Ok(Restored { manifest, has_key })
}

/// A database of one kind is not put into one of another.
fn fits(manifest: &Manifest, data: &Path, target: &Source) -> Result<(), BackupError> {
    match (manifest.kind, target) {
        (DatabaseKind::Sqlite, Source::Sqlite(path)) if *path == data.join(DATABASE) => Ok(()),
        (DatabaseKind::Sqlite, Source::Sqlite(_)) => Err(BackupError::OtherKind(
            "SQLite",
            "it is put back into the data folder, without the address of a database",
        )),
        (DatabaseKind::Sqlite, _) => Err(BackupError::OtherKind(
            "SQLite",
            "it cannot be put into another kind of database",
        )),
        (DatabaseKind::Postgres, Source::Postgres(_)) => Ok(()),
        (DatabaseKind::Postgres, _) => Err(BackupError::OtherKind(
            "PostgreSQL",
            "name an empty database with --database-url",
        )),
    }
}

/// Takes an empty folder, or one in which this backup was being put back. Answers whether its rows are
/// in their database already.
fn take(data: &Path, manifest: &Manifest) -> Result<bool, BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(BackupError::io(data))?;
    if let Ok(text) = fs::read_to_string(data.join(RESTORING)) {
        let mut states = [false, true].into_iter();
        let found = states.find(|&has_rows| text == which(manifest, has_rows));
        let has_rows = found.ok_or_else(|| BackupError::FolderInUse(data.to_owned()))?;
        remove_drafts(data)?;
        return Ok(has_rows);
    }
    let mut entries = fs::read_dir(data).map_err(BackupError::io(data))?;
    // Broken off before it began.
    let is_draft = |name: &OsStr| name == format!("{RESTORING}.new").as_str();
    let is_used =
        |entry: io::Result<DirEntry>| entry.is_ok_and(|entry| !is_draft(&entry.file_name()));
    if entries.any(is_used) {
        return Err(BackupError::FolderInUse(data.to_owned()));
    }
    mark(data, manifest, false)?;
    Ok(false)
}

/// What is being put back, and how far that is.
fn which(manifest: &Manifest, has_rows: bool) -> String {
    let state = if has_rows { "rows" } else { "files" };
    format!(
        "{} {} {state}\n",
        manifest.created_at, manifest.database.blake3
    )
}

/// Says in the folder what is being put back.
fn mark(data: &Path, manifest: &Manifest, has_rows: bool) -> Result<(), BackupError> {
    let path = data.join(RESTORING);
    let draft = data.join(format!("{RESTORING}.new"));
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(which(manifest, has_rows).as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(data)?.sync_all()
    };
    write().map_err(BackupError::io(&path))
}

/// Copies a file, and looks whether it is the one that was stored.
fn one(folder: &Path, data: &Path, listed: &Listed) -> Result<(), BackupError> {
    let from = folder.join(&listed.path);
    let copied = copy(&from, data, &listed.path).map_err(BackupError::io(&from))?;
    let bytes = listed.bytes.is_none_or(|bytes| bytes == copied.bytes);
    let hash = listed
        .blake3
        .as_ref()
        .is_none_or(|hash| *hash == copied.blake3);
    if bytes && hash {
        Ok(())
    } else {
        let name = listed.path.display();
        Err(BackupError::Damaged(format!(
            "{name}: other bytes than were stored"
        )))
    }
}

/// The file of rows last; only then is the folder one to be used.
async fn finish(
    folder: &Arc<Path>,
    data: &Arc<Path>,
    manifest: &Manifest,
    master_key: Option<&Path>,
) -> Result<bool, BackupError> {
    let database = folder.join(&manifest.database.name);
    let (data, kind) = (Arc::clone(data), manifest.kind);
    let (key, wanted) = (
        master_key.map(Path::to_owned),
        manifest.database.blake3.clone(),
    );
    blocking(move || {
        if kind == DatabaseKind::Sqlite {
            let copied = copy(&database, &data, Path::new(DATABASE));
            if copied.map_err(BackupError::io(&database))?.blake3 != wanted {
                return Err(BackupError::Damaged(DATABASE.to_owned()));
            }
        }
        if let Some(key) = key {
            copy(&key, &data, Path::new(MASTER_KEY)).map_err(BackupError::io(&key))?;
        }
        let drafts = data.join(COPYING);
        if drafts.exists() {
            remove_drafts(&data)?;
        }
        sync(&data)?;
        let mark = data.join(RESTORING);
        fs::remove_file(&mark).map_err(BackupError::io(&mark))?;
        File::open(&data)
            .and_then(|data| data.sync_all())
            .map_err(BackupError::io(&data))?;
        Ok(data.join(MASTER_KEY).exists())
    })
    .await
}
