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
pub fn long(name: &'static str) -> ColumnDef {
    let mut column = long_null(name);
    column.not_null();
    column
}

/// Optional text of any length, never indexed.
pub fn long_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    // MySQL's TEXT ends at 64 KiB; the other two take the same word for unlimited text.
    column.text();
    column
}

/// Required text of any length on every database, never indexed.
pub fn longest(db: DatabaseBackend, name: &'static str) -> ColumnDef {
    let mut column = longest_null(db, name);
    column.not_null();
    column
}

/// Optional text of any length on every database, never indexed.
pub fn longest_null(db: DatabaseBackend, name: &'static str) -> ColumnDef {
    if db != DatabaseBackend::MySql {
        return long_null(name);
    }
    let mut column = ColumnDef::new(name);
    column.custom("LONGTEXT");
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
