//! WebDAV accounts.

use super::accounts::{AccountStamp, with_stamp};
use super::at_once::{self, OfRow, Row, rows_of};
use super::{Connection, StoreResult};
use entity::{DavAccountId, Timestamp, UserId, dav_account, user};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QueryResult, QuerySelect,
};

/// Accounts of a user, newest first, older than `before`.
pub async fn page(
    db: &Connection,
    owner: UserId,
    before: Option<DavAccountId>,
    limit: u64,
) -> StoreResult<Vec<dav_account::Model>> {
    let mut query = dav_account::Entity::find()
        .filter(dav_account::Column::OwnerId.eq(owner))
        .order_by_desc(dav_account::Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(dav_account::Column::Id.lt(before));
    }
    Ok(query.all(db).await?)
}

/// An account, if it is this user's.
pub async fn of_owner(
    db: &Connection,
    owner: UserId,
    id: DavAccountId,
) -> StoreResult<Option<dav_account::Model>> {
    Ok(dav_account::Entity::find_by_id(id)
        .filter(dav_account::Column::OwnerId.eq(owner))
        .one(db)
        .await?)
}

/// A WebDAV account, with what tells whether its owner may still sign in.
#[derive(Clone, Debug)]
pub struct Opened {
    pub account: dav_account::Model,
    pub owner: AccountStamp,
}

rows_of! {
    dav_account::Model {
        id, owner_id, name, uri, password_hash, password_sealed, options, created_at, updated_at,
    }
}

impl OfRow for Opened {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            account: dav_account::Model::of_row(row)?,
            owner: AccountStamp::of_row(row)?,
        })
    }
}

impl FromQueryResult for Opened {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            account: dav_account::Model::from_query_result(row, prefix)?,
            owner: AccountStamp::from_query_result(row, prefix)?,
        })
    }
}

/// The account that a password belongs to, of the user with this address (in lower case).
pub async fn by_password(
    db: &Connection,
    email: &str,
    password_hash: &str,
) -> StoreResult<Option<Opened>> {
    let to_owner: sea_orm::RelationDef = dav_account::Entity::belongs_to(user::Entity)
        .from(dav_account::Column::OwnerId)
        .to(user::Column::Id)
        .into();
    let found = dav_account::Entity::find().join(JoinType::InnerJoin, to_owner);
    let found = with_stamp(found, Expr::value(None::<i64>))
        .filter(dav_account::Column::PasswordHash.eq(password_hash))
        .filter(user::Column::Email.eq(email));
    at_once::one(db, &found).await
}

/// Adds an account; its id is not looked at.
pub async fn insert(db: &Connection, new: dav_account::Model) -> StoreResult<DavAccountId> {
    let row = dav_account::ActiveModel {
        id: NotSet,
        owner_id: Set(new.owner_id),
        name: Set(new.name),
        uri: Set(new.uri),
        password_hash: Set(new.password_hash),
        password_sealed: Set(new.password_sealed),
        options: Set(new.options),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    };
    Ok(dav_account::Entity::insert(row)
        .exec(db)
        .await?
        .last_insert_id)
}

/// Changes everything but the password.
pub async fn update(
    db: &Connection,
    id: DavAccountId,
    (name, uri, options): (&str, &str, i64),
    at: Timestamp,
) -> StoreResult<()> {
    dav_account::Entity::update_many()
        .col_expr(dav_account::Column::Name, Expr::value(name))
        .col_expr(dav_account::Column::Uri, Expr::value(uri))
        .col_expr(dav_account::Column::Options, Expr::value(options))
        .col_expr(dav_account::Column::UpdatedAt, Expr::value(at))
        .filter(dav_account::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes an account of a user. Answers whether it was there.
pub async fn remove(db: &Connection, owner: UserId, id: DavAccountId) -> StoreResult<bool> {
    let done = dav_account::Entity::delete_many()
        .filter(dav_account::Column::Id.eq(id))
        .filter(dav_account::Column::OwnerId.eq(owner))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
