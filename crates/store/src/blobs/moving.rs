//! Blobs whose bytes move from one policy to another. The row stays, and so does whatever names it;
//! only where its bytes are changes, in one transaction. What they leave behind is a blob that
//! nobody holds, which recycling removes in its own time.

use super::holding::IncomingBlob;
use crate::files::{children, placeholder};
use crate::{Connection, StoreResult};
use entity::{BlobId, FileId, PolicyId, Timestamp, UserId, blob, damaged_blob, file, file_blob};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait, Condition, ConnectionTrait as _,
    EntityTrait, FromQueryResult, IntoActiveModel as _, JoinType, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};

/// Bytes that were copied.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The row of the copy, which nobody holds.
    pub copy: BlobId,
    pub policy: PolicyId,
    pub key: String,
    pub blake3: Vec<u8>,
    pub at: Timestamp,
    /// When what is left behind may go: links that were handed out lead there until then.
    pub old_until: Timestamp,
}

#[derive(FromQueryResult)]
struct Found {
    id: BlobId,
}

#[derive(FromQueryResult)]
struct Counted {
    blobs: i64,
}

/// Stored blobs that files at or below `tops` hold, and that are with none of `targets`: by id,
/// behind `after`.
pub async fn elsewhere(
    db: &Connection,
    (tops, targets): (&[FileId], &[PolicyId]),
    after: BlobId,
    limit: u64,
) -> StoreResult<Vec<blob::Model>> {
    let statement = walk(
        db,
        "DISTINCT b.id AS id",
        (tops, targets, after),
        Some(limit),
    );
    let found = Found::find_by_statement(statement).all(db).await?;
    Ok(blob::Entity::find()
        .filter(blob::Column::Id.is_in(found.into_iter().map(|row| row.id)))
        .order_by_asc(blob::Column::Id)
        .all(db)
        .await?)
}

/// The newest blob: what is written later has a higher id.
pub async fn newest(db: &Connection) -> StoreResult<BlobId> {
    let newest = blob::Entity::find()
        .select_only()
        .column(blob::Column::Id)
        .order_by_desc(blob::Column::Id)
        .into_tuple()
        .one(db);
    Ok(newest.await?.unwrap_or(BlobId(0)))
}

/// How many those are.
pub async fn count_elsewhere(
    db: &Connection,
    (tops, targets): (&[FileId], &[PolicyId]),
) -> StoreResult<u64> {
    let what = "COUNT(DISTINCT b.id) AS blobs";
    let statement = walk(db, what, (tops, targets, BlobId(0)), None);
    let counted = Counted::find_by_statement(statement).one(db).await?;
    Ok(counted.map_or(0, |row| u64::try_from(row.blobs).unwrap_or(0)))
}

fn walk(
    db: &Connection,
    what: &str,
    (tops, targets, after): (&[FileId], &[PolicyId], BlobId),
    limit: Option<u64>,
) -> Statement {
    let backend = db.get_database_backend();
    let mut values: Vec<Value> = Vec::new();
    let mut place = |value: i64| {
        values.push(value.into());
        placeholder(backend, values.len())
    };
    let list = |places: Vec<String>| places.join(",");
    let tops = list(tops.iter().map(|id| place(id.0)).collect());
    let targets = list(targets.iter().map(|id| place(id.0)).collect());
    let after = place(after.0);
    let limit = limit.map_or_else(String::new, |most| {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        format!(" ORDER BY b.id LIMIT {}", place(most))
    });
    let below = children(backend, "s", "id", "");
    let sql = format!(
        "WITH RECURSIVE sub(id) AS (\
         SELECT f.id FROM files f WHERE f.id IN ({tops}) UNION ALL SELECT f.id FROM sub s {below}) \
         SELECT {what} FROM sub CROSS JOIN file_blobs h CROSS JOIN blobs b \
         WHERE h.file_id = sub.id AND b.id = h.blob_id AND b.policy_id NOT IN ({targets}) \
         AND b.upload_session_id IS NULL AND b.id > {after}{limit}"
    );
    Statement::from_sql_and_values(backend, sql, values)
}

/// Some file that holds a blob; `only_of`: in the drive of this account.
pub async fn holder(
    db: &Connection,
    blob: BlobId,
    only_of: Option<UserId>,
) -> StoreResult<Option<file::Model>> {
    let held = Condition::all().add_option(only_of.map(|owner| file::Column::OwnerId.eq(owner)));
    let files = files_of(blob).filter(held).order_by_asc(file::Column::Id);
    Ok(files.one(db).await?)
}

/// In whose drives files hold a blob.
pub async fn owners(db: &Connection, blob: BlobId) -> StoreResult<Vec<UserId>> {
    let owners = files_of(blob)
        .select_only()
        .column(file::Column::OwnerId)
        .distinct();
    Ok(owners.into_tuple().all(db).await?)
}

/// Whether files of anybody but `owner` hold a blob.
pub async fn is_held_by_others(db: &Connection, blob: BlobId, owner: UserId) -> StoreResult<bool> {
    let others = files_of(blob).filter(file::Column::OwnerId.ne(owner));
    Ok(others.one(db).await?.is_some())
}

