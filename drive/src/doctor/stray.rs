//! Bytes that no row knows of. They are told, never removed: they may be all that is left of a
//! file whose row was lost.

use super::{Doctor, DoctorError, Problem};
use crate::context::Core;
use crate::policy::{Policy, WatchedDriver, made_of, mirror};
use entity::PolicyId;
use entity::storage_policy::LOCAL;
use std::collections::{BTreeMap, HashSet};
use storage::{BlobKey, ListedBlob};
use store::{expiry, integrity};

/// Keys in one page.
const PAGE: usize = 1_000;

/// Where bytes lie, and whose they are.
struct Location {
    driver: WatchedDriver,
    policies: Vec<PolicyId>,
    /// Folders inside that are those of other policies.
    inside: Vec<(String, Vec<PolicyId>)>,
}

/// What names the location of a policy that can tell what it keeps: the same for two policies of one
/// folder or bucket, however they sign in there.
fn location(core: &Core, policy: &Policy) -> Option<String> {
    let row = &policy.row;
    if row.driver() == LOCAL {
        let root = match row.settings.root() {
            "" => core.data.join(DEFAULT_FOLDER).display().to_string(),
            root => root.to_owned(),
        };
        return Some(root.trim_end_matches('/').to_owned());
    }
    if !policy.can.list {
        return None;
    }
    let server = row.server.trim().trim_end_matches('/').to_lowercase();
    let host = server
        .split_once("://")
        .map_or(server.as_str(), |(_, host)| host);
    Some(match row.bucket_name.as_str() {
        "" => format!("{}:{host}", row.id),
        bucket => format!("{host}/{bucket}"),
    })
}

/// Where local policies without a folder of their own keep their bytes.
const DEFAULT_FOLDER: &str = "uploads";

impl Doctor<'_> {
    pub(super) async fn stray(&mut self) -> Result<(), DoctorError> {
        for location in self.locations().await?.into_values() {
            self.stray_in(&location).await?;
        }
        Ok(())
    }

    async fn locations(&self) -> Result<BTreeMap<String, Location>, DoctorError> {
        let mut all: BTreeMap<String, Location> = BTreeMap::new();
        let mut mirrors = Vec::new();
        for id in expiry::policies(&self.core.store).await? {
            // Unusable ones were told of before.
            let Ok(policy) = self.core.policies.get(id).await else {
                continue;
            };
            if policy.row.driver() == mirror::BACKEND {
                mirrors.push((id, made_of(&policy.row).unwrap_or_default()));
                continue;
            }
            let Some(name) = location(self.core, &policy) else {
                continue;
            };
            let location = all.entry(name).or_insert_with(|| Location {
                driver: policy.driver.clone(),
                policies: Vec::new(),
                inside: Vec::new(),
            });
            location.policies.push(id);
        }
        for location in all.values_mut() {
            // What members of a mirror keep for it is its own.
            let uses =
                |members: &[PolicyId]| members.iter().any(|id| location.policies.contains(id));
            let of_mirrors = mirrors.iter().filter(|(_, members)| uses(members));
            let of_mirrors: Vec<PolicyId> = of_mirrors.map(|(id, _)| *id).collect();
            location.policies.extend(of_mirrors);
        }
        let names: Vec<(String, Vec<PolicyId>)> = all
            .iter()
            .map(|(name, location)| (name.clone(), location.policies.clone()))
            .collect();
        for (name, location) in &mut all {
            let inside = |(other, policies): &(String, Vec<PolicyId>)| {
                let folder = other.strip_prefix(name.as_str())?.strip_prefix('/')?;
                Some((format!("{folder}/"), policies.clone()))
            };
            location.inside = names.iter().filter_map(inside).collect();
        }
        Ok(all)
    }

    async fn stray_in(&mut self, location: &Location) -> Result<(), DoctorError> {
        let Some(&policy) = location.policies.first() else {
            return Ok(());
        };
        let driver = &*location.driver;
        let mut after: Option<BlobKey> = None;
        loop {
            // So was storage that is away.
            let Ok(page) = driver.list("", after.as_ref(), PAGE).await else {
                return Ok(());
            };
            after = page.last().map(|blob| blob.key.clone());
            let is_last = page.len() < PAGE;
            let suspects = self.nobodys(location, page).await?;
            // Rows come before bytes and go after them: unknown and still there is stray.
            for blob in self.nobodys(location, suspects).await? {
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

    /// Those that no policy which keeps bytes here, or in a folder of it, knows of.
    async fn nobodys(
        &self,
        location: &Location,
        listed: Vec<ListedBlob>,
    ) -> Result<Vec<ListedBlob>, DoctorError> {
        let mut left = self.unknown(&location.policies, "", listed).await?;
        for (folder, policies) in &location.inside {
            left = self.unknown(policies, folder, left).await?;
        }
        Ok(left)
    }

    /// Those whose key below a folder these policies do not know.
    async fn unknown(
        &self,
        policies: &[PolicyId],
        folder: &str,
        listed: Vec<ListedBlob>,
    ) -> Result<Vec<ListedBlob>, DoctorError> {
        let below = |blob: &ListedBlob| blob.key.as_str().strip_prefix(folder).map(str::to_owned);
        let keys: Vec<String> = listed.iter().filter_map(below).collect();
        if keys.is_empty() {
            return Ok(listed);
        }
        let known = integrity::known_keys(&self.core.store, policies, &keys).await?;
        let known: HashSet<String> = known.into_iter().collect();
        Ok(listed
            .into_iter()
            .filter(|blob| below(blob).is_none_or(|key| !known.contains(&key)))
            .collect())
    }
}
