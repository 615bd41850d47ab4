//! What a policy keeps, for everybody or for one account: page by page, on an index.

use crate::files::{BATCH, placeholder};
use crate::{Connection, StoreResult};
use entity::{BlobId, FileId, PolicyId, UserId, blob, file, file_blob};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DatabaseBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Select, Statement,
};

/// How much that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Amount {
    pub blobs: i64,
    pub bytes: i64,
}

fn stored() -> Select<blob::Entity> {
    blob::Entity::find()
        .filter(blob::Column::ReferenceCount.gt(0i64))
        .filter(blob::Column::UploadSessionId.is_null())
}

/// Stored blobs of a policy that files hold, by key behind `after`.
pub async fn page(
    db: &Connection,
    policy: PolicyId,
    after: &str,
    limit: u64,
) -> StoreResult<Vec<blob::Model>> {
    Ok(stored()
        .filter(blob::Column::PolicyId.eq(policy))
        .filter(blob::Column::Key.gt(after))
        .order_by_asc(blob::Column::Key)
        .limit(limit)
        .all(db)
        .await?)
}

/// Stored blobs of a policy that some files of an account hold: those of the next files behind
/// `after`. Answers the last of these files; `None`: there are no more.
pub async fn page_of(
    db: &Connection,
    (policy, owner): (PolicyId, UserId),
    after: FileId,
    limit: u64,
) -> StoreResult<(Vec<blob::Model>, Option<FileId>)> {
    let files: Vec<FileId> = file::Entity::find()
        // Shortcuts hold nothing; so the index is whole.
        .filter(file::Column::IsSymbolic.eq(false))
        .filter(file::Column::OwnerId.eq(owner))
        .filter(file::Column::Id.gt(after))
        .order_by_asc(file::Column::Id)
        .limit(limit)
        .select_only()
        .column(file::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let Some(last) = files.last().copied() else {
        return Ok((Vec::new(), None));
    };
    let mut ids: Vec<BlobId> = file_blob::Entity::find()
        .filter(file_blob::Column::FileId.is_in(files))
        .select_only()
        .column(file_blob::Column::BlobId)
        .into_tuple()
        .all(db)
        .await?;
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::new();
    for some in ids.chunks(BATCH) {
        let rows = stored().filter(blob::Column::Id.is_in(some.iter().copied()));
        let rows = rows.all(db).await?.into_iter();
        // Here: else the database may think of the index by policy.
        found.extend(rows.filter(|row| row.policy_id == policy));
    }
    Ok((found, Some(last)))
}

/// How much [`page`] finds, or for an account [`page_of`].
pub async fn amount(
    db: &Connection,
    policy: PolicyId,
    owner: Option<UserId>,
) -> StoreResult<Amount> {
    let backend = db.get_database_backend();
    let place = |number| placeholder(backend, number);
    let long = match backend {
        DatabaseBackend::MySql => "SIGNED",
        _ => "BIGINT",
    };
    let sums = format!("COUNT(*) AS blobs, CAST(COALESCE(SUM(size_bytes), 0) AS {long}) AS bytes");
    let held = "reference_count > 0 AND upload_session_id IS NULL";
    let (sql, values) = match owner {
        None => (
            format!(
                "SELECT {sums} FROM blobs WHERE policy_id = {} AND {held}",
                place(1)
            ),
            vec![policy.0.into()],
        ),
        Some(owner) => (
            format!(
                "SELECT {sums} FROM (SELECT DISTINCT b.id, b.size_bytes \
                 FROM files f CROSS JOIN file_blobs h CROSS JOIN blobs b \
                 WHERE f.is_symbolic = {} AND f.owner_id = {} AND h.file_id = f.id \
                 AND b.id = h.blob_id AND b.policy_id = {} AND {held}) one",
                place(1),
                place(2),
                place(3)
            ),
            vec![false.into(), owner.0.into(), policy.0.into()],
        ),
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let found = Amount::find_by_statement(statement).one(db).await?;
    Ok(found.unwrap_or_default())
}
