//! Copying rows, some at a time: what is to be copied, and what it became.

use crate::{Connection, StoreResult};
use entity::{FileId, FileKind, Timestamp, UserId, file};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;

/// How many children each of these folders has; those without any are left out.
pub async fn counts_in(db: &Connection, parents: &[FileId]) -> StoreResult<HashMap<FileId, u64>> {
    let counts: Vec<(FileId, i64)> = file::Entity::find()
        .select_only()
        .column(file::Column::ParentId)
        .column_as(file::Column::Id.count(), "n")
        .filter(file::Column::ParentId.is_in(parents.iter().copied()))
        .group_by(file::Column::ParentId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|(id, n)| (id, n as u64)).collect())
}

/// Some children of one kind in folders, behind an id.
pub async fn children_in(
    db: &Connection,
    parents: &[FileId],
    kind: FileKind,
    after: FileId,
    most: u64,
) -> StoreResult<Vec<file::Model>> {
    Ok(file::Entity::find()
        .filter(file::Column::ParentId.is_in(parents.iter().copied()))
        .filter(file::Column::Kind.eq(kind))
        .filter(file::Column::Id.gt(after))
        .order_by_asc(file::Column::Id)
        .limit(most)
        .all(db)
        .await?)
}

/// What copies do not have from their originals.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    pub owner: UserId,
    /// Whether folders are seen as before.
    pub with_views: bool,
    pub at: Timestamp,
}

impl Copied {
    fn row(self, parent: FileId, node: &file::Model) -> file::ActiveModel {
        file::ActiveModel {
            id: NotSet,
            kind: Set(node.kind),
            owner_id: Set(self.owner),
            parent_id: Set(Some(parent)),
            name: Set(node.name.clone()),
            name_folded: Set(node.name_folded.clone()),
            size_bytes: Set(node.size_bytes),
            current_blob_id: Set(node.current_blob_id),
            is_symbolic: Set(node.is_symbolic),
            view: Set(node.view.clone().filter(|_| self.with_views)),
            created_at: Set(self.at),
            updated_at: Set(self.at),
            trashed_at: Set(None),
            purge_at: Set(None),
        }
    }
}

/// Adds copies of rows below other parents; their ids are read back with [`since`].
pub async fn insert_copies(
    db: &Connection,
    copied: Copied,
    originals: &[(FileId, file::Model)],
) -> StoreResult<()> {
    for batch in originals.chunks(200) {
        let rows = batch.iter().map(|(parent, node)| copied.row(*parent, node));
        file::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The highest id there is; those of rows to come are higher.
pub async fn newest(db: &Connection) -> StoreResult<FileId> {
    let newest: Option<FileId> = file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .order_by_desc(file::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(newest.unwrap_or(FileId(0)))
}

/// Id, parent and name of what came into folders after an id was the [`newest`]: not every
/// database answers the ids of rows that it is given.
pub async fn since(
    db: &Connection,
    parents: &[FileId],
    after: FileId,
) -> StoreResult<Vec<(FileId, FileId, String)>> {
    let mut all = Vec::new();
    for batch in parents.chunks(super::BATCH) {
        // With the kind, so that an index leads to what is new.
        let kinds = [FileKind::File, FileKind::Folder];
        let rows: Vec<(FileId, FileId, String)> = file::Entity::find()
            .select_only()
            .columns([file::Column::Id, file::Column::ParentId, file::Column::Name])
            .filter(file::Column::ParentId.is_in(batch.iter().copied()))
            .filter(file::Column::Kind.is_in(kinds))
            .filter(file::Column::Id.gt(after))
            .into_tuple()
            .all(db)
            .await?;
        all.extend(rows);
    }
    Ok(all)
}
