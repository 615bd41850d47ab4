//! Pages of a folder: folders before files, from a token on, or by number.

use super::{ResolvedPath, Tree};
use crate::error::FileError;
use entity::{FileId, FileKind, file};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use store::listing::{self, Begin, Extras, ListPosition, Listed, Sort, Source};
use wire::{FileSystem, page_token};

/// How a page stands among the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    pub page: u32,
    pub page_size: u32,
    /// Only for pages by number.
    pub total_items: Option<u64>,
    pub next_token: Option<String>,
    pub is_cursor: bool,
}

/// Where a page starts: in which half (folders come first) and behind what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageStart {
    #[serde(rename = "s")]
    sort: Sort,
    #[serde(rename = "f", default)]
    in_files: bool,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    after: Option<ListPosition>,
}

/// Stands for a path that is no folder; nothing is remembered of those.
const FLAT: FileId = FileId(0);

type PageKey = (FileId, i64, Sort, u32, u32);

/// Remembers where numbered pages start, so that walking through a huge folder page by page
/// costs as little as following tokens. Keyed by the drive's version: never stale.
#[derive(Clone, Debug)]
pub(super) struct PageStarts {
    starts: Cache<PageKey, PageStart>,
    totals: Cache<(FileId, i64), (u64, u64)>,
}

impl PageStarts {
    pub fn new() -> Self {
        Self {
            starts: Cache::builder().max_capacity(4_096).build(),
            totals: Cache::builder().max_capacity(4_096).build(),
        }
    }
}

impl Tree {
    /// The page behind a token; the first without one.
    pub(super) async fn behind_token(
        &self,
        resolved: &ResolvedPath,
        sort: Sort,
        size: u32,
        token: Option<&str>,
    ) -> Result<(Vec<Listed>, Paging), FileError> {
        let start = match token {
            Some(token) => {
                let start: PageStart =
                    page_token::decode(token).map_err(|_| FileError::BadPageToken)?;
                if start.sort != sort {
                    return Err(FileError::BadPageToken);
                }
                start
            }
            None => PageStart {
                sort,
                in_files: false,
                after: None,
            },
        };
        let (rows, next) = self.rows_from(resolved, start, size).await?;
        let next_token = next.map(|next| page_token::encode(&next));
        let paging = Paging {
            page_size: size,
            next_token,
            is_cursor: true,
            ..Paging::default()
        };
        Ok((rows, paging))
    }

    /// Up to `size` rows, folders before files, and where the next page starts if there is one.
    async fn rows_from(
        &self,
        resolved: &ResolvedPath,
        start: PageStart,
        size: u32,
    ) -> Result<(Vec<Listed>, Option<PageStart>), FileError> {
        let wanted = u64::from(size) + 1;
        let begin = start.after.as_ref().map_or(Begin::Start, Begin::Behind);
        let mut sources = Vec::with_capacity(2);
        if let (false, Some(folders)) = (start.in_files, source(resolved, FileKind::Folder)) {
            sources.push((folders, begin));
        }
        let files =
            source(resolved, FileKind::File).ok_or(FileError::Internal("nothing to list"))?;
        let is_first = sources.is_empty();
        sources.push((files, if is_first { begin } else { Begin::Start }));
        let mut rows = self.rows(resolved, &sources, start.sort, wanted).await?;
        let more = rows.len() as u64 == wanted;
        if more {
            rows.pop();
        }
        let next = more.then(|| {
            rows.last()
                .map(|last| after_row(resolved, &last.file, start.sort))
        });
        Ok((rows, next.flatten()))
    }

