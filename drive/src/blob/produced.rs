//! Content that this server makes for somebody, such as the archive of a task. It comes in as any
//! other content does.

use super::stream::{StreamUpload, StreamedContent};
use super::upload::Uploads;
use crate::error::FileError;
use crate::lock;
use crate::tree::{ResolvedPath, TreeError, ensure_root};
use entity::TaskId;
use site::actor::Actor;
use store::blobs;
use wire::{FileName, FileUri};

impl Uploads {
    /// Whether a new file may come to a place, as far as that can be known before; changes nothing.
    /// # Errors
    /// `BadName`; `NameTaken` if there is something; those of [`Self::begin_stream`], and
    /// `QuotaExceeded` where there is no room for anything
    pub async fn check_new(&self, actor: &Actor, uri: &FileUri) -> Result<(), FileError> {
        let name = FileName::new(uri.name().unwrap_or_default())?;
        ensure_root(&self.core, actor).await?;
        let upload = self.look(actor, uri).await?;
        if upload.resolved.node().is_some() {
            return Err(TreeError::NameTaken(name.as_str().to_owned()).into());
        }
        if upload.most_bytes() == 0 {
            return Err(FileError::QuotaExceeded);
        }
        Ok(())
    }

    /// Begins to bring what a task made; a file that is there gets a new version. `None`: the task
    /// brought it before, and somebody died before they could tell.
    /// # Errors
    /// Those of [`Self::begin_stream`]
    pub async fn begin_made(
        &self,
        actor: &Actor,
        uri: &FileUri,
        task: TaskId,
    ) -> Result<Option<StreamUpload>, FileError> {
        self.end_expired(actor, uri).await?;
        let mut upload = self.look(actor, uri).await?;
        if let Some(file) = upload.replaces() {
            let held = blobs::of_file(self.core.store.read(), file).await?;
            if held.iter().any(|blob| blob.props.made_by == Some(task)) {
                return Ok(None);
            }
        }
        upload.made_by = Some(task);
        Ok(Some(upload))
    }

    async fn look(&self, actor: &Actor, uri: &FileUri) -> Result<StreamUpload, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        let (owner, target) = (resolved.navigator.owner, [resolved.arrival()]);
        let content = StreamedContent {
            uri: uri.clone(),
            expected_bytes: None,
            last_modified: None,
            make_folders: false,
            only_over: None,
            held: Vec::new(),
        };
        let upload = self.begin_stream(actor, content, resolved).await?;
        lock::check(db, &self.core, actor, owner, &target, &[]).await?;
        Ok(upload)
    }
}
