//! Somebody with a folder of their own, whose every doing is told from what was answered.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::join_all;
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;
use tests::{Client, DavClient};

use super::{content, granted, read};
use crate::code;

/// Few enough that the same files are written again and again.
const FILES: usize = 4;

pub struct Writer {
    alice: Client,
    mount: DavClient,
    folder: String,
    random: StdRng,
    step: usize,
    /// What each file holds; `None`: nothing.
    files: BTreeMap<String, Option<Bytes>>,
    /// Everything that was ever stored, to know versions by.
    stored: Vec<Bytes>,
    pub acknowledged: usize,
}

impl Writer {
    pub async fn new(alice: &Client, number: usize, random: StdRng) -> Self {
        let folder = format!("/writer {number}");
        alice.create_folder(&folder).await;
        Self {
            alice: alice.another_window(),
            mount: alice.mount().await,
            folder,
            random,
            step: 0,
            files: BTreeMap::new(),
            stored: Vec::new(),
            acknowledged: 0,
        }
    }

    pub async fn work(mut self, steps: usize) -> Self {
        for _ in 0..steps {
            self.step += 1;
            let path = format!("{}/{}.jpg", self.folder, self.random.random_range(0..FILES));
            match self.random.random_range(0..100) {
                0..30 => self.upload(&path, End::Nobody).await,
                30..40 => self.upload(&path, End::Cancelled).await,
                40..50 => self.upload(&path, End::Unlocked).await,
                50..58 => self.put_content(&path).await,
                58..64 => self.mounted(&path).await,
                64..72 => self.attach_live_photo(&path).await,
                72..78 => self.set_version(&path).await,
                78..82 => self.delete_version(&path).await,
                82..90 => self.copy(&path).await,
                90..98 => self.trash_and_restore(&path).await,
                _ => self.delete_for_good(&path).await,
            }
        }
        self
    }

    pub async fn check(&self) {
        for (path, expected) in &self.files {
            let found = read(&self.alice, path).await;
            assert!(
                found == *expected,
                "{path} after {} steps: {:?} bytes instead of {:?}",
                self.step,
                found.map(|bytes| bytes.len()),
                expected.as_ref().map(Bytes::len)
            );
        }
    }

    fn holds(&mut self, path: &str, bytes: Bytes) {
        self.acknowledged += 1;
        self.stored.push(bytes.clone());
        self.files.insert(path.to_owned(), Some(bytes));
    }

    fn bytes(&mut self) -> Bytes {
        loop {
            let label = format!("{} {}", self.folder, self.step);
            let bytes = content(&label, &mut self.random);
            if self.stored.iter().all(|other| other.len() != bytes.len()) {
                return bytes;
            }
        }
    }

    fn has_content(&self, path: &str) -> bool {
        matches!(self.files.get(path), Some(Some(_)))
    }

    /// Uploads in chunks that come at once, some of them twice, while somebody may end it.
    async fn upload(&mut self, path: &str, end: End) {
        let bytes = self.bytes();
        let version = json!({ "entity_type": "version" });
        let size = bytes.len() as u64;
        let opened = self.alice.try_open_upload(path, size, version).await;
        if !granted(&opened) {
            return;
        }
        let data = opened.data();
        let session = data["session_id"].as_str().unwrap().to_owned();
        let chunk_size = data["chunk_size"].as_u64().unwrap() as usize;
        let chunks: Vec<Bytes> = bytes
            .chunks(chunk_size)
            .map(Bytes::copy_from_slice)
            .collect();
        let sendings = chunks.iter().enumerate().flat_map(|(index, chunk)| {
            let times = if self.random.random_bool(0.3) { 2 } else { 1 };
            vec![(index, chunk.clone()); times]
        });
        let sendings: Vec<_> = sendings.collect();
        let sendings = sendings.into_iter().map(|(index, chunk)| {
            let (alice, session) = (self.alice.clone(), &session);
            async move {
                (
                    index,
                    granted(&alice.send_chunk(session, index, chunk).await),
                )
            }
        });
        let wait = std::time::Duration::from_millis(self.random.random_range(0..25));
        let ending = end.happen(&self.alice, &session, path, wait);
        let (sent, ()) = tokio::join!(join_all(sendings), ending);
        let whole = (0..chunks.len()).all(|index| sent.contains(&(index, true)));
        if whole {
            self.holds(path, bytes);
        } else {
            assert!(end != End::Nobody, "{path}: {sent:?}");
            self.files.entry(path.to_owned()).or_insert(None);
        }
    }

    async fn put_content(&mut self, path: &str) {
        let bytes = self.bytes();
        if granted(&self.alice.put_content(path, bytes.clone()).await) {
            self.holds(path, bytes);
        }
    }

