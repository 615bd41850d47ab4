//! WebDAV accounts, and locks that several may hold at once.

use crate::columns::{flag, id, index, int, long, reference, table_statement, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut accounts = table_statement(
            "dav_accounts",
            vec![
                id(),
                int("owner_id"),
                text(db, "name", 255),
                long(db, "uri"),
                text(db, "password_hash", 64),
                long(db, "password_sealed"),
                int("options"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut accounts, "dav_accounts", "owner_id", "users");
        manager.create_table(accounts).await?;
        index(manager, "dav_accounts", &["owner_id", "id"], false).await?;
        let unique = ["password_hash", "owner_id"];
        index(manager, "dav_accounts", &unique, true).await?;

        let mut shared = flag("is_shared");
        shared.default(false);
        let alter = Table::alter()
            .table("locks")
            .add_column(&mut shared)
            .to_owned();
        manager.alter_table(alter).await
    }
}
