//! File systems: which of them a URI is in, and who sees it how.

use super::TreeError;
use crate::context::Core;
use crate::error::FileError;
use crate::share::{Admitted, OpenShare, ShareError};
use crate::tree::{ResolvedPath, SystemChange};
use entity::{FileId, FileKind, UserId, file};
use site::access::{self, Right, Subject};
use site::actor::{Account, Actor};
use std::sync::Arc;
use store::{Connection, Readers, drives, files, listing};
use wire::{BitSet, FileSystem, FileUri, IdKind};

/// A file system as one visitor sees it: `my`, `trash`, a share.
#[derive(Clone, Debug)]
pub struct Navigator {
    pub fs: FileSystem,
    pub owner: UserId,
    /// The folder that paths start from; `None`: a flat one without a folder of its own.
    pub root: Option<FileId>,
    /// URI of the root, without query.
    pub base: FileUri,
    /// Where the root lies in the owner's drive: `""` for the drive's own root.
    pub prefix: String,
    /// The share that this is.
    pub share: Option<Arc<OpenShare>>,
    /// The one file of a share that is no folder.
    pub single: Option<Arc<file::Model>>,
}

impl Navigator {
    /// The file system a URI is in, for this actor. Not in a transaction ([`Self::of_admitted`]).
    pub async fn open(
        db: &Readers,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        if uri.fs() != FileSystem::Share {
            return Self::of_account(db, core, actor, uri).await;
        }
        let open = OpenShare::enter(db, core, actor, uri).await?;
        Self::of_share(db, core, open, uri).await
    }

    /// The file system a URI is in, where shares were entered before.
    pub(super) async fn of_admitted(
        db: &Connection,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
        admitted: &Admitted,
    ) -> Result<Self, FileError> {
        if uri.fs() != FileSystem::Share {
            return Self::of_account(db, core, actor, uri).await;
        }
        let open = OpenShare::reenter(db, core, actor, uri).await?;
        admitted.check(&open)?;
        Self::of_share(db, core, open, uri).await
    }

    /// A file system that an account has for itself.
    async fn of_account(
        db: &Connection,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        match uri.fs() {
            FileSystem::My => Self::my(db, core, actor, uri).await,
            fs => Ok(Self::flat(fs, own_account(core, actor, uri)?.user.id)),
        }
    }

    /// A share that somebody came in through before, so that the password is not asked for.
    pub(crate) async fn reopen(
        db: &Connection,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let open = OpenShare::reenter(db, core, actor, uri).await?;
        Self::of_share(db, core, open, uri).await
    }

    /// The share that somebody just came in through.
    pub(crate) async fn of_share(
        db: &Connection,
        core: &Core,
        open: OpenShare,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let (id, owner) = (open.row.file_id, open.row.owner_id);
        let location = core.locations.one(db, id, open.tree_version()).await?;
        let location = location.ok_or(ShareError::Gone)?;
        let is_folder = location.kind == FileKind::Folder;
        let single = if is_folder {
            None
        } else {
            let file = files::by_id(db, id).await?;
            let file = file.filter(|file| file.owner_id == owner);
            Some(Arc::new(file.ok_or(ShareError::Gone)?))
        };
        Ok(Self {
            fs: FileSystem::Share,
            owner,
            root: is_folder.then_some(id),
            base: uri.to_root(),
            prefix: if is_folder {
                location.path()
            } else {
                location.folder_path()
            },
            share: Some(Arc::new(open)),
            single,
        })
    }

    fn flat(fs: FileSystem, owner: UserId) -> Self {
        Self {
            fs,
            owner,
            root: None,
            base: FileUri::root(fs),
            prefix: String::new(),
            share: None,
            single: None,
        }
    }

    async fn my(
        db: &Connection,
        core: &Core,
        actor: &Actor,
        uri: &FileUri,
    ) -> Result<Self, FileError> {
        let account = own_account(core, actor, uri)?;
        let root = root_of(db, account).await?;
        Ok(Self::of_drive(account.user.id, root))
    }

    fn of_drive(owner: UserId, root: FileId) -> Self {
        Self {
            root: Some(root),
            ..Self::flat(FileSystem::My, owner)
        }
    }

    /// The drive of an account, for who may look into those of others.
    pub(crate) async fn of_owner(db: &Connection, owner: UserId) -> Result<Self, FileError> {
        let found = drives::owner(db, owner).await?;
        let root = found.and_then(|(user, _)| user.root_id);
        Ok(Self::of_drive(owner, root.ok_or(TreeError::NotFound)?))
    }

