//! What was found last of whether the server can do its work.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use tokio::sync::Mutex;

/// What can be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub at: Instant,
    pub database: bool,
    pub data_folder: bool,
    pub disk: bool,
}

impl Found {
    pub fn nothing() -> Self {
        Self {
            at: Instant::now(),
            database: false,
            data_folder: false,
            disk: false,
        }
    }
}

/// What was found last. Who asks while it is looked for waits for the same look.
#[derive(Debug, Default)]
pub struct Readiness {
    pub(crate) last: Mutex<Option<Found>>,
    /// The data folder is being tried; a disk that hangs is not tried a second time.
    pub(crate) tries: Arc<AtomicBool>,
}
