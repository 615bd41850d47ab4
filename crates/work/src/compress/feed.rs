//! Reading what is packed: small files some at a time and ahead, large ones a piece at a time.
//!
//! An entry begins when the first bytes of its file are there, and who packs may still have them. A
//! file that breaks off later breaks the archive off, for there must be no entry that only looks
//! whole.

use super::error::Broken;
use super::pack::Feed;
use super::report::{Reason, Report};
use super::sources::Source;
use super::walk::{Files, Item};
use archive::write::{Entry, Names, safe_path};
use bytes::Bytes;
use drive::blob::{ByteRange, OpenBlob, OpenBlobs, VersionError};
use drive::context::Core;
use drive::error::FileError;
use entity::{FileId, FileKind, file};
use futures_util::{StreamExt as _, TryStreamExt as _};
use site::actor::Actor;
use site::task::{Progress, Run};
use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{files, uploads};
use tokio::sync::mpsc;

/// Files up to this size are read before their turn,
const SMALL: u64 = 256 << 10;
/// so many at the same time.
const AHEAD: usize = 16;
/// How long what was found holds; then it is asked for again.
const HOLDS: Duration = Duration::from_secs(1);
/// Files that failed as often are left out.
const TRIES: u32 = 2;

/// The parts of the work that clients show.
pub(super) const FILES: &str = "archive_count";
pub(super) const BYTES: &str = "archive_size";

/// What may be packed.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub files: u64,
    /// `None`: any.
    pub bytes: Option<u64>,
}

/// Everything that a pass through the sources needs.
pub(super) struct Feeder<'a> {
    pub core: &'a Arc<Core>,
    pub run: &'a Run,
    pub actor: &'a Actor,
    pub sources: &'a [Source],
    pub bounds: Bounds,
    /// The archive itself.
    pub skip: Option<FileId>,
    pub broken: &'a BTreeMap<FileId, u32>,
    pub total_bytes: u64,
    pub report: Report,
    pub packed: (u64, u64),
    pub names: Names,
    /// The last file that was to be read could not be, more than once.
    pub is_after_broken: bool,
    /// When it was last known of sources that they may be packed.
    pub checked: HashMap<usize, Instant>,
    pub feed: mpsc::Sender<Feed>,
}

/// A file whose turn comes soon.
enum Opened {
    Whole(Bytes),
    Large(Arc<OpenBlob>),
    LeftOut(Reason),
    /// The storage does not answer, or not to the end.
    Broken(String),
}

