//! What administrators see and do, over all that the other crates have.
//!
//! Every service asks first whether who calls administers the site, and writes to the journal what
//! was changed, from what to what; of secrets only that they were.

mod audit;
mod error;
pub mod events;
mod groups;
mod page;
mod settings;
mod users;

pub use error::AdminError;
pub use events::{EntryFilter, EventRow, Events};
pub use groups::{GroupRow, Groups, NewGroup};
pub use page::{Page, PageRequest};
pub use settings::{SettingsPatch, SiteSettings};
pub use store::account_pages::AccountFilter;
pub use users::{AccountEdit, UserRow, Users};

use drive::context::Core;
use site::access::{self, Denied};
use site::actor::{Account, Actor};
use std::sync::Arc;

/// The services of administrators.
#[derive(Clone, Debug)]
pub struct Admin {
    pub settings: SiteSettings,
    pub groups: Groups,
    pub users: Users,
    pub events: Events,
}

impl Admin {
    pub fn new(core: &Arc<Core>) -> Self {
        Self {
            settings: SiteSettings::new(Arc::clone(core)),
            groups: Groups::new(Arc::clone(core)),
            users: Users::new(Arc::clone(core)),
            events: Events::new(Arc::clone(core)),
        }
    }
}

/// Who administers the site.
fn administrator(actor: &Actor) -> Result<&Account, Denied> {
    access::administrator(actor)?;
    access::signed_in(actor)
}
