//! Apps that act for people, what they were granted, and identities of other providers.

use crate::columns::{
    flag, id, index, int, int_null, json, long, reference, small, table, table_statement, text,
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
            "oauth_clients",
            vec![
                id(),
                text(db, "guid", 36),
                text(db, "secret_hash", 128),
                text(db, "name", 255),
                long(db, "homepage_url"),
                json("redirect_uris"),
                json("scopes"),
                json("props"),
                flag("is_enabled"),
                int("created_at"),
                int("updated_at"),
            ],
        )
        .await?;
        index(manager, "oauth_clients", &["guid"], true).await?;

        let mut grants = table_statement(
            "oauth_grants",
            vec![
                id(),
                int("user_id"),
                int("client_id"),
                json("scopes"),
                int_null("last_used_at"),
                int("created_at"),
                int("updated_at"),
            ],
        );
        reference(&mut grants, "oauth_grants", "user_id", "users");
        reference(&mut grants, "oauth_grants", "client_id", "oauth_clients");
        manager.create_table(grants).await?;
        index(manager, "oauth_grants", &["user_id", "client_id"], true).await?;
        index(manager, "oauth_grants", &["client_id"], false).await?;

        table(
            manager,
            "signing_keys",
            vec![
                {
                    let mut kid = text(db, "kid", 64);
                    kid.primary_key();
                    kid
                },
                text(db, "algorithm", 16),
                long(db, "sealed"),
                json("public_jwk"),
                int("created_at"),
                int_null("retired_at"),
            ],
        )
        .await?;

        let mut identities = table_statement(
            "external_identities",
            vec![
                id(),
                int("user_id"),
                small("provider"),
                text(db, "issuer", 190),
                text(db, "subject", 255),
                int("linked_at"),
            ],
        );
        reference(&mut identities, "external_identities", "user_id", "users");
        manager.create_table(identities).await?;
        index(
            manager,
            "external_identities",
            &["provider", "issuer", "subject"],
            true,
        )
        .await?;
        index(
            manager,
            "external_identities",
            &["user_id", "provider"],
            true,
        )
        .await?;

        // Which app a sign-in belongs to. No foreign key: SQLite cannot add one to a table.
        let mut client = int_null("oauth_client_id");
        manager
            .alter_table(
                Table::alter()
                    .table("token_families")
                    .add_column(&mut client)
                    .to_owned(),
            )
            .await?;
        index(manager, "token_families", &["oauth_client_id"], false).await
    }
}
