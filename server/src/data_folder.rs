//! The data folder: private, used by one server at a time, and of one database.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use store::{Store, StoreError, settings};
use uuid::Uuid;

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot use the data folder {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("the data folder {0} is in use by another Alcove server")]
    InUse(PathBuf),
    #[error(
        "the data folder {folder} is not the one of this database, whose bytes and keys are in \
         another: give the right folder with --data, or the right database. If it is the right \
         folder and only lost that file, write {id} into {file}"
    )]
    Foreign {
        folder: PathBuf,
        file: PathBuf,
        id: String,
    },
    #[error(
        "a backup is being put back into the data folder {0}, or that was broken off: end it with \
         `alcove backup restore`"
    )]
    Unfinished(PathBuf),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The file that says which folder this is.
pub const ID_FILE: &str = "folder.id";
/// The row that says which folder a database belongs to.
const ID_ROW: &str = "alcove_data_folder";

/// How long a server that ends may keep the folder from the next one. A program that it is just
/// starting holds what it holds for a moment.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

/// Whether folder and database belong together already; `false`: the database knows no folder yet.
/// # Errors
/// `Foreign`, `Io`, `Store`
pub async fn check(folder: &Path, store: &Store) -> Result<bool, FolderError> {
    let file = folder.join(ID_FILE);
    let Some(id) = settings::one(store, ID_ROW).await? else {
        return Ok(false);
    };
    if read_id(&file)?.as_deref() == Some(id.as_str()) {
        return Ok(true);
    }
    let folder = folder.to_owned();
    Err(FolderError::Foreign { folder, file, id })
}

/// Has folder and database belong together from now on.
/// # Errors
/// Those of [`check`]
pub async fn bind(folder: &Path, store: &Store) -> Result<(), FolderError> {
    if check(folder, store).await? {
        return Ok(());
    }
    let file = folder.join(ID_FILE);
    // The file first: a database without a row takes any folder, a folder without a file belongs
    // to no database that has one.
    let id = match read_id(&file)? {
        Some(id) => id,
        None => make_id(folder, &file)?,
    };
    settings::agreed(store, ID_ROW, id).await?;
    check(folder, store).await?;
    Ok(())
}

fn read_id(file: &Path) -> Result<Option<String>, FolderError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FolderError::Io {
            path: file.to_owned(),
            source,
        }),
    }
}

/// Gives the folder an id; of several who do so at once one wins.
fn make_id(folder: &Path, file: &Path) -> Result<String, FolderError> {
    write_id(folder, file).map_err(|source| FolderError::Io {
        path: file.to_owned(),
        source,
    })?;
    Ok(read_id(file)?.unwrap_or_default())
}

/// Writes the whole file under another name and links it into place. An existing file stays.
fn write_id(folder: &Path, file: &Path) -> io::Result<()> {
    let draft = folder.join(format!(".folder-id-{}", Uuid::new_v4()));
    let mut writing = File::create_new(&draft)?;
    writeln!(writing, "{}", Uuid::new_v4())?;
    writing.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    File::open(folder)?.sync_all()
}

/// Makes the folder, readable by its owner alone, if it is not there, and answers where it is
/// whatever the working directory.
/// # Errors
/// `Io`, `Unfinished`
pub fn prepare(path: &Path) -> Result<PathBuf, FolderError> {
    if path.join(backup::RESTORING).exists() {
        return Err(FolderError::Unfinished(path.to_owned()));
    }
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
    /// Which server this is: nobody else is called so, and whoever holds this folder next is called
    /// so again. `None`: that cannot be written down.
    pub holder: Option<u64>,
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
            .read(true)
            .write(true)
            .open(&path);
        let failed = |source| FolderError::Io {
            path: path.clone(),
            source,
        };
        let file = opened.map_err(failed)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    return Ok(Self {
                        holder: holder_of(&file).ok(),
                        _file: file,
                    });
                }
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(folder.to_owned())),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

/// Longest name of a server with its place.
const HOLDER_BYTES: usize = 512;

/// The name that stands in the file of the lock, if the file is where it was when that was written:
/// a copy of a folder belongs to another server.
fn holder_of(file: &File) -> io::Result<u64> {
    let meta = file.metadata()?;
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let place = format!("{:x}:{:x} {}", meta.dev(), meta.ino(), host.trim());
    let mut text = vec![0; HOLDER_BYTES];
    let length = file.read_at(&mut text, 0)?;
    let text = String::from_utf8_lossy(&text[..length]);
    if let Some((name, at)) = text.trim().split_once(' ')
        && at == place
        && let Ok(name) = u64::from_str_radix(name, 16)
    {
        return Ok(name);
    }
    let (name, _) = Uuid::new_v4().as_u64_pair();
    file.set_len(0)?;
    file.write_all_at(format!("{name:016x} {place}\n").as_bytes(), 0)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_server_keeps_its_name_and_the_copy_of_a_folder_gets_another() {
        let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = |folder: &Path| FolderLock::take(folder).unwrap().holder.unwrap();
        let first = name(folder.path());
        assert_eq!(name(folder.path()), first);
        let file = "alcove.lock";
        fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
        let other = name(copy.path());
        assert_ne!(other, first);
        assert_eq!(name(copy.path()), other);
    }

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
