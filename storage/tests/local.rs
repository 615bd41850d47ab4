//! What only a storage on a file system can get wrong.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use storage::{
    BlobKey, ByteRange, ByteStream, Driver, DriverError, LeastFree, LocalDriver, LocalOptions,
    PartDigest, PartWritten, UploadPlan, collect, whole,
};
use tempfile::TempDir;
use tokio::sync::Mutex;
use uuid::Uuid;

fn storage() -> (TempDir, LocalDriver) {
    let dir = tempfile::tempdir().unwrap();
    let driver = LocalDriver::new(dir.path().join("root"), LocalOptions::default());
    (dir, driver)
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

fn plan(size_bytes: u64) -> UploadPlan {
    UploadPlan {
        id: Uuid::new_v4(),
        key: key("uploads/1/a"),
        size_bytes,
        chunk_bytes: 2048,
        expires_at: SystemTime::now(),
        reserves: true,
        relay: false,
        content_type: None,
        callback_url: None,
        vendor_state: None,
    }
}

async fn uploaded(driver: &LocalDriver, plan: &UploadPlan, content: &[u8]) -> Vec<PartWritten> {
    driver.begin_upload(plan).await.unwrap();
    let mut parts = Vec::new();
    for index in 0..plan.part_count() {
        let part = plan.part(index).unwrap();
        let bytes = &content[part.offset as usize..(part.offset + part.size_bytes) as usize];
        let body = whole(bytes.to_vec());
        parts.push(
            driver
                .write_part(plan, part.offset, part.size_bytes, body)
                .await
                .unwrap(),
        );
    }
    parts
}

#[tokio::test]
async fn a_missing_root_is_an_empty_storage() {
    let (_dir, driver) = storage();
    assert!(matches!(
        driver.stat(&key("a")).await,
        Err(DriverError::NotFound(_))
    ));
    assert_eq!(driver.list("", None, 10).await.unwrap(), []);
    assert_eq!(driver.list_staging().await.unwrap(), []);
    assert_eq!(driver.delete(&[key("a/b")]).await.unwrap(), []);
    driver.abort_upload(&plan(1)).await.unwrap();
    assert!(!driver.root().exists());
}

#[tokio::test]
async fn links_lead_nowhere() {
    let (dir, driver) = storage();
    driver
        .write(&key("real/a"), whole("inside"), None)
        .await
        .unwrap();
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    symlink(&outside, driver.root().join("folder")).unwrap();
    symlink(outside.join("secret"), driver.root().join("file")).unwrap();
    for text in ["folder/secret", "file", "folder"] {
        let key = key(text);
        assert!(
            matches!(driver.stat(&key).await, Err(DriverError::NotFound(_))),
            "{text}"
        );
        assert!(driver.read(&key, ByteRange::ALL).await.is_err(), "{text}");
        assert!(driver.open(&key).await.is_err(), "{text}");
    }
    assert!(
        driver
            .write(&key("folder/new"), whole("x"), None)
            .await
            .is_err()
    );
    assert!(driver.write(&key("file"), whole("x"), None).await.is_err());
    driver
        .delete(&[key("folder/secret"), key("file")])
        .await
        .unwrap();
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    let listed = driver.list("", None, 10).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|blob| blob.key.as_str())
            .collect::<Vec<_>>(),
        ["real/a"]
    );
}

#[tokio::test]
async fn the_root_itself_may_be_a_link() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("disk")).unwrap();
    symlink(dir.path().join("disk"), dir.path().join("root")).unwrap();
    let driver = LocalDriver::new(dir.path().join("root"), LocalOptions::default());
    driver.write(&key("a"), whole("x"), None).await.unwrap();
    assert_eq!(fs::read(dir.path().join("disk/a")).unwrap(), b"x");
}

#[tokio::test]
async fn deleting_the_last_blob_of_a_folder_removes_it() {
    let (_dir, driver) = storage();
    driver.write(&key("a/b/c"), whole("x"), None).await.unwrap();
    driver.write(&key("a/d"), whole("x"), None).await.unwrap();
    driver.delete(&[key("a/b/c")]).await.unwrap();
    assert!(!driver.root().join("a/b").exists() && driver.root().join("a/d").exists());
    driver.delete(&[key("a/d")]).await.unwrap();
    assert!(!driver.root().join("a").exists() && driver.root().exists());
}

