//! Reading: from the first that has it, and on from the next where one breaks off.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{MirrorDriver, is_trouble};
use crate::{BlobKey, BlobStat, ByteRange, ByteStream, Driver, DriverError};

/// A body that goes on with another storage where one fails.
struct Relay {
    key: BlobKey,
    body: ByteStream,
    /// Where the next byte is.
    at: u64,
    end: Option<u64>,
    /// Who has not been asked yet.
    others: Vec<Arc<dyn Driver>>,
}

impl Relay {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        loop {
            let error = match self.body.try_next().await {
                Ok(Some(piece)) => {
                    self.at += piece.len() as u64;
                    return Some((Ok(piece), self));
                }
                Ok(None) => None,
                Err(error) => Some(error),
            };
            if self.end.is_some_and(|end| self.at >= end) {
                return None;
            }
            match (self.go_on().await, error) {
                (Rest::Follows, _) => {}
                (Rest::Nothing, _) | (Rest::Unknown, None) => return None,
                (Rest::Unknown, Some(error)) => {
                    tracing::warn!(key = %self.key, "no member of a mirror goes on: {error}");
                    return Some((Err(error), self));
                }
            }
        }
    }

    /// Whether another has more than came so far: one may have lost the end of a blob.
    async fn go_on(&mut self) -> Rest {
        let mut rest = Rest::Unknown;
        while let Some(driver) = self.others.pop() {
            let Ok(stat) = driver.stat(&self.key).await else {
                continue;
            };
            if stat.size_bytes == self.at {
                rest = Rest::Nothing;
            }
            if stat.size_bytes > self.at {
                let range = ByteRange {
                    start: self.at,
                    end: self.end,
                };
                if let Ok(body) = driver.read(&self.key, range).await {
                    self.body = body;
                    return Rest::Follows;
                }
            }
        }
        rest
    }
}

/// What others have of what is still to come.
enum Rest {
    Follows,
    /// It ends here.
    Nothing,
    /// Nobody can be asked.
    Unknown,
}

impl MirrorDriver {
    pub(super) async fn read_from_any(
        &self,
        key: &BlobKey,
        range: ByteRange,
    ) -> Result<ByteStream, DriverError> {
        let order = self.in_order();
        let mut why = None;
        for (turn, at) in order.iter().enumerate() {
            let answer = self.driver(*at).read(key, range).await;
            self.note(*at, &answer);
            match answer {
                Ok(body) => {
                    let others = order[turn + 1..].iter().rev();
                    let relay = Relay {
                        key: key.clone(),
                        body,
                        at: range.start,
                        end: range.end,
                        others: others
                            .map(|at| Arc::clone(&self.members[*at].driver))
                            .collect(),
                    };
                    return Ok(stream::unfold(relay, Relay::next).fuse().boxed());
                }
                Err(error) => why = Some(worse(why, error)),
            }
        }
        Err(why.unwrap_or_else(|| DriverError::NotFound(key.clone())))
    }

    pub(super) async fn open_at_any(
        &self,
        key: &BlobKey,
    ) -> Result<Option<std::fs::File>, DriverError> {
        let mut why = None;
        for at in self.in_order() {
            let answer = self.driver(at).open(key).await;
            self.note(at, &answer);
            match answer {
                Ok(file) => return Ok(file),
                Err(error) => why = Some(worse(why, error)),
            }
        }
        Err(why.unwrap_or_else(|| DriverError::NotFound(key.clone())))
    }

    pub(super) async fn stat_at_any(&self, key: &BlobKey) -> Result<BlobStat, DriverError> {
        let mut why = None;
        for at in self.in_order() {
            let answer = self.driver(at).stat(key).await;
            self.note(at, &answer);
            match answer {
                Ok(stat) => return Ok(stat),
                Err(error) => why = Some(worse(why, error)),
            }
        }
        Err(why.unwrap_or_else(|| DriverError::NotFound(key.clone())))
    }

    /// A key that anybody still has is still there.
    pub(super) async fn delete_everywhere(
        &self,
        keys: &[BlobKey],
    ) -> Result<Vec<BlobKey>, DriverError> {
        let deletions = self.members.iter().map(|member| member.driver.delete(keys));
        let answers = futures_util::future::join_all(deletions).await;
        let mut left: Vec<BlobKey> = Vec::new();
        for (at, answer) in answers.into_iter().enumerate() {
            self.note(at, &answer);
            for key in answer? {
                if !left.contains(&key) {
                    left.push(key);
                }
            }
        }
        Ok(left)
    }
}

/// Of two who have nothing to give: one that is away may have what the other has not.
fn worse(one: Option<DriverError>, other: DriverError) -> DriverError {
    match one {
        Some(one) if is_trouble(&one) || !is_trouble(&other) => one,
        _ => other,
    }
}
