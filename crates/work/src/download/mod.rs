//! Files fetched from elsewhere into a drive.
//!
//! A task asks a downloader for them (`choice`), follows how far that is (`work`), and brings what
//! came into the drive (`transfer`, `arriving`), as an upload of its owner. What it asked for is written down
//! before, and so is what it brings: after a crash it takes what is there already for done.

mod arriving;
mod check;
mod choice;
mod error;
mod follow;
mod forget;
mod naming;
mod open_below;
mod promised;
mod reason;
mod service;
mod source;
mod state;
mod transfer;
mod work;

pub use choice::Fetchers;
pub use downloader::Selection;
pub use downloader::parsers;
pub use error::DownloadError;
pub use forget::{ForgetDownload, Forgotten};
pub use service::{DownloadRequest, Downloads};
pub use state::Downloading;
pub use work::RemoteDownload;
