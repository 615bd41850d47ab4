//! Listing a folder: one query a page, never one a row.

use super::paging::extras;
use super::{FileEntry, Navigator, Paging, ResolvedPath, Tree, TreeError, View, ensure_root};
use crate::error::FileError;
use crate::policy::Policy;
use crate::share::OpenShare;
use entity::{FileId, FileKind, file};
use site::access::Right;
use site::actor::Actor;
use site::limits::{LISTED_URI_BYTES, NAME_BYTES};
use std::sync::Arc;
use store::listing::{self, OrderBy, Sort};
use store::{drives, files};
use wire::{FileSystem, FileUri};

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
    /// Tell of each folder whether there are folders in it.
    pub subfolders: bool,
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

impl Tree {
    /// Lists a folder, or searches below it if the URI says so. `entered` is the share that the
    /// URI is in, where the actor has just come in.
    /// # Errors
    /// `NotFound`, `NotAllowed`, `LoginRequired`, `BadPageToken`, `BadSearch`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &ListRequest,
        entered: Option<OpenShare>,
    ) -> Result<Listing, FileError> {
        ensure_root(&self.core, actor).await?;
        let (db, uri) = (self.core.store.read(), &request.uri);
        let resolved = match entered {
            Some(open) => {
                Navigator::of_share(db, &self.core, open, uri)
                    .await?
                    .find(db, uri)
                    .await?
            }
            None => ResolvedPath::resolve(db, &self.core, actor, uri).await?,
        };
        resolved.navigator.require(actor, Right::List)?;
        if resolved.navigator.root.is_some() {
            resolved.folder()?;
        } else if resolved.navigator.single.is_some() {
            return self.single(actor, resolved).await;
        } else if !resolved.is_root() {
            return Err(TreeError::FolderClosed.into());
        }
        let view = View::of(&resolved, actor);
        let sort = sort_of(request, view.as_ref());
        let most = LISTED_URI_BYTES / (resolved.uri.child_prefix().len() + 3 * NAME_BYTES);
        let size = self.page_size(request, view.as_ref());
        // Where paths are very long pages are shorter.
        let size = size.min(most.max(1) as u32);
        let mut listing = if request.uri.is_search() {
            self.search(actor, &resolved, request, sort, size).await?
        } else {
            self.list_resolved(actor, &resolved, request, sort, size)
                .await?
        };
        if request.subfolders {
            self.tell_subfolders(&resolved, &mut listing.entries)
                .await?;
        }
        listing.view = view.map(|view| view.effective(size, sort));
        listing.policy = self.policy_of(actor, &resolved).await?;
        Ok(listing)
    }

    /// Marks the folders among these that have folders in them: one query for all. Only where
    /// folders can be entered.
    async fn tell_subfolders(
        &self,
        resolved: &ResolvedPath,
        entries: &mut [FileEntry],
    ) -> Result<(), FileError> {
        if !matches!(resolved.navigator.fs, FileSystem::My | FileSystem::Share) {
            return Ok(());
        }
        let folders = entries
            .iter_mut()
            .filter(|entry| entry.file.kind == FileKind::Folder);
        let folders: Vec<&mut FileEntry> = folders.collect();
        let ids: Vec<FileId> = folders.iter().map(|entry| entry.file.id).collect();
        let parents = files::with_subfolders(self.core.store.read(), &ids).await?;
        for entry in folders {
            entry.has_subfolders = Some(parents.contains(&entry.file.id));
        }
        Ok(())
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
        resolved: &ResolvedPath,
    ) -> Result<Option<Arc<Policy>>, FileError> {
        let offered = match (&resolved.navigator.share, resolved.navigator.fs) {
            (Some(share), _) => share.policies.clone(),
            (None, FileSystem::My) if actor.user_id() == Some(resolved.navigator.owner) => {
                actor.group().policies()
            }
            // Somebody who administers the site looks into a drive.
            (None, FileSystem::My) => {
                let db = self.core.store.read();
                let owner = drives::owner(db, resolved.navigator.owner).await?;
                owner.map_or_else(Vec::new, |(_, group)| group.policies())
            }
            (None, _) => return Ok(None),
        };
        let policies = &self.core.policies;
        let folder = resolved.nearest_folder();
        let chosen = policies.for_folder_if_usable(&offered, folder).await?;
        Ok(chosen.map(|chosen| chosen.policy))
    }

    /// The share of a single file: one page with that file. The folder it lies in is not shared,
    /// so the page has a head of its own.
    async fn single(
        &self,
        actor: &Actor,
        mut resolved: ResolvedPath,
    ) -> Result<Listing, FileError> {
        if !resolved.is_root() {
            return Err(TreeError::NotFound.into());
        }
        let file = resolved.navigator.single.clone();
        let file = file.ok_or(FileError::Internal("no single file"))?;
        let rows = vec![file::Model::clone(&file)];
        let rows = listing::with_extras(self.core.store.read(), rows, extras(&resolved)).await?;
        let entries = self.entries(actor, &resolved, rows);
        resolved.chain.clear();
        let mut listing = Self::empty(actor, &resolved, 0);
        listing.parent.file.created_at = file.created_at;
        listing.parent.file.updated_at = file.updated_at;
        listing.paging = Paging::default();
        listing.policy = self.policy_of(actor, &resolved).await?;
        listing.view = View::of(&resolved, actor);
        Ok(Listing {
            entries,
            single_file: true,
            ..listing
        })
    }

    pub(super) fn empty(actor: &Actor, resolved: &ResolvedPath, page_size: u32) -> Listing {
        Listing {
            entries: Vec::new(),
            parent: parent_entry(actor, resolved),
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

    async fn list_resolved(
        &self,
        actor: &Actor,
        resolved: &ResolvedPath,
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
            self.numbered(resolved, sort, size, request.page.unwrap_or(0))
                .await?
        } else {
            self.behind_token(resolved, sort, size, request.token.as_deref())
                .await?
        };
        let entries = self.entries(actor, resolved, rows);
        Ok(Listing {
            entries,
            paging,
            ..Self::empty(actor, resolved, size)
        })
    }
}

/// The folder itself, as the head of its listing.
fn parent_entry(actor: &Actor, resolved: &ResolvedPath) -> FileEntry {
    let now = entity::Timestamp(0);
    let file = resolved
        .chain
        .last()
        .cloned()
        .unwrap_or_else(|| file::Model {
            id: FileId(0),
            kind: FileKind::Folder,
            owner_id: resolved.navigator.owner,
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
    resolved.entry(actor, file)
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
