#![allow(clippy::unwrap_used)]
use super::*;
use crate as store;
use crate::Store;
use crate::listing::{self, Begin, ListPosition, OrderBy, Sort, Source};
use crate::{files, json_rows};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use tempfile::TempDir;

const FOLDER: FileId = FileId(3);
const BY_NAME: Sort = Sort {
    by: OrderBy::Name,
    descending: false,
};

/// Two folders side by side, whose children's ids take turns: every third file has metadata, of
/// which one entry is nobody's business, every fifth a share, and some have both twice.
const ROWS: &str = r#"
INSERT INTO groups VALUES (7, 'people', 5, 0, X'0102', NULL, '{}', 1, 2);
INSERT INTO users (id, email, nick, status, avatar, group_id, used_bytes, fact_bytes, tree_version, settings, created_at, updated_at)
VALUES (9, 'a@example.com', 'a', 'active', '', 7, 4, 4, 12, '{}', 1, 2);
INSERT INTO files (id, kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at)
VALUES (3, 1, 9, NULL, '', '', 0, 0, 1, 2), (4, 1, 9, 3, 'other', 'other', 0, 0, 1, 2);
WITH RECURSIVE n(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM n WHERE x < 400)
INSERT INTO files (id, kind, owner_id, parent_id, name, name_folded, size_bytes, current_blob_id, is_symbolic, view, created_at, updated_at, trashed_at, purge_at)
SELECT x, x % 7 = 0, 9, 3 + x % 2, 'Ä ' || (1000 - x), 'ä ' || (1000 - x), x * 3, iif(x % 4, x, NULL),
    x % 11 = 0, iif(x % 13, NULL, '{}'), x, x + 1, iif(x % 17, NULL, 5), iif(x % 19, NULL, 6) FROM n;
INSERT INTO metadata SELECT id, 'k', 'v"' || id, 1 FROM files WHERE id % 3 = 0;
INSERT INTO metadata SELECT id, 'secret', 'v', 0 FROM files WHERE id % 3 = 0 OR id % 10 = 1;
INSERT INTO metadata SELECT id, 'l', '', 1 FROM files WHERE id % 6 = 0;
INSERT INTO shares (public_number, owner_id, file_id, views, downloads, share_view, show_readme, revision, created_at, updated_at)
SELECT id, 9, id, 1, 2, 0, 1, 1, 1, 2 FROM files WHERE id % 5 = 0;
INSERT INTO shares (public_number, owner_id, file_id, views, downloads, share_view, show_readme, revision, created_at, updated_at)
SELECT id + 1000, 9, id, 1, 2, 0, 1, 1, 1, 2 FROM files WHERE id % 20 = 5;
"#;

async fn filled() -> (TempDir, Store) {
    let data = TempDir::new().unwrap();
    let store = store::open(None, data.path()).await.unwrap();
    let tx = store.begin().await.unwrap();
    tx.db().execute_unprepared(ROWS).await.unwrap();
    tx.commit().await.unwrap();
    (data, store)
}

fn half(kind: FileKind) -> Select<file::Entity> {
    use sea_orm::ColumnTrait as _;
    file::Entity::find()
        .filter(file::Column::ParentId.eq(FOLDER))
        .filter(file::Column::Kind.eq(kind))
        .order_by_asc(file::Column::Name)
}

/// Folders from one place on, then files from another.
fn parts(folders: u64, files: u64) -> Vec<(Select<file::Entity>, u64)> {
    vec![
        (half(FileKind::Folder), folders),
        (half(FileKind::File), files),
    ]
}

#[tokio::test]
async fn a_page_is_the_same_whichever_way_it_comes() {
    let (_data, store) = filled().await;
    let db = store.read();
    for (metadata, shares) in [(true, true), (true, false), (false, true), (false, false)] {
        let extras = Extras { metadata, shares };
        for (folders, files, limit) in [
            (0, 0, 2_000),
            (0, 0, 40),
            (3, 5, 60),
            (0, 0, 1),
            (90, 7, 50),
        ] {
            let here = read(db, &parts(folders, files), limit, extras).unwrap();
            let there = json_rows::read(db, parts(folders, files), limit, extras);
            assert_eq!(
                here,
                there.await.unwrap(),
                "{extras:?} {folders} {files} {limit}"
            );
            assert!(!here.is_empty() && here.len() as u64 <= limit);
        }
    }
}

#[tokio::test]
async fn everything_is_told_of_its_own_row() {
    let (_data, store) = filled().await;
    let extras = Extras {
        metadata: true,
        shares: true,
    };
    let rows = read(store.read(), &parts(0, 0), 2_000, extras).unwrap();
    assert_eq!(rows.len(), 197);
    for row in rows {
        let id = row.file.id.0;
        assert_eq!(row.is_shared, id % 5 == 0, "{id}");
        let mut keys = Vec::new();
        keys.extend((id % 3 == 0).then_some("k"));
        keys.extend((id % 6 == 0).then_some("l"));
        assert!(row.metadata.keys().eq(keys), "{id}: {:?}", row.metadata);
    }
}

#[tokio::test]
async fn a_page_is_read_here_unless_it_is_long() {
    let (_data, store) = filled().await;
    let db = store.read();
    assert!(read(db, &parts(0, 0), MOST, Extras::default()).is_some());
    assert!(read(db, &parts(0, 0), MOST + 1, Extras::default()).is_none());
    // Nor where a transaction sees what it wrote, and nobody else does.
    let tx = store.begin().await.unwrap();
    assert!(read(tx.db(), &parts(0, 0), 10, Extras::default()).is_none());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_since_is_seen_by_the_next_page() {
    let (_data, store) = filled().await;
    let first = || async {
        let children = |kind| Source::Children {
            parent: FOLDER,
            kind,
        };
        let sources = [
            (children(FileKind::Folder), Begin::Start),
            (children(FileKind::File), Begin::Start),
        ];
        let page = listing::page(store.read(), &sources, BY_NAME, 1, Extras::default());
        page.await.unwrap().unwrap().remove(0).file
    };
    let before = first().await;
    let tx = store.begin().await.unwrap();
    files::set_name(tx.db(), before.id, "ßß", Timestamp(3))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let after = first().await;
    assert_ne!(after.id, before.id);
    assert!(ListPosition::of(&after, BY_NAME).text > ListPosition::of(&before, BY_NAME).text);
}
