//! Blobs of all accounts, as administrators list them.

use super::ordered::{self, Slice};
use super::{Connection, StoreResult};
use crate::files::BATCH;
use entity::{BlobId, BlobKind, FileId, PolicyId, UserId, blob, file, file_blob};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Which blobs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlobFilter {
    pub creator: Option<UserId>,
    pub policy: Option<PolicyId>,
    pub kind: Option<BlobKind>,
}

/// By what blobs are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobOrder {
    Id,
    Size,
    Updated,
    References,
}

impl BlobFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.creator.map(|user| blob::Column::CreatedBy.eq(user)))
            .add_option(self.policy.map(|policy| blob::Column::PolicyId.eq(policy)))
            .add_option(self.kind.map(|kind| blob::Column::Kind.eq(kind)))
    }
}

/// A slice of the blobs.
pub async fn page(
    db: &Connection,
    filter: &BlobFilter,
    order: BlobOrder,
    slice: Slice,
) -> StoreResult<Vec<blob::Model>> {
    let by = match order {
        BlobOrder::Id => None,
        BlobOrder::Size => Some(blob::Column::SizeBytes),
        BlobOrder::Updated => Some(blob::Column::UpdatedAt),
        BlobOrder::References => Some(blob::Column::ReferenceCount),
    };
    let found = blob::Entity::find().filter(filter.condition());
    let ids: Vec<BlobId> = ordered::ids(db, found, (blob::Column::Id, by), slice).await?;
    let rows = by_ids(db, &ids).await?;
    Ok(ordered::in_order(&ids, rows, |row| row.id))
}

/// How many there are.
pub async fn count(db: &Connection, filter: &BlobFilter) -> StoreResult<u64> {
    let found = blob::Entity::find().filter(filter.condition());
    Ok(found.count(db).await?)
}

/// The rows of these ids, in any order.
pub async fn by_ids(db: &Connection, ids: &[BlobId]) -> StoreResult<Vec<blob::Model>> {
    let mut rows = Vec::new();
    for batch in ids.chunks(BATCH) {
        let found = blob::Entity::find().filter(blob::Column::Id.is_in(batch.iter().copied()));
        rows.extend(found.all(db).await?);
    }
    Ok(rows)
}

/// Which files hold a blob, oldest first; at most `limit`.
pub async fn holders(db: &Connection, id: BlobId, limit: u64) -> StoreResult<Vec<file::Model>> {
    let ids: Vec<FileId> = file_blob::Entity::find()
        .filter(file_blob::Column::BlobId.eq(id))
        .select_only()
        .column(file_blob::Column::FileId)
        .order_by_asc(file_blob::Column::FileId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let rows = super::file_pages::by_ids(db, &ids).await?;
    Ok(ordered::in_order(&ids, rows, |row| row.id))
}

/// Key and length of some blobs that a policy keeps and files hold.
pub async fn some_of(
    db: &Connection,
    policy: PolicyId,
    limit: u64,
) -> StoreResult<Vec<(String, i64)>> {
    let found = blob::Entity::find()
        .filter(blob::Column::PolicyId.eq(policy))
        .filter(blob::Column::ReferenceCount.gt(0))
        .filter(blob::Column::UploadSessionId.is_null())
        .select_only()
        .column(blob::Column::Key)
        .column(blob::Column::SizeBytes);
    let found = found.order_by_desc(blob::Column::Key).limit(limit);
    Ok(found.into_tuple().all(db).await?)
}

/// How much a policy keeps: blobs, and their bytes.
pub async fn kept_by(db: &Connection, policy: PolicyId) -> StoreResult<(u64, i64)> {
    let rows = blob::Entity::find()
        .filter(blob::Column::PolicyId.eq(policy))
        .count(db)
        .await?;
    Ok((rows, super::overview::bytes_of(db, policy).await?))
}
