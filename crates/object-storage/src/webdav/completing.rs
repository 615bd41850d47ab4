//! The parts of an upload become one file in its folder, which is then given the key: `joined` is there
//! as long as that is not known to have worked.
//!
//! Several servers may complete one upload at once. Each writes a file of its own, and only what is whole
//! is given a name that others look for, on the condition that nothing has it.

use super::client::{Server, told};
use super::propfind::Entry;
use super::reading::read;
use super::sending::{Temporary, put};
use crate::digest::Digest;
use crate::refusal::Refusal;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::io;
use storage::{DriverError, PartWritten, UploadPlan, Written, root_hash, whole};
use uuid::Uuid;

/// All parts, one after another. It is called otherwise until it is.
const WHOLE: &str = "whole";
/// There before the whole is given its key, and after.
const JOINED: &str = "joined";

/// The whole was given its key, or somebody was about to.
fn was_placed(entries: &[Entry]) -> bool {
    size_of(entries, JOINED).is_some() && size_of(entries, WHOLE).is_none()
}

fn size_of(entries: &[Entry], name: &str) -> Option<u64> {
    let entry = entries.iter().find(|entry| entry.name == name)?;
    entry.file.map(|file| file.size_bytes)
}

impl Server {
    pub async fn complete(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        let parts = plan.in_order(parts)?;
        let _turn = self.turn(plan.id).await;
        let digests: Vec<Digest> = parts.iter().map(|part| Digest::of(part)).collect();
        let trees: Vec<&PartWritten> = digests.iter().map(|digest| &digest.tree).collect();
        let blake3 = root_hash(plan.size_bytes, &trees);
        let written = Written {
            size_bytes: plan.size_bytes,
            blake3,
        };
        let Err(error) = self.finish(plan, &digests).await else {
            return Ok(written);
        };
        // Somebody else may have been faster, and cleared away what this one was at.
        match self.children(&self.upload(plan.id)).await? {
            Some(entries) if !was_placed(&entries) => Err(error),
            _ => self.completed(plan).await.map(|()| written),
        }
    }

    async fn finish(&self, plan: &UploadPlan, digests: &[Digest]) -> Result<(), DriverError> {
        let folder = self.upload(plan.id);
        let Some(entries) = self.children(&folder).await? else {
            return self.completed(plan).await;
        };
        let is_whole = size_of(&entries, WHOLE).is_some();
        if !is_whole && !was_placed(&entries) {
            self.join(plan, digests, &entries).await?;
        }
        self.place(plan).await
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
            let moved = self.try_rename(only, &whole_file).await;
            return self.unless_joined(moved, &whole_file).await;
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
        let own = format!("{whole_file}-{}", Uuid::new_v4().simple());
        let own = Temporary::new(self, own);
        let sent = put(self, &own.path, body, Some(plan.size_bytes), |_| ()).await;
        sent.map_err(|error| match error {
            // It is the server who sends here.
            DriverError::Body(error) => DriverError::Io(error),
            error => error,
        })?;
        let moved = self.try_rename(&own.path, &whole_file).await;
        if moved.is_ok() {
            own.keep();
        }
        self.unless_joined(moved, &whole_file).await
    }

    /// What cannot be given its name because that of another completion has it is not needed.
    async fn unless_joined(
        &self,
        moved: Result<(), Refusal>,
        whole_file: &str,
    ) -> Result<(), DriverError> {
        match moved {
            Err(_) if self.found(whole_file).await?.is_some() => Ok(()),
            moved => moved.map_err(told),
        }
    }

    /// Gives the whole its key.
    async fn place(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        let folder = self.upload(plan.id);
        let joined = format!("{folder}/{JOINED}");
        put(self, &joined, whole(""), Some(0), |_| ()).await?;
        let whole_file = format!("{folder}/{WHOLE}");
        if let Err(error) = self.rename(&whole_file, &plan.key).await {
            // An answer may have been lost, or the completion cut off behind this: then it is gone. Or
            // another one was faster.
            if self.found(&whole_file).await?.is_none() {
                self.completed(plan).await?;
            } else if !self.is_same(&whole_file, plan).await? {
                return Err(error);
            }
        }
        if let Err(error) = self.remove(&format!("{folder}/")).await {
            tracing::warn!(folder, %error, "parts are left on the server");
        }
        Ok(())
    }

    /// Whether a whole is what has the key already.
    async fn is_same(&self, whole_file: &str, plan: &UploadPlan) -> Result<bool, DriverError> {
        let size = plan.size_bytes;
        let found = self.found(plan.key.as_str()).await?;
        if found.is_none_or(|found| found.size_bytes != size) {
            return Ok(false);
        }
        let whole = self.hash_of(whole_file, size).await?;
        Ok(whole.is_some() && whole == self.hash_of(plan.key.as_str(), size).await?)
    }

    /// `None`: it is not there.
    pub async fn hash_of(
        &self,
        path: &str,
        size_bytes: u64,
    ) -> Result<Option<[u8; 32]>, DriverError> {
        let mut hasher = blake3::Hasher::new();
        if size_bytes > 0 {
            let found = read(self, path.to_owned(), 0..size_bytes, size_bytes).await?;
            let Some(mut body) = found else {
                return Ok(None);
            };
            while let Some(piece) = body.try_next().await? {
                hasher.update(&piece);
            }
        }
        Ok(Some(*hasher.finalize().as_bytes()))
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
        let _turn = self.turn(plan.id).await;
        let Some(entries) = self.children(&self.upload(plan.id)).await? else {
            return match self.completed(plan).await {
                Ok(()) => Ok(true),
                Err(DriverError::UploadGone(_)) => Ok(false),
                Err(error) => Err(error),
            };
        };
        if size_of(&entries, WHOLE).is_some() || size_of(&entries, JOINED).is_some() {
            return self.place(plan).await.map(|()| true);
        }
        Ok(false)
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
