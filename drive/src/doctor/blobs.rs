//! Blobs: how often they are held, and whether their bytes are there.

use super::{Doctor, DoctorError, Problem, copies};
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::proof::{Speed, Verdict, judge};
use entity::{BlobId, PolicyId, blob};
use futures_util::{StreamExt as _, TryStreamExt as _};
use site::task::causes;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use storage::{BlobKey, Driver, DriverError, hash_of};
use store::recycling::CLAIMED;
use store::{expiry, integrity};

/// Blobs in one page.
const PAGE: u64 = 500;
/// Blobs whose bytes are looked at side by side.
const SIDE_BY_SIDE: usize = 8;

impl Doctor<'_> {
    pub(super) async fn blobs(&mut self) -> Result<(), DoctorError> {
        let store = &self.core.store;
        let mut policies: BTreeMap<PolicyId, Option<Arc<Policy>>> = BTreeMap::new();
        let mut behind = BlobId(0);
        loop {
            let page = integrity::blobs(store, behind, PAGE).await?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else {
                return Ok(());
            };
            behind = last.id;
            self.diagnosis.blobs += page.len() as u64;
            let holders = integrity::holders(store, first.id, last.id).await?;
            let held = |blob: &blob::Model| holders.get(&blob.id).copied().unwrap_or(0);
            for blob in page
                .iter()
                .filter(|blob| count_trouble(blob, held(blob)).is_some())
            {
                self.recount(blob.id).await?;
            }
            self.uploads_gone(&page).await?;
            for blob in &page {
                if let std::collections::btree_map::Entry::Vacant(entry) =
                    policies.entry(blob.policy_id)
                {
                    // Unusable ones were told of before.
                    entry.insert(self.core.policies.get(blob.policy_id).await.ok());
                }
            }
            // What is uploading, or on its way out, may have no bytes.
            let stored = page
                .into_iter()
                .filter(|blob| held(blob) > 0 && blob.upload_session_id.is_none())
                .filter_map(|blob| Some((policies.get(&blob.policy_id)?.clone()?, blob)));
            self.look_at_bytes(stored.collect()).await?;
        }
    }

    async fn recount(&mut self, id: BlobId) -> Result<(), DoctorError> {
        let tx = self.core.store.begin().await?;
        let Some((blob, held)) = integrity::blob_now(&tx, id).await? else {
            return Ok(());
        };
        let Some(problem) = count_trouble(&blob, held) else {
            return Ok(());
        };
        if self.options.repair {
            let now = self.core.now();
            let unlinked_at = (held == 0).then(|| blob.unlinked_at.unwrap_or(now));
            integrity::set_count(&tx, id, held, unlinked_at).await?;
            tx.commit().await?;
        }
        self.found(problem, self.options.repair);
        Ok(())
    }

    async fn uploads_gone(&mut self, page: &[blob::Model]) -> Result<(), DoctorError> {
        let session = |blob: &blob::Model| blob.upload_session_id.clone();
        let waiting: Vec<&blob::Model> = page
            .iter()
            .filter(|blob| blob.reference_count > 0 && blob.upload_session_id.is_some())
            .collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let ids = waiting.iter().filter_map(|blob| session(blob)).collect();
        let live = expiry::existing_upload_sessions(&self.core.store, ids).await?;
        let live: HashSet<String> = live.into_iter().collect();
        for blob in waiting {
            if session(blob).is_some_and(|id| live.contains(&id)) {
                continue;
            }
            // It may have been completed between the two looks.
            let tx = self.core.store.begin().await?;
            let now = integrity::blob_now(&tx, blob.id).await?;
            tx.rollback().await?;
            if now.is_some_and(|(now, held)| held > 0 && session(&now) == session(blob)) {
                self.found(Problem::UploadGone(blob.id), false);
            }
        }
        Ok(())
    }

    async fn look_at_bytes(
        &mut self,
        blobs: Vec<(Arc<Policy>, blob::Model)>,
    ) -> Result<(), DoctorError> {
        let (core, hash) = (self.core, self.options.hash);
        let looks = blobs.into_iter().map(|(policy, blob)| async move {
            let problem = look_at_one(&policy, &blob, hash).await;
            if problem.is_some() || !hash || blob.blake3.is_some() {
                return Ok((blob, false, problem));
            }
            let (hashed, problem) = look_first(core, &policy, &blob).await?;
            Ok::<_, FileError>((blob, hashed, problem))
        });
        let looks = futures_util::stream::iter(looks).buffered(SIDE_BY_SIDE);
        let problems: Vec<_> = looks.try_collect().await?;
        for (seen, hashed, problem) in problems {
            self.diagnosis.hashed += u64::from(hashed);
            let Some(problem) = problem else { continue };
            // Deleted, or moved, meanwhile?
            let tx = self.core.store.begin().await?;
            let now = integrity::blob_now(&tx, seen.id).await?;
            tx.rollback().await?;
            let Some((blob, 1..)) = now else { continue };
            if (blob.policy_id, &blob.key) != (seen.policy_id, &seen.key) {
                continue;
            }
            match problem {
                Problem::CopyLacks { .. } => self.copy_lacks(&blob, problem).await?,
                Problem::Storage(policy, why) => self.unread(policy, why),
                problem => self.found(problem, false),
            }
        }
        Ok(())
    }
}

