//! The audit log: what happened on the site, by whom, from where.

use crate::audit::{self, Changed};
use crate::error::AdminError;
use crate::page::{Page, PageRequest, Totals};
use drive::context::Core;
use entity::{JournalId, Timestamp, UserId, file, journal as entry, user};
use serde_json::json;
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::journal::{self, Op};
use store::journal_pages as rows;
use store::{Store, StoreResult};

pub use store::journal_pages::EntryFilter;

/// Removes what was found, up to this entry, some at a time.
async fn remove(store: &Store, which: &rows::ForgottenEntries, last: JournalId) -> StoreResult<()> {
    let mut after = JournalId(0);
    loop {
        let place = (after, last);
        let ids = rows::next_forgotten(store.read(), which, place, STEP).await?;
        let Some(newest) = ids.last() else {
            return Ok(());
        };
        after = *newest;
        let tx = store.begin().await?;
        rows::forget(&tx, &ids).await?;
        tx.commit().await?;
    }
}

/// The numbers of kinds of entries (V4 API, event types); from 1,000 on they are our own.
const NUMBERS: [(i32, &[Op]); 33] = [
    (1, &[Op::SignUp, Op::Invite, Op::AccountCreated]),
    (3, &[Op::Activate]),
    (4, &[Op::SignInFailed]),
    (5, &[Op::SignIn]),
    (6, &[Op::Refresh]),
    (7, &[Op::Create]),
    (8, &[Op::Rename]),
    (10, &[Op::Modify]),
    (15, &[Op::Delete]),
    (16, &[Op::Trash]),
    (17, &[Op::Share]),
    (18, &[Op::ShareOpened]),
    (23, &[Op::Describe]),
    (24, &[Op::ShareEdit]),
    (25, &[Op::ShareDelete]),
    (26, &[Op::PolicyChosen]),
    (27, &[Op::Relocate, Op::PolicyRelocated]),
    (
        42,
        &[Op::Profile, Op::AccountChanged, Op::AccountCalibrated],
    ),
    (43, &[Op::DirectLink]),
    (44, &[Op::LinkIdentity]),
    (45, &[Op::UnlinkIdentity]),
    (49, &[Op::Password]),
    (50, &[Op::TwoFactor]),
    (52, &[Op::Passkey]),
    (55, &[Op::Import]),
    (57, &[Op::DirectLinkDelete]),
    (59, &[Op::GrantApp]),
    (61, &[Op::RevokeApp]),
    (1000, &[Op::Restore]),
    (1001, &[Op::SignOut, Op::SignOutOthers]),
    (1002, &[Op::ResetAsked, Op::ProofFailed]),
    (1003, &[Op::TaskCancel, Op::TaskRetry, Op::TaskEnd]),
    (
        1004,
        &[
            Op::SettingsChanged,
            Op::GroupCreated,
            Op::GroupChanged,
            Op::GroupDeleted,
            Op::AccountDeleted,
            Op::PolicyCreated,
            Op::PolicyChanged,
            Op::PolicyDeleted,
            Op::NodeCreated,
            Op::NodeChanged,
            Op::NodeDeleted,
            Op::AppCreated,
            Op::AppChanged,
            Op::AppDeleted,
            Op::TasksForgotten,
            Op::EventsForgotten,
            Op::BlobsRemoved,
            Op::BlobDamaged,
            Op::BlobHealed,
            Op::BlobAccepted,
            Op::FileViewed,
        ],
    ),
];

/// The number of a kind of entry.
pub fn number_of(op: &str) -> Option<i32> {
    let found = NUMBERS
        .iter()
        .find(|(_, ops)| ops.iter().any(|known| known.as_str() == op));
    found.map(|(number, _)| *number)
}

/// The kinds of entries with a number; none for one that is unknown.
pub fn ops_of(number: i32) -> Vec<&'static str> {
    let found = NUMBERS.iter().find(|(known, _)| *known == number);
    let ops = found.into_iter().flat_map(|(_, ops)| ops.iter());
    ops.map(|op| op.as_str()).collect()
}

/// Entries forgotten by one transaction, or read at a time.
const STEP: u64 = 500;

/// Which entries are to be forgotten.
#[derive(Clone, Debug, Default)]
pub struct WhichEntries {
    /// These.
    pub ids: Option<Vec<JournalId>>,
    /// Or all of this time or before.
    pub until: Option<Timestamp>,
    /// By number; `None`: all.
    pub kinds: Option<Vec<i32>>,
}

/// An entry with who did it, whose account or drive it was about, and to which file, as far as
/// they are still there.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub entry: entry::Model,
    pub actor: Option<Arc<user::Model>>,
    pub owner: Option<Arc<user::Model>>,
    pub file: Option<file::Model>,
}

