//! qBittorrent, over its Web API (2.7 and later: qBittorrent 4.3.2, 4.4 to 4.6, and 5). What versions
//! call differently is sent under all of its names; a daemon passes over those that it does not know.

mod add;
mod answer;
mod form;
mod preferences;
#[cfg(test)]
mod tests;
mod web;

use crate::proxy::ProxyAddress;
use crate::settings::Program;
use crate::{
    Downloader, DownloaderError, FileStatus, Handle, Job, NewJob, Selection, Source, State, Status,
};
use answer::{File, Torrent, state};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use site::outgoing::Outgoing;
use url::Url;
use uuid::Uuid;
pub(crate) use web::Sessions;
use web::{Form, NAME, Web, garbled};

/// A piece that is there.
const HAVE: u8 = 2;

/// A daemon.
#[derive(Debug)]
pub struct QBittorrent {
    web: Web,
    proxy: Option<ProxyAddress>,
}

impl QBittorrent {
    pub(crate) fn new(
        program: &Program,
        server: Url,
        outgoing: Outgoing,
        (proxy, sessions): (Option<ProxyAddress>, Sessions),
    ) -> Result<Self, DownloaderError> {
        Ok(Self {
            web: Web::new(program, &server, outgoing, sessions)?,
            proxy,
        })
    }

    async fn found(&self, id: Uuid) -> Result<Option<Torrent>, DownloaderError> {
        let found: Vec<Torrent> = self
            .web
            .ask("torrents/info", vec![("tag", tag(id))])
            .await?;
        // Those before 4.4 do not know the question and tell of all, which are not ours to end.
        let is_it = |torrent: &Torrent| torrent.is_tagged(&tag(id));
        Ok(found.into_iter().find(is_it))
    }

    async fn files(&self, hash: &str) -> Result<Vec<FileStatus>, DownloaderError> {
        let files = self
            .web
            .ask("torrents/files", vec![("hash", hash.to_owned())])
            .await;
        let files: Vec<File> = match files {
            Err(DownloaderError::Gone) => Vec::new(),
            files => files?,
        };
        let files = files.into_iter().enumerate();
        Ok(files.map(|(number, file)| file.status(number)).collect())
    }

    async fn pieces(&self, hash: &str) -> Result<(String, i64), DownloaderError> {
        let states = self
            .web
            .ask("torrents/pieceStates", vec![("hash", hash.to_owned())])
            .await;
        let states: Vec<u8> = match states {
            // Nobody knows them yet.
            Err(DownloaderError::Gone | DownloaderError::Garbled { .. }) => Vec::new(),
            states => states?,
        };
        let mut bits = vec![0_u8; states.len().div_ceil(8)];
        for (number, _) in states
            .iter()
            .enumerate()
            .filter(|(_, state)| **state == HAVE)
        {
            bits[number / 8] |= 0x80 >> (number % 8);
        }
        Ok((STANDARD.encode(bits), states.len() as i64))
    }
}

/// By which a job is found again.
fn tag(id: Uuid) -> String {
    format!("cr-{id}")
}

#[async_trait]
impl Downloader for QBittorrent {
    async fn create(&self, job: &NewJob) -> Result<Handle, DownloaderError> {
        tokio::fs::create_dir_all(&job.folder).await?;
        if self.proxy.is_none() {
            self.web.unset_proxy().await?;
        }
        self.web.set_proxy(self.proxy.as_ref()).await?;
        let handle = |hash: String| Handle {
            id: job.id.to_string(),
            hash,
        };
        // It was asked for before, and the answer got lost.
        if let Some(found) = self.found(job.id).await? {
            return Ok(handle(found.hash));
        }
        let torrent = match &job.source {
            Source::Link(_) => None,
            Source::Torrent(bytes) => Some(bytes.as_slice()),
        };
        let form = Form::Multipart(add::fields(job, tag(job.id)), torrent);
        let answer = self.web.post("torrents/add", &form).await?;
        match add::refusal(answer.status(), answer.body()) {
            None => Ok(handle(String::new())),
            Some(why) => Err(DownloaderError::Refused { program: NAME, why }),
        }
    }

    async fn status(&self, job: Job<'_>) -> Result<Status, DownloaderError> {
        self.web.set_proxy(self.proxy.as_ref()).await?;
        let Some(torrent) = self.found(job.id).await? else {
            // Adding takes its moment, but who was seen and is not there was removed.
            return if job.handle.hash.is_empty() {
                Ok(Status {
                    state: State::Downloading,
                    ..Status::default()
                })
            } else {
                Err(DownloaderError::Removed)
            };
        };
        if job.handle.hash != torrent.hash {
            let follow = Handle {
                id: job.handle.id.clone(),
                hash: torrent.hash,
            };
            return Ok(Status {
                state: State::Downloading,
                follow: Some(follow),
                ..Status::default()
            });
        }
        let files = self.files(&torrent.hash).await?;
        let (pieces, num_pieces) = self.pieces(&torrent.hash).await?;
        let mut is = state(&torrent.state);
        if is == State::Seeding && files.is_empty() {
            is = State::Downloading;
        }
        let error_message = match torrent.state.as_str() {
            "missingFiles" => "qBittorrent: files of it went missing".to_owned(),
            "error" => "qBittorrent: it cannot be fetched or written".to_owned(),
            other if is == State::Unknown => format!("qBittorrent: unknown state {other:?}"),
            _ => String::new(),
        };
        Ok(Status {
            peers: torrent.peers(),
            name: torrent.name,
            state: is,
            total: if torrent.size > 0 {
                torrent.size
            } else {
                torrent.total_size.max(0)
            },
            downloaded: torrent.completed,
            download_speed: torrent.dlspeed,
            uploaded: torrent.uploaded,
            upload_speed: torrent.upspeed,
            hash: torrent.hash,
            files,
            pieces,
            num_pieces,
            error_message,
            follow: None,
        })
    }

    async fn select(&self, job: Job<'_>, files: &[Selection]) -> Result<(), DownloaderError> {
        let hash = match self.found(job.id).await? {
            Some(torrent) => torrent.hash,
            None => return Err(DownloaderError::Gone),
        };
        for wanted in [true, false] {
            let chosen = files.iter().filter(|file| file.wanted == wanted);
            let ids: Vec<String> = chosen.map(|file| file.index.to_string()).collect();
            if ids.is_empty() {
                continue;
            }
            let fields = vec![
                ("hash", hash.clone()),
                ("id", ids.join("|")),
                ("priority", i32::from(wanted).to_string()),
            ];
            self.web.tell("torrents/filePrio", fields).await?;
        }
        Ok(())
    }

    async fn cancel(&self, job: Job<'_>) -> Result<(), DownloaderError> {
        if let Some(torrent) = self.found(job.id).await? {
            let fields = vec![("hashes", torrent.hash), ("deleteFiles", "true".to_owned())];
            self.web.tell("torrents/delete", fields).await?;
        }
        self.web
            .tell("torrents/deleteTags", vec![("tags", tag(job.id))])
            .await
    }

    async fn version(&self) -> Result<String, DownloaderError> {
        let answer = self
            .web
            .post("app/version", &Form::Fields(Vec::new()))
            .await?;
        let said = String::from_utf8_lossy(answer.body()).trim().to_owned();
        if !answer.status().is_success() || !said.starts_with('v') || said.len() > 64 {
            return Err(garbled("it does not say which version it is".to_owned()));
        }
        Ok(said)
    }
}
