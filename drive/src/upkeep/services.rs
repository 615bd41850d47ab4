//! The services behind the parts of upkeep that belong to them.

use super::{ExpireUpload, PruneFileVersions, PurgeTrashed};
use crate::blob::{Uploads, Versions};
use crate::tree::Tree;
use async_trait::async_trait;
use entity::FileId;
use site::task::BoxError;

#[async_trait]
impl ExpireUpload for Uploads {
    async fn expire_upload(&self, session_id: &str) -> Result<(), BoxError> {
        Ok(self.expire(session_id).await?)
    }
}

#[async_trait]
impl PurgeTrashed for Tree {
    async fn purge_trashed(&self, file: FileId) -> Result<(), BoxError> {
        Ok(self.purge(file).await?)
    }
}

#[async_trait]
impl PruneFileVersions for Versions {
    async fn prune_file_versions(&self, file: FileId) -> Result<(), BoxError> {
        Ok(self.prune(file).await?)
    }
}
