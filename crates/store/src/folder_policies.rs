//! Policies that people chose for folders.

use super::at_once::{self, rows_of};
use super::{Connection, StoreResult};
use crate::files::placeholder;
use entity::{FileId, PolicyId, folder_policy};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait, FromQueryResult, Statement};

/// A choice, and the folder that it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Choice {
    pub folder_id: FileId,
    pub policy_id: PolicyId,
}

/// The choice that holds in a folder: its own, else the nearest above it.
pub async fn nearest(db: &Connection, folder: FileId) -> StoreResult<Option<Choice>> {
    let backend = db.get_database_backend();
    let long = match backend {
        sea_orm::DatabaseBackend::MySql => "SIGNED",
        _ => "BIGINT",
    };
    // As in `files::ancestors`: this kind of join keeps the order that is meant.
    let sql = format!(
        "WITH RECURSIVE up(id, parent_id, steps) AS (\
         SELECT id, parent_id, CAST(0 AS {long}) FROM files WHERE id = {} UNION ALL \
         SELECT f.id, f.parent_id, up.steps + 1 FROM up CROSS JOIN files f \
         WHERE f.id = up.parent_id) \
         SELECT c.folder_id, c.policy_id FROM up CROSS JOIN folder_policies c \
         WHERE c.folder_id = up.id ORDER BY up.steps LIMIT 1",
        placeholder(backend, 1)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [folder.0.into()]);
    let nearest = at_once::all_of(db, statement).await?;
    Ok(nearest.into_iter().next())
}

rows_of! {
    Choice { folder_id, policy_id }
}

/// Makes a choice for a folder, or takes it back.
pub async fn set(db: &Connection, folder: FileId, policy: Option<PolicyId>) -> StoreResult<()> {
    let Some(policy) = policy else {
        folder_policy::Entity::delete_by_id(folder).exec(db).await?;
        return Ok(());
    };
    let row = folder_policy::ActiveModel {
        folder_id: Set(folder),
        policy_id: Set(policy),
    };
    let instead = OnConflict::column(folder_policy::Column::FolderId)
        .update_column(folder_policy::Column::PolicyId)
        .to_owned();
    folder_policy::Entity::insert(row)
        .on_conflict(instead)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
