//! Numbers that all replicas share, kept beside the settings: when a cron job ran last.

use super::{Store, StoreResult, Tx};
use entity::setting;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// Keeps marks apart from settings that people see.
const PREFIX: &str = "alcove_mark_";

/// The mark of this name.
pub async fn get(store: &Store, name: &str) -> StoreResult<Option<i64>> {
    let row = setting::Entity::find_by_id(format!("{PREFIX}{name}"))
        .one(store.read())
        .await?;
    Ok(row.and_then(|row| row.value.parse().ok()))
}

/// Sets a mark that was never set; whoever comes first wins. Returns what it is then.
pub async fn begin(store: &Store, name: &str, value: i64) -> StoreResult<i64> {
    let row = setting::ActiveModel {
        name: Set(format!("{PREFIX}{name}")),
        value: Set(value.to_string()),
    };
    let tx = store.begin().await?;
    setting::Entity::insert(row)
        .on_conflict(
            OnConflict::column(setting::Column::Name)
                .do_nothing_on([setting::Column::Name])
                .to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    tx.commit().await?;
    Ok(get(store, name).await?.unwrap_or(value))
}

/// Moves a mark from one value to another. Of several that try the same, one hears yes.
pub async fn advance(tx: &Tx, name: &str, from: i64, to: i64) -> StoreResult<bool> {
    let done = setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::value(to.to_string()))
        .filter(setting::Column::Name.eq(format!("{PREFIX}{name}")))
        .filter(setting::Column::Value.eq(from.to_string()))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}
