//! Administrators may move files between storages, where their group is still as it was seeded.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ADMINISTRATORS: i64 = 1;
/// Their permissions until now, and the same with relocation.
const BEFORE: [u8; 3] = [0xfd, 0x1a, 0x01];
const AFTER: [u8; 3] = [0xfd, 0x1e, 0x01];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let update = Query::update()
            .table("groups")
            .value("permissions", AFTER.to_vec())
            // The time moves, as with any change of a group: what is remembered goes by it.
            .value("updated_at", Expr::col("updated_at").add(1))
            .and_where(Expr::col("id").eq(ADMINISTRATORS))
            .and_where(Expr::col("permissions").eq(BEFORE.to_vec()))
            // Who saved the group has seen that they may not.
            .and_where(Expr::col("updated_at").equals("created_at"))
            .to_owned();
        manager.get_connection().execute(&update).await?;
        Ok(())
    }
}
