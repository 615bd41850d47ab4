//! What was fetched comes into the drive: several files at a time, each as an upload.

use super::reason::{Reason, words};
use super::state::{Downloading, Phase};
use super::work::target;
use bytes::Bytes;
use downloader::FileStatus;
use drive::blob::{BroughtFile, ByteStream, Uploads};
use drive::context::Core;
use drive::error::FileError;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, TryStreamExt as _};
use site::actor::Actor;
use site::task::{Progress, Run, TaskError};
use std::fs::File;
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_util::io::ReaderStream;
use wire::FileUri;

/// Bytes read at once.
const READ_BYTES: usize = 512 << 10;
/// Errors told of a step that failed.
const TOLD: usize = 5;

/// The way of a job's files into a drive.
pub(super) struct Transfer<'a> {
    pub core: &'a Core,
    pub uploads: &'a Uploads,
    pub run: &'a Run,
    /// Below which folder they lie.
    pub content: PathBuf,
    pub dst: FileUri,
    /// Nobody writes to them any more, whatever happens.
    pub is_ours: bool,
}

/// How a file fared.
enum Came {
    There,
    /// Never.
    Not(Reason),
    /// Perhaps later.
    NotYet(String),
}

/// How far all of them are.
struct Way {
    all: i64,
    came: AtomicI64,
}

impl Way {
    fn of(wanted: &[FileStatus], open: &[FileStatus]) -> Self {
        let sum = |files: &[FileStatus]| files.iter().map(|file| file.size.max(0)).sum::<i64>();
        Self {
            all: sum(wanted),
            came: AtomicI64::new(sum(wanted) - sum(open)),
        }
    }
}

