//! Looking: what a path leads to, and what is in a folder, a page at a time.

use super::{Dav, DeadProp};
use crate::error::FileError;
use crate::share::{self, OpenShare};
use crate::tree::{ResolvedPath, TreeError, in_time, turn_of};
use entity::{FileId, FileKind, UserId, file};
use site::access::{self, Right};
use site::actor::Actor;
use std::sync::Arc;
use store::files::{self, Counted};
use store::listing::{self, Begin, Extras, ListPosition, Listed, OrderBy, Sort, Source};
use store::quota::quota_bytes;
use store::{Readers, drives, metadata, walks};
use wire::metadata_key::SHARED_REDIRECT;
use wire::{FileSystem, FileUri};

/// Shortcuts that lead to shortcuts end somewhere.
const MOST_SHORTCUTS: usize = 8;
/// Rows read at once.
const PAGE: u64 = 500;

/// What a path leads to.
#[derive(Clone, Debug)]
pub struct FoundFile {
    pub file: file::Model,
    /// Where it really is, behind shortcuts.
    pub uri: FileUri,
    /// From the root of the owner's drive.
    pub drive_path: String,
    pub owned: bool,
    /// The share it was found in.
    share: Option<Arc<OpenShare>>,
}

impl FoundFile {
    pub fn is_folder(&self) -> bool {
        self.file.kind == FileKind::Folder
    }

    /// Whether it is the top of a drive or share, which can be neither moved nor deleted.
    pub fn is_root(&self) -> bool {
        self.uri.is_root()
    }
}

/// The children of a folder, some at a time: folders first, then files, each by name.
#[derive(Clone, Debug)]
pub struct Children {
    folder: FileId,
    in_files: bool,
    after: Option<ListPosition>,
    ended: bool,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Child {
    pub file: file::Model,
    pub dead: Vec<DeadProp>,
}

impl Child {
    fn of(row: Listed) -> Self {
        Self {
            dead: DeadProp::all_of(&row.metadata),
            file: row.file,
        }
    }
}

impl Children {
    pub fn of(folder: FileId) -> Self {
        Self {
            folder,
            in_files: false,
            after: None,
            ended: false,
        }
    }

    /// Whether all were read.
    pub fn ended(&self) -> bool {
        self.ended
    }
}

impl Dav {
    /// What a URI leads to, through shortcuts.
    /// # Errors
    /// `NotFound`, `NotAllowed`, `OwnerOnly`, `LinkError::Gone`
    pub async fn find(&self, actor: &Actor, uri: &FileUri) -> Result<FoundFile, FileError> {
        self.look(actor, uri, true).await
    }

    /// The entry at a URI, a shortcut as such.
    /// # Errors
    /// As [`Self::find`]
    pub async fn entry(&self, actor: &Actor, uri: &FileUri) -> Result<FoundFile, FileError> {
        self.look(actor, uri, false).await
    }

    async fn look(&self, actor: &Actor, uri: &FileUri, last: bool) -> Result<FoundFile, FileError> {
        crate::tree::ensure_root(&self.core, actor).await?;
        let db = self.core.store.read();
        let (_, resolved) = self.behind_shortcuts(db, actor, uri, last).await?;
        resolved.navigator.require(actor, Right::Info)?;
        let file = resolved.existing()?.clone();
        Ok(FoundFile {
            drive_path: resolved.drive_path(),
            owned: actor.user_id() == Some(file.owner_id),
            uri: resolved.uri,
            share: resolved.navigator.share,
            file,
        })
    }

    /// Counts a download of what was found, if it comes through a share.
    /// # Errors
    /// `ShareError::Gone` if there are no downloads left
    pub async fn count_download(&self, actor: &Actor, found: &FoundFile) -> Result<(), FileError> {
        let Some(share) = &found.share else {
            return Ok(());
        };
        let user = access::signed_in(actor)?.user.id;
        share::count_within(&self.core, share, user, found.file.current_blob_id).await
    }

