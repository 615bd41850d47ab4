//! What administrators see and do, over all that the other crates have.
//!
//! Every service asks first whether who calls administers the site, and writes to the journal what
//! was changed, from what to what; of secrets only that they were.

mod apps;
mod audit;
mod blobs;
mod deletion;
mod error;
pub mod events;
mod files;
mod first;
mod groups;
mod nodes;
mod overview;
mod page;
mod policies;
mod policy_rules;
mod policy_sign_in;
mod proofs;
mod queue;
mod relocation;
mod settings;
mod shares;
mod tools;
mod users;

pub use apps::{AppEdit, AppFilter, AppRow, Apps};
pub use blobs::{BlobRow, Blobs};
pub use deletion::{DeleteAccount, resume_deletions};
pub use error::AdminError;
pub use events::{EntryFilter, EventRow, Events, WhichEntries};
pub use files::{FileEdit, FileRow, Files, metadata_id};
pub use groups::{GroupChange, GroupRow, Groups, NewGroup};
pub use nodes::{NodeRow, Nodes};
pub use overview::{Charts, Overview, State};
pub use page::{Page, PageRequest};
pub use policies::{NewPolicy, Policies, PolicyRow};
pub use proofs::{DamagedRow, ProofState, Proofs};
pub use queue::{Queue, QueueHealth, TaskRow};
pub use settings::{SettingsPatch, SiteSettings};
pub use shares::{ShareRow, Shares};
pub use store::account_pages::AccountFilter;
pub use store::blob_pages::BlobFilter;
pub use store::file_pages::FileFilter;
pub use store::share_pages::ShareFilter;
pub use store::tasks::{Forgotten, TaskFilter};
pub use tools::{Tools, WopiApp};
pub use users::{AccountEdit, UserRow, Users};

use drive::context::Core;
use entity::Timestamp;
use page::Totals;
use sandbox::Sandbox;
use site::access::{self, Denied};
use site::actor::{Account, Actor};
use site::task::QueueCounts;
use std::ops::Deref;
use std::sync::Arc;

/// The services of administrators.
#[derive(Clone, Debug)]
pub struct Admin {
    pub overview: Overview,
    pub settings: SiteSettings,
    pub groups: Groups,
    pub users: Users,
    pub policies: Policies,
    pub nodes: Nodes,
    pub files: Files,
    pub blobs: Blobs,
    pub shares: Shares,
    pub queue: Queue,
    pub apps: Apps,
    pub events: Events,
    pub tools: Tools,
    pub proofs: Proofs,
}

impl Admin {
    pub fn new(core: &Arc<Core>, counts: Arc<QueueCounts>, sandbox: Arc<Sandbox>) -> Self {
        let totals = Totals::default();
        let of = || Arc::clone(core);
        Self {
            overview: Overview::new(of()),
            settings: SiteSettings::new(of()),
            groups: Groups::new(of()),
            users: Users::new(of(), totals.clone()),
            policies: Policies::new(of()),
            nodes: Nodes::new(of()),
            files: Files::new(of(), totals.clone()),
            blobs: Blobs::new(of(), totals.clone()),
            shares: Shares::new(of(), totals.clone()),
            queue: Queue::new(of(), counts, totals.clone()),
            apps: Apps::new(of()),
            events: Events::new(of(), totals),
            tools: Tools::new(of(), sandbox),
            proofs: Proofs::new(of()),
        }
    }
}

/// Who administers the site, and by which app, if by one: both are written down.
#[derive(Clone, Copy, Debug)]
struct By<'a> {
    account: &'a Account,
    app: Option<&'a str>,
}

impl Deref for By<'_> {
    type Target = Account;

    fn deref(&self) -> &Account {
        self.account
    }
}

fn administrator(actor: &Actor) -> Result<By<'_>, Denied> {
    access::administrator(actor)?;
    Ok(By {
        account: access::signed_in(actor)?,
        app: actor.token.as_ref().and_then(|token| token.app.as_deref()),
    })
}

/// Refuses apps, with a sentence that says what they do not do: it is for people to say where bytes,
/// secrets and visitors of the site go, and nobody is told by an app what answers where.
fn people_only(actor: &Actor, said: &str) -> Result<(), AdminError> {
    match actor.scopes() {
        Some(_) => Err(AdminError::bad(said)),
        None => Ok(()),
    }
}

/// Whoever changes what somebody else changed since they read it is told. `seen`: when it had been
/// changed last, as they know it.
fn require_unchanged(
    seen: Option<Timestamp>,
    now: Timestamp,
    name: &str,
) -> Result<(), AdminError> {
    match seen {
        Some(seen) if seen != now => Err(AdminError::Stale(vec![name.to_owned()])),
        _ => Ok(()),
    }
}
