//! Copies of blobs that a mirror keeps: one that lacks is no loss while another is whole.

use super::blobs::look_at_copy;
use super::{Doctor, DoctorError, Problem};
use crate::tasks;
use entity::{PolicyId, Timestamp, blob};
use site::task;
use std::fmt;
use storage::{BlobKey, Member};
use store::mirror_gaps;

/// What is written down longer ago than this is not repaired by itself.
const OVERDUE_SECS: i64 = 7 * 86_400;

/// What is known of a copy that lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nobody knew of it.
    No,
    /// It is written down, so that it is repaired in any case.
    Noted,
    /// It was written down long ago, and still lacks.
    Overdue,
    /// Those that are there were found damaged when they were read: nobody has it whole.
    Damaged,
}

/// Who has no whole copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    members: Vec<PolicyId>,
    /// Whole ones, as far as was looked, of as many as there should be.
    whole: usize,
    all: usize,
    known: Known,
}

impl Lack {
    /// Whether it will be made good without anybody.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.known == Known::Noted
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<String> = self.members.iter().map(ToString::to_string).collect();
        let on = on.join(", ");
        let (whole, all) = (self.whole, self.all);
        write!(f, "a copy lacks on policy {on}, {whole} of {all} there; ")?;
        f.write_str(match self.known {
            Known::No => "nobody knew of it, --repair has it made",
            Known::Noted => "repair will make it",
            Known::Overdue => "repair has not made it for more than a week",
            Known::Damaged => "what is there was found damaged before",
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
            known: Known::No,
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
        let noted = mirror_gaps::since(self.core.store.read(), what).await?;
        let now = self.core.now();
        lack.known = known(blob, &lack.members, (&noted, now));
        let repairs = self.options.repair && lack.known == Known::No;
        if repairs {
            let mut tx = self.core.store.begin().await?;
            mirror_gaps::note_found(tx.db(), what, &lack.members, now).await?;
            task::queue_once(&mut tx, tasks::repair_mirrors(now)).await?;
            tx.commit().await?;
        }
        self.found(Problem::CopyLacks { id, key, lack }, repairs);
        Ok(())
    }
}

/// Of a blob that these members lack, with what is written down of it.
fn known(
    blob: &blob::Model,
    members: &[PolicyId],
    (noted, now): (&[(PolicyId, Timestamp)], Timestamp),
) -> Known {
    if blob.props.damaged {
        return Known::Damaged;
    }
    let since = |member: &PolicyId| {
        let of_it = noted.iter().find(|(id, _)| id == member);
        of_it.map(|(_, at)| *at)
    };
    let since: Option<Vec<Timestamp>> = members.iter().map(since).collect();
    match since {
        None => Known::No,
        Some(all) if all.iter().any(|at| at.plus_secs(OVERDUE_SECS) < now) => Known::Overdue,
        Some(_) => Known::Noted,
    }
}
