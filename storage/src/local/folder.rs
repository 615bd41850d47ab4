//! Folders as handles, walked one name at a time, so that no link in the storage is followed.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::fs::{AtFlags, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::single_flight::{FolderId, SingleFlight};
use crate::key::STAGING_FOLDER;
use crate::{BlobKey, DriverError, LeastFree, Room};

const FOLDER_MODE: Mode = Mode::RWXU;
/// How often a walk starts again when somebody prunes the folders it just made.
const PRUNED_RETRIES: usize = 16;
/// Remembered folders cost memory; beyond this many all are forgotten and synced once more.
const MOST_REMEMBERED: usize = 10_000;

/// An open folder inside the storage.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    pub fn enter(&self, name: &str) -> rustix::io::Result<Self> {
        rustix::fs::openat(
            &self.0,
            name,
            folder_flags() | OFlags::NOFOLLOW,
            Mode::empty(),
        )
        .map(Self)
    }

    /// Opens a file for reading; anything but a plain file is `NOENT`.
    pub fn open(&self, name: &str) -> rustix::io::Result<File> {
        // Without NONBLOCK a pipe somebody left here would hang the open.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | file_flags();
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        if is_file(&rustix::fs::fstat(&file)?) {
            Ok(File::from(file))
        } else {
            Err(Errno::NOENT)
        }
    }

    /// Opens a staging file for writing.
    pub fn open_staged(&self, name: &str) -> rustix::io::Result<File> {
        let flags = OFlags::RDWR | file_flags();
        rustix::fs::openat(&self.0, name, flags, Mode::empty()).map(File::from)
    }

    /// Makes a file that is not there yet, open for writing.
    pub fn create(&self, name: &str) -> rustix::io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | file_flags();
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::openat(&self.0, name, flags, mode).map(File::from)
    }

    /// What lies under this name, links not followed.
    pub fn stat(&self, name: &str) -> rustix::io::Result<Stat> {
        rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    pub fn unlink(&self, name: &str) -> rustix::io::Result<()> {
        rustix::fs::unlinkat(&self.0, name, AtFlags::empty())
    }

    pub fn remove_empty(&self, name: &str) -> rustix::io::Result<()> {
        rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)
    }

    /// Which folder this is, whatever its path.
    pub fn id(&self) -> rustix::io::Result<FolderId> {
        let stat = rustix::fs::fstat(&self.0)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    pub fn sync(&self) -> rustix::io::Result<()> {
        rustix::fs::fsync(&self.0)
    }

    pub fn as_fd(&self) -> impl AsFd {
        &self.0
    }
}

pub(super) fn is_file(stat: &Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file()
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC
}

fn file_flags() -> OFlags {
    OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// Whether an error means that there is nothing at this path.
pub(super) fn is_absent(errno: Errno) -> bool {
    // NOTDIR, LOOP: a file or a link stands where a folder would be. NAMETOOLONG: such a name
    // cannot exist.
    matches!(
        errno,
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG
    )
}

/// Bytes of the disk of a folder that are free, and all of them; `None` where there is none.
fn disk_of(path: &Path) -> rustix::io::Result<Option<(u64, u64)>> {
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
            Ok(Some((bytes(disk.f_bavail), bytes(disk.f_blocks))))
        }
        Err(errno) if is_absent(errno) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// The root of a storage, and which folders in it are known to survive a crash.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    fsync: bool,
    /// It was prepared: without its staging folder it is another disk, or none.
    is_prepared: bool,
    durable: Mutex<HashSet<String>>,
    syncs: SingleFlight,
}

