//! Rows of direct links.

use super::{Connection, StoreResult};
use crate::files::BATCH;
use entity::{DirectLinkId, FileId, Timestamp, direct_link};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};

/// The link with this public number.
pub async fn find(db: &Connection, public_number: i64) -> StoreResult<Option<direct_link::Model>> {
    Ok(direct_link::Entity::find()
        .filter(direct_link::Column::PublicNumber.eq(public_number))
        .one(db)
        .await?)
}

/// A link of the file that has this name and speed already.
pub async fn same(
    db: &Connection,
    file: FileId,
    name: &str,
    speed_limit: i64,
) -> StoreResult<Option<direct_link::Model>> {
    Ok(direct_link::Entity::find()
        .filter(direct_link::Column::FileId.eq(file))
        .filter(direct_link::Column::Name.eq(name))
        .filter(direct_link::Column::SpeedLimit.eq(speed_limit))
        .order_by_asc(direct_link::Column::Id)
        .one(db)
        .await?)
}

/// Links of one file, newest first.
pub async fn of_file(db: &Connection, file: FileId) -> StoreResult<Vec<direct_link::Model>> {
    Ok(direct_link::Entity::find()
        .filter(direct_link::Column::FileId.eq(file))
        .order_by_desc(direct_link::Column::Id)
        .all(db)
        .await?)
}

/// A link that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewLink<'a> {
    pub public_number: i64,
    pub file: FileId,
    pub name: &'a str,
    pub speed_limit: i64,
}

/// Adds a row; a public number that exists makes it fail as duplicate.
pub async fn insert(db: &Connection, new: NewLink<'_>, at: Timestamp) -> StoreResult<()> {
    let row = direct_link::ActiveModel {
        id: NotSet,
        public_number: Set(new.public_number),
        file_id: Set(new.file),
        name: Set(new.name.to_owned()),
        speed_limit: Set(new.speed_limit),
        downloads: Set(0),
        created_at: Set(at),
        updated_at: Set(at),
    };
    direct_link::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Removes a link. Answers whether it was there.
pub async fn delete(db: &Connection, id: DirectLinkId) -> StoreResult<bool> {
    let gone = direct_link::Entity::delete_by_id(id).exec(db).await?;
    Ok(gone.rows_affected == 1)
}

/// Removes the links of files that go for good.
pub async fn delete_of_files(db: &Connection, files: &[FileId]) -> StoreResult<()> {
    for batch in files.chunks(BATCH) {
        direct_link::Entity::delete_many()
            .filter(direct_link::Column::FileId.is_in(batch.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Adds one to the downloads. Answers whether the link is still there.
pub async fn count_download(db: &Connection, id: DirectLinkId) -> StoreResult<bool> {
    let done = direct_link::Entity::update_many()
        .col_expr(
            direct_link::Column::Downloads,
            Expr::col(direct_link::Column::Downloads).add(1i64),
        )
        .filter(direct_link::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
