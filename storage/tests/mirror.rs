//! What a mirror does while one of its members does not work, lies, or has lost something.

#![allow(clippy::unwrap_used)]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use storage::{
    BadMirror, BlobKey, ByteRange, ByteStream, Driver, DriverError, LeastFree, LocalDriver,
    LocalOptions, Member, MemoryDriver, MirrorDriver, MirrorLog, Operation, Restored, UploadPlan,
    Written, collect, hash_of, restore, restore_unproven, whole,
};
use uuid::Uuid;

/// What was written down: key and members.
type Lacking = Vec<(String, Vec<i64>)>;

#[derive(Clone, Debug, Default)]
struct Log {
    lacking: Arc<Mutex<Lacking>>,
    fails: bool,
}

#[async_trait::async_trait]
impl MirrorLog for Log {
    async fn lacks(&self, key: &BlobKey, members: &[i64]) -> Result<(), DriverError> {
        if self.fails {
            return Err(io::Error::other("no database").into());
        }
        let noted = (key.as_str().to_owned(), members.to_vec());
        self.lacking.lock().unwrap().push(noted);
        Ok(())
    }
}

/// Three storages and what is made of them.
struct Three {
    stores: [MemoryDriver; 3],
    log: Log,
    mirror: MirrorDriver,
}

fn three(quorum: usize) -> Three {
    three_with(quorum, Log::default())
}

fn three_with(quorum: usize, log: Log) -> Three {
    let stores = [(); 3].map(|()| MemoryDriver::default());
    let members = (1..).zip(&stores).map(|(id, store)| Member {
        id,
        driver: Arc::new(store.clone()),
    });
    let mirror = MirrorDriver::new(members.collect(), quorum, Arc::new(log.clone()));
    Three {
        mirror: mirror.unwrap(),
        stores,
        log,
    }
}

impl Three {
    fn lacking(&self) -> Lacking {
        self.log.lacking.lock().unwrap().clone()
    }

