//! Who fetches files from elsewhere: aria2, qBittorrent, and a downloader of our own. Knows no
//! drives: it puts files into a folder and tells how far it is.
//!
//! Every job has an id and a folder that its caller chose and wrote down before, so that beginning
//! one twice is beginning it once. Where links and torrents lead is checked here for all of them.

mod aria2;
mod bencode;
mod builtin;
mod check;
mod error;
mod job;
mod login;
mod magnet;
mod name;
pub mod parsers;
mod programs;
mod proxy;
mod qbittorrent;
mod room;
mod settings;
mod torrent;
mod tracker;

pub use check::{check, check_magnet};
pub use error::DownloaderError;
pub use job::{FileStatus, Handle, Job, NewJob, Selection, Source, State, Status, follow_up};
pub use login::without_login;
pub use name::safe_path;
pub use programs::Programs;
pub use room::{has_room, taken_by};
pub use settings::{NodeSettings, Provider};

use async_trait::async_trait;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Something that fetches.
#[async_trait]
pub trait Downloader: Send + Sync + Debug {
    /// Begins a job; one that was begun before goes on.
    /// # Errors
    /// [`DownloaderError`]
    async fn create(&self, job: &NewJob) -> Result<Handle, DownloaderError>;

    /// How far a job is. One that a restart stopped goes on.
    /// # Errors
    /// `Gone` if the downloader knows nothing of it
    async fn status(&self, job: Job<'_>) -> Result<Status, DownloaderError>;

    /// Chooses among the files of a job; the others stay as they are.
    /// # Errors
    /// [`DownloaderError`]
    async fn select(&self, job: Job<'_>, files: &[Selection]) -> Result<(), DownloaderError>;

    /// Ends a job and forgets it; fine if there is none.
    /// # Errors
    /// [`DownloaderError`]
    async fn cancel(&self, job: Job<'_>) -> Result<(), DownloaderError>;

    /// Which version it is.
    /// # Errors
    /// [`DownloaderError`]
    async fn version(&self) -> Result<String, DownloaderError>;

    /// Whether [`Self::wait`] tells of news, so that nobody has to ask now and then.
    fn tells(&self) -> bool {
        false
    }

    /// Returns when the job has come to its end, or after `most`.
    async fn wait(&self, _job: Job<'_>, most: Duration) {
        tokio::time::sleep(most).await;
    }

    /// Below which folder the files of a job lie.
    fn content(&self, folder: &Path) -> PathBuf {
        folder.to_owned()
    }
}
