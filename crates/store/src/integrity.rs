//! Questions the doctor asks, page by page, and the few rows it may put right.
//!
//! A page may be read while others write, so a suspicion is only that: whoever asks looks once
//! more, at the one row, inside a transaction that keeps writers away.

use super::{Connection, Store, StoreResult, Tx, files};
use entity::{
    BlobId, BlobKind, FileId, FileKind, PolicyId, Timestamp, UserId, blob, file, file_blob, user,
};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::BTreeMap;

/// Complaints of the database about itself at once.
const COMPLAINTS: u32 = 100;

async fn rows<T: FromQueryResult>(db: &Connection, sql: String) -> StoreResult<Vec<T>> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    Ok(T::find_by_statement(statement).all(db).await?)
}

/// A number as every database calls it; sums are decimals otherwise.
fn bigint(backend: DatabaseBackend) -> &'static str {
    if backend == DatabaseBackend::MySql {
        "SIGNED"
    } else {
        "BIGINT"
    }
}

/// What the database says is broken in itself; nothing where it has no such check.
pub async fn complaints(store: &Store) -> StoreResult<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Broken {
        integrity_check: String,
    }
    #[derive(FromQueryResult)]
    struct Dangling {
        line: String,
    }
    if store.backend() != DatabaseBackend::Sqlite {
        return Ok(Vec::new());
    }
    let check = format!("PRAGMA integrity_check({COMPLAINTS})");
    let broken = rows::<Broken>(store.read(), check).await?;
    let broken = broken
        .into_iter()
        .map(|row| row.integrity_check)
        .filter(|line| line != "ok");
    let check = format!(
        "SELECT 'row ' || rowid || ' of ' || \"table\" || ' points at nothing in ' || parent \
         AS line FROM pragma_foreign_key_check LIMIT {COMPLAINTS}"
    );
    let dangling = rows::<Dangling>(store.read(), check).await?;
    Ok(broken
        .chain(dangling.into_iter().map(|row| row.line))
        .collect())
}

/// Blobs by id behind one.
pub async fn blobs(store: &Store, behind: BlobId, limit: u64) -> StoreResult<Vec<blob::Model>> {
    Ok(blob::Entity::find()
        .filter(blob::Column::Id.gt(behind))
        .order_by_asc(blob::Column::Id)
        .limit(limit)
        .all(store.read())
        .await?)
}

/// How many files hold each of the blobs from one id to another; those not named: none.
pub async fn holders(
    store: &Store,
    from: BlobId,
    to: BlobId,
) -> StoreResult<BTreeMap<BlobId, i64>> {
    let counted: Vec<(BlobId, i64)> = file_blob::Entity::find()
        .select_only()
        .column(file_blob::Column::BlobId)
        .column_as(file_blob::Column::FileId.count(), "held")
        .filter(file_blob::Column::BlobId.between(from, to))
        .group_by(file_blob::Column::BlobId)
        .into_tuple()
        .all(store.read())
        .await?;
    Ok(counted.into_iter().collect())
}

/// A blob and its holders, with writers kept away while `tx` lasts.
pub async fn blob_now(tx: &Tx, id: BlobId) -> StoreResult<Option<(blob::Model, i64)>> {
    let row = blob::Entity::find_by_id(id)
        .lock(LockType::Update)
        .one(tx.db())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let held = file_blob::Entity::find()
        .filter(file_blob::Column::BlobId.eq(id))
        .count(tx.db())
        .await?;
    Ok(Some((row, held as i64)))
}

/// Puts a count right, and the mark that goes with it.
pub async fn set_count(
    tx: &Tx,
    id: BlobId,
    held: i64,
    unlinked_at: Option<Timestamp>,
) -> StoreResult<()> {
    blob::Entity::update_many()
        .col_expr(blob::Column::ReferenceCount, Expr::value(held))
        .col_expr(blob::Column::UnlinkedAt, Expr::value(unlinked_at))
        .filter(blob::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Which of these keys some blob of these policies has.
pub async fn known_keys(
    store: &Store,
    policies: &[PolicyId],
    keys: &[String],
) -> StoreResult<Vec<String>> {
    Ok(blob::Entity::find()
        .select_only()
        .column(blob::Column::Key)
        .filter(blob::Column::PolicyId.is_in(policies.iter().copied()))
        .filter(blob::Column::Key.is_in(keys.iter().map(String::as_str)))
        .into_tuple()
        .all(store.read())
        .await?)
}

/// An account, what its row says it uses, and what its files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Usage {
    pub id: UserId,
    pub used_bytes: i64,
    pub held_bytes: i64,
}

fn usage_sql(backend: DatabaseBackend, users: &str) -> String {
    format!(
        "SELECT u.id, u.used_bytes, CAST(COALESCE((\
           SELECT SUM(b.size_bytes) FROM files f \
           JOIN file_blobs fb ON fb.file_id = f.id \
           JOIN blobs b ON b.id = fb.blob_id \
           WHERE f.owner_id = u.id), 0) AS {}) AS held_bytes \
         FROM ({users}) u ORDER BY u.id",
        bigint(backend)
    )
}

/// Accounts by id behind one.
pub async fn usages(store: &Store, behind: UserId, limit: u64) -> StoreResult<Vec<Usage>> {
    let users =
        format!("SELECT id, used_bytes FROM users WHERE id > {behind} ORDER BY id LIMIT {limit}");
    rows(store.read(), usage_sql(store.backend(), &users)).await
}

/// One account, with changes of its drive kept away while `tx` lasts.
pub async fn usage_now(tx: &Tx, id: UserId) -> StoreResult<Option<Usage>> {
    user::Entity::find_by_id(id)
        .lock(LockType::Update)
        .one(tx.db())
        .await?;
    let users = format!("SELECT id, used_bytes FROM users WHERE id = {id}");
    let sql = usage_sql(tx.db().get_database_backend(), &users);
    Ok(rows(tx.db(), sql).await?.pop())
}

/// Puts an account's used space right.
pub async fn set_used(tx: &Tx, id: UserId, bytes: i64) -> StoreResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::UsedBytes, Expr::value(bytes))
        .filter(user::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// A row of the tree with what it points at.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Node {
    pub id: FileId,
    pub kind: FileKind,
    pub owner_id: UserId,
    pub parent_id: Option<FileId>,
    pub name: String,
    pub size_bytes: i64,
    pub current_blob_id: Option<BlobId>,
    pub trashed_at: Option<Timestamp>,
    /// `None`: no such row.
    pub parent_kind: Option<FileKind>,
    pub parent_owner: Option<UserId>,
    /// Size of the current blob, if the file holds it.
    pub current_bytes: Option<i64>,
    /// Whose root this is.
    pub root_of: Option<UserId>,
}