    async fn content(&self, name: &str) -> Vec<u8> {
        read(&self.mirror, name).await
    }
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

async fn read(driver: &dyn Driver, name: &str) -> Vec<u8> {
    let body = driver.read(&key(name), ByteRange::ALL).await.unwrap();
    collect(body).await.unwrap()
}

fn plan(name: &str, size_bytes: u64, chunk_bytes: u64) -> UploadPlan {
    UploadPlan {
        id: Uuid::new_v4(),
        key: key(name),
        size_bytes,
        chunk_bytes,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        relay: true,
        content_type: None,
        callback_url: None,
        vendor_state: None,
    }
}

#[test]
fn a_mirror_needs_members_and_a_quorum_of_them() {
    let member = |id| Member {
        id,
        driver: Arc::new(MemoryDriver::default()) as Arc<dyn Driver>,
    };
    let made = |members: Vec<Member>, quorum| {
        MirrorDriver::new(members, quorum, Arc::new(Log::default())).map(drop)
    };
    assert_eq!(made(vec![member(1)], 1), Err(BadMirror::TooFew));
    for quorum in [0, 3] {
        let refused = made(vec![member(1), member(2)], quorum);
        assert!(matches!(refused, Err(BadMirror::Quorum { .. })));
    }
    assert_eq!(made(vec![member(1), member(2)], 2), Ok(()));
}

#[tokio::test]
async fn what_is_written_is_at_all_of_them() {
    let three = three(3);
    let written = three.mirror.write(&key("a"), whole("abc"), None).await;
    assert_eq!(
        written.unwrap().blake3,
        Some(*blake3::hash(b"abc").as_bytes())
    );
    for store in &three.stores {
        assert_eq!(read(store, "a").await, b"abc");
    }
    assert_eq!(three.lacking(), []);
}

#[tokio::test]
async fn one_that_is_away_stops_nothing_and_is_written_down() {
    let three = three(2);
    three.stores[0].set_away(true);
    let written = three.mirror.write(&key("a"), whole("abc"), Some(3)).await;
    assert_eq!(written.unwrap().size_bytes, 3);
    assert_eq!(three.lacking(), [("a".to_owned(), vec![1])]);
    assert_eq!(three.content("a").await, b"abc");
    assert_eq!(three.mirror.stat(&key("a")).await.unwrap().size_bytes, 3);
    // It is not sent what others take, for a while; but asked where nobody else has it.
    three.stores[0].set_away(false);
    three
        .mirror
        .write(&key("b"), whole("b"), None)
        .await
        .unwrap();
    assert_eq!(three.lacking().len(), 2);
    three.stores[0]
        .write(&key("c"), whole("c"), None)
        .await
        .unwrap();
    assert_eq!(three.content("c").await, b"c");
}

#[tokio::test]
async fn less_than_a_quorum_is_nothing() {
    let three = three(2);
    three.stores[0].set_away(true);
    three.stores[2].set_away(true);
    let refused = three.mirror.write(&key("a"), whole("abc"), None).await;
    assert!(matches!(refused, Err(DriverError::Io(_))), "{refused:?}");
    assert_eq!(three.stores[1].keys(), []);
    assert_eq!(three.lacking(), []);
}

#[tokio::test]
async fn what_cannot_be_written_down_does_not_count_as_stored() {
    let log = Log {
        fails: true,
        ..Log::default()
    };
    let three = three_with(2, log);
    three.stores[0].set_away(true);
    let refused = three.mirror.write(&key("a"), whole("abc"), None).await;
    assert!(matches!(refused, Err(DriverError::Io(_))), "{refused:?}");
}

#[tokio::test]
async fn a_full_member_lacks_what_others_take() {
    let small = MemoryDriver::with_capacity(2);
    let large = MemoryDriver::default();
    let log = Log::default();
    let members = vec![
        Member {
            id: 1,
            driver: Arc::new(small.clone()),
        },
        Member {
            id: 2,
            driver: Arc::new(large),
        },
    ];
    let mirror = MirrorDriver::new(members, 1, Arc::new(log.clone())).unwrap();
    mirror.write(&key("a"), whole("abc"), None).await.unwrap();
    assert_eq!(log.lacking.lock().unwrap()[0], ("a".to_owned(), vec![1]));
    assert_eq!(small.keys(), []);
    mirror.write(&key("b"), whole("b"), None).await.unwrap();
    assert_eq!(small.keys(), [key("b")]);
}

/// A storage whose bodies break off, and that hangs when it is told to.
#[derive(Debug)]
struct Unsteady {
    inner: MemoryDriver,
    /// After so many bytes.
    breaks_after: usize,
    /// So long it takes for each piece that it is sent; without end, if nothing is said.
    pause: Option<Duration>,
    /// What the system calls it that they break off.
    errno: Option<i32>,
    /// Who is given these bytes by somebody else while this one is read.
    meanwhile: Option<(MemoryDriver, Bytes)>,
    /// What it says came of an upload, whatever it has.
    tells: Option<Written>,
}

impl Unsteady {
    /// It hangs, and breaks off no body.
    fn of(inner: MemoryDriver) -> Self {
        Self {
            inner,
            breaks_after: usize::MAX,
            pause: None,
            errno: None,
            meanwhile: None,
            tells: None,
        }
    }

