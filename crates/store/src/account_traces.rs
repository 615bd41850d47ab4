//! What an account leaves behind besides its files, and its end.

use super::{Connection, Store, StoreResult, Tx};
use entity::{
    BlobId, Timestamp, UserId, UserStatus, blob, dav_account, event_subscription,
    external_identity, file, lock, oauth_grant, passkey, recovery_code, session, share,
    share_recipient, task, ticket, upload_session, user,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Rows of blobs changed by one transaction.
const STEP: u64 = 2_000;

/// Turns an account into one that nobody can enter, see or find, whose address others may take,
/// and that is only still there because of what it has. Answers it as it was; `None`: there is no
/// such account, or it is going already.
pub async fn begin_deletion(
    tx: &Tx,
    id: UserId,
    now: Timestamp,
) -> StoreResult<Option<user::Model>> {
    let row = super::accounts::locked(tx.db(), id).await?;
    let Some(row) = row.filter(|row| row.status != UserStatus::Deleting) else {
        return Ok(None);
    };
    user::Entity::update_many()
        .col_expr(user::Column::Status, Expr::value(UserStatus::Deleting))
        // No address looks like this.
        .col_expr(user::Column::Email, Expr::value(format!("deleted {id}")))
        .col_expr(user::Column::Password, Expr::value(None::<String>))
        .col_expr(user::Column::TwoFactorSecret, Expr::value(None::<String>))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
        .filter(user::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    super::sessions::end_all(tx.db(), id, None, now).await?;
    Ok(Some(row))
}

/// Accounts that are going.
pub async fn going(db: &Connection) -> StoreResult<Vec<UserId>> {
    Ok(user::Entity::find()
        .filter(user::Column::Status.eq(UserStatus::Deleting))
        .order_by_asc(user::Column::Id)
        .select_only()
        .column(user::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// Trees of an account that lie in no folder: its root, and what is in its trash or going for good.
pub async fn tops(db: &Connection, owner: UserId, limit: u64) -> StoreResult<Vec<file::Model>> {
    Ok(file::Entity::find()
        .filter(file::Column::OwnerId.eq(owner))
        .filter(file::Column::ParentId.is_null())
        .order_by_asc(file::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Uploads that it began in drives of others.
pub async fn uploads(db: &Connection, user: UserId, limit: u64) -> StoreResult<Vec<String>> {
    Ok(upload_session::Entity::find()
        .filter(upload_session::Column::UserId.eq(user))
        .select_only()
        .column(upload_session::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Makes some blobs forget who brought them. Answers whether there may be more.
pub async fn forget_creator(store: &Store, user: UserId) -> StoreResult<bool> {
    let tx = store.begin().await?;
    let ids: Vec<BlobId> = blob::Entity::find()
        .filter(blob::Column::CreatedBy.eq(user))
        .select_only()
        .column(blob::Column::Id)
        .limit(STEP)
        .into_tuple()
        .all(tx.db())
        .await?;
    let is_full = ids.len() as u64 == STEP;
    for batch in ids.chunks(crate::files::BATCH) {
        blob::Entity::update_many()
            .col_expr(blob::Column::CreatedBy, Expr::value(None::<i64>))
            .filter(blob::Column::Id.is_in(batch.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    tx.commit().await?;
    Ok(is_full)
}

/// Removes an account that has no files any more, with all that it had besides.
pub async fn remove(tx: &Tx, id: UserId) -> StoreResult<()> {
    let db = tx.db();
    by_user::<session::Entity>(db, session::Column::UserId, id).await?;
    by_user::<ticket::Entity>(db, ticket::Column::UserId, id).await?;
    by_user::<passkey::Entity>(db, passkey::Column::UserId, id).await?;
    by_user::<recovery_code::Entity>(db, recovery_code::Column::UserId, id).await?;
    by_user::<external_identity::Entity>(db, external_identity::Column::UserId, id).await?;
    by_user::<oauth_grant::Entity>(db, oauth_grant::Column::UserId, id).await?;
    by_user::<dav_account::Entity>(db, dav_account::Column::OwnerId, id).await?;
    by_user::<event_subscription::Entity>(db, event_subscription::Column::UserId, id).await?;
    by_user::<lock::Entity>(db, lock::Column::OwnerId, id).await?;
    by_user::<lock::Entity>(db, lock::Column::UserId, id).await?;
    by_user::<share::Entity>(db, share::Column::OwnerId, id).await?;
    by_user::<task::Entity>(db, task::Column::OwnerId, id).await?;
    share_recipient::Entity::delete_many()
        .filter(share_recipient::Column::Kind.eq(share_recipient::KIND_ACCOUNT))
        .filter(share_recipient::Column::RecipientId.eq(id.0))
        .exec(db)
        .await?;
    user::Entity::delete_many()
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::Status.eq(UserStatus::Deleting))
        .exec(db)
        .await?;
    Ok(())
}

async fn by_user<E: EntityTrait>(
    db: &Connection,
    column: E::Column,
    id: UserId,
) -> StoreResult<()> {
    E::delete_many().filter(column.eq(id)).exec(db).await?;
    Ok(())
}

/// Which of these accounts are still there.
pub async fn remaining(db: &Connection, ids: &[UserId]) -> StoreResult<Vec<UserId>> {
    Ok(user::Entity::find()
        .filter(user::Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .column(user::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}
