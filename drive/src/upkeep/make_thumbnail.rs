//! Makes the thumbnail of new content before anybody asks for it.

use crate::thumbnail::Thumbnails;
use async_trait::async_trait;
use entity::FileId;
use serde::{Deserialize, Serialize};
use site::task::{Queue, Run, Step, TaskError, TaskKind};

/// Queued in the transaction that makes content current.
#[derive(Debug)]
pub struct MakeThumbnail {
    thumbnails: Thumbnails,
}

/// Of which file; its content then is what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThumbnailOf {
    pub file: FileId,
}

impl MakeThumbnail {
    pub fn new(thumbnails: Thumbnails) -> Self {
        Self { thumbnails }
    }
}

#[async_trait]
impl TaskKind for MakeThumbnail {
    const NAME: &'static str = "make_thumbnail";
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