#[tokio::test]
async fn what_a_crash_left_is_found_and_swept() {
    let (_dir, driver) = storage();
    let upload = plan(10);
    driver.begin_upload(&upload).await.unwrap();
    let cut_off = driver
        .root()
        .join(".staging/write-7d444840-9dc0-11d1-b245-5ffdce74fad2");
    fs::write(&cut_off, "half").unwrap();
    let mut found = driver.list_staging().await.unwrap();
    found.sort_by_key(|staged| staged.upload);
    assert_eq!(
        found.iter().map(|staged| staged.upload).collect::<Vec<_>>(),
        [None, Some(upload.id)]
    );
    assert_eq!(found[0].size_bytes, 4);
    assert!(found[0].modified.elapsed().unwrap().as_secs() < 60);
    assert_eq!(driver.list("", None, 10).await.unwrap(), []);
    for staged in &found {
        driver.discard_staging(staged).await.unwrap();
    }
    assert_eq!(driver.list_staging().await.unwrap(), []);
}

#[tokio::test]
async fn discarding_stays_in_the_staging_folder() {
    let (_dir, driver) = storage();
    driver.write(&key("a"), whole("x"), None).await.unwrap();
    driver.begin_upload(&plan(10)).await.unwrap();
    let mut staged = driver.list_staging().await.unwrap().remove(0);
    staged.name = "../a".to_owned();
    driver.discard_staging(&staged).await.unwrap();
    assert!(driver.stat(&key("a")).await.is_ok());
}

#[tokio::test]
async fn a_crash_at_any_step_of_completion_is_made_good() {
    let content: Vec<u8> = (0..5000).map(|i| (i % 251) as u8).collect();
    for crash in ["before", "sealed", "two names", "after"] {
        let (_dir, driver) = storage();
        let plan = plan(5000);
        let parts = uploaded(&driver, &plan, &content).await;
        let staged = driver.root().join(".staging").join(plan.id.to_string());
        let blob = driver.root().join(plan.key.as_str());
        fs::create_dir_all(blob.parent().unwrap()).unwrap();
        let mut readonly = fs::metadata(&staged).unwrap().permissions();
        readonly.set_readonly(true);
        if crash != "before" {
            fs::set_permissions(&staged, readonly).unwrap();
        }
        match crash {
            "two names" => fs::hard_link(&staged, &blob).unwrap(),
            "after" => fs::rename(&staged, &blob).unwrap(),
            _ => {}
        }
        // Whoever sends the last part again may not know the hashes of the others.
        let resumed = driver.resume_completion(&plan).await.unwrap();
        assert_eq!(resumed.is_some(), crash != "before", "{crash}");
        let written = driver.complete_upload(&plan, &parts).await.unwrap();
        for written in resumed.into_iter().chain([written]) {
            assert_eq!(
                written.blake3,
                Some(*blake3::hash(&content).as_bytes()),
                "{crash}"
            );
        }
        assert!(!staged.exists(), "{crash}");
        let body = driver.read(&plan.key, ByteRange::ALL).await.unwrap();
        assert_eq!(collect(body).await.unwrap(), content, "{crash}");
    }
}

#[tokio::test]
async fn a_sealed_upload_takes_no_more_parts() {
    let (_dir, driver) = storage();
    let plan = plan(4096);
    let parts = uploaded(&driver, &plan, &[1; 4096]).await;
    // A folder in the way makes completion fail half way.
    fs::create_dir_all(driver.root().join(plan.key.as_str())).unwrap();
    let failed = driver.complete_upload(&plan, &parts).await;
    assert!(
        matches!(failed, Err(DriverError::AlreadyExists(_))),
        "{failed:?}"
    );
    let late = driver
        .write_part(&plan, 0, 2048, whole(vec![2; 2048]))
        .await;
    assert!(matches!(late, Err(DriverError::UploadGone(_))), "{late:?}");
    fs::remove_dir(driver.root().join(plan.key.as_str())).unwrap();
    driver.complete_upload(&plan, &parts).await.unwrap();
    assert_eq!(
        fs::read(driver.root().join(plan.key.as_str())).unwrap(),
        vec![1; 4096]
    );
}

