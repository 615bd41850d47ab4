//! Who knows which files may match a search. What an index answers is checked in the tree before
//! anybody sees it, so an index may lag behind, and may know of more than who asks may see.

use super::search::in_time;
use crate::error::FileError;
use async_trait::async_trait;
use entity::FileId;
use std::fmt::Debug;
use store::Store;
use store::listing::{ListPosition, Listed, Sort};
use store::search::{self, Scope, SearchPosition};
use store::walks::{self, Walker};
use wire::search::SearchQuery;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Whose turn it takes.
    pub walker: Walker,
    pub scope: Scope,
    pub query: &'a SearchQuery,
    pub sort: Sort,
    /// Behind which candidate to go on.
    pub after: Option<&'a SearchPosition>,
    pub limit: u64,
}

/// A file that may match.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: FileId,
    /// Where a search that goes on behind it begins.
    pub position: SearchPosition,
    /// Its row with metadata, if the index has just read it in the tree.
    pub row: Option<Listed>,
}

/// What an index knows, best first.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    pub found: Vec<Candidate>,
    /// There are more folders below than a search looks into.
    pub has_more_folders: bool,
}

/// Something that knows files.
#[async_trait]
pub trait SearchIndex: Debug + Send + Sync {
    /// Up to `limit` candidates behind a position.
    /// # Errors
    /// `TooSlow`, `Busy`, `Store`
    async fn candidates(&self, search: Search<'_>) -> Result<Candidates, FileError>;
}

/// Names, sizes, times and metadata, as the database has them at that moment.
#[derive(Debug)]
pub(super) struct NameIndex {
    pub store: Store,
}

#[async_trait]
impl SearchIndex for NameIndex {
    async fn candidates(&self, search: Search<'_>) -> Result<Candidates, FileError> {
        let Search {
            walker,
            scope,
            query,
            sort,
            after,
            limit,
        } = search;
        let found_at_once =
            search::page_at_once(self.store.read(), scope, query, sort, after, limit);
        let page = async {
            if let Some(page) = found_at_once {
                return Ok(page);
            }
            let walk = self.store.walks().begin(walker).await?;
            let page = search::page(walk.db(), scope, query, sort, after, limit).await?;
            walk.end();
            Ok(page)
        };
        let page = in_time(walks::DEADLINE, page).await?;
        let found = page.hits.into_iter().map(|hit| Candidate {
            id: hit.file.id,
            position: SearchPosition {
                level: hit.level,
                within: ListPosition::of(&hit.file, sort),
            },
            row: Some(Listed {
                file: hit.file,
                metadata: hit.metadata,
                is_shared: false,
            }),
        });
        Ok(Candidates {
            found: found.collect(),
            has_more_folders: page.has_more_folders,
        })
    }
}
