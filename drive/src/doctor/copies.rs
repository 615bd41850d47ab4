//! Copies of blobs that a mirror keeps: one that lacks is no loss while another is whole.

use super::blobs::look_at_copy;
use super::{Doctor, DoctorError, Problem};
use crate::tasks;
use entity::{PolicyId, blob};
use site::task;
use std::fmt;
use storage::{BlobKey, Member};
use store::mirror_gaps;

/// Who has no whole copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    members: Vec<PolicyId>,
    /// Whole ones, of as many as there should be.
    whole: usize,
    all: usize,
    /// Whether it is written down, so that it is repaired in any case.
    pub(super) is_noted: bool,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<String> = self.members.iter().map(ToString::to_string).collect();
        let on = on.join(", ");
        let (whole, all) = (self.whole, self.all);
        write!(f, "a copy lacks on policy {on}, {whole} of {all} there; ")?;
        f.write_str(if self.is_noted {
            "repair will make it"
        } else {
            "nobody knew of it, --repair has it made"
        })
    }
}

/// What is wrong with what members of a mirror keep. If none of them has it whole, and one cannot be asked,
/// nothing is known.
pub(super) async fn look_at_all(
    members: &[Member],
    blob: &blob::Model,
    (key, hash): (&BlobKey, bool),
) -> Option<Problem> {
    let (mut whole, mut bad, mut away) = (0, Vec::new(), None);
    for member in members {
        let policy = PolicyId(member.id);
        match look_at_copy(&*member.driver, (policy, blob), (key, hash)).await {
            None => whole += 1,
            Some(problem @ Problem::Storage(..)) => away = Some(problem),
            Some(problem) => bad.push((policy, problem)),
        }
    }
    if whole == 0 {
        return away.or_else(|| Some(bad.pop()?.1));
    }
    if bad.is_empty() {
        return away;
    }
    Some(Problem::CopyLacks {
        id: blob.id,
        key: key.clone(),
        lack: Lack {
            members: bad.into_iter().map(|(policy, _)| policy).collect(),
            whole,
            all: members.len(),
            is_noted: false,
        },
    })
}

impl Doctor<'_> {
    /// Tells of a copy that lacks; one of which nobody knew is written down, if it is to be repaired.
    pub(super) async fn copy_lacks(
        &mut self,
        blob: &blob::Model,
        problem: Problem,
    ) -> Result<(), DoctorError> {
        let Problem::CopyLacks { id, key, mut lack } = problem else {
            return Ok(());
        };
        let what = (blob.policy_id, key.as_str());
        let noted = mirror_gaps::of(self.core.store.read(), what).await?;
        lack.is_noted = lack.members.iter().all(|member| noted.contains(member));
        let repairs = self.options.repair && !lack.is_noted;
        if repairs {
            let now = self.core.now();
            let mut tx = self.core.store.begin().await?;
            mirror_gaps::note(tx.db(), what, &lack.members, now).await?;
            task::queue_once(&mut tx, tasks::repair_mirrors(now)).await?;
            tx.commit().await?;
        }
        self.found(Problem::CopyLacks { id, key, lack }, repairs);
        Ok(())
    }
}