fn node_sql(files: &str) -> String {
    format!(
        "SELECT f.id, f.kind, f.owner_id, f.parent_id, f.name, f.size_bytes, \
           f.current_blob_id, f.trashed_at, p.kind AS parent_kind, \
           p.owner_id AS parent_owner, b.size_bytes AS current_bytes, u.id AS root_of \
         FROM ({files}) f \
         LEFT JOIN files p ON p.id = f.parent_id \
         LEFT JOIN file_blobs l ON l.file_id = f.id AND l.blob_id = f.current_blob_id \
         LEFT JOIN blobs b ON b.id = l.blob_id \
         LEFT JOIN users u ON u.id = f.owner_id AND u.root_id = f.id \
         ORDER BY f.id"
    )
}

/// Rows of the tree by id behind one.
pub async fn nodes(store: &Store, behind: FileId, limit: u64) -> StoreResult<Vec<Node>> {
    let files = format!("SELECT * FROM files WHERE id > {behind} ORDER BY id LIMIT {limit}");
    rows(store.read(), node_sql(&files)).await
}

/// One row of the tree as it is in `tx`.
pub async fn node_now(tx: &Tx, id: FileId) -> StoreResult<Option<Node>> {
    file::Entity::find_by_id(id)
        .lock(LockType::Update)
        .one(tx.db())
        .await?;
    Ok(rows(
        tx.db(),
        node_sql(&format!("SELECT * FROM files WHERE id = {id}")),
    )
    .await?
    .pop())
}

/// Which of these folders lie in themselves.
pub async fn rings(db: &Connection, folders: &[FileId]) -> StoreResult<Vec<FileId>> {
    #[derive(FromQueryResult)]
    struct RingStart {
        start: FileId,
    }
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = folders.iter().map(ToString::to_string).collect();
    // Without `ALL`, a step that was taken before ends the walk.
    let sql = format!(
        "WITH RECURSIVE up(start, id) AS (\
           SELECT id, parent_id FROM files WHERE id IN ({}) AND parent_id IS NOT NULL \
           UNION \
           SELECT up.start, f.parent_id FROM up CROSS JOIN files f \
           WHERE f.id = up.id AND f.parent_id IS NOT NULL) \
         SELECT start FROM up WHERE start = id ORDER BY start",
        ids.join(",")
    );
    Ok(rows::<RingStart>(db, sql)
        .await?
        .into_iter()
        .map(|row| row.start)
        .collect())
}

/// A name that several siblings have.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Namesakes {
    pub parent_id: FileId,
    pub name: String,
}

/// Names that are not unique in their folder; the index should make this impossible.
pub async fn namesakes(store: &Store) -> StoreResult<Vec<Namesakes>> {
    let sql = format!(
        "SELECT parent_id, name FROM files WHERE parent_id IS NOT NULL \
         GROUP BY parent_id, name HAVING COUNT(*) > 1 LIMIT {COMPLAINTS}"
    );
    rows(store.read(), sql).await
}

/// Puts a node below its owner's root under a new name; `false` without a root.
pub async fn rescue(tx: &Tx, node: &Node, name: &str, at: Timestamp) -> StoreResult<bool> {
    let owner = user::Entity::find_by_id(node.owner_id).one(tx.db()).await?;
    let Some(root) = owner.and_then(|owner| owner.root_id) else {
        return Ok(false);
    };
    files::set_name(tx.db(), node.id, name, at).await?;
    files::set_parent(tx.db(), &[node.id], root, at).await?;
    Ok(true)
}

/// The newest finished version a file holds.
pub async fn newest_version(tx: &Tx, id: FileId) -> StoreResult<Option<blob::Model>> {
    let held = super::blobs::of_file(tx.db(), id).await?;
    let mut stored = held
        .into_iter()
        .filter(|blob| blob.upload_session_id.is_none());
    Ok(stored.find(|blob| blob.kind == BlobKind::Version))
}

/// Makes a version current without touching anything else.
pub async fn set_current(
    tx: &Tx,
    id: FileId,
    blob: Option<BlobId>,
    size_bytes: i64,
) -> StoreResult<()> {
    file::Entity::update_many()
        .col_expr(file::Column::CurrentBlobId, Expr::value(blob))
        .col_expr(file::Column::SizeBytes, Expr::value(size_bytes))
        .filter(file::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// How many blobs that nobody holds wait since before `then`.
pub async fn unrecycled(store: &Store, then: Timestamp) -> StoreResult<u64> {
    Ok(blob::Entity::find()
        .filter(blob::Column::ReferenceCount.lte(0))
        .filter(blob::Column::UnlinkedAt.lt(then))
        .count(store.read())
        .await?)
}
