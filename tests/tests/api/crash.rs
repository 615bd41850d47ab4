//! `kill -9` in the middle of everything, again and again, on the same data.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tests::{Client, DavClient, Program, Refusal, bytes_of};

const ROUNDS: usize = 6;
const WORKERS: usize = 4;

/// What one worker knows of its own files. `None` is a file that is not there.
#[derive(Default)]
struct Memory {
    acknowledged: BTreeMap<String, Option<Bytes>>,
    /// What the last, unanswered request may have made of a file.
    pending: Option<(String, Option<Bytes>)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_every_kill() {
    let data = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(4_815_162_342);
    let mut memories: Vec<Memory> = (0..WORKERS).map(|_| Memory::default()).collect();
    let mut program = Program::serve(data.path(), Refusal::Nothing).await;
    let mut admin = program.user("admin").await;
    for round in 0..ROUNDS {
        let stop = Arc::new(AtomicBool::new(false));
        let dav = admin.mount().await;
        let workers: Vec<_> = memories
            .drain(..)
            .enumerate()
            .map(|(number, memory)| {
                let seed = (round * WORKERS + number) as u64;
                let worker = Worker {
                    admin: admin.another_window(),
                    dav: dav.clone(),
                    number,
                    memory,
                };
                tokio::spawn(worker.work(StdRng::seed_from_u64(seed), stop.clone()))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(random.random_range(300..2500))).await;
        program.kill();
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            memories.push(worker.await.unwrap());
        }
        program = Program::serve(data.path(), Refusal::Nothing).await;
        admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
        for (number, memory) in memories.iter_mut().enumerate() {
            verify(&admin, number, memory).await;
        }
    }
    let written: usize = memories
        .iter()
        .map(|memory| memory.acknowledged.len())
        .sum();
    assert!(written > 20, "the workers got something done: {written}");
    assert_quota_is_the_sum(&admin).await;
    assert!(program.stop());
    assert_doctor_is_content(data.path());
}

struct Worker {
    admin: Client,
    dav: DavClient,
    number: usize,
    memory: Memory,
}

impl Worker {
    /// Works until the server is gone.
    async fn work(mut self, mut random: StdRng, stop: Arc<AtomicBool>) -> Memory {
        let mut step = 0;
        while !stop.load(Ordering::Relaxed) {
            step += 1;
            let path = format!("/{}/{}.bin", self.number, random.random_range(0..30));
            let exists = matches!(self.memory.acknowledged.get(&path), Some(Some(_)));
            let delete = exists && random.random_bool(0.2);
            let after = (!delete).then(|| {
                let len = *[0, 1, 1000, 70_000, 900_000, 3_000_000, 900_000, 27_000_000]
                    .get(random.random_range(0..8))
                    .unwrap();
                bytes_of(&format!("{path} {step} {}", random.random::<u64>()), len)
            });
            self.memory.pending = Some((path.clone(), after.clone()));
            let small = after.as_ref().is_some_and(|bytes| bytes.len() < 2000);
            let done = match &after {
                None => self.delete(&path).await,
                Some(bytes) if small && random.random_bool(0.5) => {
                    self.write(&path, bytes.clone()).await
                }
                Some(bytes) if random.random_bool(0.4) => self.mounted(&path, bytes).await,
                Some(bytes) => self.admin.try_put(&path, bytes.clone()).await,
            };
            match done {
                None => return self.memory,
                Some(Ok(())) => {
                    self.memory.acknowledged.insert(path, after);
                    self.memory.pending = None;
                }
                // An upload that was cut off before the last kill still holds the path.
                Some(Err(40073)) => self.memory.pending = None,
                Some(Err(code)) => panic!("{path} was refused with {code}"),
            }
        }
        self.memory
    }

    async fn delete(&self, path: &str) -> Option<Result<(), i64>> {
        let body = serde_json::json!({ "uris": [tests::uri(path)], "skip_soft_delete": true });
        let request = self
            .admin
            .request(reqwest::Method::DELETE, "/file")
            .json(&body);
        let reply = self.admin.try_send(request).await?;
        Some(if reply.code() == 0 {
            Ok(())
        } else {
            Err(reply.inner_code())
        })
    }

    /// Writes over WebDAV, where folders are made one by one.
    async fn mounted(&self, path: &str, bytes: &Bytes) -> Option<Result<(), i64>> {
        let put = || self.dav.request("PUT", path).body(bytes.clone());
        let mut reply = self.dav.try_send(put()).await?;
        if reply.status == 409 {
            let folder = self.dav.request("MKCOL", &format!("/{}", self.number));
            self.dav.try_send(folder).await?;
            reply = self.dav.try_send(put()).await?;
        }
        Some(match reply.status {
            201 | 204 => Ok(()),
            423 => Err(40073),
            status => Err(i64::from(status)),
        })
    }

    async fn write(&self, path: &str, bytes: Bytes) -> Option<Result<(), i64>> {
        let route = format!("/file/content?uri={}", tests::escape(&tests::uri(path)));
        let request = self.admin.request(reqwest::Method::PUT, &route).body(bytes);
        let reply = self.admin.try_send(request).await?;
        Some(if reply.code() == 0 {
            Ok(())
        } else {
            Err(reply.code())
        })
    }
}

/// Everything acknowledged is there; the unanswered request happened whole or not at all.
async fn verify(admin: &Client, number: usize, memory: &mut Memory) {
    if let Some((path, after)) = memory.pending.take() {
        let before = memory.acknowledged.get(&path).cloned().flatten();
        let found = read(admin, &path).await;
        assert!(
            found == before || found == after,
            "{path} is neither what it was nor what it was to become"
        );
        memory.acknowledged.insert(path, found);
    }
    for (path, content) in &memory.acknowledged {
        let found = read(admin, path).await;
        assert!(
            found == *content,
            "{path} of worker {number} is not what was acknowledged"
        );
    }
}

/// A file's content. What a cut-off upload shows where there was no file is no file yet.
async fn read(admin: &Client, path: &str) -> Option<Bytes> {
    let info = admin.info(path).await;
    match info.code() {
        0 if is_placeholder(admin, &info.data()).await => None,
        0 => Some(admin.get(path).await),
        40016 => None,
        code => panic!("{path}: {code}"),
    }
}

/// An upload into a new file that has not ended: it has no version yet, as folders have none.
async fn is_placeholder(admin: &Client, file: &serde_json::Value) -> bool {
    let uploading = file["metadata"].get("sys:upload_session_id").is_some();
    uploading && file["primary_entity"] == admin.list("/").await.ok()["parent"]["primary_entity"]
}

/// Used space is what the files and the open uploads hold, also after all these kills. A
/// deletion that was cut short is finished soon after the start, so this may take a moment.
async fn assert_quota_is_the_sum(admin: &Client) {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let mut sum = 0;
        for (path, size) in admin.sizes_below("/").await {
            if size.is_some() {
                let info = admin.info_with(&path, &[("extended", "true")]).await.ok();
                sum += info["extended_info"]["storage_used"].as_u64().unwrap();
            }
        }
        let used = admin.used().await;
        if used == sum {
            return;
        }
        assert!(Instant::now() < patience, "{used} used, {sum} stored");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn assert_doctor_is_content(data: &Path) {
    let output = Program::run(data, ["doctor"]);
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
