//! Members and visitors may download folders, where their groups are still as they were seeded.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Id of a seeded group, its permissions until now, and the same with the download of archives.
const SEEDED: [(i64, &[u8], &[u8]); 2] = [(2, &[0x84, 0x08], &[0x94, 0x08]), (3, &[0x82], &[0x92])];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (id, before, after) in SEEDED {
            // The time moves, as with any change of a group: what is remembered goes by it.
            let update = Query::update()
                .table("groups")
                .value("permissions", after.to_vec())
                .value("updated_at", Expr::col("updated_at").add(1))
                .and_where(Expr::col("id").eq(id))
                .and_where(Expr::col("permissions").eq(before.to_vec()))
                .to_owned();
            db.execute(&update).await?;
        }
        Ok(())
    }
}