impl Feeder<'_> {
    /// Feeds everything, or says why not.
    pub async fn pass(&mut self) -> Result<(), Broken> {
        let files = Files::of(self.core, self.sources, self.bounds.files);
        let (core, blobs) = (Arc::clone(self.core), OpenBlobs::new(Arc::clone(self.core)));
        // Each in a task of its own: one that waits in the middle would keep others waiting.
        let opened = files.stream().map(move |item| {
            let (core, blobs) = (Arc::clone(&core), blobs.clone());
            let opening = async move {
                let mut item: Item = item?;
                let opened = open(&core, &blobs, &mut item.file).await?;
                Ok::<_, FileError>((item, opened))
            };
            let opening = tokio::spawn(opening);
            async move {
                let panicked = |_| FileError::Internal("opening a file panicked");
                opening.await.map_err(panicked)?
            }
        });
        let mut opened = std::pin::pin!(opened.buffered(AHEAD));
        let stopping = self.run.stopping.clone();
        loop {
            let next = tokio::select! {
                biased;
                () = stopping.cancelled() => return Err(Broken::Stopping),
                next = opened.next() => next,
            };
            let Some(next) = next else {
                break;
            };
            let (item, opened) = next.map_err(|error| self.of_walk(error))?;
            self.take(item, opened).await?;
        }
        if self.packed.0 == 0
            && let Some((name, reason)) = self.report.first()
        {
            return Err(Broken::Nothing(name.to_owned(), reason));
        }
        self.send(Feed::End).await
    }

    fn of_walk(&self, error: FileError) -> Broken {
        match error {
            FileError::Tree(drive::tree::TreeError::WalkLimit(_)) => {
                Broken::TooMany(self.bounds.files)
            }
            error => Broken::Other(error),
        }
    }

    async fn take(&mut self, item: Item, opened: Opened) -> Result<(), Broken> {
        let Item { file, .. } = &item;
        if file.is_symbolic || Some(file.id) == self.skip {
            return Ok(());
        }
        if let Some(reason) = self.left_out(&item, &opened).await? {
            self.report.leave_out(&item.path, reason);
            return Ok(());
        }
        let size = match &opened {
            Opened::Whole(bytes) => bytes.len() as u64,
            Opened::Large(blob) => blob.size_bytes,
            Opened::LeftOut(_) => 0,
            Opened::Broken(why) => return Err(self.broken(&item, why)),
        };
        self.count(size)?;
        let entry = Entry {
            path: self.names.take(safe_path(&item.path)),
            modified_unix: file.updated_at.unix_secs(),
            size_bytes: size,
        };
        match opened {
            Opened::Whole(_) if item.file.kind == FileKind::Folder => {
                self.send(Feed::Folder(entry)).await?;
            }
            Opened::Whole(bytes) => self.send(Feed::Entry(entry, bytes)).await?,
            Opened::Large(blob) => self.stream(&item, entry, &blob).await?,
            Opened::LeftOut(_) | Opened::Broken(_) => {}
        }
        self.packed.1 += size;
        self.packed.0 += 1;
        self.is_after_broken &= size == 0;
        self.tell(self.packed.1);
        Ok(())
    }

    /// Why a file is not packed, though it was found.
    async fn left_out(&mut self, item: &Item, opened: &Opened) -> Result<Option<Reason>, Broken> {
        if let Opened::LeftOut(reason) = opened {
            return Ok(Some(*reason));
        }
        if self
            .broken
            .get(&item.file.id)
            .is_some_and(|tries| *tries >= TRIES)
        {
            self.is_after_broken = true;
            return Ok(Some(Reason::Unreadable));
        }
        let source = &self.sources[item.source];
        let checked = self.checked.entry(item.source).or_insert(source.found);
        if checked.elapsed() >= HOLDS {
            let lost = source.lost(self.core, self.actor).await;
            if let Some(reason) = lost.map_err(Broken::Other)? {
                return Ok(Some(reason));
            }
            *checked = Instant::now();
        }
        if item.found.elapsed() < HOLDS {
            return Ok(None);
        }
        let has = source.has(self.core, item.file.id).await;
        Ok((!has.map_err(Broken::Other)?).then_some(Reason::Gone))
    }

    fn count(&self, size: u64) -> Result<(), Broken> {
        if self.packed.0 >= self.bounds.files {
            return Err(Broken::TooMany(self.bounds.files));
        }
        let bytes = self.packed.1 + size;
        match self.bounds.bytes {
            Some(most) if bytes > most => Err(Broken::TooLarge(most)),
            _ => Ok(()),
        }
    }

    async fn stream(&self, item: &Item, entry: Entry, blob: &OpenBlob) -> Result<(), Broken> {
        let failed = |error: &dyn std::error::Error| self.broken(item, &error.to_string());
        self.core.steps.reached("archive: reading").await;
        let mut pieces = blob
            .read(ByteRange::ALL)
            .await
            .map_err(|error| failed(&error))?;
        let mut entry = Some(entry);
        let (mut left, before) = (blob.size_bytes, self.packed.1);
        while left > 0 {
            let piece = tokio::select! {
                biased;
                () = self.run.stopping.cancelled() => return Err(Broken::Stopping),
                piece = pieces.next() => piece,
            };
            let piece = piece.transpose().map_err(|error| failed(&error))?;
            let piece = piece.ok_or_else(|| self.broken(item, "it ends too early"))?;
            let less = left.checked_sub(piece.len() as u64);
            left = less.ok_or_else(|| self.broken(item, "it is too long"))?;
            match entry.take() {
                Some(entry) => self.send(Feed::Entry(entry, piece)).await?,
                None => self.send(Feed::More(piece)).await?,
            }
            self.tell(before + blob.size_bytes - left);
        }
        Ok(())
    }

    /// Two in a row are no matter of files, but of their storage.
    fn broken(&self, item: &Item, why: &str) -> Broken {
        let (path, why) = (item.path.clone(), why.to_owned());
        if self.is_after_broken {
            Broken::Away(path, why)
        } else {
            Broken::File(item.file.id, path, why)
        }
    }

    async fn send(&self, feed: Feed) -> Result<(), Broken> {
        self.feed.send(feed).await.map_err(|_| Broken::CutOff)
    }

    fn tell(&self, bytes: u64) {
        let progress = |current: u64, total: u64| Progress {
            total: i64::try_from(total).unwrap_or(i64::MAX),
            current: i64::try_from(current).unwrap_or(i64::MAX),
            identifier: String::new(),
        };
        self.run.report(FILES, progress(self.packed.0, 0));
        // There may be more than was counted.
        let total = match self.total_bytes {
            0 => 0,
            total => total.max(bytes),
        };
        self.run.report(BYTES, progress(bytes, total));
    }
}

