//! Counting downloads. A limit is one guarded `UPDATE`, so no race passes it.

use super::{OpenShare, ShareError};
use crate::context::Core;
use crate::error::FileError;
use entity::{BlobId, UserId};
use std::sync::Arc;
use store::shares;
use store::tickets::{self, NewTicket};

/// Kind of ticket of a download that goes on over several requests.
const TICKET: &str = "share download";

/// Takes one download for each of these, all or none of them. They come in the order of their ids,
/// so that no two requests wait for each other.
/// # Errors
/// `ShareError::Gone` if a share has fewer left
pub(crate) async fn count_each(core: &Core, open: &[Arc<OpenShare>]) -> Result<(), FileError> {
    if open.is_empty() {
        return Ok(());
    }
    let tx = core.store.begin().await?;
    for share in open {
        if !shares::take_downloads(tx.db(), share.row.id, 1).await? {
            return Err(ShareError::Gone.into());
        }
    }
    Ok(tx.commit().await?)
}

/// Takes one download where content is fetched without a signed link. Whoever goes on with it,
/// range by range, within the time that a link would last is not counted again.
/// # Errors
/// `ShareError::Gone` if none is left
pub(crate) async fn count_within(
    core: &Core,
    open: &OpenShare,
    user: UserId,
    blob: Option<BlobId>,
) -> Result<(), FileError> {
    let blob = blob.map_or(0, |id| id.0);
    let id = format!("{TICKET} {} {user} {blob}", open.row.id);
    let now = core.now();
    if tickets::peek(&core.store, TICKET, &id, now)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let ttl = core.settings().files.entity_url_ttl.as_secs();
    let ticket = NewTicket {
        id,
        kind: TICKET,
        user: Some(user),
        value: String::from("{}"),
        expires_at: now.plus_secs(i64::try_from(ttl).unwrap_or(i64::MAX)),
    };
    let tx = core.store.begin().await?;
    if !shares::take_downloads(tx.db(), open.row.id, 1).await? {
        return Err(ShareError::Gone.into());
    }
    match tickets::replace(tx.db(), ticket).await {
        // Another request of the same download was faster, and counted it.
        Err(error) if error.is_duplicate() => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(tx.commit().await?),
    }
}
