//! What an import does where the storage fails at some of what lies in it.

#![allow(clippy::unwrap_used)]

use super::ImportRequest;
use super::batch::Batch;
use super::place::Neighbours;
use super::state::{Importing, Problem, Reason};
use super::work::{advance, begin};
use crate::error::FileError;
use crate::policy::{Policy, WatchedDriver};
use crate::upkeep::tests::bench::Bench;
use async_trait::async_trait;
use bytes::Bytes;
use entity::TaskId;
use site::actor::{Account, Actor};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use storage::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, FolderEntry,
    ListedBlob, MemoryDriver, PartWritten, PassedOver, Staged, UploadPlan, UploadTarget, Written,
};
use store::accounts;

/// A storage that fails at some of what it has, by key. A slash behind that of a folder: at what is passed
/// over in it.
#[derive(Debug, Default)]
struct Failing {
    inner: MemoryDriver,
    at: Mutex<BTreeMap<String, ErrorKind>>,
}

impl Failing {
    fn lay(&self, path: &str) {
        let key = BlobKey::parse(path).unwrap();
        self.inner.damage(&key, Some(Bytes::from("text")));
    }

    fn fail_at(&self, key: &str, how: ErrorKind) {
        self.at.lock().unwrap().insert(key.to_owned(), how);
    }

    fn mend(&self, key: &str) {
        self.at.lock().unwrap().remove(key);
    }

    fn check(&self, key: &str) -> Result<(), DriverError> {
        let how = self.at.lock().unwrap().get(key).copied();
        how.map_or(Ok(()), |how| Err(io::Error::from(how).into()))
    }
}

#[async_trait]
impl Driver for Failing {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        self.inner.read(key, range).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.inner.open(key).await
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        self.inner.write(key, body, expected_bytes).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        self.check(key.as_str())?;
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
    ) -> Result<Vec<ListedBlob>, DriverError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn list_folder(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        self.check(folder)?;
        self.inner.list_folder(folder, after, limit).await
    }

    async fn list_passed_over(
        &self,
        folder: &str,
        _limit: usize,
    ) -> Result<PassedOver, DriverError> {
        self.check(&format!("{folder}/"))?;
        Ok(PassedOver::default())
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        self.inner.begin_upload(plan).await
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        self.inner.write_part(plan, offset, size_bytes, body).await
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        self.inner.complete_upload(plan, parts).await
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        self.inner.resume_completion(plan).await
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.inner.abort_upload(plan).await
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        self.inner.list_staging().await
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        self.inner.discard_staging(staged).await
    }
}

/// An import of all of it.
struct Walk {
    bench: Bench,
    driver: Arc<Failing>,
    policy: Policy,
    actor: Actor,
    state: Importing,
}

impl Walk {
    async fn through(paths: &[&str]) -> Self {
        let bench = Bench::new().await;
        let driver = Arc::new(Failing::default());
        for path in paths {
            driver.lay(path);
        }
        let own = bench.core.policies.get(bench.policy).await.unwrap();
        let policy = Policy {
            row: own.row.clone(),
            driver: WatchedDriver::new(driver.clone()),
            can: driver.capabilities(),
            callback: None,
        };
        let db = bench.store().read();
        let user = accounts::by_id(db, bench.user).await.unwrap().unwrap();
        let group = accounts::group(db, user.group_id).await.unwrap().unwrap();
        let request = ImportRequest {
            user: bench.user,
            policy: bench.policy,
            src: ".".to_owned(),
            dst: "/".to_owned(),
            recursive: true,
            owned: false,
            dry_run: false,
        };
        Self {
            state: Importing::new(request, String::new(), Vec::new(), []),
            actor: Actor::account(Arc::new(Account::new(user, group)), 0),
            bench,
            driver,
            policy,
        }
    }

    /// As a step that has time for so much, with what it leaves to the next one.
    async fn step(&mut self, most: usize) -> Result<(), FileError> {
        let neighbours = Neighbours::of(&self.bench.core, &self.policy).await?;
        let batch = Batch {
            core: &self.bench.core,
            actor: &self.actor,
            policy: &self.policy,
            neighbours: &neighbours,
            task: TaskId(1),
        };
        let saved = serde_json::to_value(&self.state).unwrap();
        self.state = serde_json::from_value(saved).unwrap();
        if self.state.stands.is_none() {
            assert!(begin(&batch, &mut self.state).await.is_ok());
        }
        let depth = self.state.stands.as_ref().map_or(0, Vec::len);
        let mut pages: Vec<_> = (0..depth).map(|_| None).collect();
        for _ in 0..most {
            if pages.is_empty() {
                break;
            }
            advance(&batch, &mut self.state, &mut pages).await?;
        }
        Ok(())
    }

