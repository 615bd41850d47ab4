//! Everything at once: people, programs and upkeep do what they do side by side on one server,
//! whose requests rest for random moments between their steps. Whatever was acknowledged must be
//! there after each round, and database and storage must agree.
//!
//! `ALCOVE_TEST_SEED` and `ALCOVE_TEST_MODEL_STEPS` (of each worker) choose another or a longer
//! run; what runs side by side is not the same twice, though.

mod passing_on;
mod writer;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::ConnectionTrait;
use serde_json::json;
use site::steps::Steps;
use tests::{Client, Reply, TestServer, bytes_of};

use super::number;
use crate::code;
use passing_on::{Moving, Sharing};
use writer::Writer;

/// Steps of each worker.
const STEPS: usize = 40;
/// Steps of each worker between two looks at everything.
const ROUND: usize = 20;
/// Small, so that small files come in several chunks.
const CHUNK: u32 = 16_384;
const WRITERS: usize = 3;

/// Why a request may be refused when others are at the same things. Never the server's own fault.
const IN_THE_WAY: [i64; 8] = [
    code::OBJECT_EXISTS,
    code::UPLOAD_SESSION_EXPIRED,
    code::PARENT_NOT_EXIST,
    code::LOCK_CONFLICT,
    code::INSUFFICIENT_CAPACITY,
    code::ENTITY_NOT_EXIST,
    code::PARAMETER,
    code::NOT_FOUND,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_whatever_happens_beside_it() {
    let seed = number("ALCOVE_TEST_SEED").unwrap_or(1);
    let steps = number("ALCOVE_TEST_MODEL_STEPS").map_or(STEPS, |steps| steps as usize);
    println!("seed {seed}, {steps} steps");
    let mut server = TestServer::start_watched(restless(seed), &[]).await;
    server.cut_uploads_into(CHUNK).await;
    server.set(&[("cron_trash_bin_collect", "@every 1s")]).await;
    server.allow_dav().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;

    let random = |number: usize| StdRng::seed_from_u64(seed * 1000 + number as u64);
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(Writer::new(&alice, number, random(number)).await);
    }
    let mut moving = Moving::new(&alice, random(100)).await;
    let mut sharing = Sharing::new(&alice, &bob, random(200)).await;
    for round in 0..steps.div_ceil(ROUND) {
        let work = writers
            .into_iter()
            .map(|writer| tokio::spawn(writer.work(ROUND)));
        let work: Vec<_> = work.collect();
        let others = tokio::join!(
            tokio::spawn(moving.work(ROUND)),
            tokio::spawn(sharing.work(ROUND)),
            upset(&server, &alice, random(300 + round)),
        );
        writers = Vec::new();
        for worker in work {
            writers.push(worker.await.unwrap());
        }
        (moving, sharing) = (others.0.unwrap(), others.1.unwrap());

        enough_room(&server).await;
        server.nothing_left_of("prune_versions").await;
        server.nothing_left_of("recycle_blobs").await;
        for writer in &writers {
            writer.check().await;
        }
        moving.check().await;
        sharing.check().await;
        server.assert_healthy();
        server.assert_clean();
    }
    let acknowledged: usize = writers.iter().map(|writer| writer.acknowledged).sum();
    println!("{acknowledged} writes were acknowledged");
    assert!(acknowledged > steps / 2, "nearly everything was refused");
}

/// Has every request rest now and then where others can come in between.
fn restless(seed: u64) -> Steps {
    let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    Steps::watched_by(move |_| {
        let rest = {
            let mut random = random.lock().unwrap();
            random.random_bool(0.4).then(|| random.random_range(0..4))
        };
        Box::pin(async move {
            if let Some(millis) = rest {
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
        })
    })
}

/// What turns everybody's world over, as long as the others take: which versions are kept, how
/// much room there is, and that the time of what is in the trash is over.
async fn upset(server: &TestServer, alice: &Client, mut random: StdRng) {
    for _ in 0..ROUND {
        match random.random_range(0..4) {
            0 | 1 => {
                let settings = json!({
                    "version_retention_enabled": random.random_bool(0.5),
                    "version_retention_max": random.random_range(0..3),
                });
                alice.change_settings(settings).await.done();
            }
            2 => {
                let room = [400_000, 1 << 30][random.random_range(0..2)];
                set_room(server, room).await;
            }
            _ => {
                let sql = "UPDATE files SET purge_at = 1 WHERE purge_at > 1";
                let database = server.database().await;
                database.execute_unprepared(sql).await.unwrap();
                database.close().await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(20..120))).await;
    }
}

async fn enough_room(server: &TestServer) {
    set_room(server, 1 << 30).await;
}

async fn set_room(server: &TestServer, bytes: i64) {
    let sql = format!(
        "UPDATE groups SET max_storage = {bytes}, updated_at = updated_at + 1 WHERE id = 2"
    );
    server.tamper(&sql).await;
}

/// Whether a request was granted. It may be refused because of others, and of nothing else.
#[track_caller]
fn granted(reply: &Reply) -> bool {
    let code = reply.inner_code();
    assert!(
        code == 0 || IN_THE_WAY.contains(&code),
        "{}: {}",
        reply.asked,
        reply.text()
    );
    code == 0
}

/// A file's content; `None` if it is not there, or nothing was ever stored in it.
async fn read(who: &Client, path: &str) -> Option<Bytes> {
    let info = who.info(path).await;
    if info.code() == code::PARENT_NOT_EXIST {
        return None;
    }
    if info.ok()["size"] == 0 {
        return None;
    }
    Some(who.get(path).await)
}

/// Content like no other, of another length than any.
fn content(label: &str, random: &mut StdRng) -> Bytes {
    bytes_of(label, random.random_range(1..60_000))
}
