//! Apps, and what people let them do.

use super::{Connection, Store, StoreResult};
use entity::oauth_client::Texts;
use entity::{ClientId, Timestamp, UserId, oauth_client, oauth_grant, session};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveModel as _, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationDef,
};

pub async fn by_guid(db: &Connection, guid: &str) -> StoreResult<Option<oauth_client::Model>> {
    Ok(oauth_client::Entity::find()
        .filter(oauth_client::Column::Guid.eq(guid))
        .one(db)
        .await?)
}

/// Every app, oldest first.
pub async fn all(store: &Store) -> StoreResult<Vec<oauth_client::Model>> {
    Ok(oauth_client::Entity::find()
        .order_by_asc(oauth_client::Column::Id)
        .all(store.read())
        .await?)
}

/// The app with this id.
pub async fn by_id(db: &Connection, id: ClientId) -> StoreResult<Option<oauth_client::Model>> {
    Ok(oauth_client::Entity::find_by_id(id).one(db).await?)
}

/// The row as it is until the transaction ends.
pub async fn locked(db: &Connection, id: ClientId) -> StoreResult<Option<oauth_client::Model>> {
    let row = oauth_client::Entity::find_by_id(id).lock(LockType::Update);
    Ok(row.one(db).await?)
}

/// Adds an app. A guid that is taken makes it fail as duplicate.
pub async fn insert(db: &Connection, app: oauth_client::Model) -> StoreResult<ClientId> {
    let mut row = app.into_active_model().reset_all();
    row.id = NotSet;
    let added = oauth_client::Entity::insert(row).exec(db).await?;
    Ok(added.last_insert_id)
}

/// Writes all of an app.
pub async fn replace(db: &Connection, app: oauth_client::Model) -> StoreResult<()> {
    let row = app.into_active_model().reset_all();
    oauth_client::Entity::update(row).exec(db).await?;
    Ok(())
}

/// How many people let an app act for them.
pub async fn count_grants(db: &Connection, id: ClientId) -> StoreResult<u64> {
    let grants = oauth_grant::Entity::find().filter(oauth_grant::Column::ClientId.eq(id));
    Ok(grants.count(db).await?)
}

/// Writes an app, unless there is one of that guid.
pub async fn insert_absent(db: &Connection, app: oauth_client::Model) -> StoreResult<()> {
    let mut row = app.into_active_model().reset_all();
    row.id = NotSet;
    oauth_client::Entity::insert(row)
        .on_conflict(
            OnConflict::column(oauth_client::Column::Guid)
                .do_nothing_on([oauth_client::Column::Guid])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Removes an app with all its grants. Answers whether it was there.
pub async fn remove(db: &Connection, id: ClientId) -> StoreResult<bool> {
    oauth_grant::Entity::delete_many()
        .filter(oauth_grant::Column::ClientId.eq(id))
        .exec(db)
        .await?;
    let gone = oauth_client::Entity::delete_by_id(id).exec(db).await?;
    Ok(gone.rows_affected == 1)
}

pub async fn grant(
    db: &Connection,
    user: UserId,
    app: ClientId,
) -> StoreResult<Option<oauth_grant::Model>> {
    Ok(oauth_grant::Entity::find()
        .filter(oauth_grant::Column::UserId.eq(user))
        .filter(oauth_grant::Column::ClientId.eq(app))
        .one(db)
        .await?)
}

/// Lets an app do exactly this, whatever it was let do before.
pub async fn put_grant(
    db: &Connection,
    user: UserId,
    app: ClientId,
    scopes: Texts,
    now: Timestamp,
) -> StoreResult<()> {
    let row = oauth_grant::ActiveModel {
        id: NotSet,
        user_id: Set(user),
        client_id: Set(app),
        scopes: Set(scopes),
        last_used_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let replace = OnConflict::columns([oauth_grant::Column::UserId, oauth_grant::Column::ClientId])
        .update_columns([oauth_grant::Column::Scopes, oauth_grant::Column::UpdatedAt])
        .to_owned();
    oauth_grant::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Notes that a grant was used. Answers whether there is one.
pub async fn use_grant(
    db: &Connection,
    user: UserId,
    app: ClientId,
    now: Timestamp,
) -> StoreResult<bool> {
    let done = oauth_grant::Entity::update_many()
        .col_expr(oauth_grant::Column::LastUsedAt, Expr::value(now))
        .filter(oauth_grant::Column::UserId.eq(user))
        .filter(oauth_grant::Column::ClientId.eq(app))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes a grant back and ends every session of the app. Answers whether there was a grant.
pub async fn revoke_grant(
    db: &Connection,
    user: UserId,
    app: ClientId,
    now: Timestamp,
) -> StoreResult<bool> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::OauthClientId.eq(app))
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    let gone = oauth_grant::Entity::delete_many()
        .filter(oauth_grant::Column::UserId.eq(user))
        .filter(oauth_grant::Column::ClientId.eq(app))
        .exec(db)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// An account's grants with their apps, oldest first.
pub async fn grants_of(
    store: &Store,
    user: UserId,
) -> StoreResult<Vec<(oauth_grant::Model, oauth_client::Model)>> {
    let grants = oauth_grant::Entity::find()
        .filter(oauth_grant::Column::UserId.eq(user))
        .order_by_asc(oauth_grant::Column::Id)
        .all(store.read())
        .await?;
    let apps = oauth_client::Entity::find()
        .filter(oauth_client::Column::Id.is_in(grants.iter().map(|grant| grant.client_id)))
        .all(store.read())
        .await?;
    let of = |grant: oauth_grant::Model| {
        let app = apps.iter().find(|app| app.id == grant.client_id)?.clone();
        Some((grant, app))
    };
    Ok(grants.into_iter().filter_map(of).collect())
}

/// What the app of a living session may do now: nothing without a grant, when the session was
/// ended, or when the app is switched off. The one query that every request of an app makes.
pub async fn living_grant(
    store: &Store,
    user: UserId,
    guid: &str,
    session_id: &str,
) -> StoreResult<Option<(Texts, Texts)>> {
    let to_app: RelationDef = oauth_grant::Entity::belongs_to(oauth_client::Entity)
        .from(oauth_grant::Column::ClientId)
        .to(oauth_client::Column::Id)
        .into();
    let to_session: RelationDef = oauth_grant::Entity::belongs_to(session::Entity)
        .from(oauth_grant::Column::ClientId)
        .to(session::Column::OauthClientId)
        .into();
    Ok(oauth_grant::Entity::find()
        .select_only()
        .column(oauth_grant::Column::Scopes)
        .column(oauth_client::Column::Scopes)
        .join(JoinType::InnerJoin, to_app)
        .join(JoinType::InnerJoin, to_session)
        .filter(oauth_grant::Column::UserId.eq(user))
        .filter(oauth_client::Column::Guid.eq(guid))
        .filter(oauth_client::Column::IsEnabled.eq(true))
        .filter(session::Column::Id.eq(session_id))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .into_tuple()
        .one(store.read())
        .await?)
}
