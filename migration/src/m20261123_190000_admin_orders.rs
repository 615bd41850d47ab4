//! Indexes by which administrators order accounts, and find what somebody did.

use crate::columns::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["nick", "used_bytes", "updated_at"] {
            index(manager, "users", &[column, "id"], false).await?;
        }
        index(manager, "users", &["status", "id"], false).await?;
        index(manager, "journal", &["actor_id", "id"], false).await
    }
}
