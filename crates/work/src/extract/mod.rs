//! Archives are unpacked into folders, and looked into.
//!
//! What strangers packed is decoded by a process of its own in the sandbox ([`session`]), which says
//! what it finds; the server stores that as it stores uploads ([`filling`], [`placing`]). Each file
//! knows which task and which entry it came from, so nothing is lost or there twice however often a
//! step begins anew.

mod feed;
mod filling;
mod kept;
mod kind;
mod listing;
mod new_folder;
mod placing;
mod pump;
mod reading;
mod seek;
mod session;
mod state;
mod turns;
mod watch;

pub use kind::ExtractArchive;
pub use listing::ArchivedEntry;
pub use state::Extracting;

use crate::conflict::Conflict;
use crate::secrets::{Secrets, told};
use archive::read::{contained, is_encoding};
use drive::blob::{ArchiveError, OpenBlobs};
use drive::context::Core;
use drive::error::FileError;
use drive::tree::Tree;
use listing::Looked;
use new_folder::NewFolder;
use sandbox::Sandbox;
use site::access;
use site::actor::Actor;
use site::limits::{EXTRACT_MASK_BYTES, EXTRACT_MASKS, EXTRACT_PASSWORD_BYTES};
use site::task::{self, TaskInfo, Tasks};
use std::sync::Arc;
use std::time::Duration;
use wire::{FileSystem, FileUri, GroupPermission};

/// What one archive may hold, whatever settings say (V4 API, extraction): entries;
const MOST_ENTRIES: u64 = site::limits::EXTRACTED_ENTRIES;
/// bytes;
const MOST_BYTES: u64 = site::limits::EXTRACTED_BYTES;
/// so many times its own size, and so much more.
const MOST_RATIO: u64 = 100;
const MOST_WITHOUT_RATIO: u64 = 1 << 30;
/// How long a process may read one.
const LONGEST: Duration = Duration::from_hours(12);

/// What is to be unpacked.
#[derive(Clone, Debug, Default)]
pub struct ExtractRequest {
    /// URIs; only the first one counts (V4 API).
    pub src: Vec<String>,
    pub dst: String,
    /// That folder is made, under a free name beside it if need be; it goes again if nothing comes of it.
    pub new_folder: bool,
    /// Of names that are not said to be UTF-8; empty, or unknown: it is guessed.
    pub encoding: String,
    pub password: String,
    /// Paths inside that are wanted; none: all.
    pub file_mask: Vec<String>,
    pub conflict: Conflict,
}

/// The service that unpacks archives and looks into them.
#[derive(Clone, Debug)]
pub struct Extractions {
    core: Arc<Core>,
    tasks: Tasks,
    tree: Tree,
    blobs: OpenBlobs,
    sandbox: Arc<Sandbox>,
    looked: Looked,
}

impl Extractions {
    /// `sandbox`: for looking into archives, which people wait for.
    pub fn new(core: Arc<Core>, tree: Tree, sandbox: Arc<Sandbox>) -> Self {
        Self {
            tasks: Tasks::new(Arc::clone(&core.site)),
            blobs: OpenBlobs::new(Arc::clone(&core)),
            core,
            tree,
            sandbox,
            looked: Looked::new(),
        }
    }

    /// Begins to unpack an archive into a folder, as a task.
    /// # Errors
    /// `GroupNotAllowed`; `NoSource`; of the folder `BadUri`, `BadName`, `NotFound`, `NotAllowed`, `OwnerOnly`
    pub async fn begin(
        &self,
        actor: &Actor,
        request: ExtractRequest,
    ) -> Result<TaskInfo, FileError> {
        let owner = access::signed_in(actor)?.user.id;
        if !actor.may(GroupPermission::ArchiveTask) {
            return Err(FileError::GroupNotAllowed);
        }
        let source = request.src.first().ok_or(ArchiveError::NoSource)?;
        let target = FileUri::parse(&request.dst)?.without_query();
        let mask_bytes: usize = request.file_mask.iter().map(String::len).sum();
        if request.password.len() > EXTRACT_PASSWORD_BYTES
            || request.file_mask.len() > EXTRACT_MASKS
            || mask_bytes > EXTRACT_MASK_BYTES
        {
            return Err(ArchiveError::TooMuchAsked.into());
        }
        let mut file_mask = request.file_mask;
        file_mask.retain(|wanted| !wanted.trim_matches('/').is_empty());
        for wanted in &mut file_mask {
            // As paths inside are told.
            if let Ok(path) = contained(wanted.trim_matches('/')) {
                *wanted = path;
            }
        }
        let new_folder = NewFolder::of(request.new_folder);
        let into = new_folder.into_which(&target)?;
        self.tree.fillable(actor, &into).await?;
        // Whether there is such an archive shows when it is unpacked.
        let source = FileUri::parse(source);
        let uri = source
            .as_ref()
            .map_or_else(|_| FileUri::root(FileSystem::My), FileUri::without_query);
        let secrets = Secrets {
            password: Some(request.password).filter(|password| !password.is_empty()),
            ..Secrets::of([&uri, &target].into_iter())
        };
        let state = Extracting {
            uri: told(&uri),
            dst: told(&target),
            new_folder,
            encoding: Some(request.encoding)
                .filter(|encoding| is_encoding(encoding))
                .unwrap_or_default(),
            secrets: secrets.sealed(&self.core.sealer),
            file_mask,
            conflict: request.conflict,
            failure: source.err().map(|error| format!("the archive: {error}")),
            ..Extracting::default()
        };
        let mut tx = self.core.store.begin().await?;
        let new = task::system_task::<ExtractArchive>(&state, self.core.now());
        let id = task::queue_one_for(&mut tx, owner, new).await?;
        tx.commit().await?;
        let begun = self.tasks.get(actor, id).await;
        begun.map_err(|_| FileError::Internal("a task is gone that was just queued"))
    }
}
