//! Writing a body to all members at once.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::fan_out::{Feed, feed, pour};
use super::{DECISION, GRACE, MirrorDriver};
use crate::{BlobKey, ByteStream, DriverError, Written};

type Job<T> = AbortOnDropHandle<Result<T, DriverError>>;

/// What one of them does, in a task of its own: it ends when nobody waits for it any more.
pub(super) fn begin<T: Send + 'static>(
    work: impl Future<Output = Result<T, DriverError>> + Send + 'static,
) -> Job<T> {
    AbortOnDropHandle::new(tokio::spawn(work.in_current_span()))
}

/// How that ended.
pub(super) async fn end<T>(job: Job<T>) -> Result<T, DriverError> {
    let ended = job.await;
    ended.unwrap_or_else(|gone| Err(DriverError::Io(std::io::Error::other(gone))))
}

/// How it ended within the time for a decision.
pub(super) async fn decided<T>(
    work: impl Future<Output = Result<T, DriverError>>,
) -> Result<T, DriverError> {
    let late = |_| Err(DriverError::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(DECISION, work)
        .await
        .unwrap_or_else(late)
}

/// Waits for all, but no longer than the grace once there are `enough` that succeeded.
pub(super) async fn all_of<T>(
    jobs: Vec<(usize, Job<T>)>,
    mut enough: usize,
) -> Vec<(usize, Result<T, DriverError>)> {
    let each = jobs.into_iter();
    let mut running: FuturesUnordered<_> = each
        .map(|(at, job)| async move { (at, end(job).await) })
        .collect();
    let mut ended = Vec::new();
    while !running.is_empty() {
        let next = running.next();
        let next = if enough > 0 {
            next.await
        } else {
            match tokio::time::timeout(GRACE, next).await {
                Ok(next) => next,
                // They are dropped, and what they lack is written down.
                Err(_) => break,
            }
        };
        let Some((at, answer)) = next else { break };
        enough = enough.saturating_sub(usize::from(answer.is_ok()));
        ended.push((at, answer));
    }
    ended
}

impl MirrorDriver {
    pub(super) async fn write_to_all(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        let takers = self.takers(self.in_order());
        let (mut feeds, mut jobs) = (Vec::new(), Vec::new());
        for at in takers {
            let (feed, body) = feed();
            let (driver, key) = (Arc::clone(&self.members[at].driver), key.clone());
            feeds.push(feed);
            let job = begin(async move { driver.write(&key, body, expected_bytes).await });
            jobs.push((at, job));
        }
        if let Err(error) = pour(body, expected_bytes, &mut feeds).await {
            drop(feeds);
            // Each removes what it has.
            all_of(jobs, usize::MAX).await;
            return Err(error);
        }
        let written = self.finish(feeds.into_iter().zip(jobs).collect()).await?;
        self.settle(key, written).await
    }

    /// Lets one of them finish, and then the others: whether the key is free is said by one alone.
    async fn finish(
        &self,
        takers: Vec<(Feed, (usize, Job<Written>))>,
    ) -> Result<Vec<(usize, Result<Written, DriverError>)>, DriverError> {
        let mut takers = takers.into_iter();
        let mut ended = Vec::new();
        while let Some((feed, (at, job))) = takers.next() {
            feed.end().await;
            let answer = if takers.len() == 0 {
                end(job).await
            } else {
                decided(end(job)).await
            };
            self.note(at, &answer);
            if let Err(DriverError::AlreadyExists(key)) = answer {
                let others = takers.map(|(_, job)| job).collect();
                all_of(others, usize::MAX).await;
                return Err(DriverError::AlreadyExists(key));
            }
            let is_first = answer.is_ok();
            ended.push((at, answer));
            if is_first {
                break;
            }
        }
        let (feeds, jobs): (Vec<_>, Vec<_>) = takers.unzip();
        for feed in feeds {
            feed.end().await;
        }
        for (at, answer) in all_of(jobs, self.quorum.saturating_sub(1)).await {
            self.note(at, &answer);
            ended.push((at, answer));
        }
        // Something else lies there: nothing of it may be replaced, or be read in its stead.
        let taken = ended.iter().find_map(|(_, answer)| match answer {
            Err(DriverError::AlreadyExists(key)) => Some(key.clone()),
            _ => None,
        });
        if let Some(key) = taken {
            let have = ended.iter().filter(|(_, answer)| answer.is_ok());
            for at in have.map(|(at, _)| *at) {
                let _ = self.driver(at).delete(std::slice::from_ref(&key)).await;
            }
            return Err(DriverError::AlreadyExists(key));
        }
        Ok(ended)
    }

    /// Counts who has a blob. If they are too few it is taken back from them.
    async fn settle(
        &self,
        key: &BlobKey,
        ended: Vec<(usize, Result<Written, DriverError>)>,
    ) -> Result<Written, DriverError> {
        let (mut have, mut first, mut why) = (Vec::new(), None::<Written>, None);
        for (at, answer) in ended {
            match answer {
                Ok(written) if first.is_none_or(|first| first.size_bytes == written.size_bytes) => {
                    have.push(at);
                    first = first.or(Some(written));
                    first = first.map(|first| Written {
                        blake3: first.blake3.or(written.blake3),
                        ..first
                    });
                }
                Ok(_) => {}
                Err(error) => why = why.or(Some(error)),
            }
        }
        match first {
            Some(written) if have.len() >= self.quorum => {
                self.note_absent(key, &have).await?;
                Ok(written)
            }
            _ => {
                for at in have {
                    // What cannot be removed is nobody's, and is found as such.
                    let _ = self.driver(at).delete(std::slice::from_ref(key)).await;
                }
                Err(why.unwrap_or_else(too_few))
            }
        }
    }
}

/// Too few have it, and none says why.
pub(super) fn too_few() -> DriverError {
    DriverError::Io(std::io::Error::other(
        "too few storages of the mirror took it",
    ))
}
