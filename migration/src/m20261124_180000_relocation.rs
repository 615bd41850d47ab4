//! This server moves bytes between policies, where nobody has said yet what it is to do.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What it was seeded with until now, and the same with moving.
const BEFORE: [u8; 1] = [0x0E];
const AFTER: [u8; 1] = [0x1E];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let update = Query::update()
            .table("nodes")
            .value("capabilities", AFTER.to_vec())
            .and_where(Expr::col("kind").eq("master"))
            .and_where(Expr::col("capabilities").eq(BEFORE.to_vec()))
            .to_owned();
        manager.get_connection().execute(&update).await?;
        Ok(())
    }
}
