//! Folders that move under who writes into them, and files that others take while their owner
//! deletes them.

use std::collections::BTreeMap;

use bytes::Bytes;
use rand::{Rng, rngs::StdRng};
use serde_json::json;
use tests::Client;

use super::{IN_THE_WAY, content, granted, read};

/// Two places, and a folder that is now in the one and now in the other.
const PLACES: [&str; 2] = ["/moving/here", "/moving/there"];

/// Writes into a folder that wanders.
pub struct Moving {
    alice: Client,
    random: StdRng,
    written: BTreeMap<String, Bytes>,
}

impl Moving {
    pub async fn new(alice: &Client, random: StdRng) -> Self {
        for place in PLACES {
            alice.create_folder(place).await;
        }
        alice.create_folder("/moving/here/box").await;
        Self {
            alice: alice.another_window(),
            random,
            written: BTreeMap::new(),
        }
    }

    pub async fn work(mut self, steps: usize) -> Self {
        let mover = self.alice.another_window();
        let moving = async {
            for step in 0..steps {
                let (from, to) = (PLACES[step % 2], PLACES[(step + 1) % 2]);
                granted(&mover.move_to(&[format!("{from}/box")], to).await);
            }
        };
        let writing = async {
            for _ in 0..steps {
                let name = format!("{}.bin", self.written.len());
                let place = PLACES[self.random.random_range(0..2)];
                let path = format!("{place}/box/{name}");
                let bytes = content(&name, &mut self.random);
                let sent = if self.random.random_bool(0.5) {
                    let sent = self.alice.try_put(&path, bytes.clone()).await.unwrap();
                    assert!(
                        sent.is_ok() || sent.is_err_and(|code| IN_THE_WAY.contains(&code)),
                        "{sent:?}"
                    );
                    sent.is_ok()
                } else {
                    granted(&self.alice.put_content(&path, bytes.clone()).await)
                };
                if sent {
                    self.written.insert(name, bytes);
                }
            }
        };
        tokio::join!(moving, writing);
        self
    }

    /// Each is in one of the two.
    pub async fn check(&self) {
        for (name, bytes) in &self.written {
            let mut found = Vec::new();
            for place in PLACES {
                found.extend(read(&self.alice, &format!("{place}/box/{name}")).await);
            }
            assert!(found == [bytes.clone()], "{name}: found {}", found.len());
        }
    }
}

/// Shares files that somebody saves for themselves while their owner gets rid of them.
pub struct Sharing {
    alice: Client,
    bob: Client,
    random: StdRng,
    step: usize,
    /// What Bob has of his own.
    saved: BTreeMap<String, Bytes>,
}

impl Sharing {
    pub async fn new(alice: &Client, bob: &Client, random: StdRng) -> Self {
        alice.create_folder("/sharing").await;
        Self {
            alice: alice.another_window(),
            bob: bob.another_window(),
            random,
            step: 0,
            saved: BTreeMap::new(),
        }
    }

    pub async fn work(mut self, steps: usize) -> Self {
        for _ in 0..steps / 2 {
            self.step += 1;
            self.pass_on().await;
        }
        self
    }

    async fn pass_on(&mut self) {
        let name = format!("{}.bin", self.step);
        let path = format!("/sharing/{name}");
        let bytes = content(&path, &mut self.random);
        if !granted(&self.alice.put_content(&path, bytes.clone()).await) {
            return;
        }
        let share = self.alice.share(&path, json!({})).await;
        let folder = format!("/saved {}", self.step);
        self.bob.create_folder(&folder).await;
        let item = share.at(&format!("/{name}"));
        let take_back = self.random.random_bool(0.4);
        let owner = self.alice.another_window();
        let leaving = async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            if take_back {
                owner.delete_share(&share.id).await.done();
            } else {
                owner.delete_for_good(&[&path]).await.done();
            }
        };
        let items = [&item];
        let (saved, ()) = tokio::join!(self.bob.copy_to(&items, &folder), leaving);
        if saved.inner_code() == 0 {
            self.saved.insert(format!("{folder}/{name}"), bytes);
        } else {
            assert!(saved.inner_code() < 50_000, "{}", saved.text());
        }
        // Nobody comes in any more, whichever it was.
        assert_ne!(self.bob.info(&item).await.code(), 0, "{item}");
        assert_ne!(self.bob.try_urls(&[&item], json!({})).await.inner_code(), 0);
    }

    pub async fn check(&self) {
        for (path, bytes) in &self.saved {
            assert!(
                read(&self.bob, path).await.as_ref() == Some(bytes),
                "{path}"
            );
        }
    }
}
