//! Drivers are slow: nobody asks one while a write transaction is open.

use std::ops::Deref;
use std::sync::Arc;
use storage::Driver;
use store::in_change;

/// A driver that is held to that.
#[derive(Clone, Debug)]
pub struct WatchedDriver(Arc<dyn Driver>);

impl WatchedDriver {
    pub fn new(driver: Arc<dyn Driver>) -> Self {
        Self(driver)
    }
}

impl Deref for WatchedDriver {
    type Target = dyn Driver;

    #[track_caller]
    fn deref(&self) -> &Self::Target {
        in_change::must_not_wait_for("stored bytes");
        &*self.0
    }
}