    async fn fails(&mut self) {
        assert!(self.step(usize::MAX).await.is_err());
    }

    /// So often it fails, and a minute passes each time.
    async fn fails_often(&mut self, times: usize) {
        for _ in 0..times {
            self.fails().await;
            self.bench.clock.advance_secs(60);
        }
    }

    /// How many files came, and what did not.
    async fn ends(&mut self) -> (u64, Vec<Problem>) {
        self.step(usize::MAX).await.unwrap();
        assert_eq!(self.state.stands.as_ref().map(Vec::len), Some(0));
        let report = &self.state.report;
        assert_eq!(report.failed, report.problems.len() as u64);
        (report.files, report.problems.clone())
    }
}

fn unreadable(path: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        reason: Reason::Unreadable,
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_listed_now_and_then_is_not_passed_over() {
    let mut walk = Walk::through(&["a.txt", "in/b.txt", "in/c.txt"]).await;
    for _ in 0..8 {
        walk.driver.fail_at("in", ErrorKind::Other);
        walk.fails().await;
        walk.bench.clock.advance_secs(600);
        walk.driver.mend("in");
        // It is listed, and there is no time for more.
        walk.step(1).await.unwrap();
    }
    assert_eq!(walk.ends().await, (3, vec![]));
}

#[tokio::test]
async fn a_folder_that_is_never_listed_keeps_the_others_out_for_minutes_only() {
    let mut walk = Walk::through(&["bad/a.txt", "good/b.txt"]).await;
    walk.driver.fail_at("bad", ErrorKind::Other);
    walk.fails_often(4).await;
    assert_eq!(walk.ends().await, (1, vec![unreadable("bad")]));
}

#[tokio::test]
async fn a_file_that_is_passed_over_takes_no_other_of_its_batch_with_it() {
    let mut walk = Walk::through(&["m.txt", "y.txt", "z.txt"]).await;
    walk.driver.fail_at("m.txt", ErrorKind::Other);
    for number in 0..4 {
        walk.fails_often(1).await;
        // Another one is the first of the batch each time.
        walk.driver.lay(&format!("a{}.txt", 9 - number));
    }
    // Their first failure, while that of the other is enough.
    for first in ["a6.txt", "z.txt"] {
        walk.driver.fail_at(first, ErrorKind::Other);
    }
    walk.fails().await;
    for first in ["a6.txt", "z.txt"] {
        walk.driver.mend(first);
    }
    assert_eq!(walk.ends().await, (6, vec![unreadable("m.txt")]));
}

#[tokio::test]
async fn several_files_of_a_batch_are_passed_over_together() {
    let mut walk = Walk::through(&["a.txt", "b.txt", "c.txt", "d.txt"]).await;
    for bad in ["b.txt", "c.txt"] {
        walk.driver.fail_at(bad, ErrorKind::Other);
    }
    walk.fails_often(4).await;
    let bad = ["b.txt", "c.txt"].map(unreadable).to_vec();
    assert_eq!(walk.ends().await, (2, bad));
}

#[tokio::test]
async fn many_failures_within_a_moment_are_not_enough() {
    let mut walk = Walk::through(&["a.txt", "b.txt"]).await;
    walk.driver.fail_at("a.txt", ErrorKind::Other);
    for _ in 0..20 {
        walk.fails().await;
    }
    walk.bench.clock.advance_secs(121);
    assert_eq!(walk.ends().await, (1, vec![unreadable("a.txt")]));
}

#[tokio::test]
async fn a_storage_that_is_silent_has_nothing_passed_over() {
    let mut walk = Walk::through(&["a.txt", "in/b.txt"]).await;
    for (place, how) in [
        ("a.txt", ErrorKind::TimedOut),
        ("in", ErrorKind::NotConnected),
    ] {
        walk.driver.fail_at(place, how);
        walk.fails_often(20).await;
        walk.driver.mend(place);
        walk.driver.fail_at(place, ErrorKind::Other);
        walk.fails().await;
        walk.driver.mend(place);
    }
    assert_eq!(walk.ends().await, (2, vec![]));
}

#[tokio::test]
async fn where_it_cannot_be_known_what_is_no_file_the_files_come_and_the_walk_goes_on() {
    let mut walk = Walk::through(&["in/a.txt", "z/b.txt"]).await;
    walk.driver.fail_at("in/", ErrorKind::Other);
    walk.fails_often(4).await;
    assert_eq!(walk.state.report.files, 1);
    assert_eq!(walk.ends().await, (2, vec![unreadable("in")]));
}
