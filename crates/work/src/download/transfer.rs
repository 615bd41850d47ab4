//! What was fetched comes into the drive: several files at a time, each as an upload.

use super::arriving::{Arriving, Came, Way};
use super::naming::{Given, number, target, with_number};
use super::reason::Reason;
use super::state::{Downloading, LeftOut, Phase};
use downloader::FileStatus;
use futures_util::future::join_all;
use site::task::{Progress, TaskError};
use std::sync::Arc;
use wire::FileUri;

/// Errors told of a step that failed.
const TOLD: usize = 5;
/// Files whose names are looked at in one step.
const LOOKED_AT: usize = 200;
/// While no more than so many cannot be kept, the others come first.
const LATE: usize = 20;

/// The way of a job's files into a drive.
pub(super) struct Transfer(pub Arc<Arriving>);

impl Transfer {
    /// Brings some more; the phase is another one when all are there.
    pub async fn some(&self, state: Downloading) -> Result<Downloading, TaskError> {
        let status = state.status.clone().unwrap_or_default();
        let wanted: Vec<FileStatus> = status
            .files
            .into_iter()
            .filter(|file| file.selected)
            .collect();
        let is_open = |file: &&FileStatus| !state.transferred.contains(&file.index);
        let open: Vec<FileStatus> = wanted.iter().filter(is_open).cloned().collect();
        if open.is_empty() {
            return Self::end(state, wanted.len());
        }
        let is_new = |file: &&FileStatus| !state.begun.contains(&file.index);
        let new = open.iter().filter(is_new).take(LOOKED_AT);
        let new: Vec<FileStatus> = new.cloned().collect();
        if !new.is_empty() {
            let mut given = Given::default();
            for file in wanted.iter().filter(|file| !is_new(file)) {
                let number = state.numbers.get(&file.index).copied().unwrap_or(0);
                given.add(&with_number(&target(&self.0.dst, &file.name), number));
            }
            return self.begin(state, &new, given).await;
        }
        self.count(state.transferred.len(), wanted.len());
        let way = Way::of(&wanted, &open);
        self.bring(state, open, way).await
    }

    /// Brings as many as come side by side. Each has a task of its own: none waits for a
    /// transaction while another one holds it.
    async fn bring(
        &self,
        mut state: Downloading,
        open: Vec<FileStatus>,
        way: Way,
    ) -> Result<Downloading, TaskError> {
        let way = Arc::new(way);
        let at_once = self.0.core.settings().files.max_parallel_transfers.max(1);
        // What could not be kept is not sent anew with each of the others.
        let (late, first): (Vec<_>, Vec<_>) =
            (open.into_iter()).partition(|file| state.late.contains(&file.index));
        let others = first.len().saturating_sub(at_once);
        let batch = first.into_iter().chain(late).take(at_once).enumerate();
        let all = batch.map(|(worker, file)| {
            let number = state.numbers.get(&file.index).copied().unwrap_or(0);
            let how = (number, state.conflict);
            let coming = Arc::clone(&self.0).begin(worker, file.clone(), how, Arc::clone(&way));
            async move { (file, coming.await) }
        });
        let all = join_all(all).await;
        let (count, mut errors) = (all.len(), Vec::new());
        for (file, came) in all {
            match came {
                Came::There => {
                    state.transferred.insert(file.index);
                }
                Came::Not(reason) => {
                    state.numbers.remove(&file.index);
                    state.transferred.insert(file.index);
                    state.leave_out(file.name, reason);
                }
                Came::Taken => {
                    state.begun.remove(&file.index);
                    state.numbers.remove(&file.index);
                }
                Came::NotYet(why) => {
                    state.late.insert(file.index);
                    errors.push(format!("{}: {why}", file.name));
                }
            }
        }
        if errors.len() < count || (others > 0 && state.late.len() <= LATE) {
            return Ok(state);
        }
        // What came of others was written down before.
        errors.truncate(TOLD);
        let told = errors.join("; ");
        let why = format!("failed to transfer {count} file(s), first 5 errors: {told}");
        Err(TaskError::Retry(why.into()))
    }

    /// Looks at what is there, and writes down what is to come before it does: what is found there
    /// later came from here.
    async fn begin(
        &self,
        mut state: Downloading,
        new: &[FileStatus],
        mut given: Given,
    ) -> Result<Downloading, TaskError> {
        let actor = self.0.run.actor()?;
        for file in new {
            let uri = target(&self.0.dst, &file.name);
            let size = u64::try_from(file.size).unwrap_or(0);
            let how = (state.conflict, &given);
            let number = number(&self.0.uploads, actor, (&uri, size), how).await?;
            let taken = match number {
                Ok(number) => number,
                Err(reason) => u32::from(reason == Reason::Exists),
            };
            let came = if state.came_before {
                self.came(file, (&uri, taken), &given).await?
            } else {
                None
            };
            match (came, number) {
                (Some(came), _) => {
                    given.add(&with_number(&uri, came));
                    if came > 0 {
                        state.numbers.insert(file.index, came);
                    }
                    state.transferred.insert(file.index);
                }
                (None, Ok(number)) => {
                    given.add(&with_number(&uri, number));
                    if number > 0 {
                        state.numbers.insert(file.index, number);
                    }
                }
                (None, Err(reason)) => {
                    state.transferred.insert(file.index);
                    state.leave_out(file.name.clone(), reason);
                }
            }
            state.begun.insert(file.index);
        }
        Ok(state)
    }

    /// The number of a file that came before its task was begun anew: it has one of the names that
    /// are taken.
    async fn came(
        &self,
        file: &FileStatus,
        (uri, taken): (&FileUri, u32),
        given: &Given,
    ) -> Result<Option<u32>, TaskError> {
        let actor = self.0.run.actor()?;
        for before in 0..taken {
            let uri = with_number(uri, before);
            // What another file of it has is not this one.
            if given.has(&uri) {
                continue;
            }
            let came = self.0.came_before(actor, &uri, file).await;
            if came.map_err(TaskError::Retry)? {
                return Ok(Some(before));
            }
        }
        Ok(None)
    }

    fn end(mut state: Downloading, wanted: usize) -> Result<Downloading, TaskError> {
        // What was to stay is not what is wrong.
        let is_wrong = |left: &&LeftOut| !(state.leaves && left.reason == Reason::Exists);
        let first = state.left_out.iter().find(is_wrong);
        let is_nothing = state.failed as usize >= wanted && state.failed > state.exists;
        if let Some(first) = first.filter(|_| is_nothing) {
            let why = format!("{}: {}", first.name, first.reason.sentence());
            return Err(TaskError::Fail(why.into()));
        }
        state.phase = Phase::Seeding;
        Ok(state)
    }

    fn count(&self, came: usize, all: usize) {
        let count = Progress {
            total: i64::try_from(all).unwrap_or(i64::MAX),
            current: i64::try_from(came).unwrap_or(i64::MAX),
            identifier: String::new(),
        };
        self.0.run.report("upload_count", count);
    }
}
