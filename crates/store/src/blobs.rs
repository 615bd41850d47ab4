//! Blobs and who holds them.

pub mod found;
mod holding;
pub mod kept;
pub mod moving;
pub mod parting;
mod reserved;

pub use holding::{
    IncomingBlob, StoredBytes, give_up, keep_bytes, keys_held, link, link_at_last, link_reserved,
    spare_bytes, unlink, unlink_all,
};
pub use reserved::{Reserved, prolong, reserve};

use super::{Connection, StoreResult};
use crate::files::BATCH;
use crate::recycling::is_kept;
use entity::{BlobId, BlobKind, FileId, PolicyId, Timestamp, UserId, blob, file, file_blob};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};

/// A blob that is about to be written.
#[derive(Clone, Debug)]
pub struct NewBlob {
    pub kind: BlobKind,
    pub policy: PolicyId,
    pub key: String,
    pub size_bytes: i64,
    pub session: String,
    pub created_by: Option<UserId>,
    pub at: Timestamp,
}

/// The row with this id.
pub async fn by_id(db: &Connection, id: BlobId) -> StoreResult<Option<blob::Model>> {
    Ok(blob::Entity::find_by_id(id).one(db).await?)
}

/// Which policies keep these.
/// # Errors
/// Database
pub async fn policies_of(db: &Connection, ids: &[BlobId]) -> StoreResult<Vec<(BlobId, PolicyId)>> {
    let found = blob::Entity::find()
        .select_only()
        .columns([blob::Column::Id, blob::Column::PolicyId])
        .filter(blob::Column::Id.is_in(ids.iter().copied()));
    Ok(found.into_tuple().all(db).await?)
}

/// The row whose bytes lie under this key.
pub async fn by_key(
    db: &Connection,
    policy: PolicyId,
    key: &str,
) -> StoreResult<Option<blob::Model>> {
    let row = blob::Entity::find()
        .filter(blob::Column::PolicyId.eq(policy))
        .filter(blob::Column::Key.eq(key));
    Ok(row.one(db).await?)
}

/// Adds a blob held by one file.
pub async fn insert(db: &Connection, file: FileId, new: NewBlob) -> StoreResult<BlobId> {
    let row = blob::ActiveModel {
        id: NotSet,
        kind: Set(new.kind),
        policy_id: Set(new.policy),
        key: Set(new.key),
        size_bytes: Set(new.size_bytes),
        blake3: Set(None),
        reference_count: Set(1),
        upload_session_id: Set(Some(new.session)),
        created_by: Set(new.created_by),
        unlinked_at: Set(None),
        verified_at: Set(None),
        props: Set(blob::Props::default()),
        created_at: Set(new.at),
        updated_at: Set(new.at),
    };
    let id = blob::Entity::insert(row).exec(db).await?.last_insert_id;
    let link = file_blob::ActiveModel {
        file_id: Set(file),
        blob_id: Set(id),
    };
    file_blob::Entity::insert(link)
        .exec_without_returning(db)
        .await?;
    Ok(id)
}

/// Its bytes are stored: no upload any more.
pub async fn set_stored(
    db: &Connection,
    id: BlobId,
    size_bytes: i64,
    blake3: Option<Vec<u8>>,
    at: Timestamp,
) -> StoreResult<()> {
    blob::Entity::update_many()
        .col_expr(blob::Column::UploadSessionId, Expr::value(None::<String>))
        .col_expr(blob::Column::SizeBytes, Expr::value(size_bytes))
        .col_expr(blob::Column::VerifiedAt, seen_at(blake3.as_deref(), at))
        .col_expr(blob::Column::Blake3, Expr::value(blake3))
        .col_expr(blob::Column::UpdatedAt, Expr::value(at))
        .filter(blob::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Whatever comes with a hash was seen whole on its way.
fn seen_at(blake3: Option<&[u8]>, at: Timestamp) -> Expr {
    Expr::value(blake3.map(|_| at))
}

/// Notes the hash of bytes that were read, unless there is one.
pub async fn set_hash(
    db: &Connection,
    id: BlobId,
    blake3: Vec<u8>,
    at: Timestamp,
) -> StoreResult<()> {
    blob::Entity::update_many()
        .col_expr(blob::Column::Blake3, Expr::value(blake3))
        .col_expr(blob::Column::VerifiedAt, Expr::value(at))
        .filter(blob::Column::Id.eq(id))
        .filter(blob::Column::Blake3.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Whether its bytes may be read: files hold it, or links lead to it that were handed out while one did.
pub fn is_readable(row: &blob::Model, now: Timestamp) -> bool {
    row.upload_session_id.is_none() && (row.reference_count > 0 || is_kept(row, now))
}

/// What a file holds, newest first.
pub async fn of_file(db: &Connection, file: FileId) -> StoreResult<Vec<blob::Model>> {
    Ok(blob::Entity::find()
        .join(JoinType::InnerJoin, link_of_blob())
        .filter(file_blob::Column::FileId.eq(file))
        .order_by_desc(blob::Column::Id)
        .all(db)
        .await?)
}

fn link_of_blob() -> sea_orm::RelationDef {
    blob::Entity::belongs_to(file_blob::Entity)
        .from(blob::Column::Id)
        .to(file_blob::Column::BlobId)
        .into()
}

/// Whether visitors may have a blob of a file: of its versions only the current one.
pub fn is_for_visitors(file: &file::Model, blob: &blob::Model) -> bool {
    blob.kind != BlobKind::Version || file.current_blob_id == Some(blob.id)
}

/// Whether a file holds a blob.
pub async fn is_held(db: &Connection, file: FileId, blob: BlobId) -> StoreResult<bool> {
    let hold = file_blob::Entity::find_by_id((file, blob)).one(db).await?;
    Ok(hold.is_some())
}

/// One hold of a file on a blob.
#[derive(Clone, Copy, Debug, sea_orm::FromQueryResult)]
pub struct Hold {
    pub file_id: FileId,
    pub blob_id: BlobId,
    pub size_bytes: i64,
    pub kind: BlobKind,
    /// An upload that has not finished is never copied.
    pub is_pending: bool,
}

/// Everything these files hold.
pub async fn holds(db: &Connection, files: &[FileId]) -> StoreResult<Vec<Hold>> {
    let mut all = Vec::new();
    for batch in files.chunks(BATCH) {
        let rows = file_blob::Entity::find()
            .select_only()
            .column(file_blob::Column::FileId)
            .column(file_blob::Column::BlobId)
            .column(blob::Column::SizeBytes)
            .column(blob::Column::Kind)
            .column_as(
                Expr::col((blob::Entity, blob::Column::UploadSessionId)).is_not_null(),
                "is_pending",
            )
            .join(
                JoinType::InnerJoin,
                file_blob::Entity::belongs_to(blob::Entity)
                    .from(file_blob::Column::BlobId)
                    .to(blob::Column::Id)
                    .into(),
            )
            .filter(file_blob::Column::FileId.is_in(batch.iter().copied()))
            .into_model::<Hold>()
            .all(db)
            .await?;
        all.extend(rows);
    }
    Ok(all)
}