/// Opens a file, as it is now.
async fn open(core: &Core, blobs: &OpenBlobs, file: &mut file::Model) -> Result<Opened, FileError> {
    let db = core.store.read();
    if file.kind == FileKind::Folder {
        return Ok(Opened::Whole(Bytes::new()));
    }
    // It may get a new version on the way.
    for _ in 0..3 {
        let Some(id) = file.current_blob_id else {
            let comes = uploads::of_files(db, &[file.id]).await?;
            let comes = (!comes.is_empty()).then_some(Reason::Uploading);
            return Ok(comes.map_or(Opened::Whole(Bytes::new()), Opened::LeftOut));
        };
        match blobs.get(id).await {
            Ok(blob) => return Ok(look(blob).await),
            Err(FileError::Version(VersionError::Damaged)) => {
                return Ok(Opened::LeftOut(Reason::Damaged));
            }
            Err(FileError::Version(_)) => match files::by_id(db, file.id).await? {
                None => return Ok(Opened::LeftOut(Reason::Gone)),
                Some(row) if row.current_blob_id == file.current_blob_id => {
                    return Ok(Opened::LeftOut(Reason::Unreadable));
                }
                Some(row) => *file = row,
            },
            Err(error @ FileError::Store(_)) => return Err(error),
            Err(error) => return Ok(Opened::Broken(error.to_string())),
        }
    }
    Ok(Opened::LeftOut(Reason::Gone))
}

async fn look(blob: Arc<OpenBlob>) -> Opened {
    if let Some(file) = &blob.file {
        match file.metadata() {
            Ok(metadata) if metadata.len() == blob.size_bytes => {}
            Ok(_) => return Opened::LeftOut(Reason::Damaged),
            Err(error) => return Opened::Broken(error.to_string()),
        }
    }
    if blob.size_bytes > SMALL {
        return Opened::Large(blob);
    }
    match read_whole(&blob).await {
        Ok(bytes) if bytes.len() as u64 == blob.size_bytes => Opened::Whole(bytes),
        Ok(_) => Opened::LeftOut(Reason::Damaged),
        Err(why) => Opened::Broken(why),
    }
}

async fn read_whole(blob: &OpenBlob) -> Result<Bytes, String> {
    if let Some(file) = blob.file.clone() {
        let mut bytes = vec![0; blob.size_bytes as usize];
        let read =
            tokio::task::spawn_blocking(move || file.read_exact_at(&mut bytes, 0).map(|()| bytes));
        let read = read.await.map_err(|error| error.to_string())?;
        return read.map(Bytes::from).map_err(|error| error.to_string());
    }
    let pieces = blob.read(ByteRange::ALL).await;
    let pieces = pieces.map_err(|error| error.to_string())?;
    let whole = pieces.try_fold(Vec::new(), |mut whole: Vec<u8>, piece| async move {
        // One that is longer than it should be is seen to be.
        if whole.len() as u64 <= SMALL {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    });
    whole
        .await
        .map(Bytes::from)
        .map_err(|error| error.to_string())
}
