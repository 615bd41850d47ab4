//! Who people are at other providers.

use super::{Connection, StoreResult};
use entity::{Timestamp, UserId, external_identity};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Somebody as a provider knows them.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub provider: i16,
    pub issuer: &'a str,
    pub subject: &'a str,
}

/// The account that an identity belongs to.
pub async fn owner(db: &Connection, known: Known<'_>) -> StoreResult<Option<UserId>> {
    Ok(external_identity::Entity::find()
        .select_only()
        .column(external_identity::Column::UserId)
        .filter(external_identity::Column::Provider.eq(known.provider))
        .filter(external_identity::Column::Issuer.eq(known.issuer))
        .filter(external_identity::Column::Subject.eq(known.subject))
        .into_tuple()
        .one(db)
        .await?)
}

/// An account's identities, by provider.
pub async fn of(db: &Connection, user: UserId) -> StoreResult<Vec<external_identity::Model>> {
    Ok(external_identity::Entity::find()
        .filter(external_identity::Column::UserId.eq(user))
        .order_by_asc(external_identity::Column::Provider)
        .all(db)
        .await?)
}

/// Links an identity to an account.
/// # Errors
/// A duplicate if the identity or the account's place for this provider is taken.
pub async fn insert(
    db: &Connection,
    user: UserId,
    known: Known<'_>,
    now: Timestamp,
) -> StoreResult<()> {
    let row = external_identity::ActiveModel {
        id: NotSet,
        user_id: Set(user),
        provider: Set(known.provider),
        issuer: Set(known.issuer.to_owned()),
        subject: Set(known.subject.to_owned()),
        linked_at: Set(now),
    };
    external_identity::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Answers whether there was one.
pub async fn remove(db: &Connection, user: UserId, provider: i16) -> StoreResult<bool> {
    let gone = external_identity::Entity::delete_many()
        .filter(external_identity::Column::UserId.eq(user))
        .filter(external_identity::Column::Provider.eq(provider))
        .exec(db)
        .await?;
    Ok(gone.rows_affected > 0)
}