pub(super) fn files_of(blob: BlobId) -> sea_orm::Select<file::Entity> {
    let held: sea_orm::RelationDef = file::Entity::belongs_to(file_blob::Entity)
        .from(file::Column::Id)
        .to(file_blob::Column::FileId)
        .into();
    file::Entity::find()
        .join(JoinType::InnerJoin, held)
        .filter(file_blob::Column::BlobId.eq(blob))
}

/// What came of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchanged {
    Yes,
    /// Files of others hold it, too.
    Shared,
    /// Nobody holds it any more, or somebody else exchanged it.
    Gone,
    /// The row of the copy is gone: recycling took it for left over.
    CopyGone,
}

/// What is to be said of a copy whose hash was compared: it is nobody else's, and whole, whatever the
/// old bytes were.
pub(super) fn own_props(old: &blob::Model) -> blob::Props {
    blob::Props {
        unlink_only: false,
        import: None,
        damaged: false,
        ..old.props.clone()
    }
}

/// Takes the rows of blobs that are exchanged in one transaction, in the order of their ids. Before
/// anything else is read: what `MySQL` reads without taking it is as old as the first of that, and then
/// nobody can come to hold one of these any more.
pub async fn lock(db: &Connection, ids: &[BlobId]) -> StoreResult<()> {
    blob::Entity::find()
        .select_only()
        .column(blob::Column::Id)
        .filter(blob::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(blob::Column::Id)
        .lock(LockType::Update)
        .into_tuple::<BlobId>()
        .all(db)
        .await?;
    Ok(())
}

/// Makes a copy the bytes of a blob, and leaves the old ones to recycling. `only_of`: unless files
/// of others hold it. If it is not done, nothing of the transaction may be kept.
pub async fn exchange(
    db: &Connection,
    (old, only_of): (&blob::Model, Option<UserId>),
    new: Moved,
) -> StoreResult<Exchanged> {
    let copy = blob::Entity::delete_many()
        .filter(blob::Column::Id.eq(new.copy))
        .filter(blob::Column::ReferenceCount.eq(0i64));
    if copy.exec(db).await?.rows_affected != 1 {
        // It may have been done, and only the answer to that was lost.
        let done = blob::Entity::find_by_id(old.id)
            .filter(blob::Column::PolicyId.eq(new.policy))
            .filter(blob::Column::Key.eq(new.key));
        return Ok(match done.one(db).await? {
            Some(_) => Exchanged::Yes,
            None => Exchanged::CopyGone,
        });
    }
    // What it says of itself by now: others may have parted from it.
    let now = blob::Entity::find().filter(is_still(old));
    let Some(now) = now.lock(LockType::Update).one(db).await? else {
        return Ok(Exchanged::Gone);
    };
    let exchanged = blob::Entity::update_many()
        .col_expr(blob::Column::Props, Expr::value(own_props(&now)))
        .col_expr(blob::Column::PolicyId, Expr::value(new.policy))
        .col_expr(blob::Column::Key, Expr::value(new.key))
        .col_expr(blob::Column::Blake3, Expr::value(new.blake3))
        .col_expr(blob::Column::VerifiedAt, Expr::value(new.at));
    let exchanged = exchanged.filter(is_still(old));
    if exchanged.exec(db).await?.rows_affected != 1 {
        return Ok(Exchanged::Gone);
    }
    if is_doubtful(db, old).await? {
        return Ok(Exchanged::Gone);
    }
    damaged_blob::Entity::delete_by_id(old.id).exec(db).await?;
    // Only now: whoever was about to hold it waits for its row, or has been waited for.
    if let Some(owner) = only_of
        && is_held_by_others(db, old.id, owner).await?
    {
        return Ok(Exchanged::Shared);
    }
    let left = blob::Model {
        reference_count: 0,
        unlinked_at: Some(new.old_until),
        created_at: new.at,
        updated_at: new.at,
        ..now
    };
    let mut left = left.into_active_model().reset_all();
    left.id = NotSet;
    blob::Entity::insert(left)
        .exec_without_returning(db)
        .await?;
    Ok(Exchanged::Yes)
}

/// Whether nobody is given it, and nothing tells whether a copy of it is what it was.
pub(super) async fn is_doubtful(db: &Connection, old: &blob::Model) -> StoreResult<bool> {
    if old.blake3.is_some() {
        return Ok(false);
    }
    let damaged = damaged_blob::Entity::find_by_id(old.id).one(db).await?;
    Ok(damaged.is_some())
}

/// Stored where it was, and held.
pub(super) fn is_still(old: &blob::Model) -> Condition {
    Condition::all()
        .add(blob::Column::Id.eq(old.id))
        .add(blob::Column::PolicyId.eq(old.policy_id))
        .add(blob::Column::Key.eq(old.key.clone()))
        .add(blob::Column::ReferenceCount.gt(0i64))
        .add(blob::Column::UploadSessionId.is_null())
}

/// The row of a copy that is about to be made of a blob.
pub fn copy_of(
    old: &blob::Model,
    (policy, key): (PolicyId, String),
    (at, until): (Timestamp, Timestamp),
) -> IncomingBlob {
    IncomingBlob {
        kind: old.kind,
        policy,
        key,
        created_by: old.created_by,
        props: blob::Props::default(),
        at,
        until,
    }
}
