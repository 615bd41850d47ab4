//! Whether storages can be used now, and how much room they have: asked for people who look at it, and
//! not more often than they need.

use crate::context::Core;
use entity::{PolicyId, Timestamp};
use futures_util::future::join_all;
use site::task::causes;
use std::collections::HashMap;
use std::time::Duration;
use storage::Room;
use tokio::sync::Mutex;

/// How long an answer is good.
const FRESH_SECS: i64 = 5;
/// One that has not answered by then is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// How it stands with a storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Why it cannot be used; `None`: it can.
    pub away: Option<String>,
    pub room: Option<Room>,
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
        let asked = asked.map(|id| async move { (*id, (now, ask(core, *id).await)) });
        let answers = join_all(asked).await;
        known.extend(answers);
        known
            .iter()
            .map(|(id, (_, standing))| (*id, standing.clone()))
            .collect()
    }
}

async fn ask(core: &Core, id: PolicyId) -> Standing {
    let asked = async {
        let policy = core
            .policies
            .get(id)
            .await
            .map_err(|error| causes(&error))?;
        policy.driver.room().await.map_err(|error| causes(&error))
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(room)) => Standing { away: None, room },
        Ok(Err(why)) => Standing {
            away: Some(why),
            room: None,
        },
        Err(_) => Standing {
            away: Some("it does not answer in time".to_owned()),
            room: None,
        },
    }
}
