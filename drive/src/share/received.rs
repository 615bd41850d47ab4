//! What others shared with somebody by name.

use super::open::permissions_of;
use super::{ShareInfo, Shares};
use crate::error::FileError;
use crate::kept::location::locations;
use entity::{FileId, ShareId, Timestamp, UserId, file, share, user};
use site::access;
use site::actor::Actor;
use std::collections::HashMap;
use std::sync::Arc;
use store::recipients::{self, ReceivedPosition};
use store::{accounts, files, shares};
use wire::{GroupPermission, page_token};

/// A share and when it came to who asks.
#[derive(Clone, Debug)]
pub struct ReceivedShare {
    pub info: ShareInfo,
    pub at: Timestamp,
}

/// One page of them.
#[derive(Clone, Debug)]
pub struct ReceivedPage {
    /// May be fewer than asked for before the end: what lies in the trash is left out.
    pub shares: Vec<ReceivedShare>,
    pub next_token: Option<String>,
}

impl Shares {
    /// Shares of others that name who asks, or their group, and are still open; newest first. Of
    /// those with a password no more is told than to whoever has the link.
    /// # Errors
    /// `LoginRequired`, `BadPageToken`
    pub async fn received(
        &self,
        actor: &Actor,
        page_size: u32,
        token: Option<&str>,
    ) -> Result<ReceivedPage, FileError> {
        let me = access::signed_in(actor)?.user.id;
        let after: Option<ReceivedPosition> = token
            .map(|token| page_token::decode(token).map_err(|_| FileError::BadPageToken))
            .transpose()?;
        if !actor.may(GroupPermission::DownloadShare) {
            // None of them would open.
            return Ok(ReceivedPage {
                shares: Vec::new(),
                next_token: None,
            });
        }
        let db = self.core.store.read();
        let wanted = u64::from(page_size) + 1;
        let now = self.core.now();
        let mut found =
            recipients::received(db, (me, actor.group_id()), now, after, wanted).await?;
        let more = found.len() as u64 == wanted;
        found.truncate(page_size as usize);
        let next_token = found.last().filter(|_| more).map(|(share, at)| {
            page_token::encode(&ReceivedPosition {
                named_at: at.0,
                share: *share,
            })
        });
        let shares = self.as_received(actor, found).await?;
        Ok(ReceivedPage { shares, next_token })
    }

    async fn as_received(
        &self,
        actor: &Actor,
        found: Vec<(ShareId, Timestamp)>,
    ) -> Result<Vec<ReceivedShare>, FileError> {
        let db = self.core.store.read();
        let ids: Vec<ShareId> = found.iter().map(|(id, _)| *id).collect();
        let rows = shares::by_ids(db, &ids).await?;
        let mut rows: HashMap<ShareId, share::Model> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        let file_ids: Vec<FileId> = rows.values().map(|row| row.file_id).collect();
        let locations = locations(db, &file_ids).await?;
        let files = files::by_ids(db, &file_ids).await?;
        let files: HashMap<FileId, file::Model> =
            files.into_iter().map(|file| (file.id, file)).collect();
        let owners: Vec<UserId> = rows.values().map(|row| row.owner_id).collect();
        let owners = accounts::by_ids(db, &owners).await?;
        let owners: HashMap<UserId, Arc<user::Model>> = owners
            .into_iter()
            .map(|owner| (owner.id, Arc::new(owner)))
            .collect();
        let shown = found.into_iter().filter_map(|(id, at)| {
            let row = rows.remove(&id)?;
            let file = files.get(&row.file_id)?.clone();
            let owner = Arc::clone(owners.get(&row.owner_id)?);
            let is_there = locations.contains_key(&file.id) && file.owner_id == row.owner_id;
            let rights = permissions_of(&row)?.of(actor, owner.group_id);
            (is_there && !rights.is_empty()).then(|| ReceivedShare {
                info: ShareInfo {
                    name: file.name.clone(),
                    owner,
                    expired: false,
                    unlocked: row.password_hash.is_none(),
                    is_owner: false,
                    password: None,
                    source_uri: None,
                    permissions: None,
                    rights: Some(rights),
                    file,
                    row,
                },
                at,
            })
        });
        Ok(shown.collect())
    }
}
