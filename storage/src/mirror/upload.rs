//! Uploads in parts: each part goes to all members at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use super::MirrorDriver;
use super::fan_out::{end, pour};
use super::pairs::{Pairs, decode, encode};
use super::patience::Patience;
use super::write::{Taker, all_of, begin, too_few};
use crate::{ByteStream, DriverError, PartDigest, PartWritten, UploadPlan};

/// Members that missed parts, remembered at a time: those of the oldest uploads are forgotten first.
const REMEMBERED: usize = 4_096;

/// Who missed a part of which upload, as far as this process knows. It is sent no more of that upload,
/// so that the others have all of it.
#[derive(Debug, Default)]
pub(super) struct Absent(Mutex<VecDeque<(Uuid, i64)>>);

impl Absent {
    fn add(&self, upload: Uuid, member: i64) {
        let mut all = self.0.lock().expect("no code under this lock panics");
        if !all.contains(&(upload, member)) {
            all.push_back((upload, member));
        }
        while all.len() > REMEMBERED {
            all.pop_front();
        }
    }

    fn is(&self, upload: Uuid, member: i64) -> bool {
        let all = self.0.lock().expect("no code under this lock panics");
        all.contains(&(upload, member))
    }

    pub fn forget(&self, upload: Uuid) {
        let mut all = self.0.lock().expect("no code under this lock panics");
        all.retain(|(of, _)| *of != upload);
    }
}

/// What the members noted of an upload that they began.
#[derive(Clone, Debug)]
pub(super) struct States(Pairs);

impl States {
    pub fn of_pairs(pairs: Pairs) -> Self {
        Self(pairs)
    }

    pub fn of(plan: &UploadPlan) -> Option<Self> {
        decode(plan.vendor_state.as_ref()?.as_bytes()).map(Self)
    }

    pub fn to_text(&self) -> String {
        // Ids, lengths and texts.
        String::from_utf8_lossy(&encode(&self.0)).into_owned()
    }

    fn push(&mut self, member: i64, state: Option<&str>) {
        let text = state.map_or_else(String::new, |state| format!("={state}"));
        self.0.push((member, text.into_bytes()));
    }

    /// The plan as a member has it that began the upload, with what it noted.
    fn plan_of_member(&self, plan: &UploadPlan, member: i64) -> Option<UploadPlan> {
        let (_, state) = self.0.iter().find(|(id, _)| *id == member)?;
        let text = state.strip_prefix(b"=");
        let text = text.map(|text| String::from_utf8_lossy(text).into_owned());
        Some(plan_of(plan, text))
    }

    /// All that vendors call the upload.
    pub fn texts(self) -> impl Iterator<Item = String> {
        let states = self.0.into_iter();
        states.filter_map(|(_, state)| {
            let text = state.strip_prefix(b"=")?;
            Some(String::from_utf8_lossy(text).into_owned())
        })
    }
}

/// The plan as a member has it.
fn plan_of(plan: &UploadPlan, vendor_state: Option<String>) -> UploadPlan {
    UploadPlan {
        relay: true,
        callback_url: None,
        vendor_state,
        ..plan.clone()
    }
}

/// The parts as a member has them; `None` if it misses one. Notes that cannot be read may be any's.
fn parts_of(parts: &[PartWritten], member: i64) -> Option<Vec<PartWritten>> {
    let parts = parts.iter().map(|part| {
        let digest = match decode(part.digest.as_bytes()) {
            Some(digests) if !digests.is_empty() => {
                let found = digests.into_iter().find(|(id, _)| *id == member);
                PartDigest::from_bytes(found?.1)
            }
            _ => PartDigest::default(),
        };
        Some(PartWritten {
            digest,
            ..part.clone()
        })
    });
    parts.collect()
}

impl MirrorDriver {
    /// The members that began an upload, with their plans, those that work first.
    pub(super) fn begun(&self, plan: &UploadPlan) -> Vec<(usize, UploadPlan)> {
        let Some(states) = States::of(plan) else {
            return Vec::new();
        };
        let order = self.in_order().into_iter();
        let begun = order.filter_map(|at| {
            let plan = states.plan_of_member(plan, self.members[at].id)?;
            Some((at, plan))
        });
        begun.collect()
    }

    /// The same of those that have all parts.
    pub(super) fn whole(
        &self,
        plan: &UploadPlan,
        parts: &[PartWritten],
    ) -> Vec<(usize, UploadPlan, Vec<PartWritten>)> {
        let begun = self.begun(plan).into_iter();
        let whole = begun.filter_map(|(at, plan)| {
            let parts = parts_of(parts, self.members[at].id)?;
            Some((at, plan, parts))
        });
        whole.collect()
    }

