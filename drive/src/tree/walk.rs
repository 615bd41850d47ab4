//! Walking a subtree for an archive: a page at a time, with bounded memory.

use super::TreeError;
use crate::error::FileError;
use entity::{FileId, FileKind, file};
use std::collections::VecDeque;
use std::time::Instant;
use store::Store;
use store::files;
use store::listing::{self, Begin, Extras, ListPosition, OrderBy, Sort, Source};

/// Rows read at once.
const STEP: u64 = 500;

/// A file with its path below the selection.
#[derive(Clone, Debug)]
pub struct WalkItem {
    pub path: String,
    pub file: file::Model,
    /// When it was there.
    pub found: Instant,
}

/// Goes through folders, giving their files; shortcuts are not followed.
#[derive(Debug)]
pub struct Walker {
    store: Store,
    /// Names of folders that were seen, each with the place of the one it lies in: whole paths of
    /// all of them would be much to remember.
    names: Vec<(Option<usize>, String)>,
    /// Folders still to read, with the places of their names.
    folders: VecDeque<(FileId, usize)>,
    current: Option<Reading>,
    ready: VecDeque<(Option<usize>, file::Model)>,
    left: u64,
    limit: u64,
    /// When what is ready was read.
    read_at: Instant,
    keeps_empty: bool,
}

#[derive(Debug)]
struct Reading {
    folder: FileId,
    name: usize,
    kind: FileKind,
    after: Option<ListPosition>,
    /// Nothing was found in it yet.
    is_empty: bool,
}

impl Walker {
    /// Starts at a selection; `limit` items are walked at most.
    pub fn new(store: Store, selection: Vec<file::Model>, limit: u64) -> Self {
        let mut walker = Self {
            store,
            names: Vec::new(),
            folders: VecDeque::new(),
            current: None,
            ready: VecDeque::new(),
            left: limit,
            limit,
            read_at: Instant::now(),
            keeps_empty: false,
        };
        for node in selection {
            walker.take(None, node);
        }
        walker
    }

    /// Gives folders, too, that have nothing in them.
    pub fn with_empty(self) -> Self {
        Self {
            keeps_empty: true,
            ..self
        }
    }

    /// Takes note of what lies in a folder, given by the place of its name.
    fn take(&mut self, above: Option<usize>, node: file::Model) {
        if node.kind == FileKind::File {
            self.ready.push_back((above, node));
        } else if !node.is_symbolic {
            self.folders.push_back((node.id, self.names.len()));
            self.names.push((above, node.name));
        }
    }

    fn path(&self, above: Option<usize>, name: &str) -> String {
        let (mut names, mut at) = (vec![name], above);
        while let Some((above, name)) = at.and_then(|at| self.names.get(at)) {
            names.push(name);
            at = *above;
        }
        names.reverse();
        names.join("/")
    }

    /// The next file, or folder with nothing in it if those are wanted; `None` at the end.
    /// # Errors
    /// `WalkLimit`, `Store`
    pub async fn next(&mut self) -> Result<Option<WalkItem>, FileError> {
        while self.ready.is_empty() {
            if !self.read().await? {
                return Ok(None);
            }
        }
        Ok(self.ready.pop_front().map(|(above, file)| WalkItem {
            path: self.path(above, &file.name),
            file,
            found: self.read_at,
        }))
    }

    /// Reads one more page. Answers whether there was anything left to read.
    async fn read(&mut self) -> Result<bool, FileError> {
        let Some(reading) = self.current.take().or_else(|| self.enter()) else {
            return Ok(false);
        };
        let (name, folder) = (reading.name, reading.folder);
        let sort = Sort {
            by: OrderBy::Id,
            descending: false,
        };
        let source = Source::Children {
            parent: reading.folder,
            kind: reading.kind,
        };
        let begin = reading.after.as_ref().map_or(Begin::Start, Begin::Behind);
        let db = self.store.read();
        self.read_at = Instant::now();
        let rows = listing::page(db, &[(source, begin)], sort, STEP, Extras::default()).await?;
        let rows = rows.unwrap_or_default();
        self.left = self
            .left
            .checked_sub(rows.len() as u64)
            .ok_or(TreeError::WalkLimit(self.limit))?;
        let is_empty = reading.is_empty && rows.is_empty();
        if rows.len() as u64 == STEP {
            let after = rows.last().map(|last| ListPosition::of(&last.file, sort));
            self.current = Some(Reading {
                after,
                is_empty,
                ..reading
            });
        } else if reading.kind == FileKind::File {
            self.current = Some(Reading {
                kind: FileKind::Folder,
                after: None,
                is_empty,
                ..reading
            });
        } else if is_empty && self.keeps_empty {
            let above = self.names.get(name).and_then(|(above, _)| *above);
            let row = files::by_id(db, folder).await?;
            self.ready.extend(row.map(|row| (above, row)));
        }
        for row in rows {
            self.take(Some(name), row.file);
        }
        Ok(true)
    }

    fn enter(&mut self) -> Option<Reading> {
        let (folder, name) = self.folders.pop_front()?;
        Some(Reading {
            folder,
            name,
            kind: FileKind::File,
            after: None,
            is_empty: true,
        })
    }
}
