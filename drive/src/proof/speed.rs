//! How fast what is stored is read again.

use crate::context::Core;
use site::pace::SharedPace;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

/// A speed that all share who read in the background, and that may change meanwhile; or any, for whom
/// somebody waits.
#[derive(Clone, Default)]
pub(crate) struct Speed(Option<(Arc<Core>, Arc<SharedPace>)>);

impl fmt::Debug for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Speed({})",
            if self.0.is_some() { "shared" } else { "any" }
        )
    }
}

impl Speed {
    pub fn of(core: &Arc<Core>) -> Self {
        Self(Some((Arc::clone(core), Arc::default())))
    }

    /// Lets so many bytes through.
    pub async fn pass(&self, bytes: usize) {
        if let Some((core, pace)) = &self.0 {
            let speed = || NonZeroU64::new(core.settings().files.scrub.bytes_per_second);
            pace.pass(bytes, speed).await;
        }
    }
}
