//! A link that leads to a torrent file: it is looked at here, then its downloader gets it.

use super::choice::Chosen;
use super::state::{Assigned, Downloading};
use super::transfer::open_below;
use super::work::{OPTIONS, RemoteDownload, Stepped, of_downloader, wanted};
use downloader::{NewJob, Provider, Source, follow_up};
use site::limits::TORRENT_BYTES;
use site::task::{Run, Step};
use std::io::{self, Read as _};
use std::path::Path;

/// How such files are called.
const ENDING: &str = ".torrent";

impl RemoteDownload {
    /// Whether what was fetched is a torrent file that its downloader knows what to do with.
    pub(super) fn may_follow(chosen: &Chosen, state: &Downloading) -> bool {
        let is_torrent = |name: &str| name.to_ascii_lowercase().ends_with(ENDING);
        let file = state
            .status
            .as_ref()
            .and_then(|status| wanted(status).next());
        let assigned = state.assigned.as_ref();
        matches!(chosen.provider, Provider::Aria2(_))
            && state.is_plain_link()
            && assigned.is_some_and(|assigned| !assigned.followed)
            && file.is_some_and(|file| is_torrent(&file.name))
    }

    /// Begins what a fetched torrent file is about.
    pub(super) async fn follow(
        &self,
        run: &Run,
        (chosen, assigned): (&Chosen, &Assigned),
        mut state: Downloading,
    ) -> Stepped {
        let file = state
            .status
            .as_ref()
            .and_then(|status| wanted(status).next());
        let name = file.map(|file| file.name.clone()).unwrap_or_default();
        let folder = chosen.downloader.content(&assigned.folder);
        let read = tokio::task::spawn_blocking(move || read(&folder, &name)).await;
        let bytes = read.map_err(io::Error::other).and_then(|read| read)?;
        let source = Source::Torrent(bytes);
        chosen.check(&source).await.map_err(of_downloader)?;
        let new = NewJob {
            id: follow_up(assigned.id),
            folder: assigned.folder.clone(),
            source,
            options: chosen.options(run.actor()?.group().settings.other.get(OPTIONS)),
            most_bytes: 0,
        };
        let handle = chosen.downloader.create(&new).await;
        let handle = handle.map_err(of_downloader)?;
        if let Some(assigned) = &mut state.assigned {
            assigned.handle = Some(handle);
            assigned.followed = true;
        }
        state.status = None;
        state.checked = None;
        Ok(Step::Again(state))
    }
}

fn read(folder: &Path, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = open_below(folder, name)?;
    file.take(TORRENT_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > TORRENT_BYTES {
        return Err(io::Error::other("the torrent file is too large"));
    }
    Ok(bytes)
}
