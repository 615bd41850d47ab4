//! Uploads in parts: each part is a file in a folder of the upload. The parts become one file there,
//! which is then given the key: `joined` is there as long as that is not known to have worked.

use super::client::{Server, told};
use super::propfind::Entry;
use super::reading::read;
use super::sending::{Temporary, put};
use crate::digest::Digest;
use crate::vendor::Part;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::io;
use std::time::SystemTime;
use storage::{
    ByteStream, DriverError, PartHasher, PartWritten, Staged, UploadPlan, Written, root_hash, whole,
};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// All parts, one after another.
const WHOLE: &str = "whole";
/// There before the whole is given its key, and after.
const JOINED: &str = "joined";
/// Of writes that are no uploads.
const WRITE: &str = "write-";

/// Completions of one upload go one after another.
static TURNS: [Mutex<()>; 16] = [const { Mutex::const_new(()) }; 16];

async fn turn(id: Uuid) -> MutexGuard<'static, ()> {
    let at = usize::from(id.as_bytes()[15]) % TURNS.len();
    TURNS[at].lock().await
}

/// How a part is called: by its place, and so that no other has its name.
fn part_name(offset: u64) -> String {
    format!("{offset}-{}", Uuid::new_v4().simple())
}

fn size_of(entries: &[Entry], name: &str) -> Option<u64> {
    let entry = entries.iter().find(|entry| entry.name == name)?;
    entry.file.map(|file| file.size_bytes)
}

impl Server {
    fn upload(&self, id: Uuid) -> String {
        format!("{}/{}", self.staging(), id.simple())
    }

    pub fn new_write(&self) -> String {
        format!("{}/{WRITE}{}", self.staging(), Uuid::new_v4().simple())
    }

    pub async fn begin(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.make_staging().await?;
        let folder = self.upload(plan.id);
        let made = self.make_folder(&folder).await;
        let made = made.map_err(|refusal| {
            self.doubt_staging();
            told(refusal)
        })?;
        if made {
            return Ok(());
        }
        Err(DriverError::AlreadyExists(plan.key.clone()))
    }

    pub async fn put_part(
        &self,
        plan: &UploadPlan,
        offset: u64,
        size_bytes: u64,
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        let folder = self.upload(plan.id);
        if self.entry(&folder).await?.is_none() {
            self.require_root().await?;
            return Err(DriverError::UploadGone(plan.id));
        }
        let name = part_name(offset);
        let file = Temporary::new(self, format!("{folder}/{name}"));
        let hasher = PartHasher::new(plan.size_bytes, offset, size_bytes);
        let hasher = std::sync::Arc::new(std::sync::Mutex::new(Some(hasher)));
        let hashing = std::sync::Arc::clone(&hasher);
        let seen = move |piece: &bytes::Bytes| {
            let mut hasher = hashing.lock().expect("no code under this lock panics");
            if let Some(hasher) = hasher.as_mut() {
                hasher.update(piece);
            }
        };
        if let Err(error) = put(self, &file.path, body, Some(size_bytes), seen).await {
            file.remove().await;
            return Err(error);
        }
        file.keep();
        let hasher = hasher
            .lock()
            .expect("no code under this lock panics")
            .take();
        let tree = hasher.map(PartHasher::finish).unwrap_or_default();
        let part = Part {
            number: 1,
            e_tag: name,
            size: size_bytes,
        };
        Ok(PartWritten {
            offset,
            size_bytes,
            digest: Digest::bytes(&tree, &[part]),
        })
    }

    pub async fn complete(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        let parts = plan.in_order(parts)?;
        let _turn = turn(plan.id).await;
        let digests: Vec<Digest> = parts.iter().map(|part| Digest::of(part)).collect();
        let trees: Vec<&PartWritten> = digests.iter().map(|digest| &digest.tree).collect();
        let blake3 = root_hash(plan.size_bytes, &trees);
        let written = Written {
            size_bytes: plan.size_bytes,
            blake3,
        };
        let folder = self.upload(plan.id);
        let Some(entries) = self.children(&folder).await? else {
            return self.completed(plan).await.map(|()| written);
        };
        let is_whole = size_of(&entries, WHOLE) == Some(plan.size_bytes);
        let has_begun = size_of(&entries, JOINED).is_some();
        if !is_whole && !has_begun {
            self.join(plan, &digests, &entries).await?;
        }
        self.place(plan).await?;
        Ok(written)
    }