    /// Where new content for a URI goes: the path behind the shortcuts along it.
    /// # Errors
    /// `NotFound`, `LinkError::Gone`
    pub async fn resolve_target(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<(FileUri, ResolvedPath), FileError> {
        crate::tree::ensure_root(&self.core, actor).await?;
        self.behind_shortcuts(self.core.store.read(), actor, uri, false)
            .await
    }

    /// Where a URI leads, from the root of the actor's own drive; `None` in somebody else's.
    /// # Errors
    /// `NotAllowed`, `LinkError::Gone`; `NotFound` if the share or a shortcut along it is missing
    pub async fn drive_path(
        &self,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Option<String>, FileError> {
        let db = self.core.store.read();
        let (_, resolved) = self.behind_shortcuts(db, actor, uri, false).await?;
        let is_own = actor.user_id() == Some(resolved.navigator.owner);
        Ok(is_own.then(|| resolved.drive_path()))
    }

    /// Where a URI leads when the shortcuts along it (and, if `last`, at its end) are followed, and
    /// what is there.
    pub(super) async fn behind_shortcuts(
        &self,
        db: &Readers,
        actor: &Actor,
        uri: &FileUri,
        last: bool,
    ) -> Result<(FileUri, ResolvedPath), FileError> {
        let mut uri = uri.clone();
        for _ in 0..MOST_SHORTCUTS {
            let resolved = ResolvedPath::resolve(db, &self.core, actor, &uri).await?;
            let above = usize::from(resolved.navigator.root.is_some());
            let shortcut = resolved.chain.iter().enumerate().find(|(n, row)| {
                let is_last = n + 1 == uri.segments().len() + above;
                row.is_symbolic && (last || !is_last)
            });
            let Some((n, row)) = shortcut else {
                return Ok((uri, resolved));
            };
            let target = metadata::get(db, row.id, SHARED_REDIRECT).await?;
            let target = target.ok_or(TreeError::NotFound)?;
            let mut target = FileUri::parse(&target)?.without_query();
            if actor.user_id() != Some(row.owner_id) {
                // Its password was given to its owner.
                target = target.without_password();
            }
            // A shortcut leads to a share and nowhere else.
            if target.fs() != FileSystem::Share {
                return Err(TreeError::NotFound.into());
            }
            let rest = &uri.segments()[(n + 1).saturating_sub(above)..];
            uri = rest.iter().fold(target, |uri, name| uri.join(name));
        }
        Err(TreeError::NotFound.into())
    }

    /// The next children of a folder that was found, with their dead properties if they are wanted;
    /// none when all were read.
    /// # Errors
    /// `Store`
    pub async fn children(
        &self,
        at: &mut Children,
        wants_dead: bool,
    ) -> Result<Vec<Child>, FileError> {
        const SORT: Sort = Sort {
            by: OrderBy::Name,
            descending: false,
        };
        if at.ended {
            return Ok(Vec::new());
        }
        let half = |kind| Source::Children {
            parent: at.folder,
            kind,
        };
        let begin = at.after.as_ref().map_or(Begin::Start, Begin::Behind);
        let both = [
            (half(FileKind::Folder), begin),
            (half(FileKind::File), Begin::Start),
        ];
        let rest = [(half(FileKind::File), begin)];
        let sources = if at.in_files { &rest[..] } else { &both[..] };
        let extras = Extras {
            metadata: wants_dead,
            shares: false,
        };
        let rows = listing::page(self.core.store.read(), sources, SORT, PAGE, extras).await?;
        let rows = rows.ok_or(FileError::Internal("a position that fits no order"))?;
        at.ended = (rows.len() as u64) < PAGE;
        if let Some(last) = rows.last() {
            at.in_files = last.file.kind == FileKind::File;
            at.after = Some(ListPosition::of(&last.file, SORT));
        }
        Ok(rows.into_iter().map(Child::of).collect())
    }

    /// How much lies below a folder that was found, counted up to `most`.
    /// # Errors
    /// `TooSlow`, `Store`
    pub async fn count_below(
        &self,
        actor: &Actor,
        folder: &file::Model,
        most: u64,
    ) -> Result<u64, FileError> {
        let walker = turn_of(actor, folder.owner_id);
        let most = most.saturating_add(1);
        let counting = async {
            let walk = self.core.store.walks().begin(walker).await?;
            let counted = files::extent(walk.db(), &[folder.id], Counted::All, most).await?;
            walk.end();
            Ok(counted)
        };
        let counted = in_time(walks::DEADLINE, counting).await?;
        Ok(counted.nodes.saturating_sub(1))
    }

    /// Bytes the owner holds, and may hold altogether.
    /// # Errors
    /// `NotFound`
    pub async fn quota(&self, owner: UserId) -> Result<(i64, i64), FileError> {
        let found = drives::owner(self.core.store.read(), owner).await?;
        let (user, group) = found.ok_or(TreeError::NotFound)?;
        Ok((user.used_bytes, quota_bytes(&user, &group)))
    }
}
