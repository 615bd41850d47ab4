//! Content on its way out.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::task::{JoinHandle, spawn_blocking};

use super::folder::Root;
use super::missing;
use crate::{BlobKey, ByteStream, DriverError};

/// Bytes of one read; the next is under way while the receiver takes this one.
const PIECE_BYTES: u64 = 256 * 1024;

pub(super) fn open(root: &Root, key: &BlobKey) -> Result<File, DriverError> {
    let file = root
        .folder_of(key)
        .and_then(|folder| folder.open(key.name()));
    file.map_err(|errno| missing(key, errno))
}

type Reading = JoinHandle<io::Result<Bytes>>;

struct Reader {
    file: Arc<File>,
    /// What no read has been started for.
    left: Range<u64>,
    ahead: Option<Reading>,
}

impl Reader {
    fn start(&mut self) {
        let piece = self.left.start..self.left.end.min(self.left.start + PIECE_BYTES);
        self.left.start = piece.end;
        let file = Arc::clone(&self.file);
        self.ahead = (!piece.is_empty()).then(|| spawn_blocking(move || read_piece(&file, piece)));
    }
}

/// The bytes of a range of a file that is open, a piece ahead of who takes them.
pub fn read_open_file(file: Arc<File>, range: Range<u64>) -> ByteStream {
    let reader = Reader {
        file,
        left: range,
        ahead: None,
    };
    stream::try_unfold(reader, |mut reader| async move {
        if reader.ahead.is_none() {
            reader.start();
        }
        let Some(reading) = reader.ahead.take() else {
            return Ok(None);
        };
        let piece = reading.await.map_err(io::Error::other)??;
        reader.start();
        Ok(Some((piece, reader)))
    })
    .boxed()
}

fn read_piece(file: &File, range: Range<u64>) -> io::Result<Bytes> {
    let wanted = (range.end - range.start) as usize;
    let mut piece = Vec::with_capacity(wanted);
    while piece.len() < wanted {
        let at = range.start + piece.len() as u64;
        // The capacity may be larger than asked for: cut below.
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut piece), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    piece.truncate(wanted);
    Ok(piece.into())
}

/// Reads a whole file for its hash.
pub(super) fn hash(file: &File) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    let size_bytes = file.metadata()?.len();
    let mut start = 0;
    while start < size_bytes {
        let end = size_bytes.min(start + PIECE_BYTES);
        hasher.update(&read_piece(file, start..end)?);
        start = end;
    }
    Ok(*hasher.finalize().as_bytes())
}
