//! The thread that packs. What it packs comes in through one short queue, and the pieces of the
//! archive leave through another, so it never is far ahead of either.

use super::state::{Format, Method};
use archive::write::{Entry, Pack, SevenZPack, TarZst, ZipMethod, ZipStream};
use bytes::{Buf, Bytes};
use drive::blob::ByteStream;
use futures_util::{StreamExt as _, stream};
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::priority;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Size of the pieces that leave.
const PIECE: usize = 256 << 10;
/// Pieces, and contents, that wait.
const WAITING: usize = 4;

/// What comes in: entries, each followed by the rest of its content.
pub(super) enum Feed {
    /// With the first bytes of its content.
    Entry(Entry, Bytes),
    More(Bytes),
    /// A folder with nothing in it.
    Folder(Entry),
    /// That was all.
    End,
}

/// How it is packed.
pub(super) struct How {
    pub format: Format,
    pub method: Method,
    pub password: Option<String>,
    /// A file for what cannot be written in one go, and how long it may get.
    pub scratch: Option<(File, u64)>,
}

/// A thread at work.
pub(super) struct Packer {
    pub feed: mpsc::Sender<Feed>,
    /// The archive; it fails unless it is whole.
    pub body: ByteStream,
    /// How the thread ended.
    pub ended: oneshot::Receiver<io::Result<()>>,
    pub counts: Arc<Counts>,
}

/// How much of the archive there is.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Bytes that were packed into it,
    pub made: AtomicU64,
    /// and those of them that were taken.
    pub taken: AtomicU64,
}

/// Starts a thread. Its archive breaks off with `over`.
pub(super) fn start(how: How, over: CancellationToken) -> io::Result<Packer> {
    let (feed, fed) = mpsc::channel(WAITING);
    let (pieces, leaving) = mpsc::channel(WAITING);
    let (tell, ended) = oneshot::channel();
    let counts = Arc::new(Counts::default());
    let sink = Pieces {
        piece: Vec::with_capacity(PIECE),
        leave: pieces,
        counts: Arc::clone(&counts),
    };
    let thread = std::thread::Builder::new().name("packing".to_owned());
    thread.spawn(move || {
        priority::step_back();
        // Nobody may care any more.
        let _ = tell.send(pack(how, fed, sink));
    })?;
    Ok(Packer {
        feed,
        body: body(leaving, over, Arc::clone(&counts)),
        ended,
        counts,
    })
}

fn pack(how: How, mut fed: mpsc::Receiver<Feed>, sink: Pieces) -> io::Result<()> {
    let end = sink.leave.clone();
    let method = match how.method {
        Method::Deflate => ZipMethod::Deflate,
        Method::Store => ZipMethod::Stored,
    };
    let mut pack: Box<dyn Pack> = match (how.format, how.scratch) {
        (Format::Zip, _) => Box::new(ZipStream::new(sink, method, how.password)),
        (Format::TarZst, _) => Box::new(TarZst::new(sink)?),
        (Format::SevenZ, Some(scratch)) => {
            Box::new(SevenZPack::new(sink, scratch, how.password.as_deref())?)
        }
        (Format::SevenZ, None) => return Err(io::ErrorKind::InvalidInput.into()),
    };
    loop {
        match fed.blocking_recv() {
            Some(Feed::Entry(entry, first)) => {
                let left = entry.size_bytes.checked_sub(first.len() as u64);
                let mut content = Content {
                    piece: first,
                    left: left.ok_or(io::ErrorKind::InvalidData)?,
                    fed: &mut fed,
                };
                pack.add(&entry, &mut content)?;
            }
            Some(Feed::Folder(folder)) => pack.add_folder(&folder)?,
            Some(Feed::End) => break,
            Some(Feed::More(_)) => return Err(io::ErrorKind::InvalidData.into()),
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
    pack.finish()?;
    // Only now is it an archive: a body that ends without this has failed.
    end.blocking_send(Piece::End).map_err(|_| gone())
}

/// The content of one entry.
struct Content<'f> {
    piece: Bytes,
    /// What is still to come in.
    left: u64,
    fed: &'f mut mpsc::Receiver<Feed>,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            if self.left == 0 {
                return Ok(0);
            }
            match self.fed.blocking_recv() {
                Some(Feed::More(piece)) => {
                    let left = self.left.checked_sub(piece.len() as u64);
                    self.left = left.ok_or(io::ErrorKind::InvalidData)?;
                    self.piece = piece;
                }
                // It broke off, and who feeds knows why.
                _ => return Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
        let read = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..read]);
        Ok(read)
    }
}

