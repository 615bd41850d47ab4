//! Listing a folder: one query a page, one for its metadata, never one a row.

use crate::access::Right;
use crate::actor::Actor;
use crate::blob::SESSION_KEY;
use crate::error::FileError;
use crate::policy::Policy;
use crate::store::listing::{self, OrderBy, Position, Sort, Source};
use crate::store::{metadata, shares};
use crate::tree::create::SHARED_REDIRECT;
use crate::tree::delete::RESTORE_URI;
use crate::tree::view::View;
use crate::tree::{FileEntry, Place, Tree, ensure_root};
use crate::wire::uri::write_segment;
use crate::wire::{FileSystem, FileUri, IdKind, page_token};
use entity::{FileId, file};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// What is asked for; everything but the URI may be left out.
#[derive(Clone, Debug)]
pub struct ListRequest {
    pub uri: FileUri,
    /// 0-based, for pages by number.
    pub page: Option<u32>,
    pub page_size: Option<u32>,
    pub order_by: Option<String>,
    pub order_direction: Option<String>,
    pub token: Option<String>,
}

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

/// One page of a folder, or of a search.
#[derive(Clone, Debug)]
pub struct Listing {
    pub entries: Vec<FileEntry>,
    pub parent: FileEntry,
    pub paging: Paging,
    pub order_by_options: &'static [&'static str],
    pub order_direction_options: &'static [&'static str],
    /// Folders and files are not kept apart.
    pub mixed: bool,
    pub recursion_limit_reached: bool,
    /// Where uploads into this folder would go.
    pub policy: Option<Arc<Policy>>,
    pub view: Option<View>,
    /// The page is a share of one file.
    pub single_file: bool,
}

/// Orders of a plain listing.
pub(super) const ORDERS: &[&str] = &["name", "size", "updated_at", "created_at"];
/// Both directions.
pub(super) const DIRECTIONS: &[&str] = &["asc", "desc"];

/// Where a page starts: in which half (folders come first) and behind what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    #[serde(rename = "s")]
    sort: Sort,
    #[serde(rename = "f", default)]
    in_files: bool,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    after: Option<Position>,
}

/// Stands for a place that is no folder; nothing is remembered of those.
const FLAT: FileId = FileId(0);

type PageKey = (FileId, i64, Sort, u32, u32);

/// Remembers where numbered pages start, so that walking through a huge folder page by page
/// costs as little as following tokens. Keyed by the drive's version: never stale.
#[derive(Clone, Debug)]
pub(super) struct PageStarts {
    starts: Cache<PageKey, Start>,
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
    /// Lists a folder, or searches below it if the URI says so.
    /// # Errors
    /// `NotFound`, `Denied`, `LoginRequired`, `BadPageToken`, `UnknownCategory`
    pub async fn list(&self, actor: &Actor, request: &ListRequest) -> Result<Listing, FileError> {
        ensure_root(&self.core, actor).await?;
        let db = self.core.store.read();
        let place = Place::resolve(db, &self.core, actor, &request.uri).await?;
        place.space.require(actor, Right::List)?;
        if place.space.root.is_some() {
            place.folder()?;
        } else if place.space.single.is_some() {
            return self.single(actor, place).await;
        } else if !place.is_root() {
            return Err(FileError::Denied("Folders in here cannot be entered"));
        }
        let view = View::of(&place, actor);
        let sort = sort_of(request, view.as_ref());
        let size = self.page_size(request, view.as_ref());
        let mut listing = if request.uri.is_search() {
            self.search(actor, &place, request, sort, size).await?
        } else {
            self.list_place(actor, &place, request, sort, size).await?
        };
        listing.view = view.map(|view| view.effective(size, sort));
        listing.policy = self.policy_of(actor, &place).await?;
        Ok(listing)
    }

    fn page_size(&self, request: &ListRequest, view: Option<&View>) -> u32 {
        let asked = request.page_size.filter(|size| *size > 0);
        let size = asked
            .or(view.map(|view| view.page_size))
            .unwrap_or(View::DEFAULT_PAGE_SIZE);
        size.clamp(1, self.core.settings().files.max_page_size.max(1))
    }

