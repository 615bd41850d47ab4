//! Files that are not blobs yet, and how they become blobs.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, FlockOperation, Mode, RenameFlags};
use rustix::io::Errno;
use uuid::Uuid;

use super::folder::Folder;

/// Before the id of a write in one piece, so that it is not taken for an upload.
const WRITE_PREFIX: &str = "write-";

/// The staging name of an upload.
pub(super) fn upload_name(id: Uuid) -> String {
    id.to_string()
}

/// The upload a staging name belongs to.
pub(super) fn upload_of(name: &str) -> Option<Uuid> {
    Uuid::try_parse(name).ok()
}

/// A staging file that vanishes unless it is placed.
#[derive(Debug)]
pub(super) struct Temporary {
    folder: Folder,
    name: String,
    file: File,
    placed: bool,
}

impl Temporary {
    pub fn create(folder: Folder) -> rustix::io::Result<Self> {
        let name = format!("{WRITE_PREFIX}{}", Uuid::new_v4());
        let file = folder.create(&name)?;
        Ok(Self {
            folder,
            name,
            file,
            placed: false,
        })
    }

    /// Another name of a file that somebody else made, and writes to no more.
    pub fn link(folder: Folder, file: &File) -> rustix::io::Result<Self> {
        let name = format!("{WRITE_PREFIX}{}", Uuid::new_v4());
        super::adopt::link(file, folder.as_fd(), &name)?;
        let opened = folder.open(&name);
        let made = |file| Self {
            folder,
            name,
            file,
            placed: false,
        };
        opened.map(made)
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn is_placed(&self) -> bool {
        self.placed
    }

    pub fn place(&mut self, into: &Folder, name: &str) -> rustix::io::Result<()> {
        place(&self.folder, &self.name, into, name)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.placed {
            // What stays behind is found by `list_staging`.
            let _ = self.folder.unlink(&self.name);
        }
    }
}

/// Moves a staging file to its key, never over something else. Safe to repeat after a crash.
/// # Errors
/// `EXIST` if another file has the name.
pub(super) fn place(
    staging: &Folder,
    staged: &str,
    into: &Folder,
    name: &str,
) -> rustix::io::Result<()> {
    let flags = RenameFlags::NOREPLACE;
    match rustix::fs::renameat_with(staging.as_fd(), staged, into.as_fd(), name, flags) {
        // File systems without such a rename, NFS among them.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            place_by_link(staging, staged, into, name)
        }
        Err(Errno::EXIST) if same_file(staging, staged, into, name)? => staging.unlink(staged),
        result => result,
    }
}

fn place_by_link(
    staging: &Folder,
    staged: &str,
    into: &Folder,
    name: &str,
) -> rustix::io::Result<()> {
    match rustix::fs::linkat(
        staging.as_fd(),
        staged,
        into.as_fd(),
        name,
        AtFlags::empty(),
    ) {
        Ok(()) => {}
        Err(Errno::EXIST) if same_file(staging, staged, into, name)? => {}
        Err(errno) => return Err(errno),
    }
    // The blob must be durable before its other name goes.
    into.sync()?;
    staging.unlink(staged)
}

/// Whether a crash came between giving a file its second name and taking the first away.
fn same_file(
    staging: &Folder,
    staged: &str,
    into: &Folder,
    name: &str,
) -> rustix::io::Result<bool> {
    let (here, there) = (staging.stat(staged)?, into.stat(name)?);
    Ok((here.st_dev, here.st_ino) == (there.st_dev, there.st_ino))
}

/// Held while bytes go into an upload's file, across processes; see [`lock`].
#[derive(Debug)]
pub(super) struct Locked<'a>(&'a File);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let _ = rustix::fs::flock(self.0, FlockOperation::Unlock);
    }
}

/// Waits for the sole right to change an upload's file. Held for one batch of bytes at a time, so
/// a slow sender keeps nobody waiting.
pub(super) fn lock(file: &File) -> rustix::io::Result<Locked<'_>> {
    loop {
        match rustix::fs::flock(file, FlockOperation::LockExclusive) {
            Err(Errno::INTR) => {}
            // No locks here (BADF: NFS wants a writable handle). Going on is right for all but a
            // retransmission that overlaps with the original or with completion.
            Ok(()) | Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::BADF) => {
                return Ok(Locked(file));
            }
            Err(errno) => return Err(errno),
        }
    }
}

/// Takes the right to write away for good. A late retransmission still has the file open when it
/// becomes a blob; seeing the seal it stops.
pub(super) fn seal(file: &File) -> rustix::io::Result<()> {
    rustix::fs::fchmod(file, Mode::RUSR)
}

/// Whether a file is still an upload's: not sealed, and not removed under its writer.
pub(super) fn takes_bytes(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.mode() & 0o200 != 0 && metadata.nlink() > 0)
}

/// Tells a part's writer that nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Alive(Arc<AtomicBool>);

/// The writer's end of [`Alive`].
#[derive(Debug)]
pub(super) struct Watch(Arc<AtomicBool>);

pub(super) fn alive() -> (Alive, Watch) {
    let flag = Arc::new(AtomicBool::new(true));
    (Alive(Arc::clone(&flag)), Watch(flag))
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Watch {
    pub fn is_alive(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::local::folder::Root;
    use std::path::Path;

    type Place = fn(&Folder, &str, &Folder, &str) -> rustix::io::Result<()>;
    const WAYS: [Place; 2] = [place, place_by_link];

    fn folder(at: &Path) -> Folder {
        Root::new(at.to_owned(), true, false).open().unwrap()
    }

    #[test]
    fn placing_moves_and_never_overwrites() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let root = folder(dir.path());
            std::fs::write(dir.path().join("staged"), "new").unwrap();
            std::fs::write(dir.path().join("taken"), "old").unwrap();
            assert_eq!(way(&root, "staged", &root, "taken"), Err(Errno::EXIST));
            assert_eq!(std::fs::read(dir.path().join("taken")).unwrap(), b"old");
            assert_eq!(way(&root, "staged", &root, "free"), Ok(()));
            assert_eq!(std::fs::read(dir.path().join("free")).unwrap(), b"new");
            assert_eq!(way(&root, "staged", &root, "other"), Err(Errno::NOENT));
        }
    }

    #[test]
    fn a_crash_between_two_names_is_made_good() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let root = folder(dir.path());
            std::fs::write(dir.path().join("staged"), "new").unwrap();
            std::fs::hard_link(dir.path().join("staged"), dir.path().join("blob")).unwrap();
            assert_eq!(way(&root, "staged", &root, "blob"), Ok(()));
            assert!(!dir.path().join("staged").exists());
            assert_eq!(std::fs::read(dir.path().join("blob")).unwrap(), b"new");
        }
    }

    #[test]
    fn a_sealed_or_removed_file_takes_no_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let root = folder(dir.path());
        let file = root.create("a").unwrap();
        assert!(takes_bytes(&file).unwrap());
        seal(&file).unwrap();
        assert!(!takes_bytes(&file).unwrap());
        let file = root.create("b").unwrap();
        root.unlink("b").unwrap();
        assert!(!takes_bytes(&file).unwrap());
    }
}