/// What is wrong with a count, if anything.
fn count_trouble(blob: &blob::Model, held: i64) -> Option<Problem> {
    let counted = blob.reference_count;
    let id = blob.id;
    let is_claimed = counted == CLAIMED && held == 0;
    if counted != held && !is_claimed {
        return Some(Problem::WrongCount { id, counted, held });
    }
    match (held, blob.unlinked_at) {
        (0, None) => Some(Problem::NotMarked(id)),
        (1.., Some(_)) => Some(Problem::MarkedThoughHeld(id)),
        _ => None,
    }
}

/// Reads a blob whose hash nobody knows, and notes it: whether that was done, and what is wrong.
async fn look_first(
    core: &Arc<Core>,
    policy: &Policy,
    blob: &blob::Model,
) -> Result<(bool, Option<Problem>), FileError> {
    let verdict = judge(core, policy, (blob, &Speed::default())).await?;
    let problem = match verdict {
        Verdict::Hashed => return Ok((true, None)),
        Verdict::Damaged { .. } => match BlobKey::parse(blob.key.clone()) {
            Ok(key) => Problem::WrongHash(blob.id, key),
            Err(_) => Problem::BadKey(blob.id, blob.key.clone()),
        },
        Verdict::Unknown(error) => Problem::Storage(policy.row.id, causes(&error)),
        Verdict::Whole | Verdict::Healed | Verdict::MadeAnew | Verdict::Gone => {
            return Ok((false, None));
        }
    };
    Ok((false, Some(problem)))
}

/// What is wrong with a blob, wherever it is kept.
async fn look_at_one(policy: &Policy, blob: &blob::Model, hash: bool) -> Option<Problem> {
    let Ok(key) = BlobKey::parse(blob.key.clone()) else {
        return Some(Problem::BadKey(blob.id, blob.key.clone()));
    };
    let driver = &*policy.driver;
    if driver.members().is_empty() {
        return look_at_copy(driver, (policy.row.id, blob), (&key, hash)).await;
    }
    copies::look_at_all(driver.members(), blob, (&key, hash)).await
}

pub(super) async fn look_at_copy(
    driver: &dyn Driver,
    (policy, blob): (PolicyId, &blob::Model),
    (key, hash): (&BlobKey, bool),
) -> Option<Problem> {
    let (id, key) = (blob.id, key.clone());
    let looked = match driver.stat(&key).await {
        Err(DriverError::NotFound(_)) => return Some(Problem::BytesMissing(id, key)),
        other => other,
    };
    let stat = match looked {
        Ok(stat) => stat,
        Err(error) => return Some(Problem::Storage(policy, causes(&error))),
    };
    if i64::try_from(stat.size_bytes) != Ok(blob.size_bytes) {
        let (expected, found) = (blob.size_bytes, stat.size_bytes);
        return Some(Problem::WrongSize {
            id,
            key,
            expected,
            found,
        });
    }
    // What has no hash yet is read where it gets one.
    let stored = blob.blake3.as_ref().filter(|_| hash)?;
    match hash_of(driver, &key).await {
        Ok(found) if found.blake3.as_slice() == stored.as_slice() => None,
        Ok(_) => Some(Problem::WrongHash(id, key)),
        Err(error) => Some(Problem::Storage(policy, causes(&error))),
    }
}