    /// Where uploads would go: the owner's policy takes them.
    async fn policy_of(
        &self,
        actor: &Actor,
        place: &Place,
    ) -> Result<Option<Arc<Policy>>, FileError> {
        let id = match (&place.space.share, place.space.fs) {
            (Some(share), _) => share.policy,
            (None, FileSystem::My) => actor.group().storage_policy_id,
            (None, _) => None,
        };
        Ok(match id {
            Some(id) => Some(self.core.policies.get(id).await?),
            None => None,
        })
    }

    /// The share of a single file: one page with that file. The folder it lies in is not shared,
    /// so the page has a head of its own.
    async fn single(&self, actor: &Actor, mut place: Place) -> Result<Listing, FileError> {
        if !place.is_root() {
            return Err(FileError::NotFound);
        }
        let file = place.space.single.clone();
        let file = file.ok_or(FileError::Internal("no single file"))?;
        let entries = self
            .entries(actor, &place, vec![file::Model::clone(&file)])
            .await?;
        place.chain.clear();
        let mut listing = Self::empty(actor, &place, 0);
        listing.parent.file.created_at = file.created_at;
        listing.parent.file.updated_at = file.updated_at;
        listing.paging = Paging::default();
        listing.policy = self.policy_of(actor, &place).await?;
        listing.view = View::of(&place, actor);
        Ok(Listing {
            entries,
            single_file: true,
            ..listing
        })
    }

    pub(super) fn empty(actor: &Actor, place: &Place, page_size: u32) -> Listing {
        Listing {
            entries: Vec::new(),
            parent: parent_entry(actor, place),
            paging: Paging {
                page_size,
                is_cursor: true,
                ..Paging::default()
            },
            order_by_options: ORDERS,
            order_direction_options: DIRECTIONS,
            mixed: false,
            recursion_limit_reached: false,
            policy: None,
            view: None,
            single_file: false,
        }
    }

    async fn list_place(
        &self,
        actor: &Actor,
        place: &Place,
        request: &ListRequest,
        sort: Sort,
        size: u32,
    ) -> Result<Listing, FileError> {
        // A client that names a page size but no order walks a whole folder, and knows only
        // numbered pages to do it.
        let walks = request.page_size.is_some() && request.order_by.is_none();
        let numbered =
            request.token.is_none() && (walks || !self.core.settings().files.cursor_pagination);
        let (rows, paging) = if numbered {
            self.numbered(place, sort, size, request.page.unwrap_or(0))
                .await?
        } else {
            self.behind_token(place, sort, size, request.token.as_deref())
                .await?
        };
        let entries = self.entries(actor, place, rows).await?;
        Ok(Listing {
            entries,
            paging,
            ..Self::empty(actor, place, size)
        })
    }

    async fn behind_token(
        &self,
        place: &Place,
        sort: Sort,
        size: u32,
        token: Option<&str>,
    ) -> Result<(Vec<file::Model>, Paging), FileError> {
        let start = match token {
            Some(token) => {
                let start: Start =
                    page_token::decode(token).map_err(|_| FileError::BadPageToken)?;
                if start.sort != sort {
                    return Err(FileError::BadPageToken);
                }
                start
            }
            None => Start {
                sort,
                in_files: false,
                after: None,
            },
        };
        let (rows, next) = self.rows_from(place, start, size).await?;
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
        place: &Place,
        start: Start,
        size: u32,
    ) -> Result<(Vec<file::Model>, Option<Start>), FileError> {
        let db = self.core.store.read();
        let wanted = u64::from(size) + 1;
        let mut rows = Vec::new();
        let mut files_after = start.after.clone();
        if let (false, Some(folders)) = (start.in_files, source(place, file::KIND_FOLDER)) {
            let page = listing::page(db, folders, start.sort, start.after.as_ref(), wanted).await?;
            rows = page.ok_or(FileError::BadPageToken)?;
            files_after = None;
        }
        if (rows.len() as u64) < wanted {
            let files =
                source(place, file::KIND_FILE).ok_or(FileError::Internal("nothing to list"))?;
            let rest = wanted - rows.len() as u64;
            let page = listing::page(db, files, start.sort, files_after.as_ref(), rest).await?;
            rows.extend(page.ok_or(FileError::BadPageToken)?);
        }
        let more = rows.len() as u64 == wanted;
        if more {
            rows.pop();
        }
        let next = more.then(|| rows.last().map(|last| after_row(place, last, start.sort)));
        Ok((rows, next.flatten()))
    }

