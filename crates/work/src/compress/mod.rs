//! Packing: files and folders become an archive in the drive.
//!
//! A feeder reads (`feed`), a thread packs (`pack`), and what it makes goes straight in as an upload
//! does: there is no file in between, but for kinds of archives whose head says where their end is.
//! Nothing is seen of the archive before it is whole. What breaks off is packed from its start.

mod error;
mod feed;
mod pack;
mod report;
mod sources;
mod state;
mod walk;
mod work;

pub use error::CompressError;
pub use state::{Format, Method, Packing};
pub use work::PackFiles;

use drive::blob::{ArchiveError, Uploads};
use drive::context::Core;
use drive::error::FileError;
use drive::tree::TreeError;
use site::access;
use site::actor::Actor;
use site::limits::{PACKING_PASSWORD_BYTES, TASK_URI_BYTES, TASK_URIS_BYTES};
use site::task::{self, TaskInfo, Tasks};
use std::sync::Arc;
use store::journal::{self, Entry, Op};
use wire::{FileUri, GroupPermission};

/// What is to be packed, and where to.
#[derive(Clone, Debug, Default)]
pub struct CompressRequest {
    /// URIs of files and folders.
    pub src: Vec<String>,
    /// URI of the archive.
    pub dst: String,
    pub format: Format,
    pub method: Method,
    pub password: Option<String>,
}

/// The service that packs.
#[derive(Clone, Debug)]
pub struct Compressions {
    core: Arc<Core>,
    uploads: Uploads,
    tasks: Tasks,
}

impl Compressions {
    pub fn new(core: Arc<Core>, uploads: Uploads) -> Self {
        Self {
            tasks: Tasks::new(Arc::clone(&core.site)),
            uploads,
            core,
        }
    }

    /// Begins to pack. Whether there are such sources shows when they are packed.
    /// # Errors
    /// `LoginRequired`, `GroupNotAllowed`; `NoSource`; `Destination`, and why no file may come there;
    /// `TooManyUris`; others of [`CompressError`]
    pub async fn begin(
        &self,
        actor: &Actor,
        request: CompressRequest,
    ) -> Result<TaskInfo, CompressError> {
        let owner = access::signed_in(actor).map_err(FileError::from)?.user.id;
        if !actor.may(GroupPermission::ArchiveTask) {
            return Err(FileError::GroupNotAllowed.into());
        }
        if request.src.is_empty() {
            return Err(FileError::from(ArchiveError::NoSource).into());
        }
        let dst = FileUri::parse(&request.dst).map_err(|_| CompressError::Destination)?;
        self.uploads.check_new(actor, &dst).await?;
        self.bounded(&request)?;
        let sealer = &self.core.sealer;
        let mut state = Packing::new(sealer, &request.src, &dst);
        if let Some(password) = password_of(&request)? {
            state = state.with_password(sealer, password);
        }
        state.format = request.format;
        state.method = request.method;
        let now = self.core.now();
        let mut tx = self.core.store.begin().await.map_err(FileError::from)?;
        let new = task::system_task::<PackFiles>(&state, now);
        let id = task::queue_one_for(&mut tx, owner, new).await;
        let id = id.map_err(FileError::from)?;
        let entry = Entry::of_task(owner, Op::ArchiveCreate, owner, id);
        journal::append(&mut tx, now, vec![entry.after(dst.path_string())]);
        tx.commit().await.map_err(FileError::from)?;
        let begun = self.tasks.get(actor, id).await;
        let gone = |_| FileError::Internal("a task is gone that was just queued");
        Ok(begun.map_err(gone)?)
    }

    fn bounded(&self, request: &CompressRequest) -> Result<(), CompressError> {
        let most = self.core.settings().files.max_batch_size as usize;
        if request.src.len() > most {
            return Err(FileError::from(TreeError::TooManyUris(most)).into());
        }
        let is_long = |uri: &String| uri.len() > TASK_URI_BYTES;
        let all: usize = request.src.iter().map(String::len).sum();
        if request.src.iter().any(is_long) || is_long(&request.dst) || all > TASK_URIS_BYTES {
            return Err(CompressError::UrisTooLong);
        }
        Ok(())
    }
}

fn password_of(request: &CompressRequest) -> Result<Option<String>, CompressError> {
    let password = request.password.clone();
    let Some(password) = password.filter(|password| !password.is_empty()) else {
        return Ok(None);
    };
    if request.format == Format::TarZst {
        return Err(CompressError::NoPasswords);
    }
    if password.len() > PACKING_PASSWORD_BYTES {
        return Err(CompressError::PasswordTooLong);
    }
    Ok(Some(password))
}
