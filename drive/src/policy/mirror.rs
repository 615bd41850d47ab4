//! Policies that keep every blob in several others.

use super::{BoxError, Policy};
use crate::error::FileError;
use crate::tasks;
use async_trait::async_trait;
use entity::storage_policy::Settings;
use entity::{PolicyId, Timestamp};
use serde_json::Value;
use site::clock::Clock;
use site::task;
use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use storage::{BlobKey, DriverError, Member, MirrorDriver, MirrorLog};
use store::{Store, StoreResult, Tx, mirror_gaps, policies};

/// The driver, as settings name it.
pub const BACKEND: &str = "mirror";
/// The setting that names the policies that each keep everything.
pub const MEMBERS: &str = "members";
/// The setting that says how many have to have a blob before it counts as stored; 0: all but one.
pub const QUORUM: &str = "quorum";
const MOST: usize = 5;

/// What a mirror is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub members: Vec<PolicyId>,
    pub quorum: usize,
}

/// What a policy says that it is made of.
/// # Errors
/// A sentence about what makes no sense.
pub fn parts(settings: &Settings) -> Result<Parts, &'static str> {
    let said = settings.other.get(MEMBERS).cloned().unwrap_or_default();
    let members: Vec<i64> =
        serde_json::from_value(said).map_err(|_| "members must be a list of policy ids")?;
    if !(2..=MOST).contains(&members.len()) {
        return Err("members: two to five policies");
    }
    if members.iter().collect::<HashSet<_>>().len() != members.len() {
        return Err("members: each policy once");
    }
    let quorum = match settings.other.get(QUORUM) {
        None | Some(Value::Null) => 0,
        Some(value) => value.as_u64().ok_or("quorum must be a number")?,
    };
    let quorum = match usize::try_from(quorum).unwrap_or(usize::MAX) {
        0 => members.len() - 1,
        quorum => quorum,
    };
    if quorum > members.len() {
        return Err("quorum: not more than there are members");
    }
    Ok(Parts {
        members: members.into_iter().map(PolicyId).collect(),
        quorum,
    })
}

/// In the transaction that makes bytes a file's: members may have come and gone since the policy was
/// read that they were written with. Who came lacks them.
/// # Errors
/// `Storage` if nobody who has them stayed
pub(crate) async fn check_members(
    tx: &mut Tx,
    policy: &Policy,
    key: &str,
    now: Timestamp,
) -> Result<(), FileError> {
    if policy.row.driver() != BACKEND {
        return Ok(());
    }
    let id = policy.row.id;
    let row = policies::unchanged(tx.db(), id).await?;
    let is_now = row.and_then(|row| parts(&row.settings).ok());
    let (Some(is_now), Ok(was)) = (is_now, parts(&policy.row.settings)) else {
        return Ok(());
    };
    if is_now.members == was.members {
        return Ok(());
    }
    let (stayed, came): (Vec<PolicyId>, Vec<PolicyId>) =
        (is_now.members.iter().copied()).partition(|member| was.members.contains(member));
    let lack = mirror_gaps::of(tx.db(), (id, key)).await?;
    // What those lack that have left nobody gives them any more.
    let gone = lack
        .iter()
        .filter(|member| !is_now.members.contains(member));
    let gone: Vec<PolicyId> = gone.copied().collect();
    if !gone.is_empty() {
        mirror_gaps::forget_these(tx.db(), (id, key), &gone).await?;
    }
    if stayed.iter().all(|member| lack.contains(member)) {
        let exchanged = io::Error::other("the storages of the mirror were exchanged meanwhile");
        return Err(DriverError::Io(exchanged).into());
    }
    if !came.is_empty() {
        mirror_gaps::note(tx.db(), (id, key), &came, now).await?;
        task::queue_once(tx, tasks::repair_mirrors(now)).await?;
    }
    Ok(())
}

/// Writes down in the database what members lack, and has it repaired.
#[derive(Debug)]
pub(super) struct Gaps {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub mirror: PolicyId,
}

impl Gaps {
    async fn note(&self, key: &BlobKey, members: &[PolicyId]) -> StoreResult<()> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let what = (self.mirror, key.as_str());
        mirror_gaps::note(tx.db(), what, members, now).await?;
        task::queue_once(&mut tx, tasks::repair_mirrors(now)).await?;
        tx.commit_durably().await
    }
}

#[async_trait]
impl MirrorLog for Gaps {
    async fn lacks(&self, key: &BlobKey, members: &[i64]) -> Result<(), DriverError> {
        let members: Vec<PolicyId> = members.iter().copied().map(PolicyId).collect();
        let noted = self.note(key, &members).await;
        noted.map_err(|error| DriverError::Io(io::Error::other(error)))
    }
}

/// The driver, unless it is the one that there was before.
pub(super) fn driver(
    members: Vec<Member>,
    quorum: usize,
    (log, before): (Gaps, Option<Arc<MirrorDriver>>),
) -> Result<Arc<MirrorDriver>, BoxError> {
    if let Some(before) = before
        && before.is_of(&members, quorum)
    {
        return Ok(before);
    }
    Ok(Arc::new(MirrorDriver::new(members, quorum, Arc::new(log))?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn settings(members: Value, quorum: Value) -> Settings {
        let mut settings = Settings::default();
        settings.other.insert(MEMBERS.to_owned(), members);
        settings.other.insert(QUORUM.to_owned(), quorum);
        settings
    }

    #[test]
    fn only_what_makes_sense_is_a_mirror() {
        for (members, quorum, means) in [
            (json!([2, 3]), json!(0), 1),
            (json!([2, 3]), json!(null), 1),
            (json!([2, 3]), json!(2), 2),
            (json!([2, 3, 4]), json!(0), 2),
            (json!([2, 3, 4]), json!(1), 1),
        ] {
            assert_eq!(parts(&settings(members, quorum)).unwrap().quorum, means);
        }
        for (members, quorum) in [
            (json!(null), json!(0)),
            (json!([]), json!(0)),
            (json!([1]), json!(0)),
            (json!([1, 1]), json!(0)),
            (json!([1, 2, 3, 4, 5, 6]), json!(0)),
            (json!(["1", "2"]), json!(0)),
            (json!([1, 2]), json!(3)),
            (json!([1, 2]), json!(-1)),
            (json!([1, 2]), json!("1")),
        ] {
            assert!(
                parts(&settings(members.clone(), quorum.clone())).is_err(),
                "{members} {quorum}"
            );
        }
    }
}
