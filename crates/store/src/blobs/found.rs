//! Bytes that lay in a storage before anybody here knew of them, and are taken over.

use super::holding::insert_rows;
use crate::files::BATCH;
use crate::{Connection, StoreResult};
use entity::{BlobId, BlobKind, FileId, PolicyId, TaskId, Timestamp, UserId, blob, file_blob};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// Bytes as they lie there.
#[derive(Clone, Debug)]
pub struct FoundBytes {
    pub policy: PolicyId,
    pub key: String,
    pub size_bytes: i64,
    pub created_by: Option<UserId>,
    pub props: blob::Props,
    pub at: Timestamp,
}

/// Adds a blob for each, to be held by one file: [`hold`] in the same transaction. Answers their
/// ids, in the same order. Whoever else has one of the keys makes it fail as duplicate.
pub async fn insert(db: &Connection, all: Vec<FoundBytes>) -> StoreResult<Vec<BlobId>> {
    insert_rows(db, all.into_iter().map(row).collect()).await
}

fn row(new: FoundBytes) -> blob::ActiveModel {
    blob::ActiveModel {
        id: NotSet,
        kind: Set(BlobKind::Version),
        policy_id: Set(new.policy),
        key: Set(new.key),
        size_bytes: Set(new.size_bytes),
        blake3: Set(None),
        reference_count: Set(1),
        upload_session_id: Set(None),
        created_by: Set(new.created_by),
        unlinked_at: Set(None),
        verified_at: Set(None),
        props: Set(new.props),
        created_at: Set(new.at),
        updated_at: Set(new.at),
    }
}

/// Lets files hold what was [inserted](insert) for them.
pub async fn hold(db: &Connection, links: &[(FileId, BlobId)]) -> StoreResult<()> {
    for batch in links.chunks(BATCH) {
        let rows = batch.iter().map(|(file, blob)| file_blob::ActiveModel {
            file_id: Set(*file),
            blob_id: Set(*blob),
        });
        let added = file_blob::Entity::insert_many(rows);
        added.exec_without_returning(db).await?;
    }
    Ok(())
}

/// Which of these keys blobs of these policies have, held or not, and which task took them over.
pub async fn known(
    db: &Connection,
    policies: &[PolicyId],
    keys: &[String],
) -> StoreResult<HashMap<String, Option<TaskId>>> {
    let mut known = HashMap::new();
    for batch in keys.chunks(BATCH) {
        let rows = blob::Entity::find()
            .select_only()
            .columns([blob::Column::Key, blob::Column::Props])
            .filter(blob::Column::PolicyId.is_in(policies.iter().copied()))
            .filter(blob::Column::Key.is_in(batch))
            .into_tuple::<(String, blob::Props)>();
        for (key, props) in rows.all(db).await? {
            known.insert(key, props.import);
        }
    }
    Ok(known)
}
