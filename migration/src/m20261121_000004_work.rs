//! The task queue, the journal and those who follow it.

use crate::columns::{
    flag, id, index, int, int_null, long, long_null, reference, table, table_statement, text,
    text_null,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut tasks = table_statement(
            "tasks",
            vec![
                id(),
                text(db, "kind", 64),
                text(db, "state", 16),
                int_null("owner_id"),
                long(db, "public_state"),
                long(db, "private_state"),
                long_null(db, "error"),
                int("retries"),
                int("resume_at"),
                int_null("lease_until"),
                text_null(db, "lease_owner", 64),
                int_null("node_id"),
                text_null(db, "correlation_id", 36),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut tasks, "tasks", "owner_id", "users");
        reference(&mut tasks, "tasks", "node_id", "nodes");
        manager.create_table(tasks).await?;
        index(manager, "tasks", &["state", "resume_at"], false).await?;
        index(manager, "tasks", &["kind", "state"], false).await?;
        index(manager, "tasks", &["owner_id", "id"], false).await?;
        index(manager, "tasks", &["node_id"], false).await?;

        // No foreign keys: the journal outlives what it speaks of.
        table(
            manager,
            "journal",
            vec![
                id(),
                int("at"),
                int("owner_id"),
                int_null("actor_id"),
                text_null(db, "client_id", 36),
                text(db, "op", 32),
                int_null("file_id"),
                flag("is_folder"),
                long_null(db, "path_before"),
                long_null(db, "path_after"),
                long_null(db, "detail"),
            ],
        )
        .await?;
        index(manager, "journal", &["owner_id", "id"], false).await?;
        index(manager, "journal", &["at"], false).await?;

        let mut subscriptions = table_statement(
            "event_subscriptions",
            vec![
                id(),
                int("user_id"),
                text(db, "client_id", 36),
                int("folder_id"),
                long(db, "folder_path"),
                int("position"),
                int("last_seen_at"),
                int("created_at"),
            ],
        );
        reference(
            &mut subscriptions,
            "event_subscriptions",
            "user_id",
            "users",
        );
        manager.create_table(subscriptions).await?;
        index(
            manager,
            "event_subscriptions",
            &["user_id", "client_id", "folder_id"],
            true,
        )
        .await?;
        index(manager, "event_subscriptions", &["last_seen_at"], false).await?;
        Ok(())
    }
}