    /// A body as it takes it.
    fn slowed(&self, body: ByteStream) -> ByteStream {
        let pause = self.pause;
        let slowed = body.then(move |piece| async move {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
            piece
        });
        slowed.boxed()
    }
}

#[async_trait::async_trait]
impl Driver for Unsteady {
    fn capabilities(&self) -> storage::Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        let body = self.inner.read(key, range).await?;
        let bytes = Bytes::from(collect(body).await?);
        if let Some((other, bytes)) = &self.meanwhile {
            other.damage(key, Some(bytes.clone()));
        }
        if self.breaks_after > bytes.len() {
            return Ok(whole(bytes));
        }
        let sent = bytes.slice(..self.breaks_after.min(bytes.len()));
        let cut = || io::Error::other("the line is cut");
        let broken = Err(self.errno.map_or_else(cut, io::Error::from_raw_os_error));
        Ok(stream::iter([Ok(sent), broken]).boxed())
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.inner.open(key).await
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<storage::Written, DriverError> {
        let body = self.slowed(body);
        self.inner.write(key, body, expected_bytes).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<storage::BlobStat, DriverError> {
        self.inner.stat(key).await
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        self.inner.delete(keys).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<storage::ListedBlob>, DriverError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<storage::UploadTarget, DriverError> {
        self.inner.begin_upload(plan).await
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<storage::PartWritten, DriverError> {
        let body = self.slowed(body);
        self.inner.write_part(plan, offset, size_bytes, body).await
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[storage::PartWritten],
    ) -> Result<storage::Written, DriverError> {
        match self.tells {
            Some(written) => Ok(written),
            None => self.inner.complete_upload(plan, parts).await,
        }
    }

    async fn resume_completion(
        &self,
        plan: &UploadPlan,
    ) -> Result<Option<storage::Written>, DriverError> {
        match self.tells {
            Some(written) => Ok(Some(written)),
            None => self.inner.resume_completion(plan).await,
        }
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.inner.abort_upload(plan).await
    }

    async fn list_staging(&self) -> Result<Vec<storage::Staged>, DriverError> {
        self.inner.list_staging().await
    }

    async fn discard_staging(&self, staged: &storage::Staged) -> Result<(), DriverError> {
        self.inner.discard_staging(staged).await
    }
}

/// An unsteady storage and a steady one, both with `content` under the key `a`.
async fn unsteady(content: &Bytes, breaks_after: usize) -> (MirrorDriver, MemoryDriver, Log) {
    let (inner, steady, log) = (
        MemoryDriver::default(),
        MemoryDriver::default(),
        Log::default(),
    );
    for store in [&inner, &steady] {
        store
            .write(&key("a"), whole(content.clone()), None)
            .await
            .unwrap();
    }
    let members = vec![
        Member {
            id: 1,
            driver: Arc::new(Unsteady {
                breaks_after,
                ..Unsteady::of(inner)
            }),
        },
        Member {
            id: 2,
            driver: Arc::new(steady.clone()),
        },
    ];
    let mirror = MirrorDriver::new(members, 1, Arc::new(log.clone())).unwrap();
    (mirror, steady, log)
}

#[tokio::test]
async fn where_one_breaks_off_the_next_goes_on() {
    let content: Bytes = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    for breaks_after in [0, 1, 65_537, content.len()] {
        let (mirror, ..) = unsteady(&content, breaks_after).await;
        assert_eq!(read(&mirror, "a").await, content);
        let range = ByteRange::new(100_001, 700_003);
        let body = mirror.read(&key("a"), range).await.unwrap();
        assert_eq!(collect(body).await.unwrap(), content[100_001..700_003]);
    }
}

#[tokio::test]
async fn what_has_lost_its_end_is_read_on_elsewhere() {
    let three = three(3);
    let content = Bytes::from(vec![5; 300_000]);
    three
        .mirror
        .write(&key("a"), whole(content.clone()), None)
        .await
        .unwrap();
    three.stores[0].damage(&key("a"), Some(content.slice(..100_000)));
    three.stores[1].damage(&key("a"), None);
    assert_eq!(three.content("a").await, content);
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_waited_for_only_so_long() {
    let (mirror, steady, log) = unsteady(&Bytes::from_static(b"x"), 0).await;
    let begun = tokio::time::Instant::now();
    // It decides first whether the key is free, and never answers.
    let key = key("b");
    let write = mirror.write(&key, whole("abc"), None);
    let hung = tokio::time::timeout(Duration::from_mins(5), write);
    hung.await.expect("it is given up").unwrap();
    assert!(begun.elapsed() < Duration::from_mins(2));
    assert_eq!(read(&steady, "b").await, b"abc");
    assert_eq!(log.lacking.lock().unwrap()[0], ("b".to_owned(), vec![1]));
}

/// Two steady storages, and one that takes so long for each piece.
fn with_a_slow_one(quorum: usize, pause: Duration) -> Three {
    let stores = [(); 3].map(|()| MemoryDriver::default());
    let log = Log::default();
    let slow = Unsteady {
        breaks_after: 0,
        pause: Some(pause),
        ..Unsteady::of(stores[2].clone())
    };
    let drivers: [Arc<dyn Driver>; 3] = [
        Arc::new(stores[0].clone()),
        Arc::new(stores[1].clone()),
        Arc::new(slow),
    ];
    let members = (1..).zip(drivers).map(|(id, driver)| Member { id, driver });
    let mirror = MirrorDriver::new(members.collect(), quorum, Arc::new(log.clone()));
    Three {
        mirror: mirror.unwrap(),
        stores,
        log,
    }
}

/// So many pieces, each of which takes a tenth of a second to come.
fn in_pieces(count: usize) -> (ByteStream, Vec<u8>) {
    let pieces = stream::iter(0..count).then(|_| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(Bytes::from_static(&[7; 1_000]))
    });
    (pieces.boxed(), vec![7; count * 1_000])
}

#[tokio::test(start_paused = true)]
async fn a_slow_member_delays_nobody_for_long_and_gets_what_it_lacks_later() {
    let three = with_a_slow_one(2, Duration::from_secs(2));
    let begun = tokio::time::Instant::now();
    let (body, content) = in_pieces(100);
    let written = three.mirror.write(&key("a"), body, Some(100_000)).await;
    let hash = *blake3::hash(&content).as_bytes();
    assert_eq!(written.unwrap().blake3, Some(hash));
    // It would take 200 s.
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(three.lacking(), [("a".to_owned(), vec![3])]);
    // Nor is it sent the next.
    let begun = tokio::time::Instant::now();
    let (body, _) = in_pieces(10);
    three.mirror.write(&key("b"), body, None).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(three.lacking().len(), 2);
    let (good, slow) = (&three.stores[0], &three.stores[2]);
    let restored = restore(&key("a"), hash, good, slow).await.unwrap();
    assert_eq!(restored, Restored::Copied);
    assert_eq!(read(slow, "a").await, content);
}

#[tokio::test(start_paused = true)]
async fn an_upload_in_parts_goes_on_without_a_slow_member() {
    let three = with_a_slow_one(2, Duration::from_secs(2));
    let mut plan = plan("up", 200_000, 100_000);
    plan.vendor_state = three.mirror.begin_upload(&plan).await.unwrap().vendor_state;
    let begun = tokio::time::Instant::now();
    let mut parts = Vec::new();
    for offset in [0, 100_000] {
        let (body, _) = in_pieces(100);
        let sent = three.mirror.write_part(&plan, offset, 100_000, body);
        parts.push(sent.await.unwrap());
    }
    three.mirror.complete_upload(&plan, &parts).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(40),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(three.lacking(), [("up".to_owned(), vec![3])]);
    for store in &three.stores[..2] {
        assert_eq!(read(store, "up").await, vec![7; 200_000]);
    }
    assert_eq!(three.stores[2].keys(), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_somewhat_slower_keeps_up() {
    let three = with_a_slow_one(2, Duration::from_millis(110));
    let (body, content) = in_pieces(300);
    three.mirror.write(&key("a"), body, None).await.unwrap();
    assert_eq!(three.lacking(), []);
    assert_eq!(read(&three.stores[2], "a").await, content);
}

#[tokio::test(start_paused = true)]
async fn a_slow_member_without_which_there_are_too_few_is_waited_for() {
    let three = with_a_slow_one(3, Duration::from_secs(2));
    let (body, content) = in_pieces(50);
    three.mirror.write(&key("a"), body, None).await.unwrap();
    assert_eq!(three.lacking(), []);
    assert_eq!(read(&three.stores[2], "a").await, content);
}

#[tokio::test]
async fn a_mirror_has_the_room_of_its_fullest_and_is_away_below_its_quorum() {
    let folder = tempfile::tempdir().unwrap();
    let local = |least_free| {
        let options = LocalOptions {
            least_free: LeastFree::Bytes(least_free),
            ..LocalOptions::default()
        };
        LocalDriver::new(folder.path(), options)
    };
    let all = local(0).room().await.unwrap().unwrap();
    let memory = MemoryDriver::default();
    let full = local(u64::MAX);
    let drivers: [Arc<dyn Driver>; 3] =
        [Arc::new(local(0)), Arc::new(full), Arc::new(memory.clone())];
    let members = (1..).zip(drivers).map(|(id, driver)| Member { id, driver });
    let mirror = MirrorDriver::new(members.collect(), 3, Arc::new(Log::default())).unwrap();
    let room = mirror.room().await.unwrap().unwrap();
    assert_eq!((room.free_bytes, room.total_bytes), (0, all.total_bytes));
    memory.set_away(true);
    assert!(mirror.room().await.is_err());
}

#[tokio::test]
async fn a_key_that_anybody_still_has_is_not_deleted() {
    let three = three(1);
    three
        .mirror
        .write(&key("a"), whole("abc"), None)
        .await
        .unwrap();
    three.stores[1].hold(&key("a"));
    assert_eq!(three.mirror.delete(&[key("a")]).await.unwrap(), [key("a")]);
    three.stores[1].release(&key("a"));
    three.stores[2].set_away(true);
    assert!(three.mirror.delete(&[key("a")]).await.is_err());
    three.stores[2].set_away(false);
    assert_eq!(three.mirror.delete(&[key("a")]).await.unwrap(), []);
    assert!(three.stores.iter().all(|store| store.keys().is_empty()));
}

#[tokio::test]
async fn nobody_having_it_is_not_found_and_somebody_being_away_is_not() {
    let three = three(1);
    let missing = three.mirror.stat(&key("a")).await;
    assert!(matches!(missing, Err(DriverError::NotFound(_))));
    three.stores[1].set_away(true);
    for _ in 0..2 {
        let unknown = three.mirror.stat(&key("a")).await;
        assert!(matches!(unknown, Err(DriverError::Io(_))), "{unknown:?}");
        let unknown = three.mirror.read(&key("a"), ByteRange::ALL).await.map(drop);
        assert!(matches!(unknown, Err(DriverError::Io(_))), "{unknown:?}");
    }
}

#[tokio::test]
async fn an_upload_survives_a_member_that_goes_away_in_the_middle() {
    let three = three(2);
    let content = Bytes::from((0..250_u8).cycle().take(10_000).collect::<Vec<_>>());
    let mut plan = plan("up", 10_000, 4_000);
    plan.vendor_state = three.mirror.begin_upload(&plan).await.unwrap().vendor_state;
    let mut parts = Vec::new();
    for index in 0..3 {
        three.stores[1].set_away(index == 1);
        let part = plan.part(index).unwrap();
        let end = (part.offset + part.size_bytes) as usize;
        let body = whole(content.slice(part.offset as usize..end));
        let sent = three
            .mirror
            .write_part(&plan, part.offset, part.size_bytes, body);
        parts.push(sent.await.unwrap());
    }
    let written = three.mirror.complete_upload(&plan, &parts).await.unwrap();
    assert_eq!(written.blake3, Some(*blake3::hash(&content).as_bytes()));
    assert_eq!(three.lacking(), [("up".to_owned(), vec![2])]);
    assert_eq!(read(&three.stores[0], "up").await, content);
    assert_eq!(read(&three.stores[2], "up").await, content);
    assert_eq!(three.stores[1].keys(), []);
    // Told again after a crash, it is the same.
    let again = three.mirror.complete_upload(&plan, &parts).await.unwrap();
    assert_eq!(again, written);
    let resumed = three.mirror.resume_completion(&plan).await.unwrap();
    assert_eq!(resumed, Some(written));
}

#[tokio::test]
async fn a_completion_cut_off_between_two_members_reaches_its_quorum() {
    let three = three(2);
    let mut plan = plan("up", 3, 0);
    plan.vendor_state = three.mirror.begin_upload(&plan).await.unwrap().vendor_state;
    let part = three
        .mirror
        .write_part(&plan, 0, 3, whole("abc"))
        .await
        .unwrap();
    // Two do not come to it.
    three.stores[1].fail_next(Operation::Complete);
    three.stores[2].fail_next(Operation::Complete);
    let completed = three.mirror.complete_upload(&plan, &[part]).await.unwrap();
    assert_eq!(completed.size_bytes, 3);
    let having = three.stores.iter().filter(|store| !store.keys().is_empty());
    assert_eq!(having.count(), 2);
    assert_eq!(three.lacking().len(), 1);
}

#[tokio::test]
async fn what_somebody_else_put_there_meanwhile_stays_when_an_upload_ends() {
    let three = three(3);
    let mut plan = plan("up", 3, 0);
    plan.vendor_state = three.mirror.begin_upload(&plan).await.unwrap().vendor_state;
    let part = three.mirror.write_part(&plan, 0, 3, whole("abc"));
    let part = part.await.unwrap();
    let at = key("up");
    let theirs = three.stores[1].write(&at, whole("theirs"), None);
    theirs.await.unwrap();
    let ended = three.mirror.complete_upload(&plan, &[part]).await;
    assert!(
        matches!(ended, Err(DriverError::AlreadyExists(_))),
        "{ended:?}"
    );
    assert_eq!(read(&three.stores[1], "up").await, b"theirs");
}

#[tokio::test]
async fn no_quorum_makes_a_file_of_an_upload_beside_what_somebody_else_put_there() {
    for (quorum, whose) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        let three = three(quorum);
        let (plan, part) = sent(&three).await;
        // As long as what was uploaded: no length tells them apart.
        three.stores[whose].damage(&key("up"), Some(Bytes::from("xyz")));
        let ended = three.mirror.complete_upload(&plan, &[part]).await;
        assert!(
            matches!(ended, Err(DriverError::AlreadyExists(_))),
            "{ended:?}"
        );
        // Another completion at the same time may have made a file of what the others have.
        for (at, store) in three.stores.iter().enumerate() {
            let kept: &[u8] = if at == whose { b"xyz" } else { b"abc" };
            assert_eq!(read(store, "up").await, kept);
        }
        assert_eq!(three.lacking(), []);
    }
}

#[tokio::test]
async fn what_a_member_was_given_of_an_upload_before_is_the_upload() {
    let three = three(2);
    let (plan, part) = sent(&three).await;
    three.stores[2].damage(&key("up"), Some(Bytes::from("abc")));
    let written = three.mirror.complete_upload(&plan, &[part]).await.unwrap();
    assert_eq!(written.size_bytes, 3);
    for store in &three.stores {
        assert_eq!(read(store, "up").await, b"abc");
    }
    assert_eq!(three.lacking(), []);
}

/// Three storages, of which some say that they have so many bytes of an upload, and no hash of them.
fn saying(quorum: usize, all: [Option<u64>; 3]) -> Three {
    let stores = [(); 3].map(|()| MemoryDriver::default());
    let log = Log::default();
    let members = (1..)
        .zip(stores.iter().zip(all))
        .map(|(id, (store, says))| {
            let tells = says.map(|size_bytes| Written {
                size_bytes,
                blake3: None,
            });
            let driver = Unsteady {
                pause: Some(Duration::ZERO),
                tells,
                ..Unsteady::of(store.clone())
            };
            Member {
                id,
                driver: Arc::new(driver),
            }
        });
    let mirror = MirrorDriver::new(members.collect(), quorum, Arc::new(log.clone()));
    Three {
        mirror: mirror.unwrap(),
        stores,
        log,
    }
}

/// All of an upload of three bytes but its end.
async fn sent(three: &Three) -> (UploadPlan, storage::PartWritten) {
    let mut plan = plan("up", 3, 0);
    plan.vendor_state = three.mirror.begin_upload(&plan).await.unwrap().vendor_state;
    let part = three.mirror.write_part(&plan, 0, 3, whole("abc")).await;
    (plan, part.unwrap())
}

#[tokio::test]
async fn who_has_less_than_was_uploaded_has_not_got_it() {
    let three = saying(2, [Some(2), None, None]);
    let (plan, part) = sent(&three).await;
    three.stores[0].damage(&key("up"), Some(Bytes::from("ab")));
    let written = three.mirror.complete_upload(&plan, &[part]).await.unwrap();
    let resumed = three.mirror.resume_completion(&plan).await.unwrap();
    assert_eq!((written.size_bytes, resumed), (3, Some(written)));
    let lacks = ("up".to_owned(), vec![1]);
    assert_eq!(three.lacking(), [lacks.clone(), lacks]);
    for store in &three.stores[1..] {
        assert_eq!(read(store, "up").await, b"abc");
    }
}

#[tokio::test]
async fn without_a_hash_nobody_is_given_what_is_too_short() {
    let three = saying(3, [Some(3), None, Some(3)]);
    let (plan, part) = sent(&three).await;
    three.stores[0].damage(&key("up"), Some(Bytes::from("ab")));
    three.stores[2].damage(&key("up"), Some(Bytes::from("abc")));
    three.stores[1].fail_next(Operation::Complete);
    // One of the two that say so has it.
    let refused = three.mirror.complete_upload(&plan, &[part]).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(read(&three.stores[1], "up").await, b"abc");
}

#[tokio::test]
async fn an_upload_is_begun_where_it_can_be_and_aborted_where_it_was() {
    let three = three(2);
    three.stores[0].set_away(true);
    let mut plan = plan("up", 3, 0);
    plan.vendor_state = three.mirror.begin_upload(&plan).await.unwrap().vendor_state;
    assert_eq!(three.mirror.list_staging().await.unwrap().len(), 1);
    three.mirror.abort_upload(&plan).await.unwrap();
    assert_eq!(three.mirror.list_staging().await.unwrap().len(), 0);
    three.stores[1].set_away(true);
    let refused = three.mirror.begin_upload(&plan).await;
    assert!(matches!(refused, Err(DriverError::Io(_))), "{refused:?}");
    assert_eq!(three.stores[2].list_staging().await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_damaged_or_missing_is_restored_and_what_is_well_is_left() {
    let (good, bad) = (MemoryDriver::default(), MemoryDriver::default());
    let hash = *blake3::hash(b"abc").as_bytes();
    good.write(&key("a"), whole("abc"), None).await.unwrap();
    for wrong in ["", "abd", "ab", "abcd"] {
        bad.damage(&key("a"), Some(Bytes::from(wrong)));
        let restored = restore(&key("a"), hash, &good, &bad).await.unwrap();
        assert_eq!(restored, Restored::Copied);
        assert_eq!(hash_of(&bad, &key("a")).await.unwrap().blake3, hash);
        let again = restore(&key("a"), hash, &good, &bad).await.unwrap();
        assert_eq!(again, Restored::WasThere);
    }
}

#[tokio::test]
async fn without_a_hash_nothing_of_the_right_length_is_removed() {
    let (from, to) = (MemoryDriver::default(), MemoryDriver::default());
    let at = key("a");
    let give = || restore_unproven(&at, 3, &from, &to);
    for there in [None, Some("ab"), Some("abcd")] {
        from.damage(&at, Some(Bytes::from("abc")));
        to.damage(&at, there.map(Bytes::from));
        assert_eq!(give().await.unwrap(), Restored::Copied);
        assert_eq!(read(&to, "a").await, b"abc");
        assert_eq!(give().await.unwrap(), Restored::WasThere);
    }
    // Which of the two is right, nobody knows.
    from.damage(&at, Some(Bytes::from("abd")));
    let refused = give().await;
    assert!(
        matches!(refused, Err(DriverError::AlreadyExists(_))),
        "{refused:?}"
    );
    // And this one is wrong itself.
    for wrong in ["ab", "abcd"] {
        from.damage(&at, Some(Bytes::from(wrong)));
        for there in ["abc", "x"] {
            to.damage(&at, Some(Bytes::from(there)));
            let refused = give().await;
            assert!(matches!(refused, Err(DriverError::Body(_))), "{refused:?}");
            assert_eq!(read(&to, "a").await, there.as_bytes());
        }
    }
}

#[tokio::test]
async fn what_is_damaged_itself_restores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let to = LocalDriver::new(folder.path().join("data"), LocalOptions::default());
    let from = MemoryDriver::default();
    from.write(&key("a"), whole("abd"), None).await.unwrap();
    let hash = *blake3::hash(b"abc").as_bytes();
    let refused = restore(&key("a"), hash, &from, &to).await;
    assert!(matches!(refused, Err(DriverError::Body(_))), "{refused:?}");
    let missing = to.stat(&key("a")).await;
    assert!(matches!(missing, Err(DriverError::NotFound(_))));
}

#[tokio::test]
async fn what_a_disk_cannot_read_any_more_is_replaced_and_what_cannot_be_reached_is_left() {
    let hash = *blake3::hash(b"abc").as_bytes();
    let good = MemoryDriver::default();
    good.write(&key("a"), whole("abc"), None).await.unwrap();
    let lost = rustix::io::Errno::IO.raw_os_error();
    for (errno, is_restored) in [(Some(lost), true), (None, false)] {
        let inner = MemoryDriver::default();
        inner.damage(&key("a"), Some(Bytes::from("abd")));
        let disk = Unsteady {
            breaks_after: 1,
            pause: Some(Duration::ZERO),
            errno,
            ..Unsteady::of(inner.clone())
        };
        let restored = restore(&key("a"), hash, &good, &disk).await;
        assert_eq!(restored.is_ok(), is_restored, "{restored:?}");
        assert_eq!(read(&inner, "a").await == b"abc", is_restored);
    }
    // Nothing else has it: what cannot be read may be read once more.
    let inner = MemoryDriver::default();
    inner.damage(&key("a"), Some(Bytes::from("abd")));
    let disk = Unsteady {
        breaks_after: 1,
        pause: Some(Duration::ZERO),
        errno: Some(lost),
        ..Unsteady::of(inner.clone())
    };
    good.damage(&key("a"), Some(Bytes::from("abx")));
    assert!(restore(&key("a"), hash, &good, &disk).await.is_err());
    assert_eq!(read(&inner, "a").await, b"abd");
}

#[tokio::test]
async fn what_was_repaired_while_the_other_was_read_is_not_removed() {
    let hash = *blake3::hash(b"abc").as_bytes();
    let (good, bad) = (MemoryDriver::default(), MemoryDriver::default());
    good.write(&key("a"), whole("abc"), None).await.unwrap();
    bad.damage(&key("a"), Some(Bytes::from("abd")));
    let good = Unsteady {
        meanwhile: Some((bad.clone(), Bytes::from("abc"))),
        ..Unsteady::of(good)
    };
    // Whoever removed it would have to write it again.
    bad.hold(&key("a"));
    let restored = restore(&key("a"), hash, &good, &bad).await;
    assert_eq!(restored.unwrap(), Restored::WasThere);
    assert_eq!(read(&bad, "a").await, b"abc");
}

#[tokio::test]
async fn who_has_no_room_for_a_whole_copy_leaves_the_others_alone() {
    let hash = *blake3::hash(b"abc").as_bytes();
    let (good, full) = (MemoryDriver::default(), MemoryDriver::with_capacity(2));
    good.write(&key("a"), whole("abc"), None).await.unwrap();
    full.damage(&key("a"), Some(Bytes::from("ab")));
    let refused = restore(&key("a"), hash, &good, &full).await;
    assert!(matches!(refused, Err(DriverError::NoSpace)), "{refused:?}");
    assert_eq!(read(&good, "a").await, b"abc");
    assert_eq!(full.keys(), []);
}
