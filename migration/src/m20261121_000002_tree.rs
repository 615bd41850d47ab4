//! Files, their blobs and metadata.

use crate::columns::{
    flag, id, index, int, int_null, json, long, long_null, reference, small, table_statement, text,
    text_null,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut files = table_statement(
            "files",
            vec![
                id(),
                small("kind"),
                int("owner_id"),
                int_null("parent_id"),
                text(db, "name", 255),
                // Lower case may need more characters than the name itself.
                text(db, "name_folded", 512),
                int("size_bytes"),
                // No foreign key: written in the same breath as the blob row itself.
                int_null("current_blob_id"),
                flag("is_symbolic"),
                long_null(db, "view"),
                int("created_at"),
                int("updated_at"),
                int_null("trashed_at"),
                int_null("purge_at"),
            ],
        );
        reference(&mut files, "files", "owner_id", "users");
        reference(&mut files, "files", "parent_id", "files");
        manager.create_table(files).await?;
        // One index a sort order, so that any page of any folder is one range read.
        index(manager, "files", &["parent_id", "name"], true).await?;
        index(manager, "files", &["parent_id", "kind", "id"], false).await?;
        index(manager, "files", &["parent_id", "kind", "name"], false).await?;
        index(
            manager,
            "files",
            &["parent_id", "kind", "size_bytes", "id"],
            false,
        )
        .await?;
        index(
            manager,
            "files",
            &["parent_id", "kind", "updated_at", "id"],
            false,
        )
        .await?;
        index(
            manager,
            "files",
            &["parent_id", "kind", "created_at", "id"],
            false,
        )
        .await?;
        index(manager, "files", &["owner_id", "trashed_at", "id"], false).await?;
        index(manager, "files", &["is_symbolic", "owner_id", "id"], false).await?;
        index(manager, "files", &["purge_at"], false).await?;

        let mut blobs = table_statement(
            "blobs",
            vec![
                id(),
                small("kind"),
                int("policy_id"),
                // 700 characters of four bytes fit an index on every database.
                text(db, "key", 700),
                int("size_bytes"),
                {
                    let mut hash = ColumnDef::new("blake3");
                    hash.var_binary(32).null();
                    hash
                },
                int("reference_count"),
                text_null(db, "upload_session_id", 36),
                int_null("created_by"),
                int_null("unlinked_at"),
                int_null("verified_at"),
                json("props"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut blobs, "blobs", "policy_id", "storage_policies");
        reference(&mut blobs, "blobs", "created_by", "users");
        manager.create_table(blobs).await?;
        index(manager, "blobs", &["policy_id", "key"], true).await?;
        index(manager, "blobs", &["unlinked_at"], false).await?;
        index(manager, "blobs", &["created_by"], false).await?;

        let mut file_blobs = table_statement("file_blobs", vec![int("file_id"), int("blob_id")]);
        file_blobs.primary_key(Index::create().col("file_id").col("blob_id"));
        reference(&mut file_blobs, "file_blobs", "file_id", "files");
        reference(&mut file_blobs, "file_blobs", "blob_id", "blobs");
        manager.create_table(file_blobs).await?;
        index(manager, "file_blobs", &["blob_id"], false).await?;

        let mut metadata = table_statement(
            "metadata",
            vec![
                int("file_id"),
                text(db, "name", 255),
                long(db, "value"),
                flag("is_public"),
            ],
        );
        metadata.primary_key(Index::create().col("file_id").col("name"));
        reference(&mut metadata, "metadata", "file_id", "files");
        manager.create_table(metadata).await?;
        Ok(())
    }
}
