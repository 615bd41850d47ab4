//! qBittorrent, over its Web API (version 2, of qBittorrent 4.1 and later).

mod answer;
mod form;
mod preferences;
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
use http::StatusCode;
use serde_json::Value;
use site::outgoing::Outgoing;
use url::Url;
use uuid::Uuid;
pub(crate) use web::Sessions;
use web::{Form, NAME, Web, garbled};

/// Options that are passed on (V4 API, remote download).
const OPTIONS: [&str; 11] = [
    "cookie",
    "skip_checking",
    "root_folder",
    "rename",
    "upLimit",
    "dlLimit",
    "ratioLimit",
    "seedingTimeLimit",
    "autoTMM",
    "sequentialDownload",
    "firstLastPiecePrio",
];
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
        Ok(found.into_iter().next())
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
        let mut fields: Vec<(&str, String)> = Vec::new();
        for key in OPTIONS {
            let value = match job.options.get(key) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            fields.push((key, value));
        }
        fields.push(("savepath", job.folder.display().to_string()));
        fields.push(("tags", tag(job.id)));
        // Wherever else it puts things usually.
        fields.push(("useDownloadPath", "false".to_owned()));
        fields.retain(|(key, value)| *key != "autoTMM" || value == "false");
        let torrent = match &job.source {
            Source::Link(url) => {
                fields.push(("urls", url.to_string()));
                None
            }
            Source::Torrent(bytes) => Some(bytes.as_slice()),
        };
        let answer = self
            .web
            .post("torrents/add", &Form::Multipart(fields, torrent))
            .await?;
        let said = String::from_utf8_lossy(answer.body()).trim().to_owned();
        let why = match answer.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "it is no torrent".to_owned(),
            status if status.is_success() && said != "Fails." => return Ok(handle(String::new())),
            status if status.is_success() => {
                "it takes this no second time, or cannot read it".to_owned()
            }
            status => format!("status {}", status.as_u16()),
        };
        Err(DownloaderError::Refused { program: NAME, why })
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
