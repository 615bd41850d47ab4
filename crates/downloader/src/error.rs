//! Why nothing is fetched.

use site::outgoing::OutgoingError;
use std::io;

/// Why a downloader does not do what it was asked for. The sentences are for who began a download.
#[derive(Debug, thiserror::Error)]
pub enum DownloaderError {
    #[error("the downloader of this node is not configured: {0}")]
    NotConfigured(String),
    /// It knows nothing of the job.
    #[error("the downloader knows nothing of this download any more")]
    Gone,
    /// Whoever sends it sends no parts, so that it can only be begun anew. It is forgotten.
    #[error("it broke off, and the server does not let it go on from there")]
    BrokenOff,
    /// Somebody has ended it there.
    #[error("the download was removed from its downloader")]
    Removed,
    /// The link, or one that it leads to, is not to be asked.
    #[error("url rejected: {0}")]
    Rejected(String),
    #[error("{0}")]
    Unsupported(String),
    #[error("not a torrent: {0}")]
    BadTorrent(&'static str),
    /// The program does not answer.
    #[error("{program} does not answer at {server}: {why}")]
    Away {
        program: &'static str,
        server: String,
        why: String,
    },
    #[error("{0} refuses the token or password that the node has for it")]
    Denied(&'static str),
    #[error("{program} gives an answer that makes no sense: {why}")]
    Garbled { program: &'static str, why: String },
    #[error("{program} refuses: {why}")]
    Refused { program: &'static str, why: String },
    #[error("another server works on this download still")]
    Busy,
    #[error("cannot write to the folder for downloads: {0}")]
    Io(#[from] io::Error),
}

impl DownloaderError {
    /// Whether no later try will do better.
    pub fn is_final(&self) -> bool {
        match self {
            Self::NotConfigured(_)
            | Self::Rejected(_)
            | Self::Unsupported(_)
            | Self::BadTorrent(_)
            | Self::Refused { .. } => true,
            Self::Gone
            | Self::BrokenOff
            | Self::Removed
            | Self::Away { .. }
            | Self::Denied(_)
            | Self::Garbled { .. }
            | Self::Busy
            | Self::Io(_) => false,
        }
    }

    /// An error about where a link leads.
    pub(crate) fn of_link(error: OutgoingError) -> Self {
        let how = match &error {
            OutgoingError::Refused(_) => {
                "; an administrator can allow it in the settings of the node"
            }
            _ => "",
        };
        Self::Rejected(format!("{error}{how}"))
    }
}
