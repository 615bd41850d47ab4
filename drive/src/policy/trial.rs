//! Policies as they would be, tried before they are saved.

use super::{Policies, PolicyError, is_made_of_others, local, made_of, probe, rights};
use entity::storage_policy;
use site::task::causes;
use storage::BlobKey;
use store::{StoreResult, policies};
use tokio::time::timeout;

impl Policies {
    /// Tries what a policy would be: writes a few bytes, reads them and removes them. Answers what
    /// it works without, in sentences.
    /// # Errors
    /// A sentence about what failed.
    pub async fn probe(&self, row: &storage_policy::Model) -> Result<Vec<String>, String> {
        if is_made_of_others(row) {
            return self.probe_children(row).await;
        }
        // A disk in use that is away looks like a folder that was never used.
        let is_new = self.is_unused(row).await.map_err(|error| causes(&error))?;
        let driver = timeout(probe::PATIENCE, self.factory.trial(row, is_new)).await;
        let driver = driver.map_err(|_| probe::TOO_SLOW.to_owned())?;
        let driver = driver.map_err(|error| match error {
            // Of a policy that is no policy yet there is no number to tell.
            PolicyError::Driver(_, why) => why.to_string(),
            error => causes(&error),
        })?;
        if let Err(why) = probe::probe(&*driver).await {
            let folder = self.folder(row).ok().flatten();
            let hint = folder.and_then(|folder| local::hint(&folder, row));
            return Err(match hint {
                Some(hint) => format!("{why}. {hint}"),
                None => why,
            });
        }
        let Some(right) = rights::listing_unfinished(row.driver()) else {
            return Ok(Vec::new());
        };
        let looked = probe::look_for_leftovers(&*driver).await;
        let lacks = looked.err().map(|why| {
            format!(
                "It works, but unfinished uploads cannot be listed, so what is left of them stays in \
                 the bucket: the key needs the right {right} ({why})"
            )
        });
        Ok(lacks.into_iter().collect())
    }

    /// Whether nothing is kept at the place of a policy.
    async fn is_unused(&self, row: &storage_policy::Model) -> StoreResult<bool> {
        let db = self.store.read();
        let mut beside = self.neighbours(db, row).await?;
        beside.push(row.id);
        for id in beside {
            if policies::is_in_use(db, id).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a policy as it would be, whose keys are in clear, finds what is kept by it: key and
    /// length of each.
    /// # Errors
    /// A sentence about what is not found.
    pub async fn finds(
        &self,
        row: &storage_policy::Model,
        kept: &[(String, i64)],
    ) -> Result<(), String> {
        let driver = self.factory.trial(row, false).await;
        let driver = driver.map_err(|error| causes(&error))?;
        for (key, size_bytes) in kept {
            let key = BlobKey::parse(key.as_str()).map_err(|error| causes(&error))?;
            let found = driver.stat(&key).await.map_err(|error| causes(&error))?;
            if i64::try_from(found.size_bytes) != Ok(*size_bytes) {
                return Err(format!("{key} has another length there"));
            }
        }
        Ok(())
    }

    async fn probe_children(&self, row: &storage_policy::Model) -> Result<Vec<String>, String> {
        for policy in made_of(row)? {
            let child = self.get(policy).await.map_err(|error| causes(&error))?;
            let tried = probe::probe(&*child.driver).await;
            tried.map_err(|why| format!("{}: {why}", child.row.name))?;
        }
        Ok(Vec::new())
    }

    /// Tells the vendor of what a policy would be that browsers may send bytes there.
    /// # Errors
    /// A sentence about what failed.
    pub async fn set_cors(&self, row: &storage_policy::Model) -> Result<(), String> {
        let driver = self.factory.trial(row, false).await;
        let driver = driver.map_err(|error| causes(&error))?;
        let everybody = ["*".to_owned()];
        let set = driver.set_cors(&everybody).await;
        set.map_err(|error| causes(&error))
    }
}
