//! Indexes by which the first page of administrators counts what came and what is kept, without
//! reading the rows.

use crate::columns::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "users", &["created_at"], false).await?;
        index(manager, "shares", &["created_at"], false).await?;
        index(manager, "blobs", &["policy_id", "size_bytes"], false).await
    }
}
