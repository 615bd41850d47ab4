//! What can go wrong with thumbnails.

use site::picture::PictureError;

/// Why there is no thumbnail.
#[derive(Debug, thiserror::Error)]
pub enum ThumbnailError {
    /// There is none, and will be none.
    #[error("there is no thumbnail")]
    Missing,
    /// None can be made.
    #[error(transparent)]
    Picture(#[from] PictureError),
}
