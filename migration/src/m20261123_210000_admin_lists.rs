//! Indexes by which administrators order files, blobs and shares, filter tasks and the journal,
//! and by which what is new is counted.

use crate::columns::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // By id, too: what is passed over is no row that would have to be read.
        index(manager, "files", &["kind", "is_symbolic", "id"], false).await?;
        for column in ["name", "size_bytes", "created_at", "updated_at"] {
            index(
                manager,
                "files",
                &["kind", "is_symbolic", column, "id"],
                false,
            )
            .await?;
        }
        for column in ["size_bytes", "updated_at", "reference_count"] {
            index(manager, "blobs", &[column, "id"], false).await?;
        }
        for column in ["views", "downloads", "remaining_downloads"] {
            index(manager, "shares", &[column, "id"], false).await?;
        }
        index(manager, "tasks", &["correlation_id"], false).await?;
        index(manager, "journal", &["correlation_id"], false).await?;
        index(manager, "journal", &["file_id", "id"], false).await
    }
}
