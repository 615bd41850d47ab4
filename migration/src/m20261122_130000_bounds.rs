//! What bounds are held by: the size of an account's metadata, and where uploads through shares
//! come from.

use crate::columns::{index, int, int_null, text_null};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut fact_bytes = int("fact_bytes");
        fact_bytes.default(0);
        add(manager, "users", fact_bytes).await?;
        let count = "UPDATE users SET fact_bytes = (SELECT COALESCE(SUM(OCTET_LENGTH(m.name) + \
            OCTET_LENGTH(m.value)), 0) FROM files f CROSS JOIN metadata m \
            WHERE f.owner_id = users.id AND m.file_id = f.id)";
        manager.get_connection().execute_unprepared(count).await?;
        add(manager, "upload_sessions", int_null("share_id")).await?;
        add(
            manager,
            "upload_sessions",
            text_null(db, "visitor_address", 45),
        )
        .await?;
        index(manager, "upload_sessions", &["share_id"], false).await
    }
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let statement = Table::alter().table(table).add_column(column).to_owned();
    manager.alter_table(statement).await
}
