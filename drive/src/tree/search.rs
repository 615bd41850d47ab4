//! Searching below a folder.

use super::TreeError;
use super::entries::{for_visitors, shown_name};
use super::list::{DIRECTIONS, ListRequest, Listing};
use crate::error::FileError;
use crate::tree::{FileEntry, Paging, ResolvedPath, Tree};
use entity::{FileId, UserId, file};
use site::actor::Actor;
use site::limits::LISTED_URI_BYTES;
use std::collections::HashMap;
use std::time::Duration;
use store::files::{self, Node};
use store::listing::{ListPosition, Sort};
use store::metadata;
use store::search::{self, Scope, SearchPosition};
use store::walks::{self, Walker};
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
        let limit = u64::from(size) + 1;
        let page = async {
            let walker = walker(actor, resolved.navigator.owner);
            let walk = self.core.store.walks().begin(walker).await?;
            Ok(search::page(walk.db(), scope, &query, sort, after.as_ref(), limit).await?)
        };
        let found = in_time(walks::DEADLINE, page).await?;
        let mut hits = found.hits;
        let more = hits.len() > size as usize;
        hits.truncate(size as usize);
        let last = hits.last().filter(|_| more);
        let next_token = last.map(|last| token_of(last.level, &last.file, sort));
        // Only a search that came to its end can have missed something.
        let limited = found.has_more_folders && !more;
        let levels: Vec<i64> = hits.iter().map(|hit| hit.level).collect();
        let rows: Vec<file::Model> = hits.into_iter().map(|hit| hit.file).collect();
        let (entries, cut) = if flat {
            (self.entries(actor, resolved, rows).await?, None)
        } else {
            self.found(actor, resolved, rows).await?
        };
        let next_token = match (cut, entries.last()) {
            (Some(at), Some(last)) => Some(token_of(levels[at], &last.file, sort)),
            _ => next_token,
        };
        Ok(Listing {
            entries,
            paging: Paging {
                next_token,
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
    /// become too much for one page, also says which hit was the last.
    async fn found(
        &self,
        actor: &Actor,
        resolved: &ResolvedPath,
        rows: Vec<file::Model>,
    ) -> Result<(Vec<FileEntry>, Option<usize>), FileError> {
        let db = self.core.store.read();
        let ids: Vec<FileId> = rows.iter().map(|row| row.id).collect();
        let mut parents: Vec<FileId> = rows.iter().filter_map(|row| row.parent_id).collect();
        parents.sort_unstable();
        parents.dedup();
        let above = files::ancestors(db, &parents).await?;
        let above: HashMap<FileId, Node> = above.into_iter().map(|n| (n.id, n)).collect();
        let mut prefixes: HashMap<FileId, String> = HashMap::new();
        if let Some(root) = resolved.navigator.root {
            prefixes.insert(root, resolved.navigator.base.child_prefix());
        }
        let mut metadata = metadata::public_of(db, &ids).await?;
        let mut entries = Vec::with_capacity(rows.len());
        let (mut bytes, mut last) = (0, 0);
        for (at, file) in rows.into_iter().enumerate() {
            if bytes > LISTED_URI_BYTES {
                return Ok((entries, Some(last)));
            }
            let Some(parent) = file.parent_id else {
                continue;
            };
            // Moved out of the file system since it was found.
            let Some(mut uri) = prefix_of(parent, &above, &mut prefixes) else {
                continue;
            };
            wire::uri::write_segment(&mut uri, &file.name);
            (bytes, last) = (bytes + uri.len(), at);
            let owned = actor.user_id() == Some(file.owner_id);
            let metadata = metadata.remove(&file.id).unwrap_or_default();
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

/// Where the page behind a hit begins.
fn token_of(level: i64, file: &file::Model, sort: Sort) -> String {
    let within = ListPosition::of(file, sort);
    page_token::encode(&SearchPosition { level, within })
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