#[tokio::test]
async fn lost_digests_cost_a_reading_and_no_more() {
    let (_dir, driver) = storage();
    let plan = plan(5000);
    let mut parts = uploaded(&driver, &plan, &[3; 5000]).await;
    for damage in [&[][..], &[1, 2, 3], &[255; 33]] {
        parts[1].digest = PartDigest::from_bytes(damage);
        let written = driver.complete_upload(&plan, &parts).await.unwrap();
        assert_eq!(written.blake3, Some(*blake3::hash(&[3; 5000]).as_bytes()));
    }
}

#[tokio::test]
async fn blobs_are_private_and_read_only() {
    let (_dir, driver) = storage();
    driver.write(&key("a/b"), whole("x"), None).await.unwrap();
    let mode = |path: &str| fs::metadata(driver.root().join(path)).unwrap().mode() & 0o777;
    assert_eq!((mode("a/b"), mode("a"), mode("")), (0o400, 0o700, 0o700));
}

#[tokio::test]
async fn pre_allocation_reserves_the_length_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = LocalOptions {
        pre_allocate: true,
        ..LocalOptions::default()
    };
    let driver = LocalDriver::new(dir.path(), options);
    driver.begin_upload(&plan(1 << 20)).await.unwrap();
    let staged = driver.list_staging().await.unwrap().remove(0);
    let blocks = fs::metadata(dir.path().join(".staging").join(&staged.name))
        .unwrap()
        .blocks();
    assert_eq!(staged.size_bytes, 1 << 20);
    assert!(blocks * 512 >= 1 << 20, "{blocks} blocks");
    // Not for who may never send a byte of it.
    let modest = UploadPlan {
        key: key("uploads/1/b"),
        reserves: false,
        ..plan(1 << 20)
    };
    driver.begin_upload(&modest).await.unwrap();
    let mut blocks = Vec::new();
    for staged in driver.list_staging().await.unwrap() {
        assert_eq!(staged.size_bytes, 1 << 20);
        let path = dir.path().join(".staging").join(&staged.name);
        blocks.push(fs::metadata(path).unwrap().blocks() * 512 >= 1 << 20);
    }
    blocks.sort_unstable();
    assert_eq!(blocks, [false, true]);
}

#[tokio::test]
async fn a_file_of_the_same_disk_becomes_a_blob_without_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let driver = LocalDriver::new(dir.path().join("blobs"), LocalOptions::default());
    let path = dir.path().join("made");
    let content = vec![7; 3 << 20];
    std::fs::write(&path, &content).unwrap();
    let open = || std::fs::File::open(&path).unwrap();
    let key = BlobKey::parse("a/b").unwrap();
    let written = driver.adopt(&key, open()).await.unwrap().unwrap();
    assert_eq!(written.size_bytes, 3 << 20);
    assert_eq!(written.blake3, Some(*blake3::hash(&content).as_bytes()));
    let blob = dir.path().join("blobs/a/b").metadata().unwrap();
    assert_eq!(
        (blob.ino(), blob.mode() & 0o777),
        (path.metadata().unwrap().ino(), 0o400)
    );
    // Never over something, and nothing is left of the try.
    let again = driver.adopt(&key, open()).await;
    assert!(matches!(again, Err(DriverError::AlreadyExists(_))));
    assert!(driver.list_staging().await.unwrap().is_empty());
    // Its own name may go.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(driver.stat(&key).await.unwrap().size_bytes, 3 << 20);
}

#[tokio::test]
async fn a_file_of_another_disk_has_to_be_copied() {
    let dir = tempfile::tempdir().unwrap();
    let driver = LocalDriver::new(dir.path().join("blobs"), LocalOptions::default());
    let key = BlobKey::parse("a").unwrap();
    let elsewhere = std::fs::File::open("/proc/self/status").unwrap();
    assert_eq!(driver.adopt(&key, elsewhere).await.unwrap(), None);
    assert!(driver.list_staging().await.unwrap().is_empty());
}

