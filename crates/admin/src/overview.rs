//! How the site is doing, for the first page of its administration.

use crate::error::AdminError;
use drive::context::Core;
use entity::{PolicyId, Timestamp};
use site::actor::Actor;
use std::sync::Arc;
use store::overview::{self, Counted, Totals};
use store::{StoreResult, policies};
use tokio::sync::Mutex;

const DAY_SECS: i64 = 86_400;
/// How long the charts are kept (V4 API).
const KEPT_SECS: i64 = 86_400;
/// They are not made anew sooner: whole tables are read.
const LEAST_SECS: i64 = 5;
/// How long the state is.
const FRESH_SECS: i64 = 60;

/// What came on each of the last days, and how much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charts {
    /// When each day begins, today last.
    pub days: Vec<Timestamp>,
    /// Files and folders made on each.
    pub files: Vec<u64>,
    pub users: Vec<u64>,
    pub shares: Vec<u64>,
    pub totals: Totals,
    pub made_at: Timestamp,
}

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Blobs and bytes by policy, with its name.
    pub kept: Vec<Kept>,
    /// Wrong tries to sign in since a day.
    pub failed_sign_ins: u64,
    pub made_at: Timestamp,
}

/// What a policy keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub policy: PolicyId,
    pub name: String,
    pub kind: String,
    pub blobs: u64,
    pub bytes: i64,
}

/// The service behind the first page.
#[derive(Clone, Debug)]
pub struct Overview {
    core: Arc<Core>,
    // Who asks while it is counted waits for the same counts: they read whole tables.
    charts: Arc<Mutex<Option<Arc<Charts>>>>,
    state: Arc<Mutex<Option<Arc<State>>>>,
}

impl Overview {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            charts: Arc::default(),
            state: Arc::default(),
        }
    }

    /// The charts, if they were made lately, or if they are to be made now. `days`: when each day
    /// begins, and when the last one ends; `age_secs`: how old they may be, if not a day.
    /// # Errors
    /// `NotAllowed`
    pub async fn charts(
        &self,
        actor: &Actor,
        days: &[Timestamp],
        (generate, age_secs): (bool, Option<u32>),
    ) -> Result<Option<Arc<Charts>>, AdminError> {
        crate::administrator(actor)?;
        let now = self.core.now();
        let mut last = self.charts.lock().await;
        let age = age_secs.map_or(KEPT_SECS, |age| i64::from(age).clamp(LEAST_SECS, KEPT_SECS));
        let kept = last.clone();
        let kept = kept.filter(|charts| now < charts.made_at.plus_secs(age));
        if kept.is_some() || !generate {
            return Ok(kept);
        }
        let charts = Arc::new(self.draw(days, now).await?);
        *last = Some(Arc::clone(&charts));
        drop(last);
        Ok(Some(charts))
    }

    async fn draw(&self, days: &[Timestamp], now: Timestamp) -> StoreResult<Charts> {
        let db = self.core.store.read();
        let made = |what| overview::made_between(db, what, days);
        let (files, users, shares, totals) = tokio::try_join!(
            made(Counted::Files),
            made(Counted::Users),
            made(Counted::Shares),
            overview::totals(db),
        )?;
        Ok(Charts {
            files,
            users,
            shares,
            totals,
            days: days.iter().rev().skip(1).rev().copied().collect(),
            made_at: now,
        })
    }

    /// How things stand; at most a minute old.
    /// # Errors
    /// `NotAllowed`
    pub async fn state(&self, actor: &Actor) -> Result<Arc<State>, AdminError> {
        crate::administrator(actor)?;
        let now = self.core.now();
        let mut last = self.state.lock().await;
        if let Some(kept) = last
            .clone()
            .filter(|state| now < state.made_at.plus_secs(FRESH_SECS))
        {
            return Ok(kept);
        }
        let db = self.core.store.read();
        let names = policies::all(db).await?;
        let kept = overview::kept(db).await?.into_iter().map(|kept| {
            let policy = names.iter().find(|row| row.id == kept.policy_id);
            Kept {
                policy: kept.policy_id,
                name: policy.map(|row| row.name.clone()).unwrap_or_default(),
                kind: policy.map(|row| row.kind.clone()).unwrap_or_default(),
                blobs: kept.blobs.unsigned_abs(),
                bytes: kept.bytes,
            }
        });
        let since = now.plus_secs(-DAY_SECS);
        let failed = ("sign_in", "sign_in_failed");
        let state = Arc::new(State {
            kept: kept.collect(),
            failed_sign_ins: overview::happened(db, failed, since).await?,
            made_at: now,
        });
        *last = Some(Arc::clone(&state));
        drop(last);
        Ok(state)
    }
}
