//! What lies in a storage already becomes files of somebody's drive, where it is: nothing is
//! copied. A task walks through a folder of the storage (`walk`) and takes over a batch of one folder
//! in one change (`batch`).
//!
//! What a blob lies at is never taken over once more (`place`), and no key leads out of the root of
//! its policy. Unless it was said that the bytes are the server's own from then on, they stay where
//! they are when their file goes.

mod batch;
mod failures;
mod place;
mod state;
#[cfg(test)]
mod tests;
mod walk;
mod work;

pub use crate::error::import::ImportError;
pub use state::Importing;
pub use work::ImportFiles;

use crate::context::Core;
use crate::error::FileError;
use crate::policy::{Policy, PolicyError};
use crate::tree::{TreeError, bounds, drive_path};
use entity::{FileKind, PolicyId, UserId, UserStatus, user};
use place::{Neighbours, folder_at};
use serde_json::json;
use site::access;
use site::actor::Actor;
use site::limits::TOOL_TEXT_BYTES;
use site::secret::Scope;
use site::task::{self, TaskInfo, Tasks};
use std::sync::Arc;
use store::journal::{self, Entry, Op};
use store::{drives, files};
use wire::{FileName, FileSystem, FileUri, IdKind};

/// What is to be taken over, for whom.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Whose drive it is to be in.
    pub user: UserId,
    pub policy: PolicyId,
    /// A folder of the storage: of a bucket its prefix; of a disk its path, whole or from the root of
    /// the policy. `.` is the root.
    pub src: String,
    /// A folder of the drive: its path, or its URI. It is made if it is missing.
    pub dst: String,
    /// With the folders in it, and all that is in those.
    pub recursive: bool,
    /// The bytes go with their file.
    pub owned: bool,
    /// Nothing is changed; the report says what would come.
    pub dry_run: bool,
}

/// The service that takes files over.
#[derive(Clone, Debug)]
pub struct Imports {
    core: Arc<Core>,
    tasks: Tasks,
}

impl Imports {
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            tasks: Tasks::new(Arc::clone(&core.site)),
            core,
        }
    }

    /// Begins to take files over, as a task of whose drive it is.
    /// # Errors
    /// `NotFound` for who does not administer the site; [`ImportError`]; `PolicyError::Missing`;
    /// `BadName`, `BadUri`, `PathTooLong`, `NameTaken` of the target; `Storage` if it does not work
    pub async fn begin(
        &self,
        actor: &Actor,
        request: ImportRequest,
    ) -> Result<TaskInfo, FileError> {
        access::owned(actor, None, Scope::AdminWrite)?;
        let by = access::signed_in(actor)?.user.id;
        if request.src.len() > TOOL_TEXT_BYTES {
            return Err(ImportError::NotAllowed.into());
        }
        let user = self.user(request.user).await?;
        let policy = self.policy(request.policy).await?;
        let source = folder_at(&self.core, &policy, &request.src).await?;
        let neighbours = Neighbours::of(&self.core, &policy).await?;
        if neighbours.have(&source) {
            return Err(ImportError::NotAllowed.into());
        }
        let target = self.target(&user, &request.dst).await?;
        let ids = &self.core.settings().ids;
        let drive = FileUri::drive_of(ids.encode(IdKind::User, user.id.0));
        let uri = target.iter().fold(drive, |uri, name| uri.join(name));
        let props = [
            ("src_str".to_owned(), json!(request.src)),
            ("dst".to_owned(), json!(uri.to_string())),
            (
                "dst_policy_id".to_owned(),
                json!(ids.encode(IdKind::Policy, policy.row.id.0)),
            ),
        ];
        let about = json!({ "policy": policy.row.id.0, "src": source, "owned": request.owned });
        let state = Importing::new(request, source, target, props);
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let new = task::system_task::<ImportFiles>(&state, now);
        let id = task::queue_one_for(&mut tx, user.id, new).await?;
        let mut detail = about;
        detail["task"] = json!(id.0);
        let entry = Entry {
            owner: user.id,
            ..Entry::of_account(by, Op::Import)
        };
        journal::append(&mut tx, now, vec![entry.detail(detail.to_string())]);
        tx.commit().await?;
        let begun = self.tasks.get(actor, id).await;
        begun.map_err(|_| FileError::Internal("a task is gone that was just queued"))
    }

    async fn user(&self, id: UserId) -> Result<user::Model, FileError> {
        let found = drives::owner(self.core.store.read(), id).await?;
        let active = found.filter(|(user, _)| user.status == UserStatus::Active);
        Ok(active.ok_or(ImportError::NoUser)?.0)
    }

    async fn policy(&self, id: PolicyId) -> Result<Arc<Policy>, FileError> {
        let policy = match self.core.policies.get(id).await {
            // One that keeps nothing itself, or of a kind that is not there.
            Err(PolicyError::UnknownDriver(..)) => return Err(ImportError::NotListable.into()),
            found => found?,
        };
        if policy.can.list_folders {
            Ok(policy)
        } else {
            Err(ImportError::NotListable.into())
        }
    }

    /// The names on the way to the folder that files go to.
    async fn target(&self, user: &user::Model, text: &str) -> Result<Vec<String>, FileError> {
        let names: Vec<String> = if text.contains("://") {
            let uri = FileUri::parse(text)?;
            let own = self.core.settings().ids.encode(IdKind::User, user.id.0);
            if uri.fs() != FileSystem::My || uri.id().is_some_and(|id| id != own) {
                return Err(TreeError::OthersDrive.into());
            }
            uri.segments().to_vec()
        } else {
            let names = text.split('/').filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        for name in &names {
            FileName::new(name.as_str())?;
        }
        bounds::check_new(&drive_path("", &names), FileKind::Folder)?;
        if let Some(root) = user.root_id {
            let along = files::walk(self.core.store.read(), root, &names).await?;
            let in_the_way = |row: &&entity::file::Model| {
                row.owner_id != user.id || row.kind != FileKind::Folder || row.is_symbolic
            };
            if let Some(row) = along.iter().find(in_the_way) {
                return Err(TreeError::NameTaken(row.name.clone()).into());
            }
        }
        Ok(names)
    }
}
