//! Uploads in parts: each part is a file in a folder of the upload.

use super::client::{Server, told};
use super::sending::{Temporary, put};
use crate::digest::Digest;
use crate::vendor::Part;
use std::time::SystemTime;
use storage::{ByteStream, DriverError, PartHasher, PartWritten, Staged, UploadPlan};
use uuid::Uuid;

/// Of writes that are no uploads.
const WRITE: &str = "write-";

/// How a part is called: by its place, and so that no other has its name.
fn part_name(offset: u64) -> String {
    format!("{offset}-{}", Uuid::new_v4().simple())
}

impl Server {
    pub fn upload(&self, id: Uuid) -> String {
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
        if self.entry(&format!("{folder}/")).await?.is_none() {
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

    pub async fn abort(&self, id: Uuid) -> Result<(), DriverError> {
        self.remove(&format!("{}/", self.upload(id))).await
    }

    /// Removes one find of [`Self::unfinished`].
    pub async fn discard(&self, name: &str) -> Result<(), DriverError> {
        let is_ours = Uuid::try_parse(name.strip_prefix(WRITE).unwrap_or(name)).is_ok();
        if !is_ours {
            return Ok(());
        }
        let end = if name.starts_with(WRITE) { "" } else { "/" };
        self.remove(&format!("{}/{name}{end}", self.staging()))
            .await
    }

    pub async fn unfinished(&self) -> Result<Vec<Staged>, DriverError> {
        // Others may use the same folder: what is not known to be ours is left alone.
        let listed = if self.knows_own {
            self.children(self.staging()).await?
        } else {
            None
        };
        if listed.is_none() {
            self.require_root().await?;
        }
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
