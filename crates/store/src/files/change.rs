//! Adding, changing and removing rows of the tree.

use super::{BATCH, fold};
use crate::{Connection, StoreResult};
use entity::file::Column;
use entity::{BlobId, FileId, FileKind, Timestamp, UserId, file};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter,
};

/// A row that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub kind: FileKind,
    pub owner: UserId,
    pub parent: Option<FileId>,
    pub name: String,
    pub is_symbolic: bool,
    pub content: Option<FirstContent>,
    pub at: Timestamp,
}

/// What a row holds from the beginning.
#[derive(Clone, Copy, Debug)]
pub struct FirstContent {
    pub blob: BlobId,
    pub size_bytes: i64,
    /// When it was modified.
    pub at: Timestamp,
}

/// Adds a row. A sibling of the same name makes it fail as duplicate.
pub async fn insert(db: &Connection, new: NewFile) -> StoreResult<file::Model> {
    let model = file::ActiveModel {
        id: NotSet,
        kind: Set(new.kind),
        owner_id: Set(new.owner),
        parent_id: Set(new.parent),
        name_folded: Set(fold(&new.name)),
        name: Set(new.name),
        size_bytes: Set(new.content.map_or(0, |content| content.size_bytes)),
        current_blob_id: Set(new.content.map(|content| content.blob)),
        is_symbolic: Set(new.is_symbolic),
        view: Set(None),
        created_at: Set(new.at),
        updated_at: Set(new.content.map_or(new.at, |content| content.at)),
        trashed_at: Set(None),
        purge_at: Set(None),
    };
    let inserted = file::Entity::insert(model.clone()).exec(db).await?;
    Ok(sea_orm::TryIntoModel::try_into_model(file::ActiveModel {
        id: Set(inserted.last_insert_id),
        ..model
    })?)
}

/// Columns of rows, and when they changed.
async fn set(
    db: &Connection,
    ids: &[FileId],
    columns: &[(Column, SimpleExpr)],
    at: Timestamp,
) -> StoreResult<()> {
    for batch in ids.chunks(BATCH) {
        let mut update = file::Entity::update_many().col_expr(Column::UpdatedAt, Expr::value(at));
        for (column, value) in columns {
            update = update.col_expr(*column, value.clone());
        }
        update
            .filter(Column::Id.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn named(name: &str) -> [(Column, SimpleExpr); 2] {
    [
        (Column::Name, Expr::value(name)),
        (Column::NameFolded, Expr::value(fold(name))),
    ]
}

/// A new name for a row.
pub async fn set_name(db: &Connection, id: FileId, name: &str, at: Timestamp) -> StoreResult<()> {
    set(db, &[id], &named(name), at).await
}

/// A new parent for rows.
pub async fn set_parent(
    db: &Connection,
    ids: &[FileId],
    parent: FileId,
    at: Timestamp,
) -> StoreResult<()> {
    set(db, ids, &[(Column::ParentId, Expr::value(parent))], at).await
}

/// A new parent and name for a row, at once.
pub async fn relocate(
    db: &Connection,
    id: FileId,
    parent: FileId,
    name: &str,
    at: Timestamp,
) -> StoreResult<()> {
    let [name, folded] = named(name);
    let columns = [(Column::ParentId, Expr::value(parent)), name, folded];
    set(db, &[id], &columns, at).await
}

/// Times that somebody says a row has.
pub async fn set_times(
    db: &Connection,
    id: FileId,
    created: Timestamp,
    updated: Timestamp,
) -> StoreResult<()> {
    let columns = [(Column::CreatedAt, Expr::value(created))];
    set(db, &[id], &columns, updated).await
}

/// Says that rows themselves changed.
pub async fn touch(db: &Connection, ids: &[FileId], at: Timestamp) -> StoreResult<()> {
    set(db, ids, &[], at).await
}

/// Makes a blob the current version.
pub async fn set_current(
    db: &Connection,
    id: FileId,
    blob: Option<BlobId>,
    size_bytes: i64,
    at: Timestamp,
) -> StoreResult<()> {
    let columns = [
        (Column::CurrentBlobId, Expr::value(blob)),
        (Column::SizeBytes, Expr::value(size_bytes)),
    ];
    set(db, &[id], &columns, at).await
}

/// Stores or drops how a folder wants to be seen.
pub async fn set_view(
    db: &Connection,
    id: FileId,
    view: Option<String>,
    at: Timestamp,
) -> StoreResult<()> {
    set(db, &[id], &[(Column::View, Expr::value(view))], at).await
}

/// Sets when rows in the trash go for good.
pub async fn set_purging(db: &Connection, ids: &[FileId], at: Timestamp) -> StoreResult<()> {
    for batch in ids.chunks(BATCH) {
        file::Entity::update_many()
            .col_expr(Column::PurgeAt, Expr::value(at))
            .filter(Column::Id.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Takes a row out of its folder into the trash, under another name.
pub async fn detach(
    db: &Connection,
    id: FileId,
    name: String,
    at: Timestamp,
    purge_at: Timestamp,
) -> StoreResult<()> {
    file::Entity::update_many()
        .col_expr(Column::ParentId, Expr::value(None::<i64>))
        .col_expr(Column::Name, Expr::value(name.clone()))
        .col_expr(Column::NameFolded, Expr::value(name))
        .col_expr(Column::TrashedAt, Expr::value(at))
        .col_expr(Column::PurgeAt, Expr::value(purge_at))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Puts a row from the trash into a folder; a sibling of the same name makes it fail as duplicate,
/// and the transaction goes on all the same.
pub async fn restore(db: &Connection, id: FileId, parent: FileId, name: &str) -> StoreResult<()> {
    // On some databases a refused row would otherwise end the whole transaction.
    let savepoint = db.savepoint().await?;
    let moved = file::Entity::update_many()
        .col_expr(Column::ParentId, Expr::value(parent))
        .col_expr(Column::Name, Expr::value(name))
        .col_expr(Column::NameFolded, Expr::value(fold(name)))
        .col_expr(Column::TrashedAt, Expr::value(None::<i64>))
        .col_expr(Column::PurgeAt, Expr::value(None::<i64>))
        .filter(Column::Id.eq(id))
        .exec(&savepoint)
        .await;
    if let Err(error) = moved {
        savepoint.rollback().await?;
        return Err(error.into());
    }
    savepoint.commit().await
}

/// Removes rows; their blobs, metadata and children must be gone before.
pub async fn delete(db: &Connection, ids: &[FileId]) -> StoreResult<()> {
    for batch in ids.chunks(BATCH) {
        file::Entity::delete_many()
            .filter(file::Column::Id.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}
