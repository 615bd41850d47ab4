//! Bytes that no row knows of. They are told, never removed: they may be all that is left of a
//! file whose row was lost.

use super::{Doctor, DoctorError, Problem};
use crate::policy::{WatchedDriver, made_of, mirror};
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
        let mut places: BTreeMap<(String, PolicyId), (WatchedDriver, Vec<PolicyId>)> =
            BTreeMap::new();
        let mut mirrors = Vec::new();
        for id in expiry::policies(&self.core.store).await? {
            // Unusable ones were told of before.
            let Ok(policy) = self.core.policies.get(id).await else {
                continue;
            };
            let row = &policy.row;
            let place = if row.driver() == LOCAL {
                let root = row.settings.root().trim_end_matches('/').to_owned();
                (root, PolicyId(0))
            } else if row.driver() == mirror::BACKEND {
                mirrors.push((id, made_of(row).unwrap_or_default()));
                continue;
            } else if policy.can.list {
                (String::new(), id)
            } else {
                continue;
            };
            let place = places.entry(place);
            let (_, of) = place.or_insert_with(|| (policy.driver.clone(), Vec::new()));
            of.push(id);
        }
        for (driver, mut policies) in places.into_values() {
            // What members of a mirror keep for it is its own.
            let uses = |members: &[PolicyId]| members.iter().any(|id| policies.contains(id));
            let of_mirrors = mirrors.iter().filter(|(_, members)| uses(members));
            let of_mirrors: Vec<PolicyId> = of_mirrors.map(|(id, _)| *id).collect();
            policies.extend(of_mirrors);
            self.stray_in(&*driver, &policies).await?;
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
