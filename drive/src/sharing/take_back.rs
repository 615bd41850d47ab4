//! Taking shares back.

use super::edit::detail;
use crate::error::FileError;
use crate::share::open::number_of;
use crate::share::password::password_of;
use crate::share::{ShareError, Shares};
use crate::tree::Change;
use entity::{ShareId, UserId, share};
use site::access;
use site::actor::Actor;
use site::secret::Scope;
use std::collections::BTreeMap;
use store::bus::Topic;
use store::journal::Op;
use store::{files, share_pages, shares, uploads};

/// Shares deleted by one call.
use site::limits::SHARES_DELETED as MOST_DELETED;

impl Shares {
    /// Takes a share back; administrators anybody's.
    /// # Errors
    /// `BadId`, `ShareError::Gone`
    pub async fn delete(&self, actor: &Actor, id: &str) -> Result<(), FileError> {
        access::signed_in(actor)?;
        let number = number_of(&self.core, id)?;
        let rows = shares::by_numbers(self.core.store.read(), &[number]).await?;
        let may = |row: &share::Model| {
            access::owned(actor, Some(row.owner_id), Scope::AdminWrite).is_ok()
        };
        let rows: Vec<share::Model> = rows.into_iter().filter(may).collect();
        if rows.is_empty() {
            return Err(ShareError::NotFound.into());
        }
        self.take_back(actor, rows).await
    }

    /// Takes several of one's own shares back; ids of others' are skipped.
    /// # Errors
    /// `BadId` if one is garbled, `BadIdCount`
    pub async fn delete_many(&self, actor: &Actor, ids: &[String]) -> Result<(), FileError> {
        let me = access::signed_in(actor)?.user.id;
        if ids.is_empty() || ids.len() > MOST_DELETED {
            return Err(ShareError::BadIdCount.into());
        }
        let numbers = ids
            .iter()
            .map(|id| number_of(&self.core, id))
            .collect::<Result<Vec<_>, _>>()?;
        let mut rows = shares::by_numbers(self.core.store.read(), &numbers).await?;
        rows.retain(|row| row.owner_id == me);
        self.take_back(actor, rows).await
    }

    /// Takes shares back for an administrator; ids that are not there are passed over.
    /// # Errors
    /// `NotFound` for who is none
    pub async fn take_back_of_anybody(
        &self,
        actor: &Actor,
        ids: &[ShareId],
    ) -> Result<(), FileError> {
        access::owned(actor, None, Scope::AdminWrite)?;
        let rows = share_pages::by_ids(self.core.store.read(), ids).await?;
        self.take_back(actor, rows).await
    }

    /// The password of a share, for an administrator to see.
    pub fn password_for_administrator(&self, row: &share::Model) -> Option<String> {
        password_of(&self.core, row)
    }

    async fn take_back(&self, actor: &Actor, rows: Vec<share::Model>) -> Result<(), FileError> {
        let mut by_owner: BTreeMap<UserId, Vec<share::Model>> = BTreeMap::new();
        for row in rows {
            by_owner.entry(row.owner_id).or_default().push(row);
        }
        for (owner, rows) in by_owner {
            let mut change = Change::of_drive(&self.core, actor, owner).await?;
            let ids: Vec<ShareId> = rows.iter().map(|row| row.id).collect();
            shares::delete(change.db(), &ids).await?;
            change.tx().tells(Topic::Recipients);
            // What strangers began to bring holds room of the owner's; nobody can go on with it.
            uploads::end_through(change.db(), &ids, change.now).await?;
            for row in rows {
                if let Some(file) = files::by_id(change.db(), row.file_id).await? {
                    let entry = actor.entry(Op::ShareDelete, &file);
                    change.log(entry.detail(detail(row.public_number)));
                }
            }
            change.commit().await?;
        }
        Ok(())
    }
}
