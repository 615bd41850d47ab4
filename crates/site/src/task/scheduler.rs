//! What comes round: cron jobs, and the small chores between them.

use super::cron::Schedule;
use super::{NewTask, TaskKind, queue, system_task};
use crate::Site;
use crate::settings::{CronSettings, CronText};
use chrono::{DateTime, Local, TimeZone};
use entity::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::bus::Topic;
use store::journal::write_buffered;
use store::{StoreResult, marks, tasks};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often schedules are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How soon settings written on another replica count here, if no news comes of them.
const REFRESH_SETTINGS: Duration = Duration::from_secs(5);
/// How often the write-ahead log of SQLite is folded back.
const CHECKPOINT: Duration = Duration::from_mins(1);

/// A kind of task that a cron setting queues.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    kind: &'static str,
    cron: fn(&CronSettings) -> &CronText,
    task: fn(Timestamp) -> NewTask,
}

impl Job {
    pub fn of<K: TaskKind<State: Default>>(cron: fn(&CronSettings) -> &CronText) -> Self {
        Self {
            kind: K::NAME,
            cron,
            task: |now| system_task::<K>(&K::State::default(), now),
        }
    }
}

/// Runs chores and queues cron jobs until it is stopped.
#[derive(Debug)]
pub struct Scheduler {
    stopping: CancellationToken,
    loops: JoinHandle<()>,
}

impl Scheduler {
    /// Starts it.
    pub fn start(site: Arc<Site>, jobs: Vec<Job>) -> Self {
        let stopping = CancellationToken::new();
        let loops = tokio::spawn(run(site, jobs, stopping.clone()));
        Self { stopping, loops }
    }

    /// Stops it, after what it is just doing.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.loops.await {
            tracing::error!(%error, "the scheduler crashed");
        }
    }
}

async fn run(site: Arc<Site>, jobs: Vec<Job>, stopping: CancellationToken) {
    // When each job ran last, on whichever replica, as far as known here.
    let mut last: HashMap<&'static str, Timestamp> = HashMap::new();
    let (mut refreshed, mut folded) = (Instant::now(), Instant::now());
    let mut settings = site.store.bus().follow(Topic::Settings);
    loop {
        tokio::select! {
            () = stopping.cancelled() => {
                complain("write the journal", write_buffered(&site.store).await);
                return;
            }
            () = settings.news() => {
                let read = site.settings.refresh(&site.store, &site.sealer).await;
                complain("read the settings", read);
                continue;
            }
            () = tokio::time::sleep(TICK) => {}
        }
        complain("write the journal", write_buffered(&site.store).await);
        if refreshed.elapsed() >= REFRESH_SETTINGS {
            refreshed = Instant::now();
            complain(
                "read the settings",
                site.settings.refresh(&site.store, &site.sealer).await,
            );
        }
        if folded.elapsed() >= CHECKPOINT {
            folded = Instant::now();
            complain("fold the write-ahead log", site.store.checkpoint().await);
        }
        for job in &jobs {
            complain("run a cron job", look(&site, job, &mut last).await);
        }
    }
}

fn complain(what: &str, result: StoreResult<()>) {
    if let Err(error) = result {
        tracing::error!(%error, "cannot {what}");
    }
}

async fn look(
    site: &Site,
    job: &Job,
    last: &mut HashMap<&'static str, Timestamp>,
) -> StoreResult<()> {
    let now = site.now();
    let schedule = Schedule::of((job.cron)(&site.settings().cron));
    if let Some(last) = last.get(job.kind)
        && !is_due(&schedule, *last, now)
    {
        return Ok(());
    }
    // It seems due, or nothing is known yet: ask the row that all replicas share.
    let name = format!("cron_{}", job.kind);
    let known = match marks::get(&site.store, &name).await?.map(Timestamp) {
        Some(known) => known,
        // A new site: the first run comes after one interval.
        None => Timestamp(marks::begin(&site.store, &name, now.0).await?),
    };
    last.insert(job.kind, known);
    if !is_due(&schedule, known, now) {
        return Ok(());
    }
    let mut tx = site.store.begin().await?;
    // Of several replicas one moves the mark on, and that one queues.
    if marks::advance(&tx, &name, known.0, now.0).await? {
        if !tasks::is_active(tx.db(), job.kind).await? {
            queue(&mut tx, (job.task)(now)).await?;
        }
        tx.commit().await?;
        last.insert(job.kind, now);
    }
    Ok(())
}

/// A mark so far in the future dates from before the clock was set back.
const CLOCK_TROUBLE_SECS: i64 = 3_600;

/// Whether the schedule has a time after `last` and not after `now`. A mark from a wrong clock
/// does not hold work up.
fn is_due(schedule: &Schedule, last: Timestamp, now: Timestamp) -> bool {
    last > now.plus_secs(CLOCK_TROUBLE_SECS)
        || local(last)
            .and_then(|last| schedule.after(&last))
            .is_some_and(|next| next.timestamp_micros() <= now.0)
}

fn local(time: Timestamp) -> Option<DateTime<Local>> {
    Local.timestamp_micros(time.0).single()
}
