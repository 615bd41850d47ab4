//! Settings rows, and the revision that tells other replicas to read them again.

use super::{Store, StoreResult};
use entity::setting;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;

/// Row that counts changes; not a setting anybody sees.
const REVISION: &str = "alcove_settings_revision";

/// Every setting.
pub async fn all(store: &Store) -> StoreResult<HashMap<String, String>> {
    let rows = setting::Entity::find().all(store.read()).await?;
    let rows = rows.into_iter().filter(|row| row.name != REVISION);
    Ok(rows.map(|row| (row.name, row.value)).collect())
}

/// Counts the changes made so far.
pub async fn revision(store: &Store) -> StoreResult<String> {
    let row = setting::Entity::find_by_id(REVISION)
        .one(store.read())
        .await?;
    Ok(row.map(|row| row.value).unwrap_or_default())
}

/// Inserts rows that do not exist yet.
pub async fn seed(db: &impl ConnectionTrait, rows: Vec<(String, String)>) -> StoreResult<()> {
    let names: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
    let present: Vec<String> = setting::Entity::find()
        .filter(setting::Column::Name.is_in(names))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.name)
        .collect();
    let missing: Vec<setting::ActiveModel> = rows
        .into_iter()
        .filter(|(name, _)| !present.contains(name))
        .map(|(name, value)| setting::ActiveModel {
            name: Set(name),
            value: Set(value),
        })
        .collect();
    for batch in missing.chunks(100) {
        setting::Entity::insert_many(batch.to_vec())
            .on_conflict(
                OnConflict::column(setting::Column::Name)
                    // MySQL has no way to say "do nothing" but to set a column to itself.
                    .do_nothing_on([setting::Column::Name])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Writes settings and counts the change.
pub async fn put(store: &Store, rows: Vec<(String, String)>) -> StoreResult<()> {
    let tx = store.begin().await?;
    let revision = setting::Entity::find_by_id(REVISION).one(tx.db()).await?;
    let next = revision
        .and_then(|row| row.value.parse::<i64>().ok())
        .unwrap_or(0)
        + 1;
    let rows = rows
        .into_iter()
        .chain([(REVISION.to_owned(), next.to_string())]);
    let models = rows.map(|(name, value)| setting::ActiveModel {
        name: Set(name),
        value: Set(value),
    });
    let replace = OnConflict::column(setting::Column::Name)
        .update_column(setting::Column::Value)
        .to_owned();
    setting::Entity::insert_many(models)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    tx.commit().await
}

/// Replaces values that are still what they were: key, old and new value. What settings mean does
/// not change by this, so it is not counted.
pub async fn replace(store: &Store, rows: Vec<(&str, String, String)>) -> StoreResult<()> {
    let tx = store.begin().await?;
    for (name, old, new) in rows {
        setting::Entity::update_many()
            .col_expr(setting::Column::Value, Expr::value(new))
            .filter(setting::Column::Name.eq(name))
            .filter(setting::Column::Value.eq(old))
            .exec(tx.db())
            .await?;
    }
    tx.commit().await
}
