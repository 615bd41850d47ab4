//! Tasks that people can see and call off; journal entries that tell where they come from.

use crate::columns::{index, int_null, long_null, text, text_null};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The category of each kind of entry that there was until now.
const CATEGORIES: [(&str, &[&str]); 4] = [
    (
        "file",
        &[
            "create", "modify", "rename", "trash", "delete", "restore", "describe",
        ],
    ),
    (
        "share",
        &[
            "share",
            "share_edit",
            "share_delete",
            "share_opened",
            "direct_link",
            "direct_link_delete",
        ],
    ),
    (
        "sign_in",
        &[
            "sign_in",
            "sign_in_failed",
            "refresh",
            "sign_out",
            "sign_out_others",
            "proof_failed",
        ],
    ),
    (
        "account",
        &[
            "sign_up",
            "password",
            "profile",
            "grant_app",
            "revoke_app",
            "link_identity",
            "unlink_identity",
            "activate",
            "invite",
            "reset_asked",
            "two_factor",
            "passkey",
        ],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        // In whose list of tasks it is; none: only administrators see it.
        add(manager, "tasks", text_null(db, "category", 16)).await?;
        add(manager, "tasks", long_null(db, "summary")).await?;
        add(manager, "tasks", long_null(db, "progress")).await?;
        add(manager, "tasks", int_null("cancel_requested_at")).await?;
        index(manager, "tasks", &["owner_id", "category", "id"], false).await?;
        index(manager, "tasks", &["lease_until"], false).await?;

        add(manager, "journal", text_null(db, "address", 45)).await?;
        add(manager, "journal", text_null(db, "correlation_id", 36)).await?;
        let mut category = text(db, "category", 16);
        category.default("");
        add(manager, "journal", category).await?;
        for (category, kinds) in CATEGORIES {
            let update = Query::update()
                .table("journal")
                .value("category", category)
                .and_where(Expr::col("op").is_in(kinds.iter().copied()))
                .to_owned();
            manager.get_connection().execute(&update).await?;
        }
        index(manager, "journal", &["category", "id"], false).await
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
