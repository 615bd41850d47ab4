//! What upkeep should have removed long ago.

use super::{Doctor, DoctorError, Problem};
use crate::tasks::recycle_blobs;
use crate::upkeep::{SweepPass, SweepUploads, without_session};
use entity::Timestamp;
use site::task::{NewTask, queue_once, system_task};
use std::time::{Duration, SystemTime};
use store::{expiry, integrity};

/// Upkeep that is later than this does not happen.
const LATE_SECS: i64 = 86_400;
/// Sessions looked at; more make no difference.
const SESSIONS: u64 = 1_000;

impl Doctor<'_> {
    pub(super) async fn leftovers(&mut self) -> Result<(), DoctorError> {
        let store = &self.core.store;
        let late = self.core.now().plus_secs(-LATE_SECS);
        let sessions = expiry::upload_sessions(store, late, (Timestamp(0), ""), SESSIONS).await?;
        if !sessions.is_empty() {
            let repaired = self.sweep_soon().await?;
            self.found(Problem::StaleUploads(sessions.len()), repaired);
        }
        let waiting = integrity::unrecycled(store, late).await?;
        if waiting > 0 {
            let repaired = self.queue(recycle_blobs(self.core.now())).await?;
            self.found(Problem::Unrecycled(waiting), repaired);
        }
        for id in expiry::policies(store).await? {
            let Ok(policy) = self.core.policies.get(id).await else {
                continue;
            };
            // Storage that is away was told of before.
            let Ok(staged) = policy.driver.list_staging().await else {
                continue;
            };
            let nobodys = without_session(self.core, &staged).await?;
            let stale = nobodys.iter().filter(|staged| is_late(staged.modified));
            let stale = stale.count();
            if stale > 0 {
                let repaired = self.sweep_soon().await?;
                self.found(Problem::StaleStaging(id, stale), repaired);
            }
        }
        Ok(())
    }

    async fn sweep_soon(&self) -> Result<bool, DoctorError> {
        self.queue(system_task::<SweepUploads>(
            &SweepPass::default(),
            self.core.now(),
        ))
        .await
    }

    /// Queues upkeep: at once if a server runs, else when one starts.
    async fn queue(&self, task: NewTask) -> Result<bool, DoctorError> {
        if !self.options.repair {
            return Ok(false);
        }
        let mut tx = self.core.store.begin().await?;
        queue_once(&mut tx, task).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn is_late(modified: SystemTime) -> bool {
    let age = SystemTime::now()
        .duration_since(modified)
        .unwrap_or_default();
    age > Duration::from_secs(LATE_SECS as u64 + 3_600)
}
