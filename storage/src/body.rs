//! Bodies that lie in memory.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{ByteStream, DriverError};

/// A body of bytes that are already here.
pub fn whole(bytes: impl Into<Bytes>) -> ByteStream {
    stream::once(std::future::ready(Ok(bytes.into()))).boxed()
}

/// The whole body as one piece. Only for bodies known to be small.
pub async fn collect(body: ByteStream) -> io::Result<Vec<u8>> {
    body.try_fold(Vec::new(), |mut all, piece| {
        all.extend_from_slice(&piece);
        std::future::ready(Ok(all))
    })
    .await
}

/// Counts a body against its announced length.
#[derive(Debug)]
pub struct Length {
    expected: Option<u64>,
    got: u64,
}

impl Length {
    pub fn of(expected: Option<u64>) -> Self {
        Self { expected, got: 0 }
    }

    /// # Errors
    /// `LongBody` as soon as one byte too many has come.
    pub fn add(&mut self, piece: &Bytes) -> Result<(), DriverError> {
        self.got += piece.len() as u64;
        match self.expected {
            Some(expected) if self.got > expected => Err(DriverError::LongBody { expected }),
            _ => Ok(()),
        }
    }

    /// The length of the finished body.
    /// # Errors
    /// `ShortBody`.
    pub fn end(&self) -> Result<u64, DriverError> {
        match self.expected {
            Some(expected) if self.got < expected => Err(DriverError::ShortBody {
                expected,
                got: self.got,
            }),
            _ => Ok(self.got),
        }
    }
}
