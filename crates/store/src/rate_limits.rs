//! Allowances for wrong tries.

use super::{Connection, StoreResult};
use entity::{Timestamp, rate_limit};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// Those of `ids` that were taken from, with the time when they are full again.
pub async fn full_at(
    db: &Connection,
    ids: impl Iterator<Item = &str>,
) -> StoreResult<Vec<(String, Timestamp)>> {
    Ok(rate_limit::Entity::find()
        .select_only()
        .column(rate_limit::Column::Id)
        .column(rate_limit::Column::FullAt)
        .filter(rate_limit::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?)
}

/// Takes one try, which comes back after `refill_micros`, from an allowance that is full at
/// `latest` or before. Each statement is atomic, so tries on any number of replicas never take
/// more than there is. Answers whether there was one.
pub async fn take(
    db: &Connection,
    id: &str,
    refill_micros: i64,
    latest: Timestamp,
    now: Timestamp,
) -> StoreResult<bool> {
    let full_at = rate_limit::Column::FullAt;
    let this = || rate_limit::Entity::update_many().filter(rate_limit::Column::Id.eq(id));
    // A second round for who lost a race for the first try.
    for _ in 0..2 {
        let used = this()
            .col_expr(full_at, Expr::col(full_at).add(refill_micros))
            .filter(full_at.gt(now))
            .filter(full_at.lte(latest));
        if used.exec(db).await?.rows_affected == 1 {
            return Ok(true);
        }
        let first = Timestamp(now.0 + refill_micros);
        let full = this()
            .col_expr(full_at, Expr::value(first))
            .filter(full_at.lte(now));
        if full.exec(db).await?.rows_affected == 1 {
            return Ok(true);
        }
        let row = rate_limit::ActiveModel {
            id: Set(id.to_owned()),
            full_at: Set(first),
        };
        let inserted = rate_limit::Entity::insert(row)
            .on_conflict(
                OnConflict::column(rate_limit::Column::Id)
                    .do_nothing_on([rate_limit::Column::Id])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
        if inserted == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}
