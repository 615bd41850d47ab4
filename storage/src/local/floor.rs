//! What stays free of a disk while something grows on it beside others.

use std::sync::Arc;

use super::folder::Root;
use super::{LeastFree, LocalDriver};
use crate::DriverError;

/// So many bytes are written before it is looked again what is left of the disk.
const LOOK_BYTES: u64 = 8 << 20;

/// Of a file whose room was not taken at once: others take theirs meanwhile.
#[derive(Debug)]
pub(super) struct Floor {
    root: Arc<Root>,
    least_free: LeastFree,
    looked_at: u64,
}

impl Floor {
    /// For what is written from an offset on, which there was room for.
    pub fn below(driver: &LocalDriver, offset: u64) -> Self {
        Self {
            root: Arc::clone(&driver.root),
            least_free: driver.options.least_free,
            looked_at: offset,
        }
    }

    /// Looks again, if enough was written up to this offset.
    /// # Errors
    /// `NoSpace`
    pub fn look(&mut self, offset: u64) -> Result<(), DriverError> {
        if offset.saturating_sub(self.looked_at) < LOOK_BYTES {
            return Ok(());
        }
        self.looked_at = offset;
        self.root.require_space(0, self.least_free)
    }
}
