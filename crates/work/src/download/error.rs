//! Why a download does not begin, or is not changed.

use downloader::DownloaderError;
use drive::error::FileError;
use site::task::TasksError;
use store::StoreError;

/// What is wrong with what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("No source files")]
    NoSources,
    /// Links and a torrent file at the same time.
    #[error("Invalid source files")]
    MixedSources,
    #[error("Too many downloads at once: the limit is {0}")]
    TooMany(usize),
    #[error("A link is too long")]
    LinkTooLong,
    /// A magnet link without a hash that programs can read.
    #[error("A magnet link names no torrent: {0}")]
    BadMagnet(String),
    #[error("The torrent file is too large")]
    TorrentTooLarge,
    #[error("Task not found")]
    NotFound,
    #[error("Task not in processing state")]
    NotProcessing,
    /// Its files are not known yet, or are on their way into the drive.
    #[error("Task not in monitoring loop")]
    NotMonitoring,
    #[error(transparent)]
    Downloader(#[from] DownloaderError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Tasks(#[from] TasksError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
