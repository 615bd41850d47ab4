//! Whom shares name: a row for each account and group, to find what somebody was given.

use crate::columns::{index, int, small, table_statement};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Json;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Where a share's permissions keep names, and the kind of who is named there.
const NAMED: [(&str, i16); 2] = [("user_explicit", 0), ("group_explicit", 1)];
/// Shares looked at together.
const BATCH: u64 = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut recipients = table_statement(
            "share_recipients",
            vec![
                int("share_id"),
                // 0: an account, 1: a group.
                small("kind"),
                int("recipient_id"),
                int("named_at"),
            ],
        );
        recipients.primary_key(
            Index::create()
                .col("share_id")
                .col("kind")
                .col("recipient_id"),
        );
        recipients.foreign_key(
            ForeignKey::create()
                .name("fk_share_recipients_share_id")
                .from("share_recipients", "share_id")
                .to("shares", "id")
                // Whoever removes a share removes whom it names.
                .on_delete(ForeignKeyAction::Cascade),
        );
        manager.create_table(recipients).await?;
        let order = ["kind", "recipient_id", "named_at", "share_id"];
        index(manager, "share_recipients", &order, false).await?;
        fill(manager).await
    }
}

/// Whom shares name that are there already.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let mut last = 0i64;
    loop {
        let select = Query::select()
            .columns(["id", "permissions", "created_at"])
            .from("shares")
            .and_where(Expr::col("id").gt(last))
            .and_where(Expr::col("permissions").is_not_null())
            .order_by("id", Order::Asc)
            .limit(BATCH)
            .to_owned();
        let rows = db.query_all(&select).await?;
        for row in &rows {
            last = row.try_get("", "id")?;
            let at: i64 = row.try_get("", "created_at")?;
            let permissions: String = row.try_get("", "permissions")?;
            for (kind, recipient) in named(&permissions) {
                let insert = Query::insert()
                    .into_table("share_recipients")
                    .columns(["share_id", "kind", "recipient_id", "named_at"])
                    .values_panic([last.into(), kind.into(), recipient.into(), at.into()])
                    .to_owned();
                db.execute(&insert).await?;
            }
        }
        if (rows.len() as u64) < BATCH {
            return Ok(());
        }
    }
}

/// Kind and id of all who are granted something by name.
fn named(permissions: &str) -> Vec<(i16, i64)> {
    let permissions: Json = permissions.parse().unwrap_or_default();
    let mut named = Vec::new();
    for (key, kind) in NAMED {
        for (id, rights) in permissions[key].as_object().into_iter().flatten() {
            let grants = rights.as_str().is_some_and(|rights| !rights.is_empty());
            let id = id.parse().ok().filter(|_| grants);
            named.extend(id.map(|id: i64| (kind, id)));
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_granted_something_by_name_is_found() {
        let permissions = r#"{"user_explicit":{"7":"AQ==","8":""},"group_explicit":{"2":"BQ=="},
            "everyone":"AQ=="}"#;
        assert_eq!(named(permissions), [(0, 7), (1, 2)]);
        for nobody in ["", "{}", "null", "[]", r#"{"user_explicit":null}"#] {
            assert_eq!(named(nobody), [], "{nobody}");
        }
    }
}
