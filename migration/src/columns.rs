//! Column shapes shared by the migrations.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

/// `BIGINT` that counts up, never reused.
pub fn id() -> ColumnDef {
    let mut column = ColumnDef::new("id");
    column
        .big_integer()
        .not_null()
        .auto_increment()
        .primary_key();
    column
}

/// Required `BIGINT`.
pub fn int(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

/// Optional `BIGINT`.
pub fn int_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().null();
    column
}

/// Required `SMALLINT`.
pub fn small(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.small_integer().not_null();
    column
}

/// Required `BOOLEAN`.
pub fn flag(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().not_null();
    column
}

/// Required text of at most `len` characters, compared byte by byte on every database:
/// names that differ in case are different names everywhere.
pub fn text(db: DatabaseBackend, name: &'static str, len: u32) -> ColumnDef {
    let mut column = text_null(db, name, len);
    column.not_null();
    column
}

/// Optional text of at most `len` characters, compared byte by byte.
pub fn text_null(db: DatabaseBackend, name: &'static str, len: u32) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.string_len(len);
    binary_collation(db, &mut column);
    column
}

/// Required text of any length, never indexed.
pub fn long(db: DatabaseBackend, name: &'static str) -> ColumnDef {
    let mut column = long_null(db, name);
    column.not_null();
    column
}

/// Optional text of any length, never indexed.
pub fn long_null(db: DatabaseBackend, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match db {
        // Its TEXT ends at 64 KiB.
        DatabaseBackend::MySql => column.custom("LONGTEXT"),
        _ => column.text(),
    };
    column
}

/// Required JSON, never searched.
pub fn json(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.json().not_null();
    column
}

/// Required bytes of at most `len`.
pub fn bytes(name: &'static str, len: u32) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.var_binary(len).not_null();
    column
}

fn binary_collation(db: DatabaseBackend, column: &mut ColumnDef) {
    match db {
        DatabaseBackend::Postgres => column.extra("COLLATE \"C\""),
        DatabaseBackend::MySql => column.extra("COLLATE utf8mb4_bin"),
        _ => column,
    };
}

/// Creates a table of these columns.
pub async fn table(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    manager.create_table(table_statement(name, columns)).await
}

/// A table of these columns, to be given foreign keys before it is created.
pub fn table_statement(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut statement = Table::create();
    statement.table(name);
    for column in columns {
        statement.col(column);
    }
    statement
}

/// Adds `from → to(id)`; rows of `to` cannot go while they are pointed at.
pub fn reference(
    statement: &mut TableCreateStatement,
    table: &'static str,
    from: &'static str,
    to: &'static str,
) {
    let name = format!("fk_{table}_{from}");
    statement.foreign_key(
        ForeignKey::create()
            .name(name)
            .from(table, from)
            .to(to, "id"),
    );
}

/// Creates an index named after its table and columns.
pub async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut statement = Index::create();
    statement
        .name(format!("ix_{table}_{}", columns.join("_")))
        .table(table);
    for column in columns {
        statement.col(*column);
    }
    if unique {
        statement.unique();
    }
    manager.create_index(statement).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn no_database_cuts_long_text() {
        let statement = |db| table_statement("t", vec![long(db, "a"), long_null(db, "b")]);
        let mysql = statement(DatabaseBackend::MySql).to_string(MysqlQueryBuilder);
        assert_eq!(
            mysql,
            "CREATE TABLE `t` ( `a` LONGTEXT NOT NULL, `b` LONGTEXT )"
        );
        let sqlite = statement(DatabaseBackend::Sqlite).to_string(SqliteQueryBuilder);
        assert_eq!(
            sqlite,
            r#"CREATE TABLE "t" ( "a" text NOT NULL, "b" text )"#
        );
        let postgres = statement(DatabaseBackend::Postgres).to_string(PostgresQueryBuilder);
        assert_eq!(
            postgres,
            r#"CREATE TABLE "t" ( "a" text NOT NULL, "b" text )"#
        );
    }

    /// What a migration does is only known once it runs on a database, so this reads them.
    #[test]
    fn migrations_take_their_long_texts_from_here() {
        let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("src");
        let mut seen = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("columns.rs") {
                continue;
            }
            let code = fs::read_to_string(&path).unwrap();
            for word in [".text()", "ColumnType::Text", " TEXT"] {
                assert!(!code.contains(word), "{word} in {}", path.display());
            }
            seen += 1;
        }
        assert!(seen > 1);
    }
}
