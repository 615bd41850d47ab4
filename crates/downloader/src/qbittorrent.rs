//! qBittorrent, over its Web API (version 2, of qBittorrent 4.1 and later).

mod answer;
mod form;

use crate::proxy::{ProxyAddress, USER, lock};
use crate::settings::Program;
use crate::{
    Downloader, DownloaderError, FileStatus, Handle, Job, NewJob, Selection, Source, State, Status,
};
use answer::{File, Torrent, state};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form::multipart;
use http::StatusCode;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use site::outgoing::{Outgoing, OutgoingError, Question, post_form};
use site::task::causes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use url::Url;
use uuid::Uuid;

const NAME: &str = "qBittorrent";
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

/// Cookies of sessions, by server and user; and preferences to put back, by server.
pub(crate) type Sessions = Arc<Mutex<HashMap<String, String>>>;

/// A daemon.
#[derive(Debug)]
pub struct QBittorrent {
    base: Url,
    user: String,
    password: String,
    outgoing: Outgoing,
    proxy: Option<ProxyAddress>,
    sessions: Sessions,
}

/// What is posted.
enum Form<'a> {
    Fields(Vec<(&'a str, String)>),
    /// With a torrent file.
    Multipart(Vec<(&'a str, String)>, Option<&'a [u8]>),
}

impl QBittorrent {
    pub(crate) fn new(
        program: &Program,
        server: Url,
        outgoing: Outgoing,
        (proxy, sessions): (Option<ProxyAddress>, Sessions),
    ) -> Result<Self, DownloaderError> {
        let base = format!("{}/api/v2/", server.as_str().trim_end_matches('/'));
        let wrong = |_| DownloaderError::NotConfigured(format!("{base:?} is no address"));
        Ok(Self {
            base: Url::parse(&base).map_err(wrong)?,
            user: program.user.clone(),
            password: program.password.clone(),
            outgoing,
            proxy,
            sessions,
        })
    }

    fn session_key(&self) -> String {
        // The password, too: who changes it is to be asked for it.
        format!("{} {} {}", self.base, self.user, self.password)
    }

    fn session(&self) -> Option<String> {
        lock(&self.sessions).get(&self.session_key()).cloned()
    }

    /// Posts a form, signing in first if that is asked for.
    async fn post(
        &self,
        path: &str,
        form: &Form<'_>,
    ) -> Result<http::Response<Vec<u8>>, DownloaderError> {
        let answer = self.send(path, form).await?;
        if answer.status() != StatusCode::FORBIDDEN && answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        self.sign_in().await?;
        let answer = self.send(path, form).await?;
        if answer.status() == StatusCode::FORBIDDEN || answer.status() == StatusCode::UNAUTHORIZED {
            return Err(DownloaderError::Denied(NAME));
        }
        Ok(answer)
    }

    async fn send(
        &self,
        path: &str,
        form: &Form<'_>,
    ) -> Result<http::Response<Vec<u8>>, DownloaderError> {
        let mut question = self.question(path, form)?;
        if let Some(cookie) = self.session()
            && let Ok(cookie) = cookie.parse()
        {
            question.headers_mut().insert(COOKIE, cookie);
        }
        let answer = self.outgoing.send(question).await;
        answer.map_err(|error| self.away(error))
    }

    fn question(&self, path: &str, form: &Form<'_>) -> Result<Question, DownloaderError> {
        let url = self
            .base
            .join(path)
            .map_err(|error| garbled(error.to_string()))?;
        let question = match form {
            Form::Fields(fields) => {
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(key, value)| (*key, value.as_str()))
                    .collect();
                post_form(&url, &fields)
            }
            Form::Multipart(fields, torrent) => {
                let boundary = format!("alcove-{}", Uuid::new_v4().simple());
                let kind = format!("multipart/form-data; boundary={boundary}");
                let question = http::Request::post(url.as_str()).header(CONTENT_TYPE, kind);
                let body = multipart(&boundary, fields, *torrent);
                question.body(body).map_err(OutgoingError::from)
            }
        };
        question.map_err(|error| self.away(error))
    }

    async fn sign_in(&self) -> Result<(), DownloaderError> {
        let form = Form::Fields(vec![
            ("username", self.user.clone()),
            ("password", self.password.clone()),
        ]);
        let question = self.question("auth/login", &form)?;
        let answer = self.outgoing.send(question).await;
        let answer = answer.map_err(|error| self.away(error))?;
        if answer.status() == StatusCode::FORBIDDEN {
            // After some wrong ones nobody is listened to for a while.
            return Err(DownloaderError::Denied(NAME));
        }
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if !answer.status().is_success() || cookies.is_empty() {
            return Err(DownloaderError::Denied(NAME));
        }
        lock(&self.sessions).insert(self.session_key(), cookies);
        Ok(())
    }

    fn away(&self, error: OutgoingError) -> DownloaderError {
        let why = match error {
            OutgoingError::Http(error) => causes(&error.without_url()),
            error @ OutgoingError::TooLong(_) => return garbled(error.to_string()),
            error => error.to_string(),
        };
        DownloaderError::Away {
            program: NAME,
            server: self.base.origin().ascii_serialization(),
            why,
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: Vec<(&str, String)>,
    ) -> Result<T, DownloaderError> {
        let answer = self.post(path, &Form::Fields(fields)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(DownloaderError::Gone);
        }
        if !answer.status().is_success() {
            return Err(garbled(format!("status {}", answer.status().as_u16())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| garbled(error.to_string()))
    }

    /// Something that answers nothing of interest.
    async fn tell(&self, path: &str, fields: Vec<(&str, String)>) -> Result<(), DownloaderError> {
        let answer = self.post(path, &Form::Fields(fields)).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(DownloaderError::Refused {
            program: NAME,
            why: format!("{path} with status {}", answer.status().as_u16()),
        })
    }

    async fn found(&self, id: Uuid) -> Result<Option<Torrent>, DownloaderError> {
        let found: Vec<Torrent> = self.ask("torrents/info", vec![("tag", tag(id))]).await?;
        Ok(found.into_iter().next())
    }

    /// A proxy that an earlier download set, and that is not wanted any more, gives way to what was
    /// set before.
    async fn unset_proxy(&self) -> Result<(), DownloaderError> {
        let now: Map<String, Value> = self.ask("app/preferences", Vec::new()).await?;
        if now.get("proxy_username") != Some(&json!(USER)) {
            return Ok(());
        }
        let before = lock(&self.sessions).remove(&self.proxy_key());
        let none = || match now.get("proxy_type") {
            Some(Value::String(_)) => json!({ "proxy_type": "None" }).to_string(),
            _ => json!({ "proxy_type": 0 }).to_string(),
        };
        let wanted = before.unwrap_or_else(none);
        self.tell("app/setPreferences", vec![("json", wanted)])
            .await
    }

    /// Where it is kept which proxy was set before ours.
    fn proxy_key(&self) -> String {
        format!("proxy of {}", self.base)
    }

    /// Trackers and web seeds are asked through our proxy; peers are not.
    async fn set_proxy(&self) -> Result<(), DownloaderError> {
        let Some(proxy) = &self.proxy else {
            return Ok(());
        };
        let now: Map<String, Value> = self.ask("app/preferences", Vec::new()).await?;
        let is_set = now.get("proxy_ip") == Some(&json!(proxy.host))
            && now.get("proxy_port") == Some(&json!(proxy.port))
            && now.get("proxy_password") == Some(&json!(proxy.password));
        if is_set {
            return Ok(());
        }
        if now.get("proxy_username") != Some(&json!(USER)) {
            let is_proxy = |key: &String| key.starts_with("proxy_");
            let before: Map<String, Value> = now
                .clone()
                .into_iter()
                .filter(|(key, _)| is_proxy(key))
                .collect();
            let before = Value::Object(before).to_string();
            lock(&self.sessions).insert(self.proxy_key(), before);
        }
        // Names since 4.6, numbers before: 3 is HTTP with a password.
        let kind = match now.get("proxy_type") {
            Some(Value::String(_)) => json!("HTTP"),
            _ => json!(3),
        };
        let wanted = json!({
            "proxy_type": kind,
            "proxy_ip": proxy.host,
            "proxy_port": proxy.port,
            "proxy_auth_enabled": true,
            "proxy_username": proxy.user,
            "proxy_password": proxy.password,
            "proxy_bittorrent": true,
            "proxy_misc": true,
            "proxy_rss": true,
            "proxy_hostname_lookup": true,
            "proxy_peer_connections": false,
            "proxy_torrents_only": false,
        });
        self.tell("app/setPreferences", vec![("json", wanted.to_string())])
            .await
    }

    async fn files(&self, hash: &str) -> Result<Vec<FileStatus>, DownloaderError> {
        let files = self
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

fn garbled(why: String) -> DownloaderError {
    DownloaderError::Garbled { program: NAME, why }
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
            self.unset_proxy().await?;
        }
        self.set_proxy().await?;
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
        self.set_proxy().await?;
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
            self.tell("torrents/filePrio", fields).await?;
        }
        Ok(())
    }

    async fn cancel(&self, job: Job<'_>) -> Result<(), DownloaderError> {
        if let Some(torrent) = self.found(job.id).await? {
            let fields = vec![("hashes", torrent.hash), ("deleteFiles", "true".to_owned())];
            self.tell("torrents/delete", fields).await?;
        }
        self.tell("torrents/deleteTags", vec![("tags", tag(job.id))])
            .await
    }

    async fn version(&self) -> Result<String, DownloaderError> {
        let answer = self.post("app/version", &Form::Fields(Vec::new())).await?;
        let said = String::from_utf8_lossy(answer.body()).trim().to_owned();
        if !answer.status().is_success() || !said.starts_with('v') || said.len() > 64 {
            return Err(garbled("it does not say which version it is".to_owned()));
        }
        Ok(said)
    }
}
