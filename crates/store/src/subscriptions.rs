//! Where sync clients stand in the journal.

use super::{Connection, Store, StoreResult};
use crate::journal::Op;
use entity::{
    FileId, FileKind, JournalId, SubscriptionId, Timestamp, UserId, event_subscription, journal,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

/// Entries that subscribers may be told of. Others are never looked at: an entry of an account
/// is not ordered with those of its drive, so no position may rest on it.
const FOLLOWED: [&str; 7] = [
    Op::Create.as_str(),
    Op::Modify.as_str(),
    Op::Rename.as_str(),
    Op::Trash.as_str(),
    Op::Delete.as_str(),
    Op::Restore.as_str(),
    Op::TaskEnd.as_str(),
];

/// Who follows what; one row each.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub user: UserId,
    pub client: &'a str,
    pub folder: FileId,
}

/// A position, and where the folder was when the journal stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPosition {
    pub at: JournalId,
    pub folder_path: String,
}

/// The subscription of this key.
pub async fn find(store: &Store, key: Key<'_>) -> StoreResult<Option<event_subscription::Model>> {
    Ok(event_subscription::Entity::find()
        .filter(event_subscription::Column::UserId.eq(key.user))
        .filter(event_subscription::Column::ClientId.eq(key.client))
        .filter(event_subscription::Column::FolderId.eq(key.folder))
        .one(store.read())
        .await?)
}

/// Begins anew at a position, whatever the key had before. An account follows no more than `most`
/// folders.
pub async fn begin(
    store: &Store,
    key: Key<'_>,
    position: &JournalPosition,
    now: Timestamp,
    most: u64,
) -> StoreResult<SubscriptionId> {
    let tx = store.begin().await?;
    event_subscription::Entity::delete_many()
        .filter(event_subscription::Column::UserId.eq(key.user))
        .filter(event_subscription::Column::ClientId.eq(key.client))
        .filter(event_subscription::Column::FolderId.eq(key.folder))
        .exec(tx.db())
        .await?;
    make_room(tx.db(), key.user, most).await?;
    let row = event_subscription::ActiveModel {
        id: NotSet,
        user_id: Set(key.user),
        client_id: Set(key.client.to_owned()),
        folder_id: Set(key.folder),
        folder_path: Set(position.folder_path.clone()),
        position: Set(position.at),
        last_seen_at: Set(now),
        created_at: Set(now),
    };
    let id = event_subscription::Entity::insert(row)
        .exec(tx.db())
        .await?
        .last_insert_id;
    tx.commit().await?;
    Ok(id)
}

/// Forgets those of an account that were not seen for the longest time, beyond what one may have.
async fn make_room(db: &Connection, user: UserId, most: u64) -> StoreResult<()> {
    let of_user =
        || event_subscription::Entity::find().filter(event_subscription::Column::UserId.eq(user));
    let count = of_user().count(db).await?;
    if count < most {
        return Ok(());
    }
    let oldest: Vec<SubscriptionId> = of_user()
        .select_only()
        .column(event_subscription::Column::Id)
        .order_by_asc(event_subscription::Column::LastSeenAt)
        .limit(count + 1 - most)
        .into_tuple()
        .all(db)
        .await?;
    event_subscription::Entity::delete_many()
        .filter(event_subscription::Column::Id.is_in(oldest))
        .exec(db)
        .await?;
    Ok(())
}

/// Says that the client was there and has everything up to a position. Two connections of one
/// client may both say so: the position never goes back. `false`: the subscription is gone.
pub async fn advance(
    store: &Store,
    id: SubscriptionId,
    position: &JournalPosition,
    now: Timestamp,
) -> StoreResult<bool> {
    let tx = store.begin().await?;
    event_subscription::Entity::update_many()
        .col_expr(
            event_subscription::Column::Position,
            Expr::value(position.at),
        )
        .col_expr(
            event_subscription::Column::FolderPath,
            Expr::value(&position.folder_path),
        )
        .filter(event_subscription::Column::Id.eq(id))
        .filter(event_subscription::Column::Position.lt(position.at))
        .exec(tx.db())
        .await?;
    let seen = event_subscription::Entity::update_many()
        .col_expr(event_subscription::Column::LastSeenAt, Expr::value(now))
        .filter(event_subscription::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    tx.commit().await?;
    Ok(seen.rows_affected > 0)
}

/// Forgets a subscription.
pub async fn remove(store: &Store, id: SubscriptionId) -> StoreResult<()> {
    let tx = store.begin().await?;
    event_subscription::Entity::delete_by_id(id)
        .exec(tx.db())
        .await?;
    tx.commit().await
}

/// What happened to files of a drive, and which tasks of its owner ended, after a position, oldest
/// first.
pub async fn entries_after(
    store: &Store,
    owner: UserId,
    position: JournalId,
    limit: u64,
) -> StoreResult<Vec<journal::Model>> {
    Ok(journal::Entity::find()
        .filter(journal::Column::OwnerId.eq(owner))
        .filter(journal::Column::Id.gt(position))
        .filter(journal::Column::Op.is_in(FOLLOWED))
        .order_by_asc(journal::Column::Id)
        .limit(limit)
        .all(store.read())
        .await?)
}

/// The last of [`entries_after`]; 0 when nothing ever happened.
pub async fn newest_entry(store: &Store, owner: UserId) -> StoreResult<JournalId> {
    let newest: Option<JournalId> = journal::Entity::find()
        .select_only()
        .column(journal::Column::Id)
        .filter(journal::Column::OwnerId.eq(owner))
        .filter(journal::Column::Op.is_in(FOLLOWED))
        .order_by_desc(journal::Column::Id)
        .into_tuple()
        .one(store.read())
        .await?;
    Ok(newest.unwrap_or(JournalId(0)))
}

#[derive(FromQueryResult)]
struct Above {
    name: String,
    kind: FileKind,
    owner_id: UserId,
    parent_id: Option<FileId>,
    trashed_at: Option<Timestamp>,
}

/// Deepest tree that is looked into; also ends the search should rows ever form a ring.
const DEPTH: usize = 2_000;

/// Owner and path of a folder, read by one statement so that no move shows half done. `None` if
/// it is no folder, or is in the trash.
pub async fn folder(store: &Store, id: FileId) -> StoreResult<Option<(UserId, String)>> {
    // The order of a cross join is kept by SQLite: each step finds one row by its id.
    let sql = format!(
        "WITH RECURSIVE up(id, parent_id, depth) AS (\
           SELECT id, parent_id, 0 FROM files WHERE id = {id} \
           UNION ALL \
           SELECT f.id, f.parent_id, up.depth + 1 FROM up CROSS JOIN files f \
           WHERE f.id = up.parent_id AND up.depth < {DEPTH}) \
         SELECT f.name, f.kind, f.owner_id, f.parent_id, f.trashed_at \
         FROM up CROSS JOIN files f WHERE f.id = up.id ORDER BY up.depth"
    );
    let statement = Statement::from_string(store.read().get_database_backend(), sql);
    let chain = Above::find_by_statement(statement)
        .all(store.read())
        .await?;
    let (Some(folder), Some(top)) = (chain.first(), chain.last()) else {
        return Ok(None);
    };
    let has_root = top.parent_id.is_none() && top.trashed_at.is_none();
    if folder.kind != FileKind::Folder || !has_root {
        return Ok(None);
    }
    let mut path = String::new();
    for node in chain.iter().rev().skip(1) {
        path.push('/');
        path.push_str(&node.name);
    }
    Ok(Some((
        folder.owner_id,
        if path.is_empty() {
            "/".to_owned()
        } else {
            path
        },
    )))
}