/// The service behind the pages of the audit log.
#[derive(Clone, Debug)]
pub struct Events {
    core: Arc<Core>,
    totals: Totals,
}

impl Events {
    pub(crate) fn new(core: Arc<Core>, totals: Totals) -> Self {
        Self { core, totals }
    }

    /// A page of entries, by id.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &EntryFilter,
    ) -> Result<Page<EventRow>, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let part = (request.offset(), request.page_size);
        let found = rows::page(db, filter, request.descending, part).await?;
        Ok(Page {
            rows: self.with_edges(found).await?,
            total: self.totals.of(filter, rows::count(db, filter)).await?,
        })
    }

    /// Up to so many entries after one, the oldest first, for who reads them all.
    /// # Errors
    /// `NotAllowed`
    pub async fn after(
        &self,
        actor: &Actor,
        filter: &EntryFilter,
        last: JournalId,
    ) -> Result<Vec<EventRow>, AdminError> {
        crate::administrator(actor)?;
        let found = rows::after(self.core.store.read(), filter, last, STEP).await?;
        self.with_edges(found).await
    }

    /// One entry.
    /// # Errors
    /// `EventNotFound`
    pub async fn get(&self, actor: &Actor, id: JournalId) -> Result<EventRow, AdminError> {
        crate::administrator(actor)?;
        let entry = rows::by_id(self.core.store.read(), id).await?;
        let entry = entry.ok_or(AdminError::EventNotFound)?;
        let row = self.with_edges(vec![entry]).await?.pop();
        row.ok_or(AdminError::EventNotFound)
    }

    /// Forgets entries, but for what happened to files lately, of which clients still have to hear.
    /// That entries go is an entry itself, written before they do, and stays.
    /// # Errors
    /// `Store`
    pub async fn forget(&self, actor: &Actor, which: WhichEntries) -> Result<u64, AdminError> {
        let by = crate::administrator(actor)?;
        if actor.scopes().is_some() {
            return Err(AdminError::bad("Apps do not remove what was written down"));
        }
        let live = self.core.settings();
        let age = i64::try_from(live.events.max_age.as_secs()).unwrap_or(i64::MAX);
        let now = self.core.now();
        let about = json!({
            "ids": which.ids.as_ref().map(Vec::len),
            "until": which.until.map(|until| until.0),
            "kinds": which.kinds,
        });
        let ops: Option<Vec<&str>> = which
            .kinds
            .map(|kinds| kinds.into_iter().flat_map(ops_of).collect());
        // So many ids at a time as a statement may name.
        let parts: Vec<Option<Vec<JournalId>>> = match which.ids {
            None => vec![None],
            Some(ids) => ids
                .chunks(STEP as usize)
                .map(|ids| Some(ids.to_vec()))
                .collect(),
        };
        let store = &self.core.store;
        let mut found = Vec::with_capacity(parts.len());
        let mut gone = 0;
        for ids in parts {
            let some = rows::ForgottenEntries {
                ids,
                until: which.until,
                ops: ops.clone(),
                keeps_files_since: now.plus_secs(-age),
            };
            let (count, last) = rows::forgotten(store.read(), &some).await?;
            gone += count;
            found.push((some, last));
        }
        let changed = vec![Changed::new("forgotten", 0, gone)];
        let entry = audit::entry(by, Op::EventsForgotten, about, changed);
        let mut tx = store.begin().await?;
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        let store = store.clone();
        // Whoever hangs up meanwhile does not stop it.
        let removal = tokio::spawn(async move {
            for (some, last) in found {
                remove(&store, &some, last).await?;
            }
            StoreResult::Ok(())
        });
        removal.await.map_err(AdminError::stopped)??;
        Ok(gone)
    }

    async fn with_edges(&self, entries: Vec<entry::Model>) -> Result<Vec<EventRow>, AdminError> {
        let (users, files) = rows::about(self.core.store.read(), &entries).await?;
        let users = users.into_iter().map(|user| (user.id, Arc::new(user)));
        let users: HashMap<UserId, Arc<user::Model>> = users.collect();
        let files: HashMap<_, _> = files.into_iter().map(|file| (file.id, file)).collect();
        let with_edges = entries.into_iter().map(|entry| EventRow {
            actor: entry.actor_id.and_then(|id| users.get(&id).cloned()),
            owner: users.get(&entry.owner_id).cloned(),
            file: entry.file_id.and_then(|id| files.get(&id).cloned()),
            entry,
        });
        Ok(with_edges.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_kinds_stand_for_each_other() {
        for (number, ops) in NUMBERS {
            assert_eq!(
                ops_of(number),
                ops.iter().map(|op| op.as_str()).collect::<Vec<_>>()
            );
            for op in ops {
                assert_eq!(number_of(op.as_str()), Some(number));
            }
        }
        assert!(ops_of(99).is_empty() && number_of("nothing").is_none());
    }
}
