//! Bytes that no row knows of. They are told, never removed: they may be all that is left of a
//! file whose row was lost.

use super::{Doctor, DoctorError, Problem};
use crate::policy::beside::Beside;
use crate::policy::{Policy, mirror, place};
use entity::PolicyId;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use storage::{BlobKey, ListedBlob};
use store::{expiry, integrity};

/// Keys in one page.
const PAGE: usize = 1_000;

/// What is looked at once, whatever policies keep something there: a folder of this machine or of
/// another, a bucket, or what a policy has for itself.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Looked {
    Folder(PathBuf),
    Bucket(String, String),
    Own(PolicyId),
}

impl Doctor<'_> {
    pub(super) async fn stray(&mut self) -> Result<(), DoctorError> {
        let mut places: BTreeMap<Looked, Vec<Arc<Policy>>> = BTreeMap::new();
        for id in expiry::policies(&self.core.store).await? {
            // Unusable ones were told of before.
            let Ok(policy) = self.core.policies.get(id).await else {
                continue;
            };
            // What a mirror keeps lies with its members.
            if policy.row.driver() == mirror::BACKEND || !policy.can.list {
                continue;
            }
            let folder = self.core.policies.region(&policy.row)?;
            let (server, bucket, ..) = place(&policy.row);
            let looked = match folder {
                Some(folder) => Looked::Folder(folder),
                None if bucket.is_empty() => Looked::Own(id),
                None => Looked::Bucket(server, bucket),
            };
            places.entry(looked).or_default().push(policy);
        }
        for policies in places.into_values() {
            for policy in policies {
                // Keys of one policy may be too weak to list what those of another can.
                if self.stray_in(&policy).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Answers whether it could be looked.
    async fn stray_in(&mut self, policy: &Policy) -> Result<bool, DoctorError> {
        let db = self.core.store.read();
        let beside = self.core.policies.beside(db, &policy.row).await?;
        let mut after: Option<BlobKey> = None;
        loop {
            // So was storage that is away.
            let Ok(mut page) = policy.driver.list("", after.as_ref(), PAGE).await else {
                return Ok(after.is_some());
            };
            let is_last = page.len() < PAGE;
            after = page.last().map(|blob| blob.key.clone()).or(after);
            // What lies in the folder of another policy is looked at there.
            page.retain(|blob| !beside.have(blob.key.as_str()));
            let suspects = self.unknown(&beside, page).await?;
            // Rows come before bytes and go after them: unknown and still there is stray.
            for blob in self.unknown(&beside, suspects).await? {
                if policy.driver.stat(&blob.key).await.is_ok() {
                    let stray = Problem::Stray {
                        policy: policy.row.id,
                        key: blob.key,
                        size_bytes: blob.size_bytes,
                    };
                    self.found(stray, false);
                }
            }
            if is_last {
                return Ok(true);
            }
        }
    }

    /// Which of these no policy knows that keeps something there.
    async fn unknown(
        &self,
        beside: &Beside,
        listed: Vec<ListedBlob>,
    ) -> Result<Vec<ListedBlob>, DoctorError> {
        if listed.is_empty() {
            return Ok(listed);
        }
        let mut known = HashSet::new();
        for (before, policies) in &beside.knowing {
            let keys = listed.iter().map(|blob| format!("{before}{}", blob.key));
            let keys: Vec<String> = keys.collect();
            let theirs = integrity::known_keys(&self.core.store, policies, &keys).await?;
            known.extend(theirs.iter().map(|key| key[before.len()..].to_owned()));
        }
        let unknown = listed.into_iter();
        Ok(unknown
            .filter(|blob| !known.contains(blob.key.as_str()))
            .collect())
    }
}
