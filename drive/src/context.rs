//! What every service shares: the database, the clock, live settings, storage policies.

use crate::blob::KeptOpen;
use crate::clock::Clock;
use crate::limiter::Limiter;
use crate::picture::Pictures;
use crate::policy::Policies;
use crate::secret::{PasswordHasher, Sealer};
use crate::settings::live::{LiveSettings, SettingsHandle};
use crate::share::{KeptLocations, KnownVisitors};
use crate::steps::Steps;
use crate::store::Store;
use entity::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// Shared by all services; built once at start.
#[derive(Debug)]
pub struct Core {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub settings: SettingsHandle,
    pub policies: Policies,
    /// Blobs that are being read.
    pub open_blobs: KeptOpen,
    /// Makes small pictures, within bounds.
    pub pictures: Pictures,
    /// Where shares lie.
    pub locations: KeptLocations,
    /// Who gave the right password of a share lately.
    pub visitors: KnownVisitors,
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

impl Core {
    /// The settings as of now; cheap.
    pub fn settings(&self) -> Arc<LiveSettings> {
        self.settings.current()
    }

    /// The time as of now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
