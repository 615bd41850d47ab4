//! Writing a body to all members at once.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::fan_out::{Feed, end, feed, pour};
use super::patience::Patience;
use super::{DECISION, MirrorDriver, SOON};
use crate::{BlobKey, ByteStream, DriverError, Written};

pub(super) type Job<T> = AbortOnDropHandle<Result<T, DriverError>>;

/// One that is sent a body.
#[derive(Debug)]
pub(super) struct Taker<T> {
    pub at: usize,
    pub feed: Feed,
    pub job: Job<T>,
}

impl<T: Send + 'static> Taker<T> {
    /// `work` is what it does with the body.
    pub fn begin<W>(at: usize, work: impl FnOnce(ByteStream) -> W) -> Self
    where
        W: Future<Output = Result<T, DriverError>> + Send + 'static,
    {
        let (feed, body) = feed();
        let job = begin(work(body));
        Self { at, feed, job }
    }
}

/// What one of them does, in a task of its own: it ends when nobody waits for it any more.
pub(super) fn begin<T: Send + 'static>(
    work: impl Future<Output = Result<T, DriverError>> + Send + 'static,
) -> Job<T> {
    AbortOnDropHandle::new(tokio::spawn(work.in_current_span()))
}

/// How that ended.
pub(super) async fn ended<T>(job: Job<T>) -> Result<T, DriverError> {
    let ended = job.await;
    ended.unwrap_or_else(|gone| Err(DriverError::Io(std::io::Error::other(gone))))
}

fn late() -> DriverError {
    DriverError::Io(std::io::ErrorKind::TimedOut.into())
}

/// Waits for all, but once there are `enough` that succeeded no longer than patience lasts.
pub(super) async fn all_of<T>(
    jobs: Vec<(usize, Job<T>)>,
    (mut enough, patience): (usize, &mut Patience),
) -> Vec<(usize, Result<T, DriverError>)> {
    let mut slow: Vec<usize> = jobs.iter().map(|(at, _)| *at).collect();
    let each = jobs.into_iter();
    let mut running: FuturesUnordered<_> = each
        .map(|(at, job)| async move { (at, ended(job).await) })
        .collect();
    let mut answers = Vec::new();
    while !running.is_empty() {
        let next = running.next();
        let next = if enough > 0 {
            next.await
        } else {
            patience.wait(next).await.flatten()
        };
        let Some((at, answer)) = next else { break };
        enough = enough.saturating_sub(usize::from(answer.is_ok()));
        slow.retain(|other| *other != at);
        answers.push((at, answer));
    }
    // They are dropped, and what they lack is written down.
    answers.extend(slow.into_iter().map(|at| (at, Err(late()))));
    answers
}

impl MirrorDriver {
    pub(super) async fn write_to_all(
        &self,
        key: &BlobKey,
        body: ByteStream,
        expected_bytes: Option<u64>,
    ) -> Result<Written, DriverError> {
        let takers = self.takers(self.in_order()).into_iter();
        let mut takers: Vec<_> = takers
            .map(|at| {
                let (driver, key) = (Arc::clone(&self.members[at].driver), key.clone());
                Taker::begin(at, |body| async move {
                    driver.write(&key, body, expected_bytes).await
                })
            })
            .collect();
        let mut patience = Patience::begin();
        let pace = (self.quorum, &mut patience);
        let poured = pour(body, expected_bytes, (&mut takers, pace)).await;
        let takers = self.without_slow(takers);
        if let Err(error) = poured {
            let jobs = takers.into_iter().map(|taker| (taker.at, taker.job));
            // Each removes what it has.
            let answers = all_of(jobs.collect(), (0, &mut patience)).await;
            let is_taken = |answer: &Result<Written, DriverError>| {
                matches!(answer, Err(DriverError::AlreadyExists(_)))
            };
            // Whoever cleans up has to know that something else lies there.
            if answers.iter().any(|(_, answer)| is_taken(answer)) {
                return Err(DriverError::AlreadyExists(key.clone()));
            }
            return Err(error);
        }
        let written = self.finish(takers, &mut patience).await?;
        self.settle(key, written).await
    }

    /// Who was too slow is not waited for: it finds the end of what it was sent by itself.
    pub(super) fn without_slow<T>(&self, takers: Vec<Taker<T>>) -> Vec<Taker<T>> {
        let (slow, others) = takers.into_iter().partition(|taker| taker.feed.is_slow());
        let slow: Vec<Taker<T>> = slow;
        for taker in slow {
            self.note::<T>(taker.at, &Err(late()));
            drop(taker.job.detach());
        }
        others
    }

    /// The answer of one that decides for all, beside whom there are so many others.
    pub(super) async fn decided<T>(
        &self,
        at: usize,
        work: impl Future<Output = Result<T, DriverError>>,
        others: usize,
    ) -> Result<T, DriverError> {
        let answer = if others == 0 {
            work.await
        } else {
            let longest = if others < self.quorum { DECISION } else { SOON };
            let answer = tokio::time::timeout(longest, work).await;
            answer.unwrap_or_else(|_| Err(late()))
        };
        self.note(at, &answer);
        answer
    }

    /// Lets one of them finish, and then the others: whether the key is free is said by one alone.
    async fn finish(
        &self,
        mut takers: Vec<Taker<Written>>,
        patience: &mut Patience,
    ) -> Result<Vec<(usize, Result<Written, DriverError>)>, DriverError> {
        let mut answers = Vec::new();
        while !takers.is_empty() {
            let mut first = takers.remove(0);
            let others = takers.len();
            let Taker { at, .. } = first;
            let finished = async {
                end(std::slice::from_mut(&mut first), (1, &mut *patience)).await;
                ended(first.job).await
            };
            let answer = self.decided(at, finished, others).await;
            if let Err(DriverError::AlreadyExists(key)) = answer {
                let jobs = takers.into_iter().map(|taker| (taker.at, taker.job));
                all_of(jobs.collect(), (0, patience)).await;
                return Err(DriverError::AlreadyExists(key));
            }
            let is_first = answer.is_ok();
            answers.push((at, answer));
            if is_first {
                break;
            }
        }
        let enough = self.quorum.saturating_sub(1);
        end(&mut takers, (enough, &mut *patience)).await;
        let jobs = self.without_slow(takers).into_iter();
        let jobs = jobs.map(|taker| (taker.at, taker.job)).collect();
        for (at, answer) in all_of(jobs, (enough, patience)).await {
            self.note(at, &answer);
            answers.push((at, answer));
        }
        // Something else lies there: nothing of it may be replaced, or be read in its stead.
        let taken = answers.iter().find_map(|(_, answer)| match answer {
            Err(DriverError::AlreadyExists(key)) => Some(key.clone()),
            _ => None,
        });
        if let Some(key) = taken {
            let have = answers.iter().filter(|(_, answer)| answer.is_ok());
            for at in have.map(|(at, _)| *at) {
                let _ = self.driver(at).delete(std::slice::from_ref(&key)).await;
            }
            return Err(DriverError::AlreadyExists(key));
        }
        Ok(answers)
    }

    /// Counts who has a blob. If they are too few it is taken back from them.
    async fn settle(
        &self,
        key: &BlobKey,
        answers: Vec<(usize, Result<Written, DriverError>)>,
    ) -> Result<Written, DriverError> {
        let (mut have, mut first, mut why) = (Vec::new(), None::<Written>, None);
        for (at, answer) in answers {
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
