//! One file of an archive comes into the drive.

use crate::conflict::{Conflict, NAMES};
use archive::read::Entry;
use bytes::Bytes;
use drive::blob::{ByteStream, Current, StreamedContent, Uploads, VersionError, is_senders_fault};
use drive::context::Core;
use drive::error::FileError;
use drive::policy::rules::Refused;
use drive::tree::{ResolvedPath, TreeError, numbered};
use entity::blob::Unpacked;
use entity::{BlobId, FileKind, TaskId, Timestamp, file};
use futures_util::StreamExt as _;
use site::actor::Actor;
use std::io;
use std::sync::Arc;
use store::blobs;
use tokio::sync::mpsc;
use wire::{FileName, FileUri};

/// What comes of a file.
#[derive(Debug)]
pub(super) enum Part {
    Piece(Bytes),
    /// There is no more. Without this word the file is not whole.
    End,
}

/// The content of a file: whole, or as it comes.
pub(super) enum Body {
    Whole(Vec<Bytes>),
    Coming(Vec<Bytes>, mpsc::Receiver<Part>),
}

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// It is there, with so many bytes, under another name if that was taken.
    Here(u64, Option<String>),
    /// Why it was left out.
    LeftOut(&'static str),
}

/// What files are brought into a drive with. Each has a task of its own: while one waits for the
/// database, another waits for a disk.
pub(super) struct Placer {
    pub core: Arc<Core>,
    pub uploads: Uploads,
    pub actor: Actor,
    /// The folder that they come into.
    pub dst: FileUri,
    pub task: TaskId,
    /// What they come from.
    pub archive: BlobId,
    pub conflict: Conflict,
}

/// Where a file goes.
enum Place {
    Free(Box<ResolvedPath>, Option<Current>),
    /// This task brought it there before, under this name.
    Done(u64, Option<String>),
    LeftOut(&'static str),
}

impl Placer {
    /// Brings a file to its place.
    /// # Errors
    /// What keeps all others from coming, too.
    pub async fn place(&self, entry: &Entry, body: Body) -> Result<Placed, FileError> {
        let Some(uri) = self.uri_of(entry) else {
            return Ok(Placed::LeftOut("bad_name"));
        };
        let mut body = Some(body);
        loop {
            let (resolved, only_over) = match self.find(&uri, entry).await? {
                Place::Free(resolved, only_over) => (resolved, only_over),
                Place::Done(bytes, name) => return Ok(Placed::Here(bytes, name)),
                Place::LeftOut(why) => return Ok(Placed::LeftOut(why)),
            };
            let (length, stream) = match body.take() {
                Some(Body::Whole(pieces)) => {
                    let length = pieces.iter().map(|piece| piece.len() as u64).sum();
                    body = Some(Body::Whole(pieces.clone()));
                    (Some(length), whole(pieces))
                }
                Some(Body::Coming(first, rest)) => (None, coming(first, rest)),
                // It came once, and somebody else was there first.
                None => return Ok(Placed::LeftOut("exists")),
            };
            let name = other_name(&uri, &resolved.uri);
            let content = StreamedContent {
                uri: resolved.uri.clone(),
                expected_bytes: length,
                last_modified: entry.modified.and_then(|time| Timestamp(time).of_file()),
                make_folders: true,
                only_over,
                held: Vec::new(),
            };
            match self.upload(entry, content, *resolved, stream).await {
                Ok(bytes) => return Ok(Placed::Here(bytes, name)),
                Err(FileError::Version(VersionError::Stale)) => {}
                Err(error) => return left_out(error).map(Placed::LeftOut),
            }
        }
    }

    async fn upload(
        &self,
        entry: &Entry,
        content: StreamedContent,
        resolved: ResolvedPath,
        body: ByteStream,
    ) -> Result<u64, FileError> {
        let begun = self.uploads.begin_stream(&self.actor, content, resolved);
        let upload = begun
            .await?
            .unpacked_by(self.task, entry.number, self.archive);
        let file = self
            .uploads
            .stream_upload(&self.actor, upload, body)
            .await?;
        Ok(file.file.size_bytes.unsigned_abs())
    }

