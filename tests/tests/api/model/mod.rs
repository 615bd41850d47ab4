//! Thousands of random operations on the server and on a simple drive in memory, which must agree
//! all the way. `ALCOVE_TEST_SEED` and `ALCOVE_TEST_MODEL_STEPS` choose another walk.

mod at_once;
mod steps;
mod tree;

use std::{collections::BTreeMap, env};

use bytes::Bytes;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;
use tests::{Client, Reply, TestServer, bytes_of};

use tree::{Drive, File, Folder, Node, Path, Refusal};

/// Few enough that names collide.
const NAMES: [&str; 7] = ["a", "b.txt", "C c", "文件", "d#%&+", "😀", "e.md"];
const STEPS: usize = 1200;
const CHECK_EVERY: usize = 150;
/// Beyond this many nodes nothing more is copied.
const LARGE: usize = 150;

#[tokio::test]
async fn a_random_walk_agrees_with_the_model() {
    walk(1).await;
}

#[tokio::test]
async fn another_random_walk_agrees_with_the_model() {
    walk(2).await;
}

#[tokio::test]
async fn a_third_random_walk_agrees_with_the_model() {
    walk(3).await;
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

async fn walk(seed: u64) {
    let seed = number("ALCOVE_TEST_SEED").unwrap_or(seed);
    let steps = number("ALCOVE_TEST_MODEL_STEPS").map_or(STEPS, |steps| steps as usize);
    println!("seed {seed}, {steps} steps");

    let mut server = TestServer::start().await;
    let alice = server.user("alice").await;
    let mut walker = Walker {
        random: StdRng::seed_from_u64(seed),
        alice,
        drive: Drive::default(),
        step: 0,
    };
    for step in 1..=steps {
        walker.step = step;
        walker.take_a_step().await;
        if step % CHECK_EVERY == 0 {
            walker.check(10).await;
            server.assert_clean();
        }
    }
    server.restart().await;
    walker.check(usize::MAX).await;
}

struct Walker {
    random: StdRng,
    alice: Client,
    drive: Drive,
    step: usize,
}

fn text(path: &[String]) -> String {
    format!("/{}", path.join("/"))
}

impl Walker {
    async fn take_a_step(&mut self) {
        match self.random.random_range(0..100) {
            0..10 => self.create(Node::Folder(Folder::new())).await,
            10..15 => self.create(Node::File(File::default())).await,
            15..30 => self.upload(false).await,
            30..42 => self.upload(true).await,
            42..48 => self.put_content().await,
            48..56 => self.rename().await,
            56..66 => self.transfer(false).await,
            66..73 => self.transfer(true).await,
            73..80 => self.delete().await,
            80..83 => self.delete_for_good().await,
            83..89 => self.restore().await,
            89..91 => self.delete_from_trash().await,
            91..92 => self.empty_trash().await,
            92..96 => self.set_version().await,
            _ => self.delete_version().await,
        }
    }

    #[track_caller]
    fn compare(&self, expected: Result<(), Refusal>, reply: &Reply) {
        let code = reply.inner_code();
        let agrees = match expected {
            Ok(()) => code == 0,
            Err(codes) => codes.contains(&code),
        };
        let (step, asked) = (self.step, &reply.asked);
        assert!(
            agrees,
            "step {step}: {asked}: expected {expected:?}, not {}",
            reply.text()
        );
    }

    fn name(&mut self) -> String {
        (*NAMES.choose(&mut self.random).unwrap()).to_owned()
    }

    /// Something that is there, if anything is.
    fn existing(&mut self) -> Option<Path> {
        self.drive.paths().choose(&mut self.random).cloned()
    }

    fn existing_file(&mut self, versions: usize) -> Option<Path> {
        let mut paths = self.drive.paths();
        paths.retain(|path| match self.drive.get(path) {
            Some(Node::File(file)) => file.versions.len() >= versions,
            _ => false,
        });
        paths.choose(&mut self.random).cloned()
    }

    fn existing_folder(&mut self) -> Path {
        let mut paths = self.drive.paths();
        paths.retain(|path| self.drive.folder(path).is_some());
        paths.push(Vec::new());
        paths.choose(&mut self.random).unwrap().clone()
    }

    /// Somewhere a file or folder could be: often there already, sometimes below what is missing.
    fn somewhere(&mut self) -> Path {
        let mut path = match self.random.random_range(0..10) {
            0 => self.existing().unwrap_or_default(),
            _ => self.existing_folder(),
        };
        if path.len() > 5 {
            path.truncate(1);
        }
        if self.random.random_bool(0.1) {
            path.push(self.name());
        }
        path.push(self.name());
        path
    }

    fn bytes(&mut self) -> Bytes {
        let length = self.random.random_range(1..2000);
        bytes_of(
            &format!("{} {}", self.step, self.random.random::<u64>()),
            length,
        )
    }

    /// Ids in the model's order, after comparing sizes and which is current.
    async fn version_ids(&self, path: &[String]) -> Vec<String> {
        let Some(Node::File(file)) = self.drive.get(path) else {
            panic!("{path:?} is no file")
        };
        let mut versions = self.alice.versions(&text(path)).await;
        versions.reverse();
        let sizes: Vec<_> = versions
            .iter()
            .map(|version| version["size"].as_u64().unwrap())
            .collect();
        let expected: Vec<_> = file
            .versions
            .iter()
            .map(|bytes| bytes.len() as u64)
            .collect();
        assert_eq!(sizes, expected, "step {}: versions of {path:?}", self.step);
        let ids: Vec<_> = versions
            .iter()
            .map(|version| version["id"].as_str().unwrap().to_owned())
            .collect();
        if let Some(current) = ids.get(file.current) {
            let info = self.alice.info(&text(path)).await.ok();
            assert_eq!(
                info["primary_entity"],
                current.as_str(),
                "step {}: {path:?}",
                self.step
            );
        }
        ids
    }

    /// Tree, trash and quota whole, and the bytes and versions of some files.
    async fn check(&mut self, files: usize) {
        let step = self.step;
        let expected: BTreeMap<_, _> = self
            .drive
            .paths()
            .iter()
            .map(|path| {
                let size = match self.drive.get(path) {
                    Some(Node::File(file)) => Some(file.content().len() as u64),
                    _ => None,
                };
                (text(path), size)
            })
            .collect();
        assert_eq!(self.alice.sizes_below("/").await, expected, "step {step}");
        assert_eq!(
            self.alice.used().await,
            self.drive.used(),
            "step {step}: used space"
        );

        let mut trash: Vec<_> = self
            .alice
            .trash()
            .await
            .iter()
            .map(|i| i["path"].clone())
            .collect();
        let mut known: Vec<_> = self
            .drive
            .trash
            .iter()
            .map(|item| json!(item.uri))
            .collect();
        trash.sort_by_key(ToString::to_string);
        known.sort_by_key(ToString::to_string);
        assert_eq!(trash, known, "step {step}: the trash");

        let mut paths = self.drive.paths();
        paths.retain(|path| matches!(self.drive.get(path), Some(Node::File(_))));
        let some: Vec<_> = paths
            .choose_multiple(&mut self.random, files.min(paths.len()))
            .cloned()
            .collect();
        for path in some {
            let Some(Node::File(file)) = self.drive.get(&path) else {
                unreachable!()
            };
            let found = self.alice.get(&text(&path)).await;
            assert!(
                found == file.content(),
                "step {step}: the bytes of {path:?}"
            );
            self.version_ids(&path).await;
        }
    }
}
