//! Small pictures of what strangers send: thumbnails and faces.
//!
//! - What a file claims to be counts for nothing: its first bytes say what it is.
//! - Its header is read first. What it takes to decode is known before anything is decoded, and
//!   more than [`MOST_PIXELS`] or [`MOST_BYTES`] is refused.
//! - Decoding happens on blocking threads, a few at a time, and all that is decoded at one time
//!   stays within [`MOST_BYTES`], however many ask.
//! - Of moving pictures only the first frame is decoded. No format is executed or fetches
//!   anything: SVG is not among them.

mod encode;
mod jpeg;
mod other;
mod pool;
mod resize;
mod source;
mod webp;

pub use encode::{Encoding, Picture, png};
pub use pool::Pictures;
pub use source::Source;

use std::io;

/// Pixels of the largest picture that is decoded (V4 API, built-in generator).
pub const MOST_PIXELS: u64 = 64_000_000;
/// Memory for everything that is being decoded at one time, bytes.
pub const MOST_BYTES: u64 = 128 << 20;

/// What the small picture has to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The whole picture in this box; small ones stay as they are.
    Within { width: u32, height: u32 },
    /// The middle of the picture, as a square with this side.
    Square(u32),
}

/// Why there is no small picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("not a picture of a known kind")]
    Unknown,
    #[error("a picture of {width} by {height} pixels is too large")]
    TooLarge { width: u32, height: u32 },
    #[error("the picture is broken: {0}")]
    Broken(String),
    #[error("decoding the picture takes too long")]
    TooSlow,
    /// The bytes could not be read: not the picture's fault.
    #[error("cannot read the picture: {0}")]
    Unreadable(#[source] io::Error),
}

impl PictureError {
    /// Whether the same bytes would fail again.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Unreadable(_))
    }
}

/// What a header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    format: image::ImageFormat,
    width: u32,
    height: u32,
    /// Memory that decoding takes at most, bytes.
    cost_bytes: u64,
}

impl Header {
    /// # Errors
    /// `TooLarge`
    fn checked(self) -> Result<Self, PictureError> {
        let (width, height) = (self.width, self.height);
        if width == 0 || height == 0 {
            return Err(PictureError::Broken("it has no pixels".to_owned()));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > MOST_PIXELS || self.cost_bytes > MOST_BYTES {
            return Err(PictureError::TooLarge { width, height });
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
