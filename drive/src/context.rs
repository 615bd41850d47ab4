//! What every service of a drive shares: the site, storage policies, what is remembered of blobs
//! and shares.

use crate::kept::{KeptLocations, KeptOpen, KnownVisitors};
use crate::policy::Policies;
use site::Site;
use std::ops::Deref;
use std::sync::Arc;

/// Shared by all services of a drive; built once at start. It is the site with more.
#[derive(Debug)]
pub struct Core {
    pub site: Arc<Site>,
    pub policies: Policies,
    /// Blobs that are being read.
    pub open_blobs: KeptOpen,
    /// Where shares lie.
    pub locations: KeptLocations,
    /// Who gave the right password of a share lately.
    pub visitors: KnownVisitors,
}

impl Core {
    pub fn new(site: Arc<Site>, policies: Policies) -> Self {
        Self {
            site,
            policies,
            open_blobs: KeptOpen::default(),
            locations: KeptLocations::default(),
            visitors: KnownVisitors::default(),
        }
    }
}

impl Deref for Core {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}
