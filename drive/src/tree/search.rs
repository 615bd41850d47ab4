//! Searching below a folder.

use super::TreeError;
use super::entries::for_visitors;
use super::list::{DIRECTIONS, ListRequest, Listing};
use super::search_index::{Candidate, Search};
use crate::error::FileError;
use crate::share::shown_name;
use crate::tree::{FileEntry, Paging, ResolvedPath, Tree};
use entity::{FileId, UserId};
use site::actor::Actor;
use site::limits::LISTED_URI_BYTES;
use std::collections::HashMap;
use std::time::Duration;
use store::files::{self, Node};
use store::listing::{self, Extras, Listed, Sort};
use store::search::{Scope, SearchPosition};
use store::walks::Walker;
use wire::search::{BadSearch, MetadataFilter, SearchQuery};
use wire::{FileSystem, FileUri, page_token, query};

impl Tree {
    pub(super) async fn search(
        &self,
        actor: &Actor,
        resolved: &ResolvedPath,
        request: &ListRequest,
        sort: Sort,
        size: u32,
    ) -> Result<Listing, FileError> {
        let mut query = self.query(&request.uri)?;
        let after = match &request.token {
            Some(token) => Some(
                page_token::decode::<SearchPosition>(token).map_err(|_| FileError::BadPageToken)?,
            ),
            None => None,
        };
        if resolved
            .navigator
            .share
            .as_ref()
            .is_some_and(|share| !share.is_owner)
        {
            only_shown_metadata(&mut query)?;
        }
        let flat = resolved.navigator.root.is_none();
        let max_folders = u64::from(self.core.settings().files.max_searched_folders);
        let scope = match resolved.chain.last() {
            Some(folder) => Scope::Below {
                folder: folder.id,
                max_folders,
            },
            None if resolved.navigator.fs == FileSystem::SharedWithMe => Scope::Shortcuts {
                owner: resolved.navigator.owner,
            },
            None => Scope::Trash {
                owner: resolved.navigator.owner,
            },
        };
        let search = Search {
            walker: walker(actor, resolved.navigator.owner),
            scope,
            query: &query,
            sort,
            after: after.as_ref(),
            limit: u64::from(size) + 1,
        };
        let known = self.index.candidates(search).await?;
        let mut candidates = known.found;
        let more = candidates.len() > size as usize;
        candidates.truncate(size as usize);
        let last = candidates.last().filter(|_| more);
        let next = last.map(|last| last.position.clone());
        // Only a search that came to its end can have missed something.
        let limited = known.has_more_folders && !more;
        let hits = self.checked(scope, resolved.navigator.owner, candidates);
        let hits = hits.await?;
        let (entries, next) = if flat {
            let rows = hits.into_iter().map(|(_, row)| row).collect();
            (self.entries(actor, resolved, rows), next)
        } else {
            let (entries, cut) = self.found(actor, resolved, hits).await?;
            (entries, cut.or(next))
        };
        Ok(Listing {
            entries,
            paging: Paging {
                next_token: next.map(|next| page_token::encode(&next)),
                is_cursor: true,
                ..Paging::default()
            },
            order_by_options: if flat { &["created_at"] } else { &[] },
            order_direction_options: if flat { DIRECTIONS } else { &[] },
            mixed: true,
            recursion_limit_reached: limited,
            ..Self::empty(actor, resolved, size)
        })
    }

