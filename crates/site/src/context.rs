//! What every service shares: the database, the clock, live settings, secrets.

use crate::clock::Clock;
use crate::limiter::Limiter;
use crate::picture::Pictures;
use crate::secret::{PasswordHasher, Sealer};
use crate::settings::live::{LiveSettings, SettingsHandle};
use crate::steps::Steps;
use entity::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use store::Store;

/// Shared by all services; built once at start.
#[derive(Debug)]
pub struct Site {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub settings: SettingsHandle,
    /// Makes small pictures, within bounds.
    pub pictures: Pictures,
    pub passwords: PasswordHasher,
    /// Seals secrets at rest.
    pub sealer: Arc<Sealer>,
    /// In front of every secret, whatever it opens.
    pub limiter: Arc<Limiter>,
    /// Watched by tests.
    pub steps: Steps,
    /// Where local blobs, avatars and the embedded database are.
    pub data: PathBuf,
}

impl Site {
    /// The settings as of now; cheap.
    pub fn settings(&self) -> Arc<LiveSettings> {
        self.settings.current()
    }

    /// The time as of now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