enum Piece {
    Bytes(Bytes),
    End,
}

/// Where the archive goes.
struct Pieces {
    piece: Vec<u8>,
    leave: mpsc::Sender<Piece>,
    counts: Arc<Counts>,
}

impl Pieces {
    fn leave(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let len = piece.len() as u64;
        let left = self.leave.blocking_send(Piece::Bytes(piece.into()));
        left.map_err(|_| gone())?;
        self.counts.made.fetch_add(len, Ordering::Relaxed);
        Ok(())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.piece.len();
        let taken = bytes.len().min(room);
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.leave()?;
        }
        Ok(taken)
    }

    /// Asked for once, at the end.
    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.leave()
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes the archive")
}

fn body(
    leaving: mpsc::Receiver<Piece>,
    over: CancellationToken,
    counts: Arc<Counts>,
) -> ByteStream {
    let pieces = stream::unfold(Some(leaving), move |leaving| {
        let (over, counts) = (over.clone(), Arc::clone(&counts));
        async move {
            let mut leaving = leaving?;
            let piece = tokio::select! {
                piece = leaving.recv() => piece,
                () = over.cancelled() => None,
            };
            match piece {
                Some(Piece::Bytes(bytes)) => {
                    counts
                        .taken
                        .fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    Some((Ok(bytes), Some(leaving)))
                }
                Some(Piece::End) => None,
                None => Some((Err(io::ErrorKind::BrokenPipe.into()), None)),
            }
        }
    });
    // Who takes them may ask once more than needed.
    pieces.fuse().boxed()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::TryStreamExt as _;

    fn started(over: &CancellationToken) -> Packer {
        let how = How {
            format: Format::Zip,
            method: Method::Store,
            password: None,
            scratch: None,
        };
        start(how, over.clone()).unwrap()
    }

    fn entry(size_bytes: u64) -> Feed {
        let entry = Entry {
            path: "a".to_owned(),
            modified_unix: 0,
            size_bytes,
        };
        Feed::Entry(entry, Bytes::from_static(b"abc"))
    }

    async fn all(body: ByteStream) -> io::Result<usize> {
        let add = |sum, piece: Bytes| async move { Ok(sum + piece.len()) };
        body.try_fold(0, add).await
    }

    #[tokio::test]
    async fn what_was_fed_to_its_end_comes_out_whole() {
        let packer = started(&CancellationToken::new());
        packer.feed.send(entry(5)).await.unwrap();
        let more = Feed::More(Bytes::from_static(b"de"));
        packer.feed.send(more).await.unwrap();
        packer.feed.send(Feed::End).await.unwrap();
        let bytes = all(packer.body).await.unwrap();
        packer.ended.await.unwrap().unwrap();
        assert_eq!(packer.counts.made.load(Ordering::Relaxed), bytes as u64);
        assert_eq!(packer.counts.taken.load(Ordering::Relaxed), bytes as u64);
    }

    #[tokio::test]
    async fn what_breaks_off_does_not_look_like_an_end() {
        for feeds in [
            vec![],
            vec![entry(3)],
            vec![entry(5)],
            vec![entry(5), Feed::End],
        ] {
            let packer = started(&CancellationToken::new());
            for feed in feeds {
                packer.feed.send(feed).await.unwrap();
            }
            drop(packer.feed);
            assert!(all(packer.body).await.is_err());
            assert!(packer.ended.await.unwrap().is_err());
        }
    }

    #[tokio::test]
    async fn it_ends_with_whoever_waits_for_it() {
        let over = CancellationToken::new();
        let packer = started(&over);
        over.cancel();
        assert!(all(packer.body).await.is_err());
        // The thread finds nobody who takes its pieces.
        let mut sent = Ok(());
        for number in 0..100 {
            let piece = Feed::Entry(
                Entry {
                    path: number.to_string(),
                    modified_unix: 0,
                    size_bytes: PIECE as u64,
                },
                Bytes::from(vec![0; PIECE]),
            );
            sent = packer.feed.send(piece).await;
            if sent.is_err() {
                break;
            }
        }
        assert!(sent.is_err());
        assert!(packer.ended.await.unwrap().is_err());
    }
}
