//! Walking a subtree for an archive: a page at a time, with bounded memory.

use crate::error::FileError;
use crate::store::Store;
use crate::store::listing::{self, OrderBy, Position, Sort, Source};
use entity::{FileId, file};
use std::collections::VecDeque;

/// Rows read at once.
const STEP: u64 = 500;

/// A file with its path below the selection.
#[derive(Clone, Debug)]
pub struct WalkItem {
    pub path: String,
    pub file: file::Model,
}

/// Goes through folders, giving their files; shortcuts are not followed.
#[derive(Debug)]
pub struct Walker {
    store: Store,
    /// Folders still to read, with their path prefix.
    folders: VecDeque<(FileId, String)>,
    current: Option<Reading>,
    ready: VecDeque<WalkItem>,
    left: u64,
    limit: u64,
}

#[derive(Debug)]
struct Reading {
    folder: FileId,
    prefix: String,
    kind: i16,
    after: Option<Position>,
}

impl Walker {
    /// Starts at a selection; `limit` items are walked at most.
    pub fn new(store: Store, selection: Vec<file::Model>, limit: u64) -> Self {
        let mut walker = Self {
            store,
            folders: VecDeque::new(),
            current: None,
            ready: VecDeque::new(),
            left: limit,
            limit,
        };
        for node in selection {
            walker.take(String::new(), node);
        }
        walker
    }

    fn take(&mut self, prefix: String, node: file::Model) {
        let path = format!("{prefix}{}", node.name);
        if node.kind == file::KIND_FILE {
            self.ready.push_back(WalkItem { path, file: node });
        } else if !node.is_symbolic {
            self.folders.push_back((node.id, format!("{path}/")));
        }
    }

    /// The next file; `None` at the end.
    /// # Errors
    /// `WalkLimit`, `Store`
    pub async fn next(&mut self) -> Result<Option<WalkItem>, FileError> {
        while self.ready.is_empty() {
            if !self.read().await? {
                return Ok(None);
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Reads one more page. Answers whether there was anything left to read.
    async fn read(&mut self) -> Result<bool, FileError> {
        let Some(reading) = self.current.take().or_else(|| self.enter()) else {
            return Ok(false);
        };
        let sort = Sort {
            by: OrderBy::Id,
            descending: false,
        };
        let source = Source::Children {
            parent: reading.folder,
            kind: reading.kind,
        };
        let rows = listing::page(
            self.store.read(),
            source,
            sort,
            reading.after.as_ref(),
            STEP,
        )
        .await?;
        let rows = rows.unwrap_or_default();
        self.left = self
            .left
            .checked_sub(rows.len() as u64)
            .ok_or(FileError::WalkLimit(self.limit))?;
        if rows.len() as u64 == STEP {
            let after = rows.last().map(|last| Position::of(last, sort));
            self.current = Some(Reading {
                after,
                prefix: reading.prefix.clone(),
                ..reading
            });
        } else if reading.kind == file::KIND_FILE {
            let kind = file::KIND_FOLDER;
            let prefix = reading.prefix.clone();
            self.current = Some(Reading {
                kind,
                after: None,
                prefix,
                ..reading
            });
        }
        for row in rows {
            self.take(reading.prefix.clone(), row);
        }
        Ok(true)
    }

    fn enter(&mut self) -> Option<Reading> {
        let (folder, prefix) = self.folders.pop_front()?;
        Some(Reading {
            folder,
            prefix,
            kind: file::KIND_FILE,
            after: None,
        })
    }
}
