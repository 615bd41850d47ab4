//! Which storage policy somebody chose for a folder.

use crate::columns::{index, int, table_statement};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "folder_policies";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_statement(TABLE, vec![int("folder_id"), int("policy_id")]);
        table.primary_key(Index::create().col("folder_id"));
        for (column, to) in [("folder_id", "files"), ("policy_id", "storage_policies")] {
            table.foreign_key(
                ForeignKey::create()
                    .name(format!("fk_{TABLE}_{column}"))
                    .from(TABLE, column)
                    .to(to, "id")
                    // A choice is nothing without either.
                    .on_delete(ForeignKeyAction::Cascade),
            );
        }
        manager.create_table(table).await?;
        index(manager, TABLE, &["policy_id"], false).await
    }
}
