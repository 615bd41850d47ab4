//! Upload sessions, their parts, and locks.

use crate::columns::{
    flag, id, index, int, int_null, json, long, long_null, reference, table_statement, text,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut sessions = table_statement(
            "upload_sessions",
            vec![
                {
                    let mut id = text(db, "id", 36);
                    id.primary_key();
                    id
                },
                int("user_id"),
                int("file_id"),
                int("blob_id"),
                int("policy_id"),
                long(db, "uri"),
                int("size_bytes"),
                int("chunk_bytes"),
                flag("made_file"),
                text(db, "lock_token", 190),
                text(db, "callback_secret", 64),
                json("details"),
                int("expires_at"),
                int("created_at"),
            ],
        );
        reference(&mut sessions, "upload_sessions", "user_id", "users");
        reference(&mut sessions, "upload_sessions", "file_id", "files");
        reference(&mut sessions, "upload_sessions", "blob_id", "blobs");
        reference(
            &mut sessions,
            "upload_sessions",
            "policy_id",
            "storage_policies",
        );
        manager.create_table(sessions).await?;
        index(manager, "upload_sessions", &["user_id"], false).await?;
        index(manager, "upload_sessions", &["file_id"], false).await?;
        index(manager, "upload_sessions", &["blob_id"], false).await?;
        index(manager, "upload_sessions", &["policy_id"], false).await?;
        index(manager, "upload_sessions", &["expires_at"], false).await?;

        let mut parts = table_statement(
            "upload_parts",
            vec![
                text(db, "session_id", 36),
                int("part"),
                int("size_bytes"),
                {
                    let mut digest = ColumnDef::new("digest");
                    digest.blob().not_null();
                    digest
                },
                int("received_at"),
            ],
        );
        parts.primary_key(Index::create().col("session_id").col("part"));
        reference(&mut parts, "upload_parts", "session_id", "upload_sessions");
        manager.create_table(parts).await?;

        let mut locks = table_statement(
            "locks",
            vec![
                id(),
                text(db, "token", 190),
                int("owner_id"),
                long(db, "path"),
                flag("is_deep"),
                flag("is_folder"),
                int("user_id"),
                text(db, "application", 32),
                long_null(db, "detail"),
                int_null("expires_at"),
                int("created_at"),
            ],
        );
        reference(&mut locks, "locks", "owner_id", "users");
        reference(&mut locks, "locks", "user_id", "users");
        manager.create_table(locks).await?;
        index(manager, "locks", &["token"], true).await?;
        index(manager, "locks", &["owner_id"], false).await?;
        index(manager, "locks", &["user_id"], false).await?;
        index(manager, "locks", &["expires_at"], false).await?;
        Ok(())
    }
}