    /// Rows with all that a listing tells of them.
    async fn rows(
        &self,
        resolved: &ResolvedPath,
        sources: &[(Source, Begin<'_>)],
        sort: Sort,
        wanted: u64,
    ) -> Result<Vec<Listed>, FileError> {
        let rows = listing::page(
            self.core.store.read(),
            sources,
            sort,
            wanted,
            extras(resolved),
        );
        rows.await?.ok_or(FileError::BadPageToken)
    }

    /// A page by number, 0 being the first.
    pub(super) async fn numbered(
        &self,
        resolved: &ResolvedPath,
        sort: Sort,
        size: u32,
        page: u32,
    ) -> Result<(Vec<Listed>, Paging), FileError> {
        let folder = resolved.chain.last().map_or(FLAT, |row| row.id);
        let version = self.version_of(resolved).await?;
        let (folders, files) = self.totals(resolved, folder, version).await?;
        let key = |page| (folder, version, sort, size, page);
        let (rows, next) = if page == 0 {
            self.rows_from(
                resolved,
                PageStart {
                    sort,
                    in_files: false,
                    after: None,
                },
                size,
            )
            .await?
        } else if let Some(start) = self.pages.starts.get(&key(page)) {
            self.rows_from(resolved, start, size).await?
        } else {
            let offset = u64::from(page) * u64::from(size);
            let rows = self.rows_at(resolved, sort, offset, size, folders).await?;
            let next = rows
                .last()
                .map(|last| after_row(resolved, &last.file, sort));
            (rows, next)
        };
        if let Some(next) = next.filter(|_| folder != FLAT) {
            self.pages.starts.insert(key(page + 1), next);
        }
        let paging = Paging {
            page,
            page_size: size,
            total_items: Some(folders + files),
            ..Paging::default()
        };
        Ok((rows, paging))
    }

    async fn version_of(&self, resolved: &ResolvedPath) -> Result<i64, FileError> {
        let owner = store::drives::owner(self.core.store.read(), resolved.navigator.owner).await?;
        Ok(owner.map_or(0, |(user, _)| user.tree_version))
    }

    async fn totals(
        &self,
        resolved: &ResolvedPath,
        folder: FileId,
        version: i64,
    ) -> Result<(u64, u64), FileError> {
        if folder != FLAT
            && let Some(totals) = self.pages.totals.get(&(folder, version))
        {
            return Ok(totals);
        }
        let db = self.core.store.read();
        let mut totals = (0, 0);
        if let Some(folders) = source(resolved, FileKind::Folder) {
            totals.0 = listing::count(db, folders).await?;
        }
        if let Some(files) = source(resolved, FileKind::File) {
            totals.1 = listing::count(db, files).await?;
        }
        if folder != FLAT {
            self.pages.totals.insert((folder, version), totals);
        }
        Ok(totals)
    }

    async fn rows_at(
        &self,
        resolved: &ResolvedPath,
        sort: Sort,
        offset: u64,
        size: u32,
        folders: u64,
    ) -> Result<Vec<Listed>, FileError> {
        let mut sources = Vec::with_capacity(2);
        if let (true, Some(source)) = (offset < folders, source(resolved, FileKind::Folder)) {
            sources.push((source, Begin::Offset(offset)));
        }
        if let Some(source) = source(resolved, FileKind::File) {
            sources.push((source, Begin::Offset(offset.saturating_sub(folders))));
        }
        self.rows(resolved, &sources, sort, u64::from(size)).await
    }
}

/// What is told of rows: that something is shared, in the owner's own drive only.
pub(super) fn extras(resolved: &ResolvedPath) -> Extras {
    Extras {
        metadata: true,
        shares: resolved.navigator.fs == FileSystem::My,
    }
}

/// What half of a folder is read from; flat file systems have no halves and count as files.
fn source(resolved: &ResolvedPath, kind: FileKind) -> Option<Source> {
    let owner = resolved.navigator.owner;
    let flat = match resolved.navigator.fs {
        FileSystem::Trash => Source::Trash { owner },
        FileSystem::SharedWithMe => Source::Shortcuts { owner },
        _ => {
            return resolved.chain.last().map(|folder| Source::Children {
                parent: folder.id,
                kind,
            });
        }
    };
    (kind == FileKind::File).then_some(flat)
}

fn after_row(resolved: &ResolvedPath, row: &file::Model, sort: Sort) -> PageStart {
    let in_files = row.kind == FileKind::File || resolved.navigator.root.is_none();
    PageStart {
        sort,
        in_files,
        after: Some(ListPosition::of(row, sort)),
    }
}