    /// What this file system offers at all.
    pub fn capability(&self) -> BitSet {
        match &self.share {
            Some(share) => share.capability(self.root.is_some()),
            None => self.fs.capabilities(),
        }
    }

    /// Whether `actor` may do `right` in here.
    pub fn require(&self, actor: &Actor, right: Right) -> Result<(), FileError> {
        let subject = Subject {
            owner: self.owner,
            fs: self.fs,
            capability: self.capability(),
            open_to_visitors: self.share.as_ref().is_some_and(|share| share.can_read()),
            takes_uploads: self
                .share
                .as_ref()
                .is_some_and(|share| share.can_create() && self.root.is_some()),
        };
        Ok(access::decide(actor, right, &subject)?)
    }

    /// Follows a path in here as far as it exists, also for who may not know
    /// ([`ResolvedPath::rename_on_conflict`]).
    pub async fn find(self, db: &Connection, uri: &FileUri) -> Result<ResolvedPath, FileError> {
        let uri = uri.without_query();
        let mut chain: Vec<file::Model> = Vec::new();
        if let Some(root) = self.root {
            chain = files::walk(db, root, uri.segments()).await?;
            if chain.is_empty() {
                return Err(FileError::Internal("the root folder is gone"));
            }
            if chain.iter().any(|row| row.owner_id != self.owner) {
                return Err(TreeError::NotFound.into());
            }
        } else if let Some(single) = &self.single {
            // Any other name is nobody's.
            chain.extend(
                (uri.segments().first() == Some(&single.name)).then(|| file::Model::clone(single)),
            );
        } else if let [name] = uri.segments() {
            chain.extend(self.flat_item(db, name).await?);
        } else if !uri.is_root() {
            return Err(TreeError::FolderClosed.into());
        }
        let base = self.base.clone();
        let uri = uri
            .segments()
            .iter()
            .fold(base, |uri, segment| uri.join(segment));
        Ok(ResolvedPath {
            navigator: self,
            uri,
            asked: None,
            chain,
        })
    }

    /// Whether who asks may bring files and not see what is there.
    pub fn is_upload_only(&self) -> bool {
        let share = self.share.as_ref();
        self.root.is_some() && share.is_some_and(|share| share.can_create() && !share.can_read())
    }

    async fn flat_item(
        &self,
        db: &Connection,
        name: &str,
    ) -> Result<Option<file::Model>, FileError> {
        if self.fs != FileSystem::Trash {
            return Ok(None);
        }
        Ok(listing::trashed(db, self.owner, name).await?)
    }
}

/// Who asks, if a URI names nobody else: what is named after another is not one's own.
fn own_account<'a>(core: &Core, actor: &'a Actor, uri: &FileUri) -> Result<&'a Account, FileError> {
    let account = access::signed_in(actor)?;
    if let Some(id) = uri.id() {
        let wanted = core.settings().ids.decode(IdKind::User, id);
        if wanted != Some(account.user.id.0) {
            return Err(TreeError::OthersDrive.into());
        }
    }
    Ok(account)
}

/// The root folder of an account's drive.
async fn root_of(db: &Connection, account: &Account) -> Result<FileId, FileError> {
    let root = match account.user.root_id {
        Some(root) => Some(root),
        None => drives::owner(db, account.user.id)
            .await?
            .and_then(|(user, _)| user.root_id),
    };
    root.ok_or(FileError::Internal("the drive has no root folder"))
}

/// Makes the root folder of a drive that has none yet. Sign-up makes it; this is for accounts
/// that came another way.
pub(crate) async fn ensure_root(core: &Core, actor: &Actor) -> Result<(), FileError> {
    let Some(account) = actor.signed_in() else {
        return Ok(());
    };
    if account.user.root_id.is_some() {
        return Ok(());
    }
    let owner = account.user.id;
    let change = SystemChange::by_system(core, owner).await?;
    let (user, _) = change.account().await?;
    if user.root_id.is_none() {
        let new = files::NewFile {
            kind: FileKind::Folder,
            owner,
            parent: None,
            name: String::new(),
            is_symbolic: false,
            content: None,
            at: change.now,
        };
        let root = files::insert(change.db(), new).await?;
        drives::set_root(change.db(), owner, root.id).await?;
    }
    change.commit().await
}
