#![allow(clippy::unwrap_used)]
use super::*;
use crate as store;
use crate::{Connection, Readers, Store};
use entity::{dav_account, file, group, lock, metadata, share, user};
use rusqlite::StatementStatus;
use sea_orm::{ConnectionTrait as _, DatabaseBackend, EntityTrait, QueryTrait as _};
use std::fmt::Debug;
use tempfile::TempDir;

/// One row of each table that is read at once, with as many empty columns as it may have.
const ROWS: &str = r#"
INSERT INTO groups VALUES (7, 'people', 5, 0, X'0102', NULL, '{"source_batch":3}', 1, 2);
INSERT INTO users (id, email, nick, status, avatar, group_id, used_bytes, fact_bytes, tree_version, settings, created_at, updated_at)
VALUES (9, 'a@example.com', 'a', 'manual_banned', '', 7, 4, 4, 12, '{"task_mail":true}', 1, 2);
INSERT INTO files (id, kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at)
VALUES (3, 1, 9, NULL, '', '', 0, 0, 1, 2), (4, 0, 9, 3, 'Ärger', 'ärger', 5, 1, 1, 2);
INSERT INTO metadata VALUES (4, 'k', 'v', 1);
INSERT INTO locks (id, token, owner_id, path, is_deep, is_folder, is_shared, user_id, application, created_at)
VALUES (1, 't', 9, '/a', 1, 0, 0, 9, 'dav', 1);
INSERT INTO shares (id, public_number, owner_id, file_id, views, downloads, share_view, show_readme, revision, created_at, updated_at)
VALUES (1, 11, 9, 4, 1, 2, 0, 1, 1, 1, 2);
INSERT INTO dav_accounts VALUES (1, 9, 'n', 'u', 'h', 's', 3, 1, 2);
"#;

struct Number(i64);

impl OfRow for Number {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        row.at(0).map(Self)
    }
}

async fn filled() -> (TempDir, Store) {
    let data = TempDir::new().unwrap();
    let store = store::open(None, data.path()).await.unwrap();
    let tx = store.begin().await.unwrap();
    tx.db().execute_unprepared(ROWS).await.unwrap();
    tx.commit().await.unwrap();
    (data, store)
}

fn sql(text: &str) -> Statement {
    Statement::from_string(DatabaseBackend::Sqlite, text)
}

fn number(db: &Connection, text: &str) -> Option<i64> {
    let rows: Vec<Number> = db.at_once(&sql(text))?;
    rows.first().map(|number| number.0)
}

/// Rows are the same, whichever way they come.
async fn same<E: EntityTrait>(db: &Readers)
where
    E::Model: OfRow + PartialEq + Debug,
{
    let at_once: Option<Vec<E::Model>> = db.at_once(&E::find().build(DatabaseBackend::Sqlite));
    let over_the_pool = E::find().all(&**db).await.unwrap();
    assert!(!over_the_pool.is_empty());
    assert_eq!(at_once, Some(over_the_pool));
}

#[tokio::test]
async fn rows_are_the_same_whichever_way_they_come() {
    let (_data, store) = filled().await;
    let db = store.read();
    same::<file::Entity>(db).await;
    same::<user::Entity>(db).await;
    same::<group::Entity>(db).await;
    same::<metadata::Entity>(db).await;
    same::<lock::Entity>(db).await;
    same::<share::Entity>(db).await;
    same::<dav_account::Entity>(db).await;
    let (user, group) = crate::drives::owner(db, entity::UserId(9))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((user.id.0, user.updated_at.0, group.id.0), (9, 2, 7));
    assert_eq!(group.name, "people");
}

#[tokio::test]
async fn what_was_committed_is_seen_and_nothing_else() {
    let (_data, store) = filled().await;
    let count = "SELECT COUNT(*) FROM metadata";
    let add = "INSERT INTO metadata VALUES (4, 'l', 'v', 1)";
    assert_eq!(number(store.read(), count), Some(1));
    let tx = store.begin().await.unwrap();
    tx.db().execute_unprepared(add).await.unwrap();
    // A transaction sees what it wrote, so nothing is asked beside it.
    assert_eq!(number(tx.db(), count), None);
    tx.commit().await.unwrap();
    assert_eq!(number(store.read(), count), Some(2));
}

#[tokio::test]
async fn a_long_read_is_broken_off_and_made_over_the_pool() {
    let (_data, store) = filled().await;
    let long = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000) \
                SELECT f.* FROM files f WHERE f.id = 4 AND (SELECT COUNT(*) FROM n) > 5";
    let db = store.read();
    assert!(db.at_once::<file::Model>(&sql(long)).is_none());
    let rows: Vec<file::Model> = all_of(db, sql(long)).await.unwrap();
    assert_eq!(rows.len(), 1);
    // The next one has all its time again.
    assert_eq!(number(db, "SELECT id FROM files WHERE id = 4"), Some(4));
}

#[tokio::test]
async fn a_statement_is_planned_once_whatever_is_bound() {
    let (data, _store) = filled().await;
    let open = Open::at(&data.path().join("alcove.db")).unwrap();
    let sql = "SELECT id FROM files WHERE owner_id = ? ORDER BY id LIMIT ?";
    for most in 1..4i64 {
        let values = [9i64.into(), most.into()];
        let asked = Statement::from_sql_and_values(DatabaseBackend::Sqlite, sql, values);
        let found: Vec<Number> = open.all(&asked).unwrap();
        assert_eq!(found.len() as i64, most.min(2));
    }
    let prepared = open.db.prepare_cached(sql).unwrap();
    assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0);
}

#[tokio::test]
async fn nothing_is_written() {
    let (_data, store) = filled().await;
    let db = store.read();
    assert!(
        db.at_once::<Number>(&sql("DELETE FROM locks RETURNING id"))
            .is_none()
    );
    assert_eq!(number(db, "SELECT COUNT(*) FROM locks"), Some(1));
}

#[tokio::test]
async fn a_value_of_another_type_is_never_taken_for_nothing() {
    let (_data, store) = filled().await;
    let db = store.read();
    struct Text(Option<String>);
    impl OfRow for Text {
        fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
            row.at(0).map(Self)
        }
    }
    let text = |text| db.at_once::<Text>(&sql(text)).map(|rows| rows[0].0.clone());
    assert_eq!(text("SELECT 'a'"), Some(Some("a".to_owned())));
    assert_eq!(text("SELECT NULL"), Some(None));
    assert_eq!(text("SELECT 5"), None);
}
