//! Shares of all accounts, as administrators list them.

use super::ordered::{self, Slice};
use super::{Connection, StoreResult};
use crate::files::BATCH;
use entity::{FileId, ShareId, UserId, share};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};

/// Which shares are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareFilter {
    pub owner: Option<UserId>,
    pub file: Option<FileId>,
    pub ids: Option<Vec<ShareId>>,
}

/// By what shares are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareOrder {
    Id,
    Views,
    Downloads,
    Remaining,
}

impl ShareFilter {
    fn condition(&self) -> Condition {
        let ids = self.ids.as_ref();
        Condition::all()
            .add_option(self.owner.map(|owner| share::Column::OwnerId.eq(owner)))
            .add_option(self.file.map(|file| share::Column::FileId.eq(file)))
            .add_option(ids.map(|ids| share::Column::Id.is_in(ids.iter().copied())))
    }
}

/// A slice of the shares.
pub async fn page(
    db: &Connection,
    filter: &ShareFilter,
    order: ShareOrder,
    slice: Slice,
) -> StoreResult<Vec<share::Model>> {
    let by = match order {
        ShareOrder::Id => None,
        ShareOrder::Views => Some(share::Column::Views),
        ShareOrder::Downloads => Some(share::Column::Downloads),
        ShareOrder::Remaining => Some(share::Column::RemainingDownloads),
    };
    let found = share::Entity::find().filter(filter.condition());
    let ids: Vec<ShareId> = ordered::ids(db, found, (share::Column::Id, by), slice).await?;
    let rows = by_ids(db, &ids).await?;
    Ok(ordered::in_order(&ids, rows, |row| row.id))
}

/// How many there are.
pub async fn count(db: &Connection, filter: &ShareFilter) -> StoreResult<u64> {
    let found = share::Entity::find().filter(filter.condition());
    Ok(found.count(db).await?)
}

/// The rows of these ids, in any order.
pub async fn by_ids(db: &Connection, ids: &[ShareId]) -> StoreResult<Vec<share::Model>> {
    let mut rows = Vec::new();
    for batch in ids.chunks(BATCH) {
        let found = share::Entity::find().filter(share::Column::Id.is_in(batch.iter().copied()));
        rows.extend(found.all(db).await?);
    }
    Ok(rows)
}
