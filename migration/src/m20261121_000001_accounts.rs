//! Accounts, groups, policies, nodes, settings, sign-ins.

use crate::columns::{
    bytes, flag, id, index, int, int_null, json, long, long_null, reference, table,
    table_statement, text,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        table(
            manager,
            "settings",
            vec![
                {
                    let mut name = text(db, "name", 190);
                    name.primary_key();
                    name
                },
                // The largest seeds are a MIME table and emojis.
                long(db, "value"),
            ],
        )
        .await?;
        table(
            manager,
            "nodes",
            vec![
                id(),
                text(db, "name", 255),
                text(db, "kind", 16),
                text(db, "status", 16),
                text(db, "server", 255),
                long(db, "slave_key"),
                bytes("capabilities", 64),
                int("weight"),
                json("settings"),
                int("created_at"),
                int("updated_at"),
            ],
        )
        .await?;
        let mut policies = table_statement(
            "storage_policies",
            vec![
                id(),
                text(db, "name", 255),
                text(db, "kind", 32),
                text(db, "server", 255),
                text(db, "bucket_name", 255),
                flag("is_private"),
                long(db, "access_key"),
                long(db, "secret_key"),
                int("max_size"),
                long(db, "dir_name_rule"),
                long(db, "file_name_rule"),
                json("settings"),
                int_null("node_id"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut policies, "storage_policies", "node_id", "nodes");
        manager.create_table(policies).await?;
        index(manager, "storage_policies", &["node_id"], false).await?;

        let mut groups = table_statement(
            "groups",
            vec![
                id(),
                text(db, "name", 255),
                int("max_storage"),
                int("speed_limit"),
                bytes("permissions", 64),
                int_null("storage_policy_id"),
                json("settings"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(
            &mut groups,
            "groups",
            "storage_policy_id",
            "storage_policies",
        );
        manager.create_table(groups).await?;
        index(manager, "groups", &["storage_policy_id"], false).await?;

        let mut users = table_statement(
            "users",
            vec![
                id(),
                text(db, "email", 190),
                text(db, "nick", 255),
                long_null(db, "password"),
                text(db, "status", 16),
                text(db, "avatar", 16),
                int("group_id"),
                // No foreign key: the root folder points back at its owner.
                int_null("root_id"),
                int("used_bytes"),
                int("tree_version"),
                long_null(db, "two_factor_secret"),
                json("settings"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut users, "users", "group_id", "groups");
        manager.create_table(users).await?;
        index(manager, "users", &["email"], true).await?;
        index(manager, "users", &["group_id"], false).await?;

        let mut families = table_statement(
            "token_families",
            vec![
                {
                    let mut id = text(db, "id", 36);
                    id.primary_key();
                    id
                },
                int("user_id"),
                text(db, "ip", 64),
                text(db, "user_agent", 512),
                int("created_at"),
                int("last_used_at"),
                int("expires_at"),
                int_null("revoked_at"),
            ],
        );
        reference(&mut families, "token_families", "user_id", "users");
        manager.create_table(families).await?;
        index(manager, "token_families", &["user_id"], false).await?;
        index(manager, "token_families", &["expires_at"], false).await?;

        let mut tickets = table_statement(
            "tickets",
            vec![
                {
                    let mut id = text(db, "id", 128);
                    id.primary_key();
                    id
                },
                text(db, "kind", 32),
                int_null("user_id"),
                long(db, "value"),
                int("expires_at"),
            ],
        );
        reference(&mut tickets, "tickets", "user_id", "users");
        manager.create_table(tickets).await?;
        index(manager, "tickets", &["user_id"], false).await?;
        index(manager, "tickets", &["expires_at"], false).await?;
        Ok(())
    }
}
