//! Passkeys, and recovery codes of the second factor.

use crate::columns::{id, index, int, int_null, long, reference, table_statement, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut passkeys = table_statement(
            "passkeys",
            vec![
                id(),
                int("user_id"),
                // MySQL indexes 3,072 bytes, four a character.
                text(db, "credential_id", 700),
                text(db, "name", 255),
                long(db, "credential"),
                int_null("used_at"),
                int("created_at"),
            ],
        );
        reference(&mut passkeys, "passkeys", "user_id", "users");
        manager.create_table(passkeys).await?;
        index(manager, "passkeys", &["credential_id"], true).await?;
        index(manager, "passkeys", &["user_id"], false).await?;

        let mut codes = table_statement(
            "recovery_codes",
            vec![
                id(),
                int("user_id"),
                text(db, "code_hash", 64),
                int("created_at"),
            ],
        );
        reference(&mut codes, "recovery_codes", "user_id", "users");
        manager.create_table(codes).await?;
        index(manager, "recovery_codes", &["user_id", "code_hash"], true).await
    }
}
