//! What WebDAV clients do to a drive, in the words of the drive: no HTTP, no XML.
//!
//! Everything here is the drive's own: the same tree, rights, quota, locks, trash and journal as
//! behind the API. What differs is what clients expect of a disk: a move takes a new name and may
//! replace what is there, folders are not made on the way, and locks are proven by tokens.

mod accounts;
mod entrance;
mod files;
mod listing;
mod locks;
mod props;

pub use crate::error::dav::{DavAccountError, PropertyError};
pub use accounts::{DavAccount, DavAccountChange, DavAccountPage, DavAccounts};
pub use entrance::Entrance;
pub use files::Transfer;
pub use listing::{Child, Children, FoundFile};
pub use locks::{DavLock, NewDavLock};
pub use props::{DeadProp, PropChange, PropPatch};

use crate::context::Core;
use std::sync::Arc;

/// The service behind WebDAV.
#[derive(Clone, Debug)]
pub struct Dav {
    core: Arc<Core>,
}

impl Dav {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}