impl Transfer<'_> {
    /// Brings some more; the phase is another one when all are there.
    pub async fn some(&self, mut state: Downloading) -> Result<Downloading, TaskError> {
        let status = state.status.clone().unwrap_or_default();
        let wanted: Vec<FileStatus> = status
            .files
            .into_iter()
            .filter(|file| file.selected)
            .collect();
        let is_open = |file: &&FileStatus| !state.transferred.contains(&file.index);
        let open: Vec<FileStatus> = wanted.iter().filter(is_open).cloned().collect();
        if open.is_empty() {
            return Self::end(state, wanted.len());
        }
        let is_new = |file: &&FileStatus| !state.begun.contains(&file.index);
        let new: Vec<FileStatus> = open.iter().filter(is_new).cloned().collect();
        if !new.is_empty() {
            return self.begin(state, &new).await;
        }
        self.count(state.transferred.len(), wanted.len());
        let way = Arc::new(Way::of(&wanted, &open));
        let at_once = self.core.settings().files.max_parallel_transfers.max(1);
        let batch = open.into_iter().take(at_once).enumerate();
        let all = batch.map(|(worker, file)| {
            let way = Arc::clone(&way);
            async move {
                let came = self.one(worker, &file, way).await;
                (file, came)
            }
        });
        let all = join_all(all).await;
        let (count, mut errors) = (all.len(), Vec::new());
        for (file, came) in all {
            match came? {
                Came::There => {
                    state.transferred.insert(file.index);
                }
                Came::Not(reason) => {
                    state.transferred.insert(file.index);
                    state.leave_out(file.name, reason);
                }
                Came::NotYet(why) => errors.push(format!("{}: {why}", file.name)),
            }
        }
        if errors.len() < count {
            return Ok(state);
        }
        // What came of others was written down before.
        errors.truncate(TOLD);
        let told = errors.join("; ");
        let why = format!("failed to transfer {count} file(s), first 5 errors: {told}");
        Err(TaskError::Retry(why.into()))
    }

    /// Looks at what is there, and writes down what is to come before it does: what is found there
    /// later came from here.
    async fn begin(
        &self,
        mut state: Downloading,
        new: &[FileStatus],
    ) -> Result<Downloading, TaskError> {
        let actor = self.run.actor()?;
        for file in new {
            let uri = target(&self.dst, &file.name);
            let size = u64::try_from(file.size).unwrap_or(0);
            match self.uploads.may_bring(actor, &uri, size).await {
                Ok(()) => {}
                Err(error) => match Reason::of(&error) {
                    Some(reason) => {
                        state.transferred.insert(file.index);
                        state.leave_out(file.name.clone(), reason);
                    }
                    None => return Err(TaskError::Retry(error.into())),
                },
            }
            state.begun.insert(file.index);
        }
        Ok(state)
    }

    fn end(mut state: Downloading, wanted: usize) -> Result<Downloading, TaskError> {
        let first = state.left_out.first();
        if let Some(first) = first.filter(|_| state.failed as usize >= wanted) {
            let why = format!("{}: {}", first.name, first.reason.sentence());
            return Err(TaskError::Fail(why.into()));
        }
        state.phase = Phase::Seeding;
        Ok(state)
    }

    fn count(&self, came: usize, all: usize) {
        let count = Progress {
            total: i64::try_from(all).unwrap_or(i64::MAX),
            current: i64::try_from(came).unwrap_or(i64::MAX),
            identifier: String::new(),
        };
        self.run.report("upload_count", count);
    }

    async fn one(
        &self,
        worker: usize,
        file: &FileStatus,
        way: Arc<Way>,
    ) -> Result<Came, TaskError> {
        let actor = self.run.actor()?;
        let uri = target(&self.dst, &file.name);
        let Ok(opened) = open_below(&self.content, &file.name) else {
            return Ok(Came::Not(Reason::Missing));
        };
        let size_bytes = opened.metadata()?.len();
        // A disk may have lost the end of it since its downloader said that all of it is there.
        if file.size > 0 && file.size.unsigned_abs() != size_bytes {
            let (size, came) = (file.size, size_bytes);
            let why = format!("it has {came} bytes on the disk, but should have {size}");
            return Ok(Came::NotYet(why));
        }
        let body = self.body(worker, &uri, opened.try_clone()?, size_bytes, way);
        let brought = BroughtFile {
            uri: uri.clone(),
            size_bytes,
            body,
            file: self.is_ours.then(|| opened.try_clone()).transpose()?,
        };
        let brought = self.uploads.bring(actor, brought).await;
        self.run.retract(&format!("upload_single_{worker}"));
        self.core.steps.reached("download: brought").await;
        let Err(error) = brought else {
            return Ok(Came::There);
        };
        Ok(match Reason::of(&error) {
            Some(Reason::Exists) if self.is_it(actor, &uri, opened, size_bytes).await? => {
                Came::There
            }
            Some(reason) => Came::Not(reason),
            None => Came::NotYet(words(&error)),
        })
    }

    /// Whether what is there came from here before the server stopped.
    async fn is_it(
        &self,
        actor: &Actor,
        uri: &FileUri,
        mut file: File,
        size_bytes: u64,
    ) -> Result<bool, FileError> {
        let hash = tokio::task::spawn_blocking(move || {
            // Somebody may have read some of it.
            file.rewind()?;
            let mut hasher = blake3::Hasher::new();
            hasher
                .update_reader(file)
                .map(|read| read.finalize().into())
        });
        let Ok(Ok(hash)) = hash.await else {
            return Ok(false);
        };
        self.uploads.holds(actor, uri, (size_bytes, hash)).await
    }

    /// The content of a file, counted as it goes.
    fn body(
        &self,
        worker: usize,
        uri: &FileUri,
        file: File,
        size_bytes: u64,
        way: Arc<Way>,
    ) -> ByteStream {
        let (run, key) = (self.run.clone(), format!("upload_single_{worker}"));
        let identifier = uri.without_password().to_string();
        let total = i64::try_from(size_bytes).unwrap_or(i64::MAX);
        let mut came = 0;
        let reader = ReaderStream::with_capacity(tokio::fs::File::from_std(file), READ_BYTES);
        let counted = reader.map_ok(move |piece: Bytes| {
            let more = piece.len() as i64;
            came += more;
            let all = way.came.fetch_add(more, Ordering::Relaxed) + more;
            let progress = |total, current, identifier| Progress {
                total,
                current,
                identifier,
            };
            run.report("upload", progress(way.all, all, String::new()));
            run.report(key.as_str(), progress(total, came, identifier.clone()));
            piece
        });
        counted.boxed()
    }
}

/// Opens a plain file below a folder, following no link on the way: names come from strangers.
pub(super) fn open_below(folder: &Path, name: &str) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "no path of a file");
    let names: Vec<&str> = name.split('/').filter(|name| !name.is_empty()).collect();
    let (last, folders) = names.split_last().ok_or_else(wrong)?;
    if names.iter().any(|name| matches!(*name, "." | "..")) {
        return Err(wrong());
    }
    let enter = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(folder, enter, Mode::empty())?;
    for name in folders {
        at = rustix::fs::openat(&at, *name, enter | OFlags::NOFOLLOW, Mode::empty())?;
    }
    // Without NONBLOCK a pipe would hang the open.
    let read = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(&at, *last, read, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_is_read_that_lies_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("job");
        std::fs::create_dir_all(folder.join("a")).unwrap();
        std::fs::write(folder.join("a/file"), "mine").unwrap();
        std::fs::write(root.path().join("secret"), "not mine").unwrap();
        symlink(root.path(), folder.join("out")).unwrap();
        symlink("../../secret", folder.join("a/link")).unwrap();
        symlink("file", folder.join("a/near")).unwrap();
        assert!(open_below(&folder, "a/file").is_ok());
        assert!(open_below(&folder, "/a//file").is_ok());
        for name in [
            "out/secret",
            "a/link",
            "a/near",
            "../secret",
            "a/../../secret",
            "a",
            "",
            "a/none",
        ] {
            assert!(open_below(&folder, name).is_err(), "{name}");
        }
    }
}
