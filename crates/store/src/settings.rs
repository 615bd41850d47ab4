//! Settings rows, and the revision that tells other replicas to read them again.

use super::bus::Topic;
use super::{Connection, Store, StoreResult, Tx};
use entity::setting;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;

/// Row that differs after each change; not a setting anybody sees.
const REVISION: &str = "alcove_settings_revision";
/// What the names of rows begin with that the program keeps for itself: they are no settings.
const OWN: &str = "alcove_";

/// Every setting.
pub async fn all(store: &Store) -> StoreResult<HashMap<String, String>> {
    let rows = setting::Entity::find().all(store.read()).await?;
    let rows = rows.into_iter().filter(|row| !row.name.starts_with(OWN));
    Ok(rows.map(|row| (row.name, row.value)).collect())
}

/// The same until the next change, and never again.
pub async fn revision(store: &Store) -> StoreResult<String> {
    let row = setting::Entity::find_by_id(REVISION)
        .one(store.read())
        .await?;
    Ok(row.map(|row| row.value).unwrap_or_default())
}

/// One row.
pub async fn one(store: &Store, name: &str) -> StoreResult<Option<String>> {
    let row = setting::Entity::find_by_id(name).one(store.read()).await?;
    Ok(row.map(|row| row.value))
}

/// One row, as it is in a transaction.
pub async fn value_in(tx: &Tx, name: &str) -> StoreResult<Option<String>> {
    let row = setting::Entity::find_by_id(name).one(tx.db()).await?;
    Ok(row.map(|row| row.value))
}

/// The row that everybody agrees on: who comes first writes it.
pub async fn agreed(store: &Store, name: &str, first: String) -> StoreResult<String> {
    let tx = store.begin().await?;
    seed(tx.db(), vec![(name.to_owned(), first)]).await?;
    tx.commit().await?;
    Ok(one(store, name).await?.unwrap_or_default())
}

/// Removes rows.
pub async fn forget(store: &Store, names: &[&str]) -> StoreResult<()> {
    let tx = store.begin().await?;
    setting::Entity::delete_many()
        .filter(setting::Column::Name.is_in(names.iter().copied()))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    put(store, Vec::new()).await
}

/// Inserts rows that do not exist yet.
pub async fn seed(db: &Connection, rows: Vec<(String, String)>) -> StoreResult<()> {
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

/// Writes settings, and a revision that nobody else writes: of two changes at once, on two
/// replicas, a third must not take one for the other.
pub async fn put(store: &Store, rows: Vec<(String, String)>) -> StoreResult<()> {
    let tx = store.begin().await?;
    put_in(tx, rows).await
}

/// The rows of these names, in a transaction that is going to [change them](put_in): nobody else
/// changes any meanwhile.
pub async fn taken(tx: &Tx, names: &[&str]) -> StoreResult<HashMap<String, String>> {
    // Whoever writes settings writes this row.
    write(tx.db(), vec![new_revision()]).await?;
    let rows = setting::Entity::find()
        .filter(setting::Column::Name.is_in(names.iter().copied()))
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.value)).collect())
}

/// The same as [`put`], with what else the transaction changes.
pub async fn put_in(mut tx: Tx, mut rows: Vec<(String, String)>) -> StoreResult<()> {
    rows.push(new_revision());
    // All in one order, so that two who write do not wait for each other.
    rows.sort_unstable();
    write(tx.db(), rows).await?;
    tx.tells(Topic::Settings);
    tx.commit().await
}

fn new_revision() -> (String, String) {
    (REVISION.to_owned(), uuid::Uuid::new_v4().to_string())
}

async fn write(db: &Connection, rows: Vec<(String, String)>) -> StoreResult<()> {
    let models = rows.into_iter().map(|(name, value)| setting::ActiveModel {
        name: Set(name),
        value: Set(value),
    });
    let replace = OnConflict::column(setting::Column::Name)
        .update_column(setting::Column::Value)
        .to_owned();
    setting::Entity::insert_many(models)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn no_change_has_the_revision_of_another() {
        let data = tempfile::tempdir().unwrap();
        let store = crate::open(None, data.path()).await.unwrap();
        let change = || put(&store, vec![("siteName".to_owned(), "Attic".to_owned())]);
        change().await.unwrap();
        let first = revision(&store).await.unwrap();
        change().await.unwrap();
        let second = revision(&store).await.unwrap();
        assert_ne!(first, second);
        // Another replica, which had read the first before the second was there.
        replace(&store, vec![(REVISION, second.clone(), first.clone())])
            .await
            .unwrap();
        change().await.unwrap();
        let third = revision(&store).await.unwrap();
        assert!(![first, second].contains(&third));
    }
}