    async fn mounted(&mut self, path: &str) {
        let bytes = self.bytes();
        let request = self.mount.request("PUT", path).body(bytes.clone());
        let reply = self.mount.send(request).await;
        match reply.status {
            201 | 204 => self.holds(path, bytes),
            423 | 507 => {}
            status => panic!("PUT {path}: {status}"),
        }
    }

    async fn attach_live_photo(&mut self, path: &str) {
        if !self.has_content(path) {
            return;
        }
        let bytes = self.bytes().slice(..1);
        let live = json!({ "entity_type": "live_photo" });
        let opened = self.alice.try_open_upload(path, 1, live).await;
        if granted(&opened) {
            let session = opened.data()["session_id"].as_str().unwrap().to_owned();
            self.alice.send_chunk(&session, 0, bytes).await.done();
        }
    }

    /// A version by its id, and its content.
    async fn some_version(&mut self, path: &str) -> Option<(String, Bytes)> {
        if !self.has_content(path) {
            return None;
        }
        let versions = self.alice.versions(path).await;
        let version = versions.choose(&mut self.random)?;
        let size = version["size"].as_u64()? as usize;
        let stored = self.stored.iter().find(|bytes| bytes.len() == size);
        let stored = stored.unwrap_or_else(|| panic!("{path}: {version} was never stored"));
        Some((version["id"].as_str()?.to_owned(), stored.clone()))
    }

    async fn set_version(&mut self, path: &str) {
        let Some((id, bytes)) = self.some_version(path).await else {
            return;
        };
        if granted(&self.alice.set_version(path, &id).await) {
            self.files.insert(path.to_owned(), Some(bytes));
        }
    }

    async fn delete_version(&mut self, path: &str) {
        let Some((id, bytes)) = self.some_version(path).await else {
            return;
        };
        if self.files[path].as_ref() == Some(&bytes) {
            let refused = self.alice.delete_version(path, &id).await;
            refused.refused(code::NO_PERMISSION);
        } else {
            granted(&self.alice.delete_version(path, &id).await);
        }
    }

    /// Copies to a folder of its own, beside somebody who may prune the versions meanwhile.
    async fn copy(&mut self, path: &str) {
        if !self.has_content(path) {
            return;
        }
        let folder = format!("{}/copies {}", self.folder, self.step);
        self.alice.create_folder(&folder).await;
        let reply = self.alice.copy_to(&[path], &folder).await;
        if granted(&reply) {
            let name = path.rsplit('/').next().unwrap();
            let held = self.files[path].clone();
            self.files.insert(format!("{folder}/{name}"), held);
        }
    }

    /// Into the trash and back, while the trash may be swept.
    async fn trash_and_restore(&mut self, path: &str) {
        if !self.files.contains_key(path) || !granted(&self.alice.delete(&[path]).await) {
            return;
        }
        let name = path.rsplit('/').next().unwrap();
        let origin = tests::uri(path);
        let trash = self.alice.trash().await;
        let mine = trash.iter().find(|item| {
            item["name"] == name && item["metadata"]["sys:restore_uri"] == origin.as_str()
        });
        let wait = std::time::Duration::from_millis(self.random.random_range(0..30));
        tokio::time::sleep(wait).await;
        let restored = match mine {
            Some(item) => {
                let item = item["path"].as_str().unwrap();
                granted(&self.alice.restore(&[item]).await)
            }
            None => false,
        };
        if !restored {
            self.files.insert(path.to_owned(), None);
        }
    }

    async fn delete_for_good(&mut self, path: &str) {
        let known = self.files.contains_key(path);
        if known && granted(&self.alice.delete_for_good(&[path]).await) {
            self.files.insert(path.to_owned(), None);
        }
    }
}

/// How an upload may be ended while its chunks come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Nobody,
    Cancelled,
    Unlocked,
}

impl End {
    async fn happen(self, alice: &Client, session: &str, path: &str, wait: std::time::Duration) {
        let alice = alice.another_window();
        tokio::time::sleep(wait).await;
        match self {
            Self::Nobody => {}
            Self::Cancelled => {
                granted(&alice.cancel_upload(session, path).await);
            }
            Self::Unlocked => {
                // Renaming to an odd name tells the lock, and is undone where there is none.
                let refused = alice.rename(path, "not locked").await;
                if refused.code() == code::LOCK_CONFLICT {
                    let token = refused.data()[0]["token"].as_str().unwrap().to_owned();
                    granted(&alice.unlock(&[&token]).await);
                } else if granted(&refused) {
                    let (folder, name) = path.rsplit_once('/').unwrap();
                    let odd = format!("{folder}/not locked");
                    alice.rename(&odd, name).await.ok();
                }
            }
        }
    }
}
