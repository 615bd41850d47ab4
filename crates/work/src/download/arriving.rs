//! One file on its way into a drive.

use super::naming::{is_taken, target, with_number};
use super::open_below::{is_none, open_below};
use super::reason::{Reason, words};
use crate::conflict::Conflict;
use bytes::Bytes;
use downloader::FileStatus;
use drive::blob::{BroughtFile, ByteStream, Uploads};
use drive::context::Core;
use drive::error::FileError;
use entity::blob::Downloaded;
use futures_util::{StreamExt as _, TryStreamExt as _};
use site::actor::Actor;
use site::task::{BoxError, Progress, Run, causes};
use std::fs::File;
use std::io::{self, Seek as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::cause::carried;
use tokio_util::io::ReaderStream;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use wire::FileUri;

/// Bytes read at once.
const READ_BYTES: usize = 512 << 10;

/// What files of a job come through, and where to.
pub(super) struct Arriving {
    pub core: Arc<Core>,
    pub uploads: Uploads,
    pub run: Run,
    /// Below which folder they lie.
    pub content: PathBuf,
    pub dst: FileUri,
    /// Nobody writes to them any more, whatever happens.
    pub is_ours: bool,
}

/// How a file fared.
pub(super) enum Came {
    There,
    /// Never.
    Not(Reason),
    /// Somebody else took its name: it gets another one.
    Taken,
    /// Perhaps later.
    NotYet(String),
}

/// How far all of them are.
pub(super) struct Way {
    all: i64,
    came: AtomicI64,
}

impl Way {
    pub fn of(wanted: &[FileStatus], open: &[FileStatus]) -> Self {
        let sum = |files: &[FileStatus]| files.iter().map(|file| file.size.max(0)).sum::<i64>();
        Self {
            all: sum(wanted),
            came: AtomicI64::new(sum(wanted) - sum(open)),
        }
    }
}

impl Arriving {
    /// Brings a file in a task of its own, which ends with what waits for it.
    pub async fn begin(
        self: Arc<Self>,
        worker: usize,
        file: FileStatus,
        how: (u32, Conflict),
        way: Arc<Way>,
    ) -> Came {
        let one = carried(async move { self.one(worker, &file, how, way).await });
        let one = AbortOnDropHandle::new(tokio::spawn(one.in_current_span()));
        match one.await {
            Ok(Ok(came)) => came,
            // What came of the others counts all the same.
            Ok(Err(error)) => Came::NotYet(causes(error.as_ref())),
            Err(_) => Came::NotYet("it broke off".to_owned()),
        }
    }

    async fn one(
        &self,
        worker: usize,
        file: &FileStatus,
        (number, conflict): (u32, Conflict),
        way: Arc<Way>,
    ) -> Result<Came, BoxError> {
        let actor = self.run.actor().map_err(|_| "it belongs to nobody")?;
        let uri = with_number(&target(&self.dst, &file.name), number);
        let opened = match open_below(&self.content, &file.name) {
            Ok(opened) => opened,
            Err(error) if is_none(&error) => return Ok(Came::Not(Reason::Missing)),
            Err(error) => return Err(error.into()),
        };
        let size_bytes = opened.metadata()?.len();
        // A disk may have lost the end of it since its downloader said that all of it is there.
        if file.size > 0 && file.size.unsigned_abs() != size_bytes {
            let (size, came) = (file.size, size_bytes);
            let why = format!("it has {came} bytes on the disk, but should have {size}");
            return Ok(Came::NotYet(why));
        }
        let replaces = conflict == Conflict::Overwrite;
        // Of the same bytes there is no new version, nor two of them after a crash.
        if replaces
            && self
                .is_it(actor, &uri, opened.try_clone()?, size_bytes)
                .await?
        {
            return Ok(Came::There);
        }
        let body = self.body(worker, &uri, opened.try_clone()?, size_bytes, way);
        let brought = BroughtFile {
            uri: uri.clone(),
            replaces,
            size_bytes,
            body,
            file: self.is_ours.then(|| opened.try_clone()).transpose()?,
            by: self.mark(file),
        };
        let brought = self.uploads.bring(actor, brought).await;
        self.run.retract(&format!("upload_single_{worker}"));
        self.core.steps.reached("download: brought").await;
        let Err(error) = brought else {
            return Ok(Came::There);
        };
        // Somebody else may have brought the same bytes: whoever keeps both gets both.
        let gets_another = is_taken(&error) && conflict == Conflict::Rename;
        Ok(match Reason::of(&error) {
            Some(Reason::Exists) if self.is_mine(actor, &uri, file).await? => Came::There,
            Some(Reason::Exists) if gets_another => Came::Taken,
            Some(Reason::Exists) if self.is_it(actor, &uri, opened, size_bytes).await? => {
                Came::There
            }
            Some(reason) => Came::Not(reason),
            None => Came::NotYet(words(&error)),
        })
    }

    fn mark(&self, file: &FileStatus) -> Downloaded {
        Downloaded(self.run.id, file.index)
    }

    /// Whether what is there came from here before the server stopped.
    async fn is_mine(
        &self,
        actor: &Actor,
        uri: &FileUri,
        file: &FileStatus,
    ) -> Result<bool, FileError> {
        let by = self.uploads.brought_by(actor, uri).await?;
        Ok(by == Some(self.mark(file)))
    }

    /// Whether what is there came before the task was begun anew. What is fetched may have changed
    /// since, and whoever fetches it now may count files in another way: the bytes tell. What an
    /// earlier version brought has no mark.
    pub async fn came_before(
        &self,
        actor: &Actor,
        uri: &FileUri,
        file: &FileStatus,
    ) -> Result<bool, BoxError> {
        let by = self.uploads.brought_by(actor, uri).await?;
        if by.is_some_and(|by| by.0 != self.run.id) {
            return Ok(false);
        }
        let opened = match open_below(&self.content, &file.name) {
            Ok(opened) => opened,
            Err(error) if is_none(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let size_bytes = opened.metadata()?.len();
        Ok(self.is_it(actor, uri, opened, size_bytes).await?)
    }

    /// Whether what is there has the same content.
    async fn is_it(
        &self,
        actor: &Actor,
        uri: &FileUri,
        mut file: File,
        size_bytes: u64,
    ) -> Result<bool, FileError> {
        if !self.uploads.may_hold(actor, uri, size_bytes).await? {
            return Ok(false);
        }
        let hash = tokio::task::spawn_blocking(move || {
            // Somebody may have read some of it.
            file.rewind()?;
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(&file)?;
            file.rewind()?;
            Ok::<_, io::Error>(hasher.finalize().into())
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
