//! Whether an archive may be read, and goes on to be.

use super::state::Source;
use drive::blob::VersionError;
use drive::context::Core;
use drive::error::FileError;
use drive::tree::{Navigator, ResolvedPath, TreeError};
use entity::{FileKind, file};
use site::access::Right;
use site::actor::Actor;
use site::task::TaskError;
use std::sync::Arc;
use std::time::Duration;
use store::cause::carried;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;
use wire::{FileSystem, FileUri};

/// How often is asked, while it is read, whether it still may be: one entry may take hours.
const PAUSE: Duration = Duration::from_secs(3);

pub(super) const NO_SOURCE: &str = "there is no such archive";

/// An archive, and who reads it.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub core: Arc<Core>,
    pub actor: Actor,
    pub uri: FileUri,
}

/// Tells when an archive may not be read any more, and why. Nobody asks once this is dropped.
#[derive(Debug)]
pub(super) struct Loss {
    pub why: oneshot::Receiver<TaskError>,
    _watch: AbortOnDropHandle<()>,
}

impl Reading {
    /// Where the archive is now, as somebody sees it who may read it.
    async fn find(&self) -> Result<file::Model, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, &self.actor, &self.uri).await?;
        resolved.navigator.require(&self.actor, Right::Download)?;
        let file = resolved.existing()?;
        if file.kind != FileKind::File || file.is_symbolic {
            return Err(TreeError::NotFound.into());
        }
        Ok(file.clone())
    }

    /// `None`: it is empty.
    pub async fn source(&self) -> Result<Option<Source>, FileError> {
        let file = self.find().await?;
        let is_own = self.uri.fs() == FileSystem::My && self.actor.user_id() == Some(file.owner_id);
        Ok(file.current_blob_id.map(|blob| Source {
            blob,
            name: file.name,
            size_bytes: file.size_bytes.unsigned_abs(),
            is_own,
        }))
    }

    /// What others share may be moved away, replaced or taken back, and nobody reads on then. What
    /// is one's own stays as it was when it began.
    pub async fn still_may(&self, source: &Source) -> Result<(), FileError> {
        if source.is_own {
            let db = self.core.store.read();
            let navigator = Navigator::open(db, &self.core, &self.actor, &self.uri).await?;
            return navigator.require(&self.actor, Right::Download);
        }
        let file = self.find().await?;
        if file.current_blob_id != Some(source.blob) {
            return Err(VersionError::Stale.into());
        }
        Ok(())
    }

    /// Asks again and again. What cannot be answered now is asked the next time.
    pub fn watch(&self, source: Source) -> Loss {
        let (tell, why) = oneshot::channel();
        let reading = self.clone();
        let watch = carried(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let still = reading.still_may(&source).await.map_err(unreadable);
                if let Err(lost @ TaskError::Fail(_)) = still {
                    // Whoever does not hear it has ended.
                    let _ = tell.send(lost);
                    return;
                }
            }
        });
        Loss {
            why,
            _watch: AbortOnDropHandle::new(tokio::spawn(watch)),
        }
    }
}

/// What it means that an archive cannot be had.
pub(super) fn unreadable(error: FileError) -> TaskError {
    let why = match error {
        FileError::Store(_) | FileError::Storage(_) | FileError::Internal(_) => {
            return error.into();
        }
        FileError::Tree(TreeError::NotFound) => NO_SOURCE.to_owned(),
        FileError::Version(VersionError::Stale) => "the archive was replaced meanwhile".to_owned(),
        error => format!("the archive cannot be read: {error}"),
    };
    TaskError::Fail(why.into())
}