/// Held by who measures what is free: what others take and give back meanwhile is too much.
static MEASURED: Mutex<()> = Mutex::const_new(());

/// Bytes of unknown length, 64 MiB of them. After the first so many somebody else takes 256 MiB of
/// the disk.
fn beside_another(dir: &Path, first_mib: usize) -> ByteStream {
    let path = dir.join("another");
    let piece = Bytes::from(vec![7; 1 << 20]);
    let pieces = stream::iter(0..64).map(move |number| {
        if number == first_mib {
            let other = fs::File::create(&path).unwrap();
            let flags = rustix::fs::FallocateFlags::empty();
            rustix::fs::fallocate(&other, flags, 0, 256 << 20).unwrap();
        }
        Ok(piece.clone())
    });
    pieces.boxed()
}

#[tokio::test]
async fn what_grows_without_an_announced_end_leaves_free_what_is_to_stay_free() {
    let _alone = MEASURED.lock().await;
    let (dir, driver) = storage();
    let room = driver.room().await.unwrap().unwrap();
    let free = room.free_bytes + LeastFree::Usual.of(room.total_bytes);
    let options = LocalOptions {
        least_free: LeastFree::Bytes(free.saturating_sub(128 << 20)),
        ..LocalOptions::default()
    };
    let careful = LocalDriver::new(driver.root(), options);
    let body = beside_another(dir.path(), 20);
    let stopped = careful.write(&key("a"), body, None).await;
    assert!(matches!(stopped, Err(DriverError::NoSpace)), "{stopped:?}");
    assert_eq!(driver.list_staging().await.unwrap(), []);
    let found = driver.stat(&key("a")).await;
    assert!(matches!(found, Err(DriverError::NotFound(_))), "{found:?}");
    // What is there already is whole, and the rest comes in once there is room.
    fs::remove_file(dir.path().join("another")).unwrap();
    let body = beside_another(dir.path(), 64);
    let written = careful.write(&key("a"), body, None).await.unwrap();
    assert_eq!(written.size_bytes, 64 << 20);
}

/// An upload of two parts, of which the second begins in the middle.
fn halves(name: &str, reserves: bool) -> UploadPlan {
    UploadPlan {
        key: key(name),
        chunk_bytes: 16 << 20,
        reserves,
        ..plan(32 << 20)
    }
}

#[tokio::test]
async fn parts_leave_free_what_is_to_stay_free_unless_their_room_was_taken_before() {
    const HALF: u64 = 16 << 20;
    let _alone = MEASURED.lock().await;
    let (dir, driver) = storage();
    let room = driver.room().await.unwrap().unwrap();
    let free = room.free_bytes + LeastFree::Usual.of(room.total_bytes);
    let options = LocalOptions {
        least_free: LeastFree::Bytes(free.saturating_sub(128 << 20)),
        pre_allocate: true,
        ..LocalOptions::default()
    };
    let careful = LocalDriver::new(driver.root(), options);
    let (modest, reserved) = (halves("modest", false), halves("reserved", true));
    for plan in [&modest, &reserved] {
        careful.begin_upload(plan).await.unwrap();
    }
    let half = |taken_at| beside_another(dir.path(), taken_at).take(16).boxed();
    // In the middle of a part somebody else takes what was left.
    let stopped = careful.write_part(&modest, 0, HALF, half(4)).await;
    assert!(matches!(stopped, Err(DriverError::NoSpace)), "{stopped:?}");
    // Another part is not even begun.
    let unasked = stream::once(async { panic!("its bytes are asked for") }).boxed();
    let refused = careful.write_part(&modest, HALF, HALF, unasked).await;
    assert!(matches!(refused, Err(DriverError::NoSpace)), "{refused:?}");
    for (plan, may_go_on) in [(&reserved, true), (&modest, false)] {
        if !may_go_on {
            fs::remove_file(dir.path().join("another")).unwrap();
        }
        let mut parts = Vec::new();
        for offset in [0, HALF] {
            let part = careful.write_part(plan, offset, HALF, half(64)).await;
            parts.push(part.unwrap());
        }
        let written = careful.complete_upload(plan, &parts).await.unwrap();
        assert_eq!(written.size_bytes, 2 * HALF);
    }
}