    pub(super) async fn begin_everywhere(&self, plan: &UploadPlan) -> Result<States, DriverError> {
        let takers = self.takers(self.in_order()).into_iter();
        let jobs = takers.map(|at| {
            let (driver, plan) = (Arc::clone(&self.members[at].driver), plan_of(plan, None));
            (at, begin(async move { driver.begin_upload(&plan).await }))
        });
        let pace = (self.quorum, &mut Patience::begin());
        let answers = all_of(jobs.collect(), pace).await;
        let (mut states, mut begun, mut why) = (States(Pairs::new()), Vec::new(), None);
        let mut taken = None;
        for (at, answer) in answers {
            self.note(at, &answer);
            match answer {
                Ok(target) => {
                    states.push(self.members[at].id, target.vendor_state.as_deref());
                    begun.push((at, plan_of(plan, target.vendor_state)));
                }
                Err(error @ DriverError::AlreadyExists(_)) => taken = Some(error),
                Err(error) => why = why.or(Some(error)),
            }
        }
        if let Some(taken) = taken {
            self.abort_at(&begun).await?;
            return Err(taken);
        }
        if begun.len() < self.quorum {
            self.abort_at(&begun).await?;
            return Err(why.unwrap_or_else(too_few));
        }
        Ok(states)
    }

    pub(super) async fn part_to_all(
        &self,
        plan: &UploadPlan,
        (offset, size_bytes): (u64, u64),
        body: ByteStream,
    ) -> Result<PartWritten, DriverError> {
        let begun = self.begun(plan);
        let all: Vec<usize> = begun.iter().map(|(at, _)| *at).collect();
        let is_absent = |at: usize| self.absent.is(plan.id, self.members[at].id);
        let present = begun.iter().map(|(at, _)| *at).filter(|at| !is_absent(*at));
        let takers = self.takers(present.collect());
        let begun = begun.into_iter().filter(|(at, _)| takers.contains(at));
        let mut takers: Vec<_> = begun
            .map(|(at, plan)| {
                let driver = Arc::clone(&self.members[at].driver);
                Taker::begin(at, |body| async move {
                    driver.write_part(&plan, offset, size_bytes, body).await
                })
            })
            .collect();
        if takers.is_empty() {
            return Err(DriverError::UploadGone(plan.id));
        }
        let mut patience = Patience::begin();
        let pace = (self.quorum, &mut patience);
        let poured = pour(body, Some(size_bytes), (&mut takers, pace)).await;
        if poured.is_ok() {
            end(&mut takers, (self.quorum, &mut patience)).await;
        }
        let enough = if poured.is_ok() { self.quorum } else { 0 };
        let jobs = self.without_slow(takers).into_iter();
        let jobs = jobs.map(|taker| (taker.at, taker.job)).collect();
        let ended = all_of(jobs, (enough, &mut patience)).await;
        poured?;
        let (mut digests, mut why) = (Pairs::new(), None);
        for (at, answer) in ended {
            self.note(at, &answer);
            match answer {
                Ok(part) => digests.push((self.members[at].id, part.digest.into_bytes())),
                Err(error) => why = Some(rather(why, error)),
            }
        }
        if digests.len() < self.quorum {
            return Err(why.unwrap_or_else(too_few));
        }
        for member in all.into_iter().map(|at| self.members[at].id) {
            if !digests.iter().any(|(id, _)| *id == member) {
                self.absent.add(plan.id, member);
            }
        }
        Ok(PartWritten {
            offset,
            size_bytes,
            digest: PartDigest::from_bytes(encode(&digests)),
        })
    }

    pub(super) async fn abort_everywhere(&self, plan: &UploadPlan) -> Result<(), DriverError> {
        self.absent.forget(plan.id);
        self.abort_at(&self.begun(plan)).await
    }

    /// Where one is away its leftovers are swept when it is back.
    async fn abort_at(&self, begun: &[(usize, UploadPlan)]) -> Result<(), DriverError> {
        let jobs = begun.iter().map(|(at, plan)| {
            let (driver, plan) = (Arc::clone(&self.members[*at].driver), plan.clone());
            (*at, begin(async move { driver.abort_upload(&plan).await }))
        });
        let pace = (1, &mut Patience::begin());
        let (mut aborted, mut why) = (begun.is_empty(), None);
        for (_, answer) in all_of(jobs.collect(), pace).await {
            match answer {
                Ok(()) => aborted = true,
                Err(error) => why = Some(error),
            }
        }
        match why {
            Some(error) if !aborted => Err(error),
            _ => Ok(()),
        }
    }
}

/// Of two refusals: that an upload is gone says least, for it may be so at one alone.
pub(super) fn rather(one: Option<DriverError>, other: DriverError) -> DriverError {
    match one {
        Some(one) if !matches!(one, DriverError::UploadGone(_)) => one,
        _ => other,
    }
}
