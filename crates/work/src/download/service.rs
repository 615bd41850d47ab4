//! What people ask of downloads: to begin them, to choose files, to call them off.

use super::RemoteDownload;
use super::choice::{ChoiceError, Fetchers};
use super::error::DownloadError;
use super::state::{Downloading, Phase};
use crate::conflict::Conflict;
use downloader::{DownloaderError, Job, Selection, check_magnet, without_login};
use drive::blob::{OpenBlobs, Uploads};
use drive::context::Core;
use drive::error::FileError;
use entity::{TaskId, TaskState};
use site::access;
use site::actor::Actor;
use site::limits::{DOWNLOAD_LINK_BYTES, DOWNLOAD_LINKS, TORRENT_BYTES};
use site::task::{self, TaskInfo, TaskKind as _, Tasks};
use std::sync::Arc;
use store::tasks as rows;
use wire::{FileUri, GroupPermission};

/// Characters of a link that are told again.
const TOLD_CHARS: usize = 100;

/// What is to be fetched, and where to.
#[derive(Clone, Debug)]
pub struct DownloadRequest {
    /// Links, one task each.
    pub links: Vec<String>,
    /// A torrent file in a drive.
    pub torrent: Option<String>,
    /// URI of a folder that is there.
    pub dst: String,
    /// What happens to a file whose name is taken; `None`: nobody said, and what is there stays.
    pub conflict: Option<Conflict>,
}

/// The service behind downloads.
#[derive(Clone, Debug)]
pub struct Downloads {
    core: Arc<Core>,
    uploads: Uploads,
    blobs: OpenBlobs,
    tasks: Tasks,
    pub fetchers: Fetchers,
}

impl Downloads {
    pub fn new(core: Arc<Core>, uploads: Uploads) -> Self {
        Self {
            uploads,
            blobs: OpenBlobs::new(Arc::clone(&core)),
            tasks: Tasks::new(Arc::clone(&core.site)),
            fetchers: Fetchers::new(Arc::clone(&core)),
            core,
        }
    }

    /// Begins downloads. Where links lead is looked at when their task begins.
    /// # Errors
    /// `GroupNotAllowed`, `NoSources`, `MixedSources`, `BadUri`, `NotFound` of the folder,
    /// `NotAllowed`, `OwnerOnly`, `TooMany`, `LinkTooLong`, `BadMagnet`, `TorrentTooLarge`, and why
    /// the torrent cannot be read
    pub async fn begin(
        &self,
        actor: &Actor,
        request: &DownloadRequest,
    ) -> Result<Vec<TaskInfo>, DownloadError> {
        let owner = access::signed_in(actor).map_err(FileError::from)?.user.id;
        if !actor.may(GroupPermission::RemoteDownload) {
            return Err(FileError::GroupNotAllowed.into());
        }
        let links = request.links.iter().map(|link| link.trim());
        let links: Vec<&str> = links.filter(|link| !link.is_empty()).collect();
        let torrent = request.torrent.as_deref().filter(|uri| !uri.is_empty());
        match (links.is_empty(), torrent) {
            (true, None) => return Err(DownloadError::NoSources),
            (false, Some(_)) => return Err(DownloadError::MixedSources),
            _ => {}
        }
        let dst = FileUri::parse(&request.dst).map_err(FileError::from)?;
        self.uploads.room_in(actor, &dst).await?;
        let most = usize::try_from(actor.group().settings.aria2_batch).unwrap_or(0);
        let most = if most == 0 {
            DOWNLOAD_LINKS
        } else {
            most.min(DOWNLOAD_LINKS)
        };
        if links.len() > most {
            return Err(DownloadError::TooMany(most));
        }
        if links.iter().any(|link| link.len() > DOWNLOAD_LINK_BYTES) {
            return Err(DownloadError::LinkTooLong);
        }
        if let Some(bad) = links.iter().find(|link| check_magnet(link).is_err()) {
            let told = without_login(bad).chars().take(TOLD_CHARS).collect();
            return Err(DownloadError::BadMagnet(told));
        }
        let sealer = &self.core.sealer;
        let states: Vec<Downloading> = if let Some(torrent) = torrent {
            let uri = FileUri::parse(torrent).map_err(FileError::from)?;
            let blob = self.blobs.of_file(actor, &uri).await?;
            if blob.size_bytes > TORRENT_BYTES {
                return Err(DownloadError::TorrentTooLarge);
            }
            vec![Downloading::of_torrent(sealer, &uri, &dst).with_conflict(request.conflict)]
        } else {
            let state = |link: &&str| {
                Downloading::of_link(sealer, link, &dst).with_conflict(request.conflict)
            };
            links.iter().map(state).collect()
        };
        let now = self.core.now();
        let mut tx = self.core.store.begin().await?;
        let new = |state| task::system_task::<RemoteDownload>(state, now);
        let new = states.iter().map(new).collect();
        let ids = task::queue_for(&mut tx, owner, new).await;
        let ids = ids.map_err(FileError::from)?;
        tx.commit().await?;
        let mut begun = Vec::with_capacity(ids.len());
        for id in ids {
            begun.push(self.tasks.get(actor, id).await?);
        }
        Ok(begun)
    }

    /// Chooses among the files of one's own download while it runs.
    /// # Errors
    /// `NotFound`, `NotProcessing`, `NotMonitoring`, `Downloader`
    pub async fn select(
        &self,
        actor: &Actor,
        id: TaskId,
        files: &[Selection],
    ) -> Result<(), DownloadError> {
        let row = self.own(actor, id).await?;
        if !matches!(row.state, TaskState::Processing | TaskState::Suspending) {
            return Err(DownloadError::NotProcessing);
        }
        let state: Option<Downloading> = serde_json::from_str(&row.private_state).ok();
        let state = state.filter(|state| state.phase == Phase::Monitor);
        let assigned = state.and_then(|state| state.assigned);
        let Some((assigned, handle)) =
            assigned.and_then(|assigned| Some((assigned.clone(), assigned.handle?)))
        else {
            return Err(DownloadError::NotMonitoring);
        };
        let chosen = self
            .fetchers
            .of(&assigned)
            .await
            .map_err(|error| match error {
                ChoiceError::NoNode => {
                    DownloaderError::NotConfigured("its node is gone".to_owned()).into()
                }
                ChoiceError::Downloader(error) => DownloadError::from(error),
                ChoiceError::Store(error) => error.into(),
            })?;
        let job = Job {
            id: assigned.id,
            folder: &assigned.folder,
            handle: &handle,
        };
        Ok(chosen.downloader.select(job, files).await?)
    }

    /// Calls one's own download off. What is no download stays as it is.
    /// # Errors
    /// `NotFound`
    pub async fn cancel(&self, actor: &Actor, id: TaskId) -> Result<(), DownloadError> {
        access::signed_in(actor).map_err(FileError::from)?;
        let row = rows::seen(self.core.store.read(), id).await?;
        let row = row.filter(|row| row.owner_id == actor.user_id() && row.state.is_active());
        let row = row.ok_or(DownloadError::NotFound)?;
        if row.kind == RemoteDownload::NAME {
            self.tasks.cancel(actor, id).await?;
        }
        Ok(())
    }

    async fn own(&self, actor: &Actor, id: TaskId) -> Result<entity::task::Model, DownloadError> {
        access::signed_in(actor).map_err(FileError::from)?;
        let row = rows::whole(self.core.store.read(), id).await?;
        let row = row.filter(|row| {
            row.owner_id == actor.user_id()
                && row.kind == RemoteDownload::NAME
                && row.state.is_active()
        });
        row.ok_or(DownloadError::NotFound)
    }
}
