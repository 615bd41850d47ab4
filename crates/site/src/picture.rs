//! Small pictures of what strangers send, made while no transaction waits for them.

pub use ::picture::{Encoding, Picture, PictureError, Shape, Source};

use bytes::Bytes;
use store::in_change;

/// Makes small pictures, a few at a time.
#[derive(Clone, Debug)]
pub struct Pictures(::picture::Pictures);

impl Pictures {
    /// That decodes this many at a time; each keeps a processor busy.
    pub fn new(at_once: usize) -> Self {
        Self(::picture::Pictures::new(at_once))
    }

    /// A small picture of what `source` holds.
    /// # Errors
    /// [`PictureError`]
    pub async fn small(
        &self,
        source: impl Source,
        shape: Shape,
        encoding: Encoding,
    ) -> Result<Picture, PictureError> {
        in_change::must_not_wait_for("a picture");
        self.0.small(source, shape, encoding).await
    }

    /// The same of bytes in memory.
    /// # Errors
    /// [`PictureError`]
    pub async fn small_of(
        &self,
        bytes: Bytes,
        shape: Shape,
        encoding: Encoding,
    ) -> Result<Picture, PictureError> {
        in_change::must_not_wait_for("a picture");
        self.0.small_of(bytes, shape, encoding).await
    }
}
