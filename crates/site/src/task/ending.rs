//! The end of a task: giving up what goes on elsewhere, and removing what it left behind.

use super::run::{Running, after};
use super::seen::without_logins;
use super::{BoxError, TaskState, causes};
use entity::Timestamp;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use storage::step::reached;
use store::StoreResult;
use store::tasks::{self, TaskChange};

/// How often it is tried to give up what goes on elsewhere, and to remove what was left behind.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// How long each try may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Running {
    /// Ends a task that somebody called off.
    pub(super) async fn call_off(&mut self) -> StoreResult<()> {
        let give_up = || self.kind.on_cancel(&self.run, &self.private);
        let given_up = tokio::select! {
            given_up = patiently("call a task off", give_up) => given_up,
            () = self.hold_on() => return Ok(()),
        };
        let change = TaskChange {
            error: given_up.err(),
            ..TaskChange::to(TaskState::Canceled)
        };
        tracing::info!("a task was called off");
        self.end(change, self.shared.clock.now()).await
    }

    /// Writes how it ended, and only then removes what it left behind: a step that is repeated
    /// after a crash still finds it.
    pub(super) async fn end(&mut self, change: TaskChange, now: Timestamp) -> StoreResult<()> {
        let (queue, state) = (self.kind.queue(), change.state);
        if !self.kind.cleans_up() {
            if self.write_end(change, now).await? {
                self.shared.counts.ended(queue, state);
            }
            return Ok(());
        }
        let change = TaskChange {
            lease_until: Some(after(now, self.shared.options.lease)),
            ..change
        };
        if self.write_end(change, now).await? {
            self.shared.counts.ended(queue, state);
            reached("task: ended");
            self.tidy_up().await?;
        }
        Ok(())
    }

    /// Removes what a task that ended left behind, and lets go of it.
    pub(super) async fn tidy_up(&mut self) -> StoreResult<()> {
        let clean = || self.kind.cleanup(&self.run, &self.private);
        let cleaned = tokio::select! {
            cleaned = patiently("tidy up after a task", clean) => cleaned,
            () = self.hold_on() => return Ok(()),
        };
        // What was done is not begun anew: its last state says most.
        let again = self.state != TaskState::Completed || self.kind.leaves_some(&self.private);
        let change = TaskChange {
            private_state: cleaned.ok().filter(|_| again),
            ..TaskChange::to(self.state)
        };
        let now = self.shared.clock.now();
        tasks::save(&self.shared.store, &self.held, now, change).await?;
        Ok(())
    }
}

/// Tries something a few times; what still fails then is told to the log.
async fn patiently<'a, T>(
    what: &str,
    work: impl Fn() -> BoxFuture<'a, Result<T, BoxError>>,
) -> Result<T, String> {
    let mut tries = 1;
    loop {
        let work = AssertUnwindSafe(work()).catch_unwind();
        let error = match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(Ok(done))) => return Ok(done),
            Ok(Ok(Err(error))) => without_logins(&causes(&*error)),
            Ok(Err(_)) => "it crashed".to_owned(),
            Err(_) => "it takes too long".to_owned(),
        };
        if tries == TRIES {
            tracing::error!(error, "cannot {what}");
            return Err(error);
        }
        tracing::warn!(error, "cannot {what} yet");
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}
