//! Bytes on their way from one storage to another: no faster than the site wants it, and no longer
//! than somebody waits for them.

use super::exchange::Exchanges;
use super::telling::Untold;
use crate::context::Core;
use bytes::Bytes;
use entity::PolicyId;
use futures_util::{StreamExt as _, stream};
use moka::sync::Cache;
use site::pace::SharedPace;
use site::task::Run;
use std::io;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;
use storage::ByteStream;
use tokio_util::sync::CancellationToken;

/// Bytes let through at once where there is a speed to keep to, so that slow speeds are not kept in jerks.
const LARGEST_PIECE: usize = 64 << 10;

/// How long a storage that was away is not asked again whether it is back.
const AWAY: Duration = Duration::from_mins(1);

/// What all relocations of this process have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pace: SharedPace,
    pub exchanges: Exchanges,
    pub untold: Untold,
    /// Sources that were away a moment ago: one that does not answer keeps whoever asks it waiting.
    pub last_away: Cache<PolicyId, ()>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            pace: SharedPace::default(),
            exchanges: Exchanges::default(),
            untold: Untold::default(),
            last_away: Cache::builder()
                .max_capacity(256)
                .time_to_live(AWAY)
                .build(),
        }
    }
}

/// What all that moves for one step of a task has in common.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub core: Arc<Core>,
    pub shared: Arc<Shared>,
    stopping: CancellationToken,
    dropped: CancellationToken,
}

impl Flow {
    pub fn of(core: &Arc<Core>, shared: &Arc<Shared>, run: &Run) -> Self {
        Self {
            core: Arc::clone(core),
            shared: Arc::clone(shared),
            stopping: run.stopping.clone(),
            dropped: run.dropped.clone(),
        }
    }

    /// Whether nobody waits for what moves any more.
    pub fn is_over(&self) -> bool {
        self.stopping.is_cancelled() || self.is_dropped()
    }

    /// Whether the step is gone that it moves for: it was called off, or is somebody else's.
    pub fn is_dropped(&self) -> bool {
        self.dropped.is_cancelled()
    }

    /// The same bytes, as fast as they may. They break off when nobody waits for them: so the
    /// storage that they go to tidies up, and is not left in the middle.
    pub fn through(&self, bytes: ByteStream) -> ByteStream {
        let state = (self.clone(), bytes, Bytes::new());
        let pieces = stream::unfold(state, |(flow, mut bytes, mut held)| async move {
            while held.is_empty() {
                match flow.until_over(bytes.next()).await {
                    Ok(next) => match next? {
                        Ok(piece) => held = piece,
                        Err(error) => return Some((Err(error), (flow, bytes, held))),
                    },
                    Err(error) => return Some((Err(error), (flow, bytes, held))),
                }
            }
            let most = flow.speed().map_or(usize::MAX, |_| LARGEST_PIECE);
            let piece = held.split_to(held.len().min(most));
            let paid = flow.shared.pace.pass(piece.len(), || flow.speed());
            let piece = flow.until_over(paid).await.map(|()| piece);
            Some((piece, (flow, bytes, held)))
        });
        // Who takes them may ask once more than needed.
        pieces.fuse().boxed()
    }

    fn speed(&self) -> Option<NonZeroU64> {
        let speed = self.core.settings().files.relocate_bytes_per_sec;
        speed.and_then(NonZeroU64::new)
    }

    async fn until_over<T>(&self, work: impl Future<Output = T>) -> io::Result<T> {
        tokio::select! {
            done = work => Ok(done),
            () = self.stopping.cancelled() => Err(broken_off()),
            () = self.dropped.cancelled() => Err(broken_off()),
        }
    }
}

fn broken_off() -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, "the relocation ended")
}
