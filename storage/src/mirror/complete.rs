//! How uploads in parts become blobs.

use std::sync::Arc;

use super::MirrorDriver;
use super::patience::Patience;
use super::repair::{hash_of, supply};
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
                Ok(written) if written.size_bytes != plan.size_bytes => {
                    why = Some(rather(why, of_another_length(&plan, written.size_bytes)));
                }
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
        let mut taken = Vec::new();
        for (at, answer) in all_of(others.collect(), pace).await {
            self.note(at, &answer);
            match answer {
                Ok(other) if other.size_bytes == written.size_bytes => {
                    have.push(at);
                    written.blake3 = written.blake3.or(other.blake3);
                }
                Err(DriverError::AlreadyExists(_)) => taken.push(at),
                // What it lacks is written down.
                _ => {}
            }
        }
        self.absent.forget(plan.id);
        for at in taken {
            self.check_taken(plan, (&mut have, at), written.blake3)
                .await?;
        }
        self.reach_quorum(plan, have, written).await
    }

    /// Whether what lies where one of them was to have an upload is that upload, given to it before a
    /// completion was cut off. Else nothing of it may be replaced, or be read in its stead: the upload is
    /// refused. Those that have it keep it: another completion of it, which this member did not answer
    /// in time, may have made a file of it.
    async fn check_taken(
        &self,
        plan: &UploadPlan,
        (have, at): (&mut Vec<usize>, usize),
        known: Option<[u8; 32]>,
    ) -> Result<(), DriverError> {
        let blake3 = match known {
            Some(blake3) => blake3,
            None => self.proven(plan, have).await?,
        };
        self.supply_from_any(plan, blake3, (have, at)).await?;
        have.push(at);
        Ok(())
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
                Ok(Some(written)) if written.size_bytes == plan.size_bytes => {
                    have.push(at);
                    done = done.or(Some(written));
                }
                // What has another length is not what was uploaded.
                Ok(_) => {}
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
        let (mut why, mut known) = (None, written.blake3);
        for at in self.in_order() {
            if have.len() >= self.quorum {
                break;
            }
            if have.contains(&at) {
                continue;
            }
            let blake3 = match known {
                Some(blake3) => blake3,
                None => self.proven(plan, &mut have).await?,
            };
            known = Some(blake3);
            match self.supply_from_any(plan, blake3, (&have, at)).await {
                Ok(()) => have.push(at),
                Err(error) => why = Some(error),
            }
        }
        if have.len() < self.quorum {
            return Err(why.unwrap_or_else(too_few));
        }
        self.note_absent(&plan.key, &have).await?;
        Ok(written)
    }

    /// The hash of an upload, by the first of those that have it whose bytes are as many as they should
    /// be; those before it have not got it.
    async fn proven(
        &self,
        plan: &UploadPlan,
        have: &mut Vec<usize>,
    ) -> Result<[u8; 32], DriverError> {
        let mut why = None;
        while let Some(first) = have.first() {
            match hash_of(self.driver(*first), &plan.key).await {
                Ok(found) if found.size_bytes == plan.size_bytes => return Ok(found.blake3),
                Ok(found) => why = Some(of_another_length(plan, found.size_bytes)),
                Err(error) => why = Some(error),
            }
            have.remove(0);
        }
        Err(why.unwrap_or_else(too_few))
    }

    /// Where one of those that have it has it damaged, the next one gives it.
    async fn supply_from_any(
        &self,
        plan: &UploadPlan,
        blake3: [u8; 32],
        (have, at): (&[usize], usize),
    ) -> Result<(), DriverError> {
        let mut why = None;
        for source in have {
            match supply(&plan.key, blake3, self.driver(*source), self.driver(at)).await {
                Ok(_) => return Ok(()),
                Err(error @ DriverError::Body(_)) => why = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(why.unwrap_or_else(too_few))
    }
}

fn of_another_length(plan: &UploadPlan, got: u64) -> DriverError {
    DriverError::Incomplete {
        expected: plan.size_bytes,
        got,
    }
}
