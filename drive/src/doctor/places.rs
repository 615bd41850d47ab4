//! Whether there is anywhere to write.

use super::{Doctor, DoctorError, Problem};
use entity::PolicyId;
use site::task::causes;
use std::fs::File;
use std::path::Path;
use storage::{BlobKey, Driver};
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
            for (policy, error) in self.try_storage(policy).await {
                self.found(Problem::Storage(policy, error), false);
            }
        }
        Ok(())
    }

    /// Which storages cannot be used by a policy, and why. Members of a mirror are tried one by one: that
    /// one of them is away is nothing that the others have to make good.
    async fn try_storage(&self, id: PolicyId) -> Vec<(PolicyId, String)> {
        let policy = match self.core.policies.get(id).await {
            Ok(policy) => policy,
            Err(error) => return vec![(id, causes(&error))],
        };
        let driver = &*policy.driver;
        let mut tried = Vec::new();
        if driver.members().is_empty() {
            tried.push((id, try_driver(driver).await));
        }
        for member in driver.members() {
            tried.push((PolicyId(member.id), try_driver(&*member.driver).await));
        }
        let failed = tried.into_iter();
        failed
            .filter_map(|(id, tried)| Some((id, tried.err()?)))
            .collect()
    }
}

async fn try_driver(driver: &dyn Driver) -> Result<(), String> {
    if !driver.capabilities().relay_chunks {
        return Ok(());
    }
    let key = format!("doctor-{}", Uuid::new_v4());
    let key = BlobKey::parse(key).map_err(|error| causes(&error))?;
    let body = storage::whole(&b"alcove doctor"[..]);
    let written = driver.write(&key, body, None).await;
    let deleted = driver.delete(std::slice::from_ref(&key)).await;
    written.map_err(|error| causes(&error))?;
    let left = deleted.map_err(|error| causes(&error))?;
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("{key} cannot be deleted again"))
    }
}

fn try_folder(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{}", Uuid::new_v4()));
    File::create_new(&path)?;
    std::fs::remove_file(&path)
}