    async fn numbered(
        &self,
        place: &Place,
        sort: Sort,
        size: u32,
        page: u32,
    ) -> Result<(Vec<file::Model>, Paging), FileError> {
        let folder = place.chain.last().map_or(FLAT, |row| row.id);
        let version = self.version_of(place).await?;
        let (folders, files) = self.totals(place, folder, version).await?;
        let key = |page| (folder, version, sort, size, page);
        let (rows, next) = if page == 0 {
            self.rows_from(
                place,
                Start {
                    sort,
                    in_files: false,
                    after: None,
                },
                size,
            )
            .await?
        } else if let Some(start) = self.pages.starts.get(&key(page)) {
            self.rows_from(place, start, size).await?
        } else {
            let offset = u64::from(page) * u64::from(size);
            let rows = self.rows_at(place, sort, offset, size, folders).await?;
            let next = rows.last().map(|last| after_row(place, last, sort));
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

    async fn version_of(&self, place: &Place) -> Result<i64, FileError> {
        let owner = crate::store::drives::owner(self.core.store.read(), place.space.owner).await?;
        Ok(owner.map_or(0, |(user, _)| user.tree_version))
    }

    async fn totals(
        &self,
        place: &Place,
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
        if let Some(folders) = source(place, file::KIND_FOLDER) {
            totals.0 = listing::count(db, folders).await?;
        }
        if let Some(files) = source(place, file::KIND_FILE) {
            totals.1 = listing::count(db, files).await?;
        }
        if folder != FLAT {
            self.pages.totals.insert((folder, version), totals);
        }
        Ok(totals)
    }

    async fn rows_at(
        &self,
        place: &Place,
        sort: Sort,
        offset: u64,
        size: u32,
        folders: u64,
    ) -> Result<Vec<file::Model>, FileError> {
        let db = self.core.store.read();
        let size = u64::from(size);
        let mut rows = Vec::new();
        if let (true, Some(source)) = (offset < folders, source(place, file::KIND_FOLDER)) {
            rows = listing::page_at(db, source, sort, offset, size).await?;
        }
        let rest = size - rows.len() as u64;
        if let (true, Some(source)) = (rest > 0, source(place, file::KIND_FILE)) {
            let offset = offset.saturating_sub(folders);
            rows.extend(listing::page_at(db, source, sort, offset, rest).await?);
        }
        Ok(rows)
    }

    /// Rows as the actor sees them in this place, with their metadata.
    pub(super) async fn entries(
        &self,
        actor: &Actor,
        place: &Place,
        rows: Vec<file::Model>,
    ) -> Result<Vec<FileEntry>, FileError> {
        let ids: Vec<FileId> = rows.iter().map(|row| row.id).collect();
        let mut facts = metadata::public_of(self.core.store.read(), &ids).await?;
        let prefix = place.uri.child_prefix();
        let capability = place.space.capability();
        let settings = self.core.settings();
        let by_id = place.space.fs == FileSystem::SharedWithMe;
        let shared = self.shared(place, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|file| {
                let owned = actor.user_id() == Some(file.owner_id);
                let facts = facts.remove(&file.id).unwrap_or_default();
                let facts = if owned { facts } else { for_visitors(facts) };
                let mut uri = String::with_capacity(prefix.len() + file.name.len() + 8);
                uri.push_str(&prefix);
                if by_id {
                    uri.push_str(&settings.ids.encode(IdKind::File, file.id.0));
                } else {
                    write_segment(&mut uri, &file.name);
                }
                FileEntry {
                    name: shown_name(&file, &facts),
                    uri,
                    owned,
                    metadata: Some(facts),
                    capability,
                    shared: shared.contains(&file.id),
                    file,
                }
            })
            .collect())
    }

    /// Which of these rows their owner shared; told in the owner's own drive only.
    async fn shared(&self, place: &Place, ids: &[FileId]) -> Result<HashSet<FileId>, FileError> {
        if place.space.fs != FileSystem::My || ids.is_empty() {
            return Ok(HashSet::new());
        }
        let shared = shares::shared_of(self.core.store.read(), ids).await?;
        Ok(shared.into_iter().collect())
    }
}

/// Facts as visitors of a share may see them: without what opens other doors.
pub(super) fn for_visitors(mut facts: metadata::Facts) -> metadata::Facts {
    // That an upload runs is no secret, but by its session it could be disturbed.
    if let Some(session) = facts.get_mut(SESSION_KEY) {
        session.clear();
    }
    // A shortcut to somebody else's share carries that share's password.
    if let Some(redirect) = facts.get_mut(SHARED_REDIRECT) {
        *redirect = FileUri::parse(redirect)
            .map(|uri| uri.without_password().to_string())
            .unwrap_or_default();
    }
    facts
}

/// What half of a place is read from; flat places have no halves and count as files.
fn source(place: &Place, kind: i16) -> Option<Source> {
    let owner = place.space.owner;
    let flat = match place.space.fs {
        FileSystem::Trash => Source::Trash { owner },
        FileSystem::SharedWithMe => Source::Shortcuts { owner },
        _ => {
            return place.chain.last().map(|folder| Source::Children {
                parent: folder.id,
                kind,
            });
        }
    };
    (kind == file::KIND_FILE).then_some(flat)
}

fn after_row(place: &Place, row: &file::Model, sort: Sort) -> Start {
    let in_files = row.kind == file::KIND_FILE || place.space.root.is_none();
    Start {
        sort,
        in_files,
        after: Some(Position::of(row, sort)),
    }
}

/// In the trash the row's name is a random one; what people know is in the metadata.
pub(crate) fn shown_name(file: &file::Model, facts: &metadata::Facts) -> String {
    if file.trashed_at.is_some()
        && let Some(origin) = facts
            .get(RESTORE_URI)
            .and_then(|uri| FileUri::parse(uri).ok())
        && let Some(name) = origin.name()
    {
        return name.to_owned();
    }
    file.name.clone()
}

/// The folder itself, as the head of its listing.
fn parent_entry(actor: &Actor, place: &Place) -> FileEntry {
    let now = entity::Timestamp(0);
    let file = place.chain.last().cloned().unwrap_or_else(|| file::Model {
        id: FileId(0),
        kind: file::KIND_FOLDER,
        owner_id: place.space.owner,
        parent_id: None,
        name: String::new(),
        name_folded: String::new(),
        size_bytes: 0,
        current_blob_id: None,
        is_symbolic: false,
        view: None,
        created_at: now,
        updated_at: now,
        trashed_at: None,
        purge_at: None,
    });
    place.entry(actor, file)
}

/// The order asked for, else the view's, else by id. Unknown words mean the default.
fn sort_of(request: &ListRequest, view: Option<&View>) -> Sort {
    let by = request
        .order_by
        .as_deref()
        .or(view.and_then(|view| view.order.as_deref()));
    let direction = request
        .order_direction
        .as_deref()
        .or(view.and_then(|view| view.order_direction.as_deref()));
    Sort {
        by: match by {
            Some("name") => OrderBy::Name,
            Some("size") => OrderBy::Size,
            Some("updated_at") => OrderBy::UpdatedAt,
            Some("created_at") => OrderBy::CreatedAt,
            _ => OrderBy::Id,
        },
        descending: direction == Some("desc"),
    }
}
