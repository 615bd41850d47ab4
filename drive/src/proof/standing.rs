//! Whether storages can be used now, and how much room they have: asked for people who look at it, and
//! not more often than they need.

use crate::context::Core;
use crate::policy::{Policy, mirror};
use entity::{PolicyId, Timestamp};
use futures_util::future::join_all;
use site::task::causes;
use std::collections::HashMap;
use std::time::Duration;
use storage::{Driver, Room};
use tokio::sync::Mutex;

/// How long an answer is good: for all who look at the same moment.
const FRESH_SECS: i64 = 1;
/// One that has not answered by then is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for all that is asked about it, the database included: longer than members of a mirror have,
/// so that what they say is not lost. Whoever looks meanwhile waits for it.
const LONGEST: Duration = Duration::from_secs(8);
/// What is said of it then.
const LATE: &str = "it does not answer in time";

/// How it stands with a storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Why it cannot be used; `None`: it can.
    pub away: Option<String>,
    /// Members of a mirror that cannot: the others do without them.
    pub members_away: Vec<AwayMember>,
    pub room: Option<Room>,
}

impl Standing {
    fn away(why: String) -> Self {
        Self {
            away: Some(why),
            ..Self::default()
        }
    }
}

/// A member of a mirror that cannot be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwayMember {
    pub policy: PolicyId,
    pub name: String,
    pub why: String,
}

/// What was asked last, and when.
#[derive(Debug, Default)]
pub(super) struct Standings(Mutex<HashMap<PolicyId, (Timestamp, Standing)>>);

impl Standings {
    /// Of these policies. All are asked at once; who comes meanwhile waits for the same answers.
    pub async fn of(&self, core: &Core, ids: &[PolicyId]) -> HashMap<PolicyId, Standing> {
        let now = core.now();
        let mut known = self.0.lock().await;
        known.retain(|id, (at, _)| ids.contains(id) && now < at.plus_secs(FRESH_SECS));
        let asked = ids.iter().filter(|id| !known.contains_key(*id));
        let asked = asked.map(|id| async move {
            let standing = tokio::time::timeout(LONGEST, ask(core, *id)).await;
            let standing = standing.unwrap_or_else(|_| Standing::away(LATE.to_owned()));
            (*id, (core.now(), standing))
        });
        let answers = join_all(asked).await;
        known.extend(answers);
        known
            .iter()
            .map(|(id, (_, standing))| (*id, standing.clone()))
            .collect()
    }
}

async fn ask(core: &Core, id: PolicyId) -> Standing {
    let room = match core.policies.get(id).await {
        Ok(policy) if !policy.driver.members().is_empty() => return of_mirror(core, &policy).await,
        Ok(policy) => room_of(&*policy.driver).await,
        Err(error) => Err(causes(&error)),
    };
    let (room, away) = match room {
        Ok(room) => (room, None),
        Err(why) => (None, Some(why)),
    };
    Standing {
        away,
        room,
        ..Standing::default()
    }
}

/// A mirror is away if so many members are that nothing new can be stored. It has the room of the
/// fullest.
async fn of_mirror(core: &Core, policy: &Policy) -> Standing {
    let members = policy.driver.members();
    let asked = members.iter().map(|member| room_of(&*member.driver));
    let (mut members_away, mut room) = (Vec::new(), None::<Room>);
    for (member, answer) in members.iter().zip(join_all(asked).await) {
        match answer {
            Ok(found) => {
                let rooms = [room, found].into_iter().flatten();
                room = rooms.min_by_key(|room| room.free_bytes);
            }
            Err(why) => {
                let id = PolicyId(member.id);
                let known = core.policies.get(id).await;
                let name = known.map_or_else(|_| id.to_string(), |policy| policy.row.name.clone());
                let policy = id;
                members_away.push(AwayMember { policy, name, why });
            }
        }
    }
    let parts = mirror::parts(&policy.row.settings);
    let quorum = parts.map_or(members.len(), |parts| parts.quorum);
    let answer = members.len() - members_away.len();
    let away = match members_away.first() {
        Some(AwayMember { name, why, .. }) if answer == 0 => Some(format!("{name}: {why}")),
        Some(_) if answer < quorum => Some(format!(
            "{answer} of {of} members answer: what is stored can be read, but nothing new is taken \
             with less than {quorum}",
            of = members.len(),
        )),
        _ => None,
    };
    Standing {
        away,
        members_away,
        room,
    }
}

async fn room_of(driver: &dyn Driver) -> Result<Option<Room>, String> {
    match tokio::time::timeout(PATIENCE, driver.room()).await {
        Ok(answer) => answer.map_err(|error| causes(&error)),
        Err(_) => Err(LATE.to_owned()),
    }
}
