//! A link that leads to a torrent file: it is looked at here, then its downloader gets it.

use super::choice::Chosen;
use super::open_below::open_below;
use super::state::{Assigned, Downloading, Fetched, Phase};
use super::work::{OPTIONS, RemoteDownload, Stepped, of_choice, of_downloader, wanted};
use downloader::{NewJob, Provider, Source, follow_up};
use site::limits::TORRENT_BYTES;
use site::task::{Run, Step, TaskError};
use std::io::{self, Read as _};
use std::path::Path;

/// How such files are called.
const ENDING: &str = ".torrent";

/// Whether what was fetched is a torrent file that a downloader of the node knows what to do with.
pub(super) fn may_follow(chosen: &Chosen, state: &Downloading) -> bool {
    let is_torrent = |name: &str| name.to_ascii_lowercase().ends_with(ENDING);
    let is_new = state.fetched.is_none()
        && state
            .assigned
            .as_ref()
            .is_some_and(|assigned| !assigned.followed);
    let knows_torrents = chosen
        .settings
        .provider_for(&Source::Torrent(Vec::new()))
        .is_ok_and(|provider| !matches!(provider, Provider::Builtin));
    is_new
        && knows_torrents
        && state.is_plain_link()
        && name_of(state).is_some_and(|name| is_torrent(&name))
}

fn name_of(state: &Downloading) -> Option<String> {
    let status = state.status.as_ref()?;
    wanted(status).next().map(|file| file.name.clone())
}

impl RemoteDownload {
    /// Begins what a fetched torrent file is about.
    pub(super) async fn follow(
        &self,
        run: &Run,
        (chosen, assigned): (&Chosen, &Assigned),
        mut state: Downloading,
    ) -> Stepped {
        let fetched = Fetched {
            by: assigned.clone(),
            name: name_of(&state).unwrap_or_default(),
        };
        state.status = None;
        state.checked = None;
        if !matches!(chosen.provider, Provider::Aria2(_)) {
            // It was fetched here: another one is to be found for what it is about.
            state.fetched = Some(fetched);
            state.assigned = None;
            state.phase = Phase::New;
            return Ok(Step::Again(state));
        }
        let source = self.torrent_of(&fetched).await?;
        let source = chosen.check(source).await.map_err(of_downloader)?;
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
        Ok(Step::Again(state))
    }

    /// The torrent file that somebody has fetched.
    pub(super) async fn torrent_of(&self, fetched: &Fetched) -> Result<Source, TaskError> {
        let by = self.fetchers.of(&fetched.by).await.map_err(of_choice)?;
        let folder = by.downloader.content(&fetched.by.folder);
        let name = fetched.name.clone();
        let read = tokio::task::spawn_blocking(move || read(&folder, &name)).await;
        let bytes = read.map_err(io::Error::other).and_then(|read| read)?;
        Ok(Source::Torrent(bytes))
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
