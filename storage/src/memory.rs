//! A storage in memory, for tests: the promises of a real driver, and failures on demand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;

use crate::body::Length;
use crate::tree_hash::{PartHasher, root_hash};
use crate::{
    BlobKey, BlobStat, ByteRange, ByteStream, Capabilities, Driver, DriverError, FolderEntry,
    FolderFile, ListedBlob, PartWritten, Route, Staged, UploadPlan, UploadTarget, Written,
};

/// Blobs in memory. Clones share what they store, like two processes on one disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDriver {
    store: Arc<Mutex<Store>>,
}

/// A call that can be made to fail; see [`MemoryDriver::fail_next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Read,
    Write,
    Stat,
    Delete,
    List,
    Begin,
    WritePart,
    Complete,
    Abort,
}

#[derive(Debug, Default)]
struct Store {
    blobs: BTreeMap<BlobKey, Blob>,
    uploads: HashMap<Uuid, Upload>,
    /// Most bytes that blobs and uploads together may hold.
    capacity: Option<u64>,
    failing: BTreeSet<Operation>,
    held: BTreeSet<BlobKey>,
    is_away: bool,
}

#[derive(Debug)]
struct Blob {
    bytes: Bytes,
    modified: SystemTime,
}

#[derive(Debug)]
struct Upload {
    parts: BTreeMap<u64, Bytes>,
    modified: SystemTime,
}

impl MemoryDriver {
    /// A storage that answers `NoSpace` beyond this many bytes.
    pub fn with_capacity(bytes: u64) -> Self {
        let driver = Self::default();
        driver.store().capacity = Some(bytes);
        driver
    }

    /// Makes the next call of this kind fail with `Io`; those after it work again.
    pub fn fail_next(&self, operation: Operation) {
        self.store().failing.insert(operation);
    }

    /// From now on a deletion reports this key as still present.
    pub fn hold(&self, key: &BlobKey) {
        self.store().held.insert(key.clone());
    }

    /// Undoes [`MemoryDriver::hold`].
    pub fn release(&self, key: &BlobKey) {
        self.store().held.remove(key);
    }

    /// From now on every call fails, until it is back.
    pub fn set_away(&self, is_away: bool) {
        self.store().is_away = is_away;
    }

    /// Puts other bytes in the place of a blob, or none, as a broken disk would.
    pub fn damage(&self, key: &BlobKey, bytes: Option<Bytes>) {
        let mut store = self.store();
        match bytes {
            Some(bytes) => drop(store.place(key, bytes)),
            None => drop(store.blobs.remove(key)),
        }
    }

    /// Every key with a finished blob, in order: what a test checks for orphans.
    pub fn keys(&self) -> Vec<BlobKey> {
        self.store().blobs.keys().cloned().collect()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no code under this lock panics")
    }

    fn enter(&self, operation: Operation) -> Result<MutexGuard<'_, Store>, DriverError> {
        let mut store = self.store();
        if store.is_away || store.failing.remove(&operation) {
            return Err(DriverError::Io(io::Error::other("made to fail by a test")));
        }
        Ok(store)
    }
}

impl Store {
    fn used(&self) -> u64 {
        let blobs = self.blobs.values().map(|blob| blob.bytes.len());
        let parts = self
            .uploads
            .values()
            .flat_map(|upload| upload.parts.values());
        blobs
            .chain(parts.map(Bytes::len))
            .map(|len| len as u64)
            .sum()
    }

    /// Refuses to grow beyond the capacity.
    fn make_room(&self, more: u64) -> Result<(), DriverError> {
        match self.capacity {
            Some(capacity) if self.used() + more > capacity => Err(DriverError::NoSpace),
            _ => Ok(()),
        }
    }

    fn blob(&self, key: &BlobKey) -> Result<&Blob, DriverError> {
        self.blobs
            .get(key)
            .ok_or_else(|| DriverError::NotFound(key.clone()))
    }

    fn place(&mut self, key: &BlobKey, bytes: Bytes) -> Written {
        let written = Written {
            size_bytes: bytes.len() as u64,
            blake3: Some(*blake3::hash(&bytes).as_bytes()),
        };
        self.blobs.insert(
            key.clone(),
            Blob {
                bytes,
                modified: SystemTime::now(),
            },
        );
        written
    }
}

async fn take(mut body: ByteStream, expected: Option<u64>) -> Result<Bytes, DriverError> {
    let mut length = Length::of(expected);
    let mut all = Vec::new();
    while let Some(piece) = body.try_next().await.map_err(DriverError::Body)? {
        length.add(&piece)?;
        all.extend_from_slice(&piece);
    }
    length.end()?;
    Ok(all.into())
}

