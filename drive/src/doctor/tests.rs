#![allow(clippy::unwrap_used)]
use super::*;
use crate::upkeep::tests::bench::Bench;
use entity::{FileKind, Timestamp, blob, file, file_blob, user};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};

async fn examined(bench: &Bench, options: DoctorOptions) -> Vec<String> {
    let mut lines = Vec::new();
    let diagnosis = examine(&bench.core, options, |finding| {
        lines.push(finding.to_string());
    })
    .await
    .unwrap();
    assert_eq!(diagnosis.found, lines.len() as u64);
    lines
}

async fn findings(bench: &Bench) -> Vec<String> {
    examined(bench, DoctorOptions::default()).await
}

/// Finds `expected`, repairs it, and finds nothing any more.
async fn is_repairable(bench: &Bench, expected: &str) {
    assert_eq!(findings(bench).await, [expected]);
    assert_eq!(
        findings(bench).await,
        [expected],
        "changed something unasked"
    );
    let repair = DoctorOptions {
        repair: true,
        ..DoctorOptions::default()
    };
    assert_eq!(
        examined(bench, repair).await,
        [format!("{expected} (repaired)")]
    );
    assert!(findings(bench).await.is_empty());
}

async fn change_blob(bench: &Bench, id: BlobId, change: impl FnOnce(&mut blob::ActiveModel)) {
    let row = blob::Entity::find_by_id(id)
        .one(bench.store().read())
        .await
        .unwrap()
        .unwrap();
    let mut row = row.into_active_model();
    change(&mut row);
    let tx = bench.store().begin().await.unwrap();
    blob::Entity::update(row).exec(tx.db()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Runs a statement that the foreign keys would refuse.
async fn force(bench: &Bench, sql: &str) {
    let url = format!("sqlite:{}", bench.core.data.join("alcove.db").display());
    let options = sea_orm::ConnectOptions::new(url)
        .max_connections(1)
        .map_sqlx_sqlite_opts(|options| options.foreign_keys(false))
        .to_owned();
    let db = sea_orm::Database::connect(options).await.unwrap();
    db.execute_unprepared(sql).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_sound_drive_has_no_findings() {
    let bench = Bench::new().await;
    bench.add_file("a.txt", b"hello").await;
    let (trashed, _) = bench.add_file("b.txt", b"gone").await;
    bench
        .change_file(trashed, |row| {
            row.parent_id = Set(None);
            row.trashed_at = Set(Some(Timestamp(1)));
        })
        .await;
    bench
        .add_unheld(bench.policy, &["just/unlinked".to_owned()])
        .await;
    let options = DoctorOptions {
        hash: true,
        ..DoctorOptions::default()
    };
    let diagnosis = examine(&bench.core, options, |finding| panic!("{finding}"))
        .await
        .unwrap();
    assert_eq!(
        diagnosis,
        Diagnosis {
            blobs: 3,
            files: 3,
            found: 0,
            repaired: 0,
            on_their_way: 0,
            hashed: 0,
        }
    );
}

#[tokio::test]
async fn lost_and_changed_bytes_are_found() {
    let bench = Bench::new().await;
    let (_, lost) = bench.add_file("lost", b"12345").await;
    let (_, short) = bench.add_file("short", b"12345").await;
    let (_, rotten) = bench.add_file("rotten", b"12345").await;
    let uploads = bench.core.data.join("blobs/uploads");
    for (name, content) in [
        ("lost", None),
        ("short", Some("123")),
        ("rotten", Some("12346")),
    ] {
        std::fs::remove_file(uploads.join(name)).unwrap();
        if let Some(content) = content {
            std::fs::write(uploads.join(name), content).unwrap();
        }
    }
    let missing = format!("blob {lost}: its bytes are missing (uploads/lost)");
    let size = format!("blob {short}: 3 bytes at uploads/short instead of 5");
    let hash = format!("blob {rotten}: the bytes at uploads/rotten are not those that were stored");
    assert_eq!(findings(&bench).await, [missing.clone(), size.clone()]);
    let options = DoctorOptions {
        hash: true,
        repair: true,
    };
    let mut found = examined(&bench, options).await;
    found.sort();
    let mut expected = [missing, size, hash];
    expected.sort();
    // No repair brings bytes back, or hides that they are lost.
    assert_eq!(found, expected);
}

#[tokio::test]
async fn bytes_of_nobody_are_told_and_kept() {
    let bench = Bench::new().await;
    bench.write("found/on the way", b"whose?").await;
    let line = format!(
        "policy {}: 6 bytes at found/on the way belong to nothing; left where they are",
        bench.policy
    );
    assert_eq!(findings(&bench).await, std::slice::from_ref(&line));
    let repair = DoctorOptions {
        repair: true,
        ..DoctorOptions::default()
    };
    assert_eq!(examined(&bench, repair).await, [line]);
    assert!(bench.has_bytes("found/on the way").await);
}

#[tokio::test]
async fn wrong_counts_are_put_right() {
    let bench = Bench::new().await;
    let (_, id) = bench.add_file("a", b"a").await;
    change_blob(&bench, id, |row| row.reference_count = Set(3)).await;
    let line = format!("blob {id}: counted as held by 3 files, held by 1");
    is_repairable(&bench, &line).await;
    // The dangerous direction: about to be recycled though held.
    change_blob(&bench, id, |row| {
        row.reference_count = Set(0);
        row.unlinked_at = Set(Some(bench.now()));
    })
    .await;
    is_repairable(
        &bench,
        &format!("blob {id}: counted as held by 0 files, held by 1"),
    )
    .await;
    change_blob(&bench, id, |row| row.unlinked_at = Set(Some(bench.now()))).await;
    is_repairable(
        &bench,
        &format!("blob {id}: held, but marked for recycling"),
    )
    .await;
    let ids = bench.add_unheld(bench.policy, &["x".to_owned()]).await;
    change_blob(&bench, ids[0], |row| row.unlinked_at = Set(None)).await;
    let line = format!(
        "blob {}: held by nobody, and not marked for recycling",
        ids[0]
    );
    is_repairable(&bench, &line).await;
}

#[tokio::test]
async fn a_claimed_blob_is_on_its_way_out_and_no_finding() {
    let bench = Bench::new().await;
    let ids = bench.add_unheld(bench.policy, &["x".to_owned()]).await;
    change_blob(&bench, ids[0], |row| row.reference_count = Set(-1)).await;
    assert!(findings(&bench).await.is_empty());
}

#[tokio::test]
async fn used_space_is_what_is_held() {
    let bench = Bench::new().await;
    let (file, blob) = bench.add_file("a", b"four").await;
    let copy = bench
        .add_node(Some(bench.root), "copy", FileKind::File)
        .await;
    let link = file_blob::ActiveModel {
        file_id: Set(copy),
        blob_id: Set(blob),
    };
    let tx = bench.store().begin().await.unwrap();
    file_blob::Entity::insert(link)
        .exec_without_returning(tx.db())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    change_blob(&bench, blob, |row| row.reference_count = Set(2)).await;
    // A copy counts again although the bytes are shared.
    is_repairable(
        &bench,
        &format!("account {}: counted with 4 bytes, holds 8", bench.user),
    )
    .await;
    let row = user::Entity::find_by_id(bench.user)
        .one(bench.store().read())
        .await
        .unwrap();
    assert_eq!(row.unwrap().used_bytes, 8);
    assert_ne!(file, copy);
}

#[tokio::test]
async fn a_node_without_a_place_comes_back_below_the_root() {
    let bench = Bench::new().await;
    let folder = bench.add_folder(Some(bench.root), "d").await;
    let (file, _) = bench.add_file("a", b"a").await;
    bench
        .change_file(file, |row| row.parent_id = Set(None))
        .await;
    let line = format!("file {file}: lies in no folder, and is neither a root nor in the trash");
    is_repairable(&bench, &line).await;
    let row = file::Entity::find_by_id(file)
        .one(bench.store().read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.parent_id, row.name),
        (Some(bench.root), format!("recovered {file} a"))
    );
    bench
        .change_file(file, |row| row.parent_id = Set(Some(folder)))
        .await;
    bench
        .change_file(folder, |row| row.kind = Set(FileKind::File))
        .await;
    is_repairable(
        &bench,
        &format!("file {file}: lies in something that is no folder"),
    )
    .await;
}

#[tokio::test]
async fn a_missing_folder_is_found_twice_and_repaired() {
    let bench = Bench::new().await;
    let (file, _) = bench.add_file("a", b"a").await;
    force(
        &bench,
        &format!("UPDATE files SET parent_id = 4711 WHERE id = {file}"),
    )
    .await;
    let found = findings(&bench).await;
    let damaged = "the database is damaged: row";
    assert!(found[0].starts_with(damaged), "{found:?}");
    assert_eq!(
        found[1..],
        [format!("file {file}: its folder does not exist")]
    );
    examined(
        &bench,
        DoctorOptions {
            repair: true,
            ..DoctorOptions::default()
        },
    )
    .await;
    assert!(findings(&bench).await.is_empty());
}

#[tokio::test]
async fn a_ring_is_opened() {
    let bench = Bench::new().await;
    let a = bench.add_folder(Some(bench.root), "a").await;
    let b = bench.add_folder(Some(a), "b").await;
    let c = bench.add_folder(Some(b), "c").await;
    bench
        .change_file(a, |row| row.parent_id = Set(Some(c)))
        .await;
    let lines = [a, b, c].map(|id| format!("folder {id}: lies in itself"));
    assert_eq!(findings(&bench).await, lines);
    // One cut is enough.
    let repair = DoctorOptions {
        repair: true,
        ..DoctorOptions::default()
    };
    assert_eq!(
        examined(&bench, repair).await,
        [format!("{} (repaired)", lines[0])]
    );
    assert!(findings(&bench).await.is_empty());
}

#[tokio::test]
async fn a_file_shows_the_version_it_holds() {
    let bench = Bench::new().await;
    let (file, blob) = bench.add_file("a", b"four").await;
    bench.change_file(file, |row| row.size_bytes = Set(9)).await;
    is_repairable(&bench, &format!("file {file}: shown with 9 bytes, has 4")).await;
    bench
        .change_file(file, |row| row.current_blob_id = Set(Some(BlobId(4_711))))
        .await;
    is_repairable(
        &bench,
        &format!("file {file}: its current version is missing"),
    )
    .await;
    let row = file::Entity::find_by_id(file)
        .one(bench.store().read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.current_blob_id, Some(blob));
}

#[tokio::test]
async fn late_upkeep_is_told_and_queued() {
    let bench = Bench::new().await;
    bench.add_unheld(bench.policy, &["x".to_owned()]).await;
    bench.clock.advance_secs(2 * 86_400);
    let line = "1 deleted blobs wait for recycling since yesterday or longer";
    assert_eq!(findings(&bench).await, [line]);
    let queued = || async {
        store::tasks::is_active(bench.store().read(), "recycle_blobs")
            .await
            .unwrap()
    };
    assert!(!queued().await);
    examined(
        &bench,
        DoctorOptions {
            repair: true,
            ..DoctorOptions::default()
        },
    )
    .await;
    assert!(queued().await);
}

#[tokio::test]
async fn storage_that_cannot_be_used_is_told() {
    let bench = Bench::new().await;
    let tape = bench.add_policy("tape").await;
    let found = findings(&bench).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with(&format!("storage of policy {tape} cannot be used")));
}