    fn uri_of(&self, entry: &Entry) -> Option<FileUri> {
        let mut names = entry.name.split('/');
        names.try_fold(self.dst.clone(), |uri, name| {
            FileName::new(name).ok().map(|name| uri.join(name))
        })
    }

    /// Where a file goes, as things are now; that they still are so is seen to when it is placed.
    async fn find(&self, wanted: &FileUri, entry: &Entry) -> Result<Place, FileError> {
        let db = self.core.store.read();
        let mut uri = wanted.clone();
        for number in 1..=NAMES {
            let resolved = ResolvedPath::resolve(db, &self.core, &self.actor, &uri).await?;
            let below = uri.segments().len() - self.dst.segments().len();
            if resolved.missing().len() > below {
                // The folder itself is gone: it is not made anew.
                return Err(TreeError::NotFound.into());
            }
            let is_blocked = |row: &file::Model| row.kind != FileKind::Folder || row.is_symbolic;
            if resolved.node().is_none() && resolved.chain.last().is_some_and(is_blocked) {
                return Ok(Place::LeftOut("taken"));
            }
            let Some(there) = resolved.node() else {
                return Ok(Place::Free(Box::new(resolved), Some(Current(None))));
            };
            if there.kind != FileKind::File || there.is_symbolic {
                return Ok(Place::LeftOut("taken"));
            }
            let blob = match there.current_blob_id {
                Some(id) => blobs::by_id(db, id).await?,
                None => None,
            };
            let by = blob.and_then(|blob| blob.props.unpacked);
            // Begun anew it may find another archive, whose entries are others.
            let is_own = |mark: &Unpacked| {
                mark.0 == self.task && mark.2.is_none_or(|archive| archive == self.archive)
            };
            match (by.filter(is_own), self.conflict) {
                (Some(Unpacked(_, number, _)), _) if number == entry.number => {
                    let name = other_name(wanted, &uri);
                    return Ok(Place::Done(there.size_bytes.unsigned_abs(), name));
                }
                (Some(_), Conflict::Skip) => return Ok(Place::LeftOut("duplicate")),
                (None, Conflict::Skip) => return Ok(Place::LeftOut("exists")),
                (_, Conflict::Overwrite) => return Ok(Place::Free(Box::new(resolved), None)),
                (_, Conflict::Rename) => {
                    let name = wanted.name().unwrap_or_default();
                    let folder = wanted.parent().unwrap_or_else(|| self.dst.clone());
                    uri = folder.join(numbered(name, number));
                }
            }
        }
        Ok(Place::LeftOut("exists"))
    }
}

/// The name that a file got, if it is not the one that was wanted.
fn other_name(wanted: &FileUri, got: &FileUri) -> Option<String> {
    let name = got.name().filter(|name| wanted.name() != Some(name));
    name.map(str::to_owned)
}

fn whole(pieces: Vec<Bytes>) -> ByteStream {
    futures_util::stream::iter(pieces.into_iter().map(Ok)).boxed()
}

fn coming(first: Vec<Bytes>, rest: mpsc::Receiver<Part>) -> ByteStream {
    let rest = futures_util::stream::unfold(Some(rest), |rest| async move {
        let mut rest = rest?;
        match rest.recv().await {
            Some(Part::Piece(piece)) => Some((Ok(piece), Some(rest))),
            Some(Part::End) => None,
            None => Some((Err(io::Error::other("the entry is not whole")), None)),
        }
    });
    // Storage may ask once more after the end.
    whole(first).chain(rest).fuse().boxed()
}

/// Why one entry is left out, if that says nothing about the others.
pub(super) fn left_out(error: FileError) -> Result<&'static str, FileError> {
    Ok(match error {
        FileError::BadName(_) => "bad_name",
        FileError::Refused(Refused::Extension | Refused::Name) => "refused",
        FileError::Refused(Refused::TooLarge) => "too_large",
        FileError::Lock(_) => "locked",
        FileError::Tree(TreeError::PathTooLong) => "too_deep",
        FileError::Tree(
            TreeError::NameTaken(_) | TreeError::NotFolder | TreeError::SymbolicFolder,
        ) => "taken",
        error if is_senders_fault(&error) => "damaged",
        error => return Err(error),
    })
}
