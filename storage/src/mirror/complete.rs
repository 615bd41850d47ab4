//! How uploads in parts become blobs.

use std::sync::Arc;

use super::MirrorDriver;
use super::patience::Patience;
use super::repair::{Restored, hash_of, supply};
use super::upload::rather;
use super::write::{all_of, begin, too_few};
use crate::{DriverError, PartWritten, UploadPlan, Written};

impl MirrorDriver {
    pub(super) async fn complete_everywhere(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Result<Written, DriverError> {
        if self.begun(plan).is_empty() {
            return Err(DriverError::UploadGone(plan.id));
        }
        plan.in_order(parts)?;
        let mut patience = Patience::begin();
        let mut whole = self.whole(plan, parts).into_iter();
        let (mut have, mut done, mut why) = (Vec::new(), None, None);
        // One after another until one has it: whether the key is free is said by one alone.
        while let Some((at, plan, parts)) = whole.next() {
            let completion = self.driver(at).complete_upload(&plan, &parts);
            let answer = self.decided(at, completion, whole.len()).await;
            match answer {
                Ok(written) => {
                    have.push(at);
                    done = Some(written);
                    break;
                }
                Err(taken @ DriverError::AlreadyExists(_)) => return Err(taken),
                Err(error) => why = Some(rather(why, error)),
            }
        }
        let Some(mut written) = done else {
            return Err(why.unwrap_or(DriverError::Incomplete {
                expected: plan.size_bytes,
                got: 0,
            }));
        };
        let others = whole.map(|(at, plan, parts)| {
            let driver = Arc::clone(&self.members[at].driver);
            let job = begin(async move { driver.complete_upload(&plan, &parts).await });
            (at, job)
        });
        let pace = (self.quorum.saturating_sub(1), &mut patience);
        for (at, answer) in all_of(others.collect(), pace).await {
            self.note(at, &answer);
            if let Ok(other) = answer
                && other.size_bytes == written.size_bytes
            {
                have.push(at);
                written.blake3 = written.blake3.or(other.blake3);
            }
        }
        self.absent.forget(plan.id);
        self.reach_quorum(plan, have, written).await
    }

    pub(super) async fn resume_everywhere(
        &self,
        plan: &UploadPlan,
    ) -> Result<Option<Written>, DriverError> {
        let (mut have, mut done, mut why) = (Vec::new(), None, None);
        for (at, plan) in self.begun(plan) {
            let answer = self.driver(at).resume_completion(&plan).await;
            self.note(at, &answer);
            match answer {
                Ok(Some(written)) => {
                    have.push(at);
                    done = done.or(Some(written));
                }
                Ok(None) => {}
                Err(taken @ DriverError::AlreadyExists(_)) => return Err(taken),
                Err(error) => why = Some(error),
            }
        }
        match (done, why) {
            (Some(written), _) => self.reach_quorum(plan, have, written).await.map(Some),
            // One that is away may have it whole.
            (None, Some(error)) => Err(error),
            (None, None) => Ok(None),
        }
    }

    /// What too few have is copied from them to others, where nothing has its key; who lacks it then is
    /// written down.
    async fn reach_quorum(
        &self,
        plan: &UploadPlan,
        mut have: Vec<usize>,
        written: Written,
    ) -> Result<Written, DriverError> {
        let mut why = None;
        for at in self.in_order() {
            if have.len() >= self.quorum {
                break;
            }
            let Some(source) = have.first().filter(|_| !have.contains(&at)) else {
                continue;
            };
            let source = self.driver(*source);
            let blake3 = match written.blake3 {
                Some(blake3) => blake3,
                None => hash_of(source, &plan.key).await?.blake3,
            };
            match supply(&plan.key, blake3, source, self.driver(at)).await {
                Ok(Restored::Copied | Restored::WasThere) => have.push(at),
                Err(error) => why = Some(error),
            }
        }
        if have.len() < self.quorum {
            return Err(why.unwrap_or_else(too_few));
        }
        self.note_absent(&plan.key, &have).await?;
        Ok(written)
    }
}
