//! Whether there is anywhere to write.

use super::{Doctor, DoctorError, Problem};
use entity::PolicyId;
use site::task::causes;
use std::fs::File;
use std::path::Path;
use storage::BlobKey;
use store::expiry;
use uuid::Uuid;

impl Doctor<'_> {
    /// Writes a small file into the data folder and each storage, and takes it away again.
    pub(super) async fn places(&mut self) -> Result<(), DoctorError> {
        let data = self.core.data.clone();
        if let Err(error) = try_folder(&data) {
            self.found(Problem::FolderNotWritable(data, error), false);
        }
        for policy in expiry::policies(&self.core.store).await? {
            if let Err(error) = self.try_storage(policy).await {
                self.found(Problem::Storage(policy, error), false);
            }
        }
        Ok(())
    }

    async fn try_storage(&self, policy: PolicyId) -> Result<(), String> {
        let policy = self
            .core
            .policies
            .get(policy)
            .await
            .map_err(|error| causes(&error))?;
        if !policy.driver.capabilities().relay_chunks {
            return Ok(());
        }
        let key = format!("doctor-{}", Uuid::new_v4());
        let key = BlobKey::parse(key).map_err(|error| causes(&error))?;
        let body = storage::whole(&b"alcove doctor"[..]);
        let written = policy.driver.write(&key, body, None).await;
        let deleted = policy.driver.delete(std::slice::from_ref(&key)).await;
        written.map_err(|error| causes(&error))?;
        let left = deleted.map_err(|error| causes(&error))?;
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{key} cannot be deleted again"))
        }
    }
}

fn try_folder(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{}", Uuid::new_v4()));
    File::create_new(&path)?;
    std::fs::remove_file(&path)
}