#[async_trait]
impl Driver for MemoryDriver {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            relay_chunks: true,
            parallel_parts: true,
            list: true,
            list_folders: true,
            ..Capabilities::default()
        }
    }

    async fn read(&self, key: &BlobKey, range: ByteRange) -> Result<ByteStream, DriverError> {
        /// Small, so that readers meet more than one piece.
        const PIECE_BYTES: usize = 64 * 1024;
        let store = self.enter(Operation::Read)?;
        let bytes = store.blob(key)?.bytes.clone();
        let range = range.within(bytes.len() as u64);
        let mut rest = bytes.slice(range.start as usize..range.end as usize);
        let pieces = std::iter::from_fn(move || {
            (!rest.is_empty()).then(|| Ok(rest.split_to(PIECE_BYTES.min(rest.len()))))
        });
        Ok(futures_util::stream::iter(pieces).boxed())
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<std::fs::File>, DriverError> {
        self.enter(Operation::Read)?.blob(key).map(|_| None)
    }

    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        drop(self.enter(Operation::Write)?);
        let bytes = take(body, expected_bytes).await;
        let mut store = self.store();
        if store.blobs.contains_key(key) {
            return Err(DriverError::AlreadyExists(key.clone()));
        }
        let bytes = bytes?;
        store.make_room(bytes.len() as u64)?;
        Ok(store.place(key, bytes))
    }

    async fn stat(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        let store = self.enter(Operation::Stat)?;
        let blob = store.blob(key)?;
        Ok(BlobStat {
            size_bytes: blob.bytes.len() as u64,
            modified: blob.modified,
        })
    }

    async fn delete(&self, keys: &[BlobKey]) -> Result<Vec<BlobKey>, DriverError> {
        let mut store = self.enter(Operation::Delete)?;
        let mut left = Vec::new();
        for key in keys {
            if store.held.contains(key) && store.blobs.contains_key(key) {
                left.push(key.clone());
            } else {
                store.blobs.remove(key);
            }
        }
        Ok(left)
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<ListedBlob>, DriverError> {
        let store = self.enter(Operation::List)?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = store.blobs.range((from, Bound::Unbounded));
        let found = found
            .filter(|(key, _)| key.as_str().starts_with(prefix))
            .take(limit);
        Ok(found
            .map(|(key, blob)| ListedBlob {
                key: key.clone(),
                size_bytes: blob.bytes.len() as u64,
                modified: blob.modified,
            })
            .collect())
    }

    async fn list_folder(
        &self,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FolderEntry>, DriverError> {
        let store = self.enter(Operation::List)?;
        let mut entries = BTreeMap::new();
        for (key, blob) in &store.blobs {
            let path = match folder {
                "" => Some(key.as_str()),
                folder => key
                    .as_str()
                    .strip_prefix(folder)
                    .and_then(|rest| rest.strip_prefix('/')),
            };
            let Some(path) = path else { continue };
            let (name, file) = match path.split_once('/') {
                Some((name, _)) => (name, None),
                None => (
                    path,
                    Some(FolderFile {
                        size_bytes: blob.bytes.len() as u64,
                        modified: blob.modified,
                    }),
                ),
            };
            if after.is_none_or(|after| name > after) {
                entries.insert(name.to_owned(), file);
            }
        }
        let entries = entries.into_iter().take(limit);
        Ok(entries
            .map(|(name, file)| FolderEntry { name, file })
            .collect())
    }

    async fn begin_upload(&self, plan: &UploadPlan) -> Result<UploadTarget, DriverError> {
        let mut store = self.enter(Operation::Begin)?;
        if store.blobs.contains_key(&plan.key) || store.uploads.contains_key(&plan.id) {
            return Err(DriverError::AlreadyExists(plan.key.clone()));
        }
        store.make_room(plan.size_bytes)?;
        let upload = Upload {
            parts: BTreeMap::new(),
            modified: SystemTime::now(),
        };
        store.uploads.insert(plan.id, upload);
        Ok(UploadTarget {
            vendor_state: None,
            route: Route::Here,
        })
    }

    async fn write_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        plan.check_part(offset, size_bytes)?;
        let gone = || DriverError::UploadGone(plan.id);
        if !self
            .enter(Operation::WritePart)?
            .uploads
            .contains_key(&plan.id)
        {
            return Err(gone());
        }
        let bytes = take(body, Some(size_bytes)).await?;
        let mut hasher = PartHasher::new(plan.size_bytes, offset, size_bytes);
        hasher.update(&bytes);
        let mut store = self.store();
        let old = store
            .uploads
            .get(&plan.id)
            .ok_or_else(gone)?
            .parts
            .get(&offset);
        let old = old.map_or(0, |part| part.len() as u64);
        store.make_room(size_bytes.saturating_sub(old))?;
        let upload = store.uploads.get_mut(&plan.id).ok_or_else(gone)?;
        upload.parts.insert(offset, bytes);
        upload.modified = SystemTime::now();
        Ok(PartWritten {
            offset,
            size_bytes,
            digest: hasher.finish(),
        })
    }

    async fn complete_upload(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        let mut store = self.enter(Operation::Complete)?;
        let parts = plan.in_order(parts)?;
        let Some(upload) = store.uploads.get(&plan.id) else {
            return match store.blobs.get(&plan.key) {
                Some(blob) if blob.bytes.len() as u64 == plan.size_bytes => Ok(Written {
                    size_bytes: plan.size_bytes,
                    blake3: root_hash(plan.size_bytes, &parts)
                        .or_else(|| Some(*blake3::hash(&blob.bytes).as_bytes())),
                }),
                Some(_) => Err(DriverError::AlreadyExists(plan.key.clone())),
                None => Err(DriverError::UploadGone(plan.id)),
            };
        };
        if store.blobs.contains_key(&plan.key) {
            return Err(DriverError::AlreadyExists(plan.key.clone()));
        }
        let mut all = Vec::with_capacity(plan.size_bytes as usize);
        for part in parts {
            let bytes = upload.parts.get(&part.offset);
            let bytes = bytes.filter(|bytes| bytes.len() as u64 == part.size_bytes);
            let got = all.len() as u64;
            let lost = DriverError::Incomplete {
                expected: plan.size_bytes,
                got,
            };
            all.extend_from_slice(bytes.ok_or(lost)?);
        }
        store.uploads.remove(&plan.id);
        Ok(store.place(&plan.key, all.into()))
    }

    async fn resume_completion(&self, plan: &UploadPlan) -> Result<Option<Written>, DriverError> {
        let store = self.enter(Operation::Complete)?;
        if store.uploads.contains_key(&plan.id) {
            return Ok(None);
        }
        match store.blobs.get(&plan.key) {
            Some(blob) if blob.bytes.len() as u64 == plan.size_bytes => Ok(Some(Written {
                size_bytes: plan.size_bytes,
                blake3: Some(*blake3::hash(&blob.bytes).as_bytes()),
            })),
            Some(_) => Err(DriverError::AlreadyExists(plan.key.clone())),
            None => Ok(None),
        }
    }

    async fn abort_upload(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.enter(Operation::Abort)?.uploads.remove(&plan.id);
        Ok(())
    }

    async fn list_staging(&self) -> Result<Vec<Staged>, DriverError> {
        let store = self.enter(Operation::List)?;
        let uploads = store.uploads.iter().map(|(id, upload)| Staged {
            name: id.to_string(),
            upload: Some(*id),
            vendor_state: None,
            size_bytes: upload.parts.values().map(|part| part.len() as u64).sum(),
            modified: upload.modified,
        });
        Ok(uploads.collect())
    }

    async fn discard_staging(&self, staged: &Staged) -> Result<(), DriverError> {
        if let Some(id) = staged.upload {
            self.enter(Operation::Abort)?.uploads.remove(&id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::whole;

    fn key(text: &str) -> BlobKey {
        BlobKey::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_full_storage_takes_no_more() {
        let driver = MemoryDriver::with_capacity(5);
        driver.write(&key("a"), whole("abc"), None).await.unwrap();
        let full = driver.write(&key("b"), whole("abc"), None).await;
        assert!(matches!(full, Err(DriverError::NoSpace)));
        assert_eq!(driver.keys(), [key("a")]);
        driver.delete(&[key("a")]).await.unwrap();
        driver.write(&key("b"), whole("abc"), None).await.unwrap();
    }

    #[tokio::test]
    async fn failures_come_on_demand_and_once() {
        let driver = MemoryDriver::default();
        driver.fail_next(Operation::Write);
        let failed = driver.write(&key("a"), whole("abc"), None).await;
        assert!(matches!(failed, Err(DriverError::Io(_))));
        driver.write(&key("a"), whole("abc"), None).await.unwrap();
        driver.hold(&key("a"));
        assert_eq!(driver.delete(&[key("a")]).await.unwrap(), [key("a")]);
        driver.release(&key("a"));
        assert!(driver.delete(&[key("a")]).await.unwrap().is_empty());
    }
}
