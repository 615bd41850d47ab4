//! A file that a client sends: the library pushes pieces, the drive pulls a stream.

use super::checksum::Checksum;
use super::dav_request::DavRequest;
use super::metadata::Metadata;
use bytes::{Buf, Bytes};
use dav_server::fs::{DavFile, DavMetaData, FsError, FsFuture, FsResult};
use drive::blob::StreamUpload;
use drive::error::FileError;
use entity::file;
use futures_util::{FutureExt, StreamExt, stream};
use poem::http::StatusCode;
use std::io::{self, SeekFrom};
use std::sync::Arc;
use store::cause::carried;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Pieces on their way; each is what one read from the socket gave.
const PIECES: usize = 4;

/// A file being sent. Dropping it before the end leaves nothing of it.
#[derive(Debug)]
pub struct Incoming {
    request: Arc<DavRequest>,
    checksum: Option<Checksum>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Made by LOCK: nothing will come.
    Nothing,
    Coming {
        pieces: mpsc::Sender<Piece>,
        storing: JoinHandle<Result<file::Model, FileError>>,
    },
    Stored(Box<file::Model>),
    Failed,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    /// All came. Without it the stream breaks off, and nothing is kept.
    End,
}

impl Incoming {
    pub fn nothing(request: Arc<DavRequest>) -> Self {
        Self {
            request,
            checksum: None,
            state: State::Nothing,
        }
    }

    pub fn begin(request: Arc<DavRequest>, upload: StreamUpload, checksum: Option<&str>) -> Self {
        let (pieces, source) = mpsc::channel(PIECES);
        let (uploads, actor) = (request.services.uploads.clone(), request.actor.clone());
        let storing = async move {
            let stored = uploads.stream_upload(&actor, upload, body(source)).await?;
            Ok(stored.file)
        };
        let storing = tokio::spawn(carried(storing.in_current_span()));
        Self {
            request,
            checksum: checksum.and_then(Checksum::of),
            state: State::Coming { pieces, storing },
        }
    }

    async fn push(&mut self, bytes: Bytes) -> FsResult<()> {
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&bytes);
        }
        let State::Coming { pieces, .. } = &self.state else {
            return Err(FsError::GeneralFailure);
        };
        if bytes.is_empty() || pieces.send(Piece::Bytes(bytes)).await.is_ok() {
            return Ok(());
        }
        // The drive stopped reading, and says why.
        self.end().await
    }

    /// Waits until everything is stored.
    async fn end(&mut self) -> FsResult<()> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Coming { pieces, storing } => {
                let _ = pieces.send(Piece::End).await;
                drop(pieces);
                let stored = storing.await.map_err(|error| {
                    tracing::error!(%error, "storing a file panicked");
                    FsError::GeneralFailure
                })?;
                let file = stored.map_err(|error| self.request.fail(&error))?;
                self.state = State::Stored(Box::new(file));
                Ok(())
            }
            State::Failed => Err(FsError::GeneralFailure),
            state @ (State::Nothing | State::Stored(_)) => {
                self.state = state;
                Ok(())
            }
        }
    }

    async fn finish(&mut self) -> FsResult<()> {
        if self.checksum.take().is_some_and(|sum| !sum.holds()) {
            self.state = State::Failed;
            self.request.refuse(StatusCode::BAD_REQUEST);
            return Err(FsError::GeneralFailure);
        }
        self.end().await
    }
}

fn body(pieces: mpsc::Receiver<Piece>) -> drive::blob::ByteStream {
    stream::unfold(Some(pieces), |pieces| async move {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(pieces))),
            Some(Piece::End) => None,
            None => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
        }
    })
    .fuse()
    .boxed()
}

impl DavFile for Incoming {
    fn metadata(&mut self) -> FsFuture<'_, Box<dyn DavMetaData>> {
        let metadata: FsResult<Box<dyn DavMetaData>> = match &self.state {
            State::Stored(file) => Ok(Box::new(Metadata::of(&self.request, file, false))),
            _ => Err(FsError::NotImplemented),
        };
        std::future::ready(metadata).boxed()
    }

    fn write_buf(&mut self, mut buf: Box<dyn Buf + Send>) -> FsFuture<'_, ()> {
        let bytes = buf.copy_to_bytes(buf.remaining());
        self.push(bytes).boxed()
    }

    fn write_bytes(&mut self, buf: Bytes) -> FsFuture<'_, ()> {
        self.push(buf).boxed()
    }

    fn read_bytes(&mut self, _count: usize) -> FsFuture<'_, Bytes> {
        std::future::ready(Err(FsError::NotImplemented)).boxed()
    }

    fn seek(&mut self, _pos: SeekFrom) -> FsFuture<'_, u64> {
        std::future::ready(Err(FsError::NotImplemented)).boxed()
    }

    fn flush(&mut self) -> FsFuture<'_, ()> {
        self.finish().boxed()
    }
}
