//! Shares and direct links.

use crate::columns::{
    flag, id, index, int, int_null, long_null, reference, table_statement, text, text_null,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut shares = table_statement(
            "shares",
            vec![
                id(),
                // What links show, coded as a public id. Rows that came from another site have
                // their own id here; new ones a large random number.
                int("public_number"),
                int("owner_id"),
                int("file_id"),
                text_null(db, "password_sealed", 255),
                text_null(db, "password_hash", 64),
                int("views"),
                int("downloads"),
                int_null("remaining_downloads"),
                int_null("expires_at"),
                flag("share_view"),
                flag("show_readme"),
                long_null(db, "permissions"),
                int("revision"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut shares, "shares", "owner_id", "users");
        reference(&mut shares, "shares", "file_id", "files");
        manager.create_table(shares).await?;
        index(manager, "shares", &["public_number"], true).await?;
        index(manager, "shares", &["owner_id", "id"], false).await?;
        index(manager, "shares", &["file_id"], false).await?;

        let mut links = table_statement(
            "direct_links",
            vec![
                id(),
                int("public_number"),
                int("file_id"),
                text(db, "name", 255),
                int("speed_limit"),
                int("downloads"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut links, "direct_links", "file_id", "files");
        manager.create_table(links).await?;
        index(manager, "direct_links", &["public_number"], true).await?;
        index(manager, "direct_links", &["file_id", "id"], false).await
    }
}