    /// The rows of candidates, in their order, without what is gone, belongs to somebody else, or is
    /// not where the search looks. Whether it lies below the folder is seen by its URI.
    async fn checked(
        &self,
        scope: Scope,
        owner: UserId,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<(SearchPosition, Listed)>, FileError> {
        let unread = candidates.iter().filter(|found| found.row.is_none());
        let unread: Vec<FileId> = unread.map(|found| found.id).collect();
        let mut rows: HashMap<FileId, Listed> = HashMap::new();
        if !unread.is_empty() {
            let db = self.core.store.read();
            let read = files::by_ids(db, &unread).await?;
            let extras = Extras {
                metadata: true,
                shares: false,
            };
            let read = listing::with_extras(db, read, extras).await?;
            rows.extend(read.into_iter().map(|row| (row.file.id, row)));
        }
        let checked = candidates.into_iter().filter_map(|found| {
            let row = found.row.or_else(|| rows.remove(&found.id))?;
            let is_there = match scope {
                Scope::Below { .. } => row.file.parent_id.is_some(),
                Scope::Trash { .. } => row.file.trashed_at.is_some(),
                Scope::Shortcuts { .. } => row.file.is_symbolic && row.file.trashed_at.is_none(),
            };
            (is_there && row.file.owner_id == owner).then_some((found.position, row))
        });
        Ok(checked.collect())
    }

    /// The search of a URI; a category stands for the query stored in the settings.
    fn query(&self, uri: &FileUri) -> Result<SearchQuery, FileError> {
        let asked = SearchQuery::parse(uri.query())?;
        let Some(category) = asked.category else {
            return Ok(asked);
        };
        let settings = self.core.settings();
        let stored = match category {
            wire::search::Category::Image => &settings.files.categories.image,
            wire::search::Category::Video => &settings.files.categories.video,
            wire::search::Category::Audio => &settings.files.categories.audio,
            wire::search::Category::Document => &settings.files.categories.document,
        };
        let pairs =
            query::parse_pairs(stored).map_err(|_| BadSearch::UnknownCategory(stored.clone()))?;
        Ok(SearchQuery::parse(&pairs)?)
    }

    /// Hits from anywhere below, with their URIs: one query for all their folders. Where the URIs
    /// become too much for one page, also says behind which hit it ends.
    async fn found(
        &self,
        actor: &Actor,
        resolved: &ResolvedPath,
        hits: Vec<(SearchPosition, Listed)>,
    ) -> Result<(Vec<FileEntry>, Option<SearchPosition>), FileError> {
        let folder = resolved.folder()?;
        let mut prefixes = HashMap::from([(folder.id, resolved.uri.child_prefix())]);
        let parents = hits.iter().filter_map(|(_, row)| row.file.parent_id);
        let mut parents: Vec<FileId> = parents.filter(|id| !prefixes.contains_key(id)).collect();
        parents.sort_unstable();
        parents.dedup();
        let above = files::ancestors(self.core.store.read(), &parents).await?;
        let above: HashMap<FileId, Node> = above.into_iter().map(|n| (n.id, n)).collect();
        let mut entries = Vec::with_capacity(hits.len());
        let (mut bytes, mut last) = (0, None);
        for (position, Listed { file, metadata, .. }) in hits {
            if bytes > LISTED_URI_BYTES {
                return Ok((entries, last));
            }
            let Some(parent) = file.parent_id else {
                continue;
            };
            // Moved out of the folder since it was found.
            let Some(mut uri) = prefix_of(parent, &above, &mut prefixes) else {
                continue;
            };
            wire::uri::write_segment(&mut uri, &file.name);
            bytes += uri.len();
            last = Some(position);
            let owned = actor.user_id() == Some(file.owner_id);
            let metadata = if owned {
                metadata
            } else {
                for_visitors(metadata)
            };
            entries.push(FileEntry {
                name: shown_name(&file, &metadata),
                uri,
                owned,
                metadata: Some(metadata),
                capability: resolved.navigator.capability(),
                shared: false,
                has_subfolders: None,
                file,
            });
        }
        Ok((entries, None))
    }
}

/// Whose turn a walk through this owner's drive takes.
pub(crate) fn walker(actor: &Actor, owner: UserId) -> Walker {
    let visitors = Walker::VisitorsOf(owner);
    actor.user_id().map_or(visitors, Walker::Account)
}

/// Ends work that takes too long.
pub(crate) async fn in_time<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, FileError>>,
) -> Result<T, FileError> {
    match tokio::time::timeout(deadline, work).await {
        Ok(done) => done,
        Err(_) => Err(TreeError::TooSlow.into()),
    }
}

/// Visitors cannot search for what they do not see: hits would tell it piece by piece.
fn only_shown_metadata(query: &mut SearchQuery) -> Result<(), FileError> {
    let mut shown = Vec::new();
    for filter in &query.metadata {
        let (MetadataFilter::Exists { key }
        | MetadataFilter::Contains { key, .. }
        | MetadataFilter::Equals { key, .. }) = filter;
        if key.starts_with("sys:") {
            return Err(TreeError::SearchOfOwner.into());
        }
        if matches!(filter, MetadataFilter::Equals { .. }) {
            // Equality looks at private metadata as well; existence only at public.
            shown.push(MetadataFilter::Exists { key: key.clone() });
        }
    }
    query.metadata.extend(shown);
    Ok(())
}

/// The URI of a folder with a trailing `/`, from the names above it.
fn prefix_of(
    folder: FileId,
    above: &HashMap<FileId, Node>,
    known: &mut HashMap<FileId, String>,
) -> Option<String> {
    let mut climbed = Vec::new();
    let mut at = folder;
    while !known.contains_key(&at) {
        let node = above.get(&at)?;
        climbed.push(node);
        at = node.parent_id?;
    }
    let mut prefix = known[&at].clone();
    for node in climbed.into_iter().rev() {
        wire::uri::write_segment(&mut prefix, &node.name);
        prefix.push('/');
    }
    // Not those on the way: where folders lie deep in each other that would be very much.
    known.insert(folder, prefix.clone());
    Some(prefix)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
