//! Makes the thumbnail of new content before anybody asks for it.

use crate::tasks;
pub use crate::tasks::ThumbnailOf;
use crate::thumbnail::Thumbnails;
use async_trait::async_trait;
use site::task::{Queue, Run, Step, TaskError, TaskKind};

/// Queued in the transaction that makes content current.
#[derive(Debug)]
pub struct MakeThumbnail {
    thumbnails: Thumbnails,
}

impl MakeThumbnail {
    pub fn new(thumbnails: Thumbnails) -> Self {
        Self { thumbnails }
    }
}

#[async_trait]
impl TaskKind for MakeThumbnail {
    const NAME: &'static str = tasks::MAKE_THUMBNAIL;
    const QUEUE: Queue = Queue::Thumb;
    const UPKEEP: bool = true;
    type State = ThumbnailOf;

    async fn step(&self, run: &Run, state: ThumbnailOf) -> Result<Step<ThumbnailOf>, TaskError> {
        tokio::select! {
            made = self.thumbnails.make_unasked(state.file) => made?,
            () = run.stopping.cancelled() => return Ok(Step::Again(state)),
        }
        Ok(Step::Done)
    }
}
