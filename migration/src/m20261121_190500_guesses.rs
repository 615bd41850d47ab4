//! Allowances for wrong tries, shared by all replicas and kept across restarts.

use crate::columns::{index, int, table, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut id = text(db, "id", 64);
        id.primary_key();
        table(manager, "guesses", vec![id, int("full_at")]).await?;
        index(manager, "guesses", &["full_at"], false).await
    }
}