impl Root {
    pub fn new(path: PathBuf, fsync: bool, is_prepared: bool) -> Self {
        Self {
            path,
            fsync,
            is_prepared,
            durable: Mutex::default(),
            syncs: SingleFlight::default(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The root itself, which may be a link to another disk. `NODEV` if that disk is not there.
    pub fn open(&self) -> rustix::io::Result<Folder> {
        let opened = rustix::fs::open(&self.path, folder_flags(), Mode::empty()).map(Folder);
        if !self.is_prepared {
            return opened;
        }
        match opened.and_then(|folder| folder.stat(STAGING_FOLDER).map(|_| folder)) {
            Err(errno) if is_absent(errno) => Err(Errno::NODEV),
            other => other,
        }
    }

    /// # Errors
    /// `NoSpace` if less than `least_free` would be left once so many bytes are written.
    pub fn require_space(&self, size_bytes: u64, least_free: LeastFree) -> Result<(), DriverError> {
        let Some((free, all)) = disk_of(&self.path)? else {
            // It is made at the first write.
            return Ok(());
        };
        if free < size_bytes.saturating_add(least_free.of(all)) {
            return Err(DriverError::NoSpace);
        }
        Ok(())
    }

    /// What is left for use of the disk: before the first write of that where the root will be.
    pub fn room(&self, least_free: LeastFree) -> Result<Option<Room>, DriverError> {
        if self.is_prepared {
            self.open()?;
        }
        for path in self.path.ancestors() {
            if let Some((free, all)) = disk_of(path)? {
                return Ok(Some(Room {
                    free_bytes: free.saturating_sub(least_free.of(all)),
                    total_bytes: all,
                }));
            }
        }
        Ok(None)
    }

    /// The folder a key lies in, if it exists.
    pub fn folder_of(&self, key: &BlobKey) -> rustix::io::Result<Folder> {
        key.folders()
            .try_fold(self.open()?, |folder, name| folder.enter(name))
    }

    /// The staging folder, made if need be.
    pub fn staging(&self) -> io::Result<Folder> {
        self.make(std::iter::once(STAGING_FOLDER))
    }

    /// The staging folder, if it exists.
    pub fn open_staging(&self) -> rustix::io::Result<Folder> {
        self.open()?.enter(STAGING_FOLDER)
    }

    /// Runs `place` in the folder of a key, made if need be, and makes the result durable. Starts
    /// again when a concurrent deletion prunes the folder in between.
    pub fn place_in<T>(
        &self,
        key: &BlobKey,
        mut place: impl FnMut(&Folder) -> rustix::io::Result<T>,
    ) -> io::Result<T> {
        for _ in 0..PRUNED_RETRIES {
            let folder = self.make(key.folders())?;
            match place(&folder) {
                Err(Errno::NOENT) => self.forget(key),
                Err(errno) => return Err(errno.into()),
                Ok(done) => {
                    if self.fsync {
                        self.syncs.sync_once(folder.id()?, || folder.sync())?;
                    }
                    return Ok(done);
                }
            }
        }
        Err(Errno::NOENT.into())
    }

    fn make<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> io::Result<Folder> {
        for _ in 0..PRUNED_RETRIES {
            match self.try_make(names.clone()) {
                Err(errno) if errno == Errno::NOENT => self.make_root()?,
                result => return Ok(result?),
            }
        }
        Err(Errno::NOENT.into())
    }

    fn try_make<'a>(&self, names: impl Iterator<Item = &'a str>) -> rustix::io::Result<Folder> {
        let mut folder = self.open()?;
        let mut path = String::new();
        for name in names {
            path.push('/');
            path.push_str(name);
            let made = match folder.enter(name) {
                Err(Errno::NOENT) => {
                    match rustix::fs::mkdirat(folder.as_fd(), name, FOLDER_MODE) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(errno) => return Err(errno),
                    }
                    true
                }
                Err(errno) => return Err(errno),
                Ok(inner) => {
                    if self.is_durable(&path) {
                        folder = inner;
                        continue;
                    }
                    false
                }
            };
            if self.fsync {
                // Found but unknown: whoever made it may have crashed before this.
                folder.sync()?;
            }
            folder = folder.enter(name)?;
            self.remember(&path, made);
        }
        Ok(folder)
    }

    fn make_root(&self) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        if self.path.is_dir() {
            return Ok(());
        }
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)?;
        if self.fsync {
            let above = self.path.canonicalize()?;
            for folder in above.ancestors().skip(1) {
                // Best effort: folders above the root may belong to somebody else.
                if File::open(folder)
                    .and_then(|folder| folder.sync_all())
                    .is_err()
                {
                    break;
                }
            }
        }
        Ok(())
    }

    fn is_durable(&self, path: &str) -> bool {
        !self.fsync || self.known().contains(path)
    }

    fn remember(&self, path: &str, made: bool) {
        let mut known = self.known();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        if made {
            // An older folder of this name is gone, and all that was below it.
            known.retain(|other| !other.starts_with(path));
        }
        known.insert(path.to_owned());
    }

    /// Forgets the folders of a key, because they were removed.
    pub fn forget(&self, key: &BlobKey) {
        let mut known = self.known();
        let mut path = String::new();
        for name in key.folders() {
            path.push('/');
            path.push_str(name);
            known.remove(&path);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.durable.lock().expect("no code under this lock panics")
    }

    /// Removes the folders a deleted key leaves empty, innermost first. Whatever stands in the
    /// way (a new blob, another process) ends it: an empty folder harms nobody.
    pub fn prune(&self, key: &BlobKey) {
        let mut names: Vec<&str> = key.folders().collect();
        while let Some(name) = names.pop() {
            let above = self.open().and_then(|root| {
                names
                    .iter()
                    .try_fold(root, |folder, name| folder.enter(name))
            });
            match above.and_then(|above| above.remove_empty(name)) {
                Ok(()) | Err(Errno::NOENT) => self.forget(key),
                Err(_) => return,
            }
        }
    }
}