    /// Makes one file of the parts.
    async fn join(
        &self,
        plan: &UploadPlan,
        digests: &[Digest],
        entries: &[Entry],
    ) -> Result<(), DriverError> {
        let folder = self.upload(plan.id);
        let mut names = Vec::new();
        let mut got = 0;
        for digest in digests {
            let name = part_of(entries, digest).ok_or(DriverError::Incomplete {
                expected: plan.size_bytes,
                got,
            })?;
            got += digest.tree.size_bytes;
            names.push((format!("{folder}/{name}"), digest.tree.size_bytes));
        }
        let whole_file = format!("{folder}/{WHOLE}");
        if let [(only, _)] = &names[..] {
            return self.try_rename(only, &whole_file).await.map_err(told);
        }
        let body = if names.is_empty() {
            whole("")
        } else {
            let server = self.clone();
            let one = move |(path, size): (String, u64)| {
                let server = server.clone();
                async move {
                    let found = read(&server, path, 0..size, size).await;
                    let found = found.map_err(io::Error::other)?;
                    found.ok_or_else(|| io::Error::other("a part is gone"))
                }
            };
            stream::iter(names).then(one).try_flatten().boxed()
        };
        let sent = put(self, &whole_file, body, Some(plan.size_bytes), |_| ()).await;
        sent.map(drop).map_err(|error| match error {
            // It is the server who sends here.
            DriverError::Body(error) => DriverError::Io(error),
            error => error,
        })
    }

    /// Gives the whole its key.
    async fn place(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        let folder = self.upload(plan.id);
        let joined = format!("{folder}/{JOINED}");
        put(self, &joined, whole(""), Some(0), |_| ()).await?;
        let whole_file = format!("{folder}/{WHOLE}");
        if let Err(error) = self.rename(&whole_file, &plan.key).await {
            // An answer may have been lost, or the completion cut off behind this: then it is gone.
            if self.found(&whole_file).await?.is_some() {
                return Err(error);
            }
            self.completed(plan).await?;
        }
        if let Err(error) = self.remove(&folder).await {
            tracing::warn!(folder, %error, "parts are left on the server");
        }
        Ok(())
    }

    /// Whether an upload of which nothing is left became a blob.
    async fn completed(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        match self.stat(&plan.key).await {
            Ok(stat) if stat.size_bytes == plan.size_bytes => Ok(()),
            Ok(_) => Err(DriverError::AlreadyExists(plan.key.clone())),
            Err(DriverError::NotFound(_)) => Err(DriverError::UploadGone(plan.id)),
            Err(error) => Err(error),
        }
    }

    /// `false`: none had begun.
    pub async fn resume(&self, plan: &UploadPlan) -> Result<bool, DriverError> {
        let _turn = turn(plan.id).await;
        let Some(entries) = self.children(&self.upload(plan.id)).await? else {
            return match self.completed(plan).await {
                Ok(()) => Ok(true),
                Err(DriverError::UploadGone(_)) => Ok(false),
                Err(error) => Err(error),
            };
        };
        let is_whole = size_of(&entries, WHOLE) == Some(plan.size_bytes);
        if is_whole || size_of(&entries, JOINED).is_some() {
            return self.place(plan).await.map(|()| true);
        }
        Ok(false)
    }

    pub async fn abort(&self, id: Uuid) -> Result<(), DriverError> {
        self.remove(&self.upload(id)).await
    }

    /// Removes one find of [`Self::unfinished`].
    pub async fn discard(&self, name: &str) -> Result<(), DriverError> {
        let is_ours = Uuid::try_parse(name.strip_prefix(WRITE).unwrap_or(name)).is_ok();
        if !is_ours {
            return Ok(());
        }
        self.remove(&format!("{}/{name}", self.staging())).await
    }

    pub async fn unfinished(&self) -> Result<Vec<Staged>, DriverError> {
        // Others may use the same folder: what is not known to be ours is left alone.
        let listed = if self.knows_own {
            self.children(self.staging()).await?
        } else {
            None
        };
        let mut found = Vec::new();
        for entry in listed.unwrap_or_default() {
            let upload = Uuid::try_parse(&entry.name).ok();
            if upload.is_none() && !entry.name.starts_with(WRITE) {
                continue;
            }
            let folder = format!("{}/{}", self.staging(), entry.name);
            let parts = match entry.file {
                Some(_) => vec![entry.clone()],
                None => self.children(&folder).await?.unwrap_or_default(),
            };
            let files = || parts.iter().filter_map(|part| part.file);
            found.push(Staged {
                upload,
                vendor_state: upload.map(|upload| upload.simple().to_string()),
                size_bytes: files().map(|file| file.size_bytes).sum(),
                modified: files()
                    .map(|file| file.modified)
                    .fold(entry.modified, SystemTime::max),
                name: entry.name,
            });
        }
        Ok(found)
    }
}

/// Name of the file that a part is: the one that was told, or else the last of its place and length.
fn part_of(entries: &[Entry], digest: &Digest) -> Option<String> {
    let begin = format!("{}-", digest.tree.offset);
    let fits = |entry: &&Entry| {
        entry.name.starts_with(&begin)
            && entry
                .file
                .is_some_and(|file| file.size_bytes == digest.tree.size_bytes)
    };
    let all = || entries.iter().filter(fits);
    let told = all().find(|entry| digest.tag() == Some(&*entry.name));
    let found = told.or_else(|| all().max_by_key(|entry| entry.modified));
    found.map(|entry| entry.name.clone())
}
