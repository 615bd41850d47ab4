//! Bytes that no row knows of. They are told, never removed: they may be all that is left of a
//! file whose row was lost.

use super::{Doctor, DoctorError, Problem};
use crate::policy::WatchedDriver;
use entity::PolicyId;
use entity::storage_policy::LOCAL;
use std::collections::{BTreeMap, HashSet};
use storage::{BlobKey, Driver, ListedBlob};
use store::{expiry, integrity};

/// Keys in one page.
const PAGE: usize = 1_000;

impl Doctor<'_> {
    pub(super) async fn stray(&mut self) -> Result<(), DoctorError> {
        // Local policies share a folder unless they have one of their own.
        let mut folders: BTreeMap<String, (WatchedDriver, Vec<PolicyId>)> = BTreeMap::new();
        for id in expiry::policies(&self.core.store).await? {
            // Unusable ones were told of before.
            let Ok(policy) = self.core.policies.get(id).await else {
                continue;
            };
            if policy.row.driver() == LOCAL {
                let root = policy.row.settings.root().trim_end_matches('/').to_owned();
                let folder = folders.entry(root);
                let (_, of) = folder.or_insert_with(|| (policy.driver.clone(), Vec::new()));
                of.push(id);
            } else if policy.driver.capabilities().list {
                self.stray_in(&*policy.driver, &[id]).await?;
            }
        }
        for (driver, policies) in folders.values() {
            self.stray_in(&**driver, policies).await?;
        }
        Ok(())
    }

    async fn stray_in(
        &mut self,
        driver: &dyn Driver,
        policies: &[PolicyId],
    ) -> Result<(), DoctorError> {
        let Some(&policy) = policies.first() else {
            return Ok(());
        };
        let mut after: Option<BlobKey> = None;
        loop {
            // So was storage that is away.
            let Ok(page) = driver.list("", after.as_ref(), PAGE).await else {
                return Ok(());
            };
            after = page.last().map(|blob| blob.key.clone());
            let is_last = page.len() < PAGE;
            let suspects = self.unknown(policies, page).await?;
            // Rows come before bytes and go after them: unknown and still there is stray.
            for blob in self.unknown(policies, suspects).await? {
                if driver.stat(&blob.key).await.is_ok() {
                    let (key, size_bytes) = (blob.key, blob.size_bytes);
                    self.found(
                        Problem::Stray {
                            policy,
                            key,
                            size_bytes,
                        },
                        false,
                    );
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn unknown(
        &self,
        policies: &[PolicyId],
        listed: Vec<ListedBlob>,
    ) -> Result<Vec<ListedBlob>, DoctorError> {
        if listed.is_empty() {
            return Ok(listed);
        }
        let keys: Vec<String> = listed
            .iter()
            .map(|blob| blob.key.as_str().to_owned())
            .collect();
        let known = integrity::known_keys(&self.core.store, policies, &keys).await?;
        let known: HashSet<String> = known.into_iter().collect();
        Ok(listed
            .into_iter()
            .filter(|blob| !known.contains(blob.key.as_str()))
            .collect())
    }
}
