//! Storages that mirror one another, and bytes that were read again: what a member of a mirror lacks,
//! what is damaged, and when each blob was last seen whole.

use crate::columns::{id, index, int, table_statement, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let mut gaps = table_statement(
            "mirror_gaps",
            vec![
                id(),
                int("policy_id"),
                int("member_id"),
                text(db, "key", 700),
                int("noted_at"),
            ],
        );
        for column in ["policy_id", "member_id"] {
            gaps.foreign_key(
                ForeignKey::create()
                    .name(format!("fk_mirror_gaps_{column}"))
                    .from("mirror_gaps", column)
                    .to("storage_policies", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            );
        }
        manager.create_table(gaps).await?;
        let once = ["policy_id", "member_id", "key"];
        index(manager, "mirror_gaps", &once, true).await?;
        index(manager, "mirror_gaps", &["member_id"], false).await?;

        let mut damaged = table_statement(
            "damaged_blobs",
            vec![
                int("blob_id"),
                int("policy_id"),
                text(db, "damage", 16),
                int("found_at"),
            ],
        );
        damaged.primary_key(Index::create().col("blob_id"));
        for (column, to) in [("blob_id", "blobs"), ("policy_id", "storage_policies")] {
            damaged.foreign_key(
                ForeignKey::create()
                    .name(format!("fk_damaged_blobs_{column}"))
                    .from("damaged_blobs", column)
                    .to(to, "id")
                    .on_delete(ForeignKeyAction::Cascade),
            );
        }
        manager.create_table(damaged).await?;
        index(manager, "damaged_blobs", &["policy_id"], false).await?;

        // Whatever has a hash was seen whole when it got it.
        let seen = Query::update()
            .table("blobs")
            .value("verified_at", Expr::col("created_at"))
            .and_where(Expr::col("verified_at").is_null())
            .and_where(Expr::col("blake3").is_not_null())
            .to_owned();
        manager.get_connection().execute(&seen).await?;
        index(manager, "blobs", &["policy_id", "verified_at", "id"], false).await
    }
}
