//! Where the bytes of a picture come from.

use super::PictureError;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

/// Bytes that can be read again from the start.
pub trait Source: Read + Seek + Send + 'static {}

impl<T: Read + Seek + Send + 'static> Source for T {}

/// Decoders are compiled for one of them.
pub(super) type AnySource = Box<dyn Source>;

/// How long decoding may go on asking for bytes. Pixels are bounded, but a JPEG may draw them
/// again and again, scan after scan.
const LONGEST: Duration = Duration::from_secs(20);
/// Read at once. Small, so that time is looked at often enough.
const BUFFER_BYTES: usize = 16 << 10;

/// A source that is watched: whether it failed, and whether it takes too long.
pub(super) struct Watched {
    source: AnySource,
    until: Instant,
    late: bool,
    trouble: Option<io::Error>,
}

impl Watched {
    pub fn new(source: AnySource) -> Self {
        Self::for_at_most(source, LONGEST)
    }

    pub fn for_at_most(source: AnySource, longest: Duration) -> Self {
        Self {
            source,
            until: Instant::now() + longest,
            late: false,
            trouble: None,
        }
    }

    /// From the start.
    pub fn reader(&mut self) -> io::Result<BufReader<&mut Self>> {
        self.rewind()?;
        Ok(BufReader::with_capacity(BUFFER_BYTES, self))
    }

    /// What went wrong: with the source, if it is to blame, else with the picture.
    pub fn blame(&mut self, error: PictureError) -> PictureError {
        match self.trouble.take() {
            Some(trouble) => PictureError::Unreadable(trouble),
            None if self.late => PictureError::TooSlow,
            None => error,
        }
    }

    pub fn into_inner(self) -> AnySource {
        self.source
    }

    fn seen<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.trouble = Some(io::Error::new(error.kind(), error.to_string()));
        }
        done
    }
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            self.late = true;
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read = self.source.read(buf);
        self.seen(read)
    }
}

impl Seek for Watched {
    // Pictures say where to go on, so a place that does not exist is their fault.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
