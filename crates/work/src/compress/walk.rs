//! All files of the sources and folders with nothing in them, one after the other.

use super::sources::Source;
use drive::context::Core;
use drive::error::FileError;
use drive::tree::Walker;
use entity::{FileKind, file};
use futures_util::{Stream, stream};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

/// Files that are found before their turn.
const AHEAD: usize = 64;

/// A file to be packed, or a folder with nothing in it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Number of the source that it was found in.
    pub source: usize,
    /// Inside the archive.
    pub path: String,
    pub file: file::Model,
    pub found: Instant,
}

/// What is still to be found.
pub(super) struct Files {
    core: Arc<Core>,
    waiting: VecDeque<(usize, Source)>,
    current: Option<(usize, String, Walker)>,
    limit: u64,
}

impl Files {
    pub fn of(core: &Arc<Core>, sources: &[Source], limit: u64) -> Self {
        Self {
            core: Arc::clone(core),
            waiting: sources.iter().cloned().enumerate().collect(),
            current: None,
            limit,
        }
    }

    /// Goes ahead in a task of its own: it may hold a connection that whoever takes the files waits
    /// for meanwhile.
    pub fn stream(self) -> impl Stream<Item = Result<Item, FileError>> + Send + 'static {
        let (found, finds) = mpsc::channel(AHEAD);
        tokio::spawn(self.go(found));
        stream::unfold(Some(finds), |finds| async move {
            let mut finds = finds?;
            match finds.recv().await {
                Some(Ok(Some(item))) => Some((Ok(item), Some(finds))),
                Some(Ok(None)) => None,
                Some(Err(error)) => Some((Err(error), None)),
                None => Some((Err(FileError::Internal("a walk broke off")), None)),
            }
        })
    }

    async fn go(mut self, found: mpsc::Sender<Result<Option<Item>, FileError>>) {
        loop {
            let next = self.next().await;
            let is_last = !matches!(next, Ok(Some(_)));
            if found.send(next).await.is_err() || is_last {
                return;
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Item>, FileError> {
        loop {
            if let Some((source, prefix, walker)) = &mut self.current {
                if let Some(found) = walker.next().await? {
                    return Ok(Some(Item {
                        source: *source,
                        path: format!("{prefix}{}", found.path),
                        file: found.file,
                        found: found.found,
                    }));
                }
                self.current = None;
            }
            let Some((number, source)) = self.waiting.pop_front() else {
                return Ok(None);
            };
            if source.top.kind == FileKind::Folder {
                let store = self.core.store.clone();
                let walker = Walker::new(store, vec![source.top], self.limit);
                let walker = walker.with_empty();
                self.current = Some((number, source.prefix, walker));
            } else {
                return Ok(Some(Item {
                    source: number,
                    path: format!("{}{}", source.prefix, source.top.name),
                    file: source.top,
                    found: source.found,
                }));
            }
        }
    }
}
