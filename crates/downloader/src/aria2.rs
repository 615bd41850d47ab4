//! aria2, over JSON-RPC (aria2 manual, RPC interface).

mod answer;
mod failure;
mod looks;

use crate::job::follow_up;
use crate::proxy::ProxyAddress;
use crate::settings::Program;
use crate::{
    Downloader, DownloaderError, FileStatus, Handle, Job, NewJob, Selection, Source, State, Status,
};
use answer::{Answered, KEYS, SHORT_KEYS};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub(crate) use looks::Looks;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use site::outgoing::{Outgoing, OutgoingError, post_json};
use site::task::causes;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use url::Url;
use uuid::Uuid;

const NAME: &str = "aria2";
/// How long to wait until a job is gone.
const GOING: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(100);
/// Jobs that one may have led to.
const MOST_FOLLOWED: usize = 100;
/// What is asked of a job that is being removed.
const ENDING_KEYS: [&str; 3] = ["gid", "status", "followedBy"];
/// Jobs that were told of the proxy of this process.
pub(crate) type Told = Arc<Mutex<HashSet<String>>>;

/// A daemon.
#[derive(Debug)]
pub struct Aria2 {
    server: Url,
    token: String,
    outgoing: Outgoing,
    proxy: Option<ProxyAddress>,
    told: Told,
    looks: Looks,
}

impl Aria2 {
    pub(crate) fn new(
        program: &Program,
        mut server: Url,
        outgoing: Outgoing,
        proxy: Option<ProxyAddress>,
        (told, looks): (Told, Looks),
    ) -> Self {
        server.set_path("/jsonrpc");
        Self {
            server,
            token: program.token.clone(),
            outgoing,
            proxy,
            told,
            looks,
        }
    }

    async fn call(&self, method: &str, params: Vec<Value>) -> Result<Value, DownloaderError> {
        let mut all = vec![json!(format!("token:{}", self.token))];
        all.extend(params);
        let question = json!({
            "jsonrpc": "2.0", "id": "alcove", "method": format!("aria2.{method}"), "params": all,
        });
        let question = post_json(&self.server, &question).map_err(|error| self.away(error))?;
        let answer = self.outgoing.send(question).await;
        let answer = answer.map_err(|error| self.away(error))?;
        let garbled = |why: String| DownloaderError::Garbled { program: NAME, why };
        let answer: Answer = serde_json::from_slice(answer.body()).map_err(|error| {
            garbled(format!(
                "{} with status {}",
                error,
                answer.status().as_u16()
            ))
        })?;
        match (answer.result, answer.error) {
            (_, Some(error)) => Err(refusal(error.message)),
            (Some(result), None) => Ok(result),
            (None, None) => Err(garbled("neither result nor error".to_owned())),
        }
    }

    fn away(&self, error: OutgoingError) -> DownloaderError {
        let why = match error {
            OutgoingError::Http(error) => causes(&error.without_url()),
            error @ OutgoingError::TooLong(_) => {
                return DownloaderError::Garbled {
                    program: NAME,
                    why: error.to_string(),
                };
            }
            error => error.to_string(),
        };
        let server = self.server.origin().ascii_serialization();
        DownloaderError::Away {
            program: NAME,
            server,
            why,
        }
    }

    async fn tell(&self, gid: &str) -> Result<Answered, DownloaderError> {
        self.tell_of(gid, &KEYS).await
    }

    async fn tell_of(&self, gid: &str, keys: &[&str]) -> Result<Answered, DownloaderError> {
        let told = self
            .call("tellStatus", vec![json!(gid), json!(keys)])
            .await?;
        Answered::deserialize(told).map_err(|error| DownloaderError::Garbled {
            program: NAME,
            why: error.to_string(),
        })
    }

    /// A job of an earlier process asks a proxy that is not there any more. A torrent is told of the
    /// new one; what is fetched from one server has given up by now, or will, and is begun again.
    async fn tell_of_proxy(&self, answered: &Answered) -> Result<(), DownloaderError> {
        let Some(proxy) = &self.proxy else {
            return Ok(());
        };
        let url = proxy.url(&answered.gid);
        let key = format!("{} {url}", answered.gid);
        let has_ended = !matches!(
            answered.status.as_str(),
            "active" | "waiting" | "paused" | "error"
        );
        if has_ended || self.told().contains(&key) {
            return Ok(());
        }
        if answered.bittorrent.is_some() && answered.status != "error" {
            let options = json!({ "all-proxy": url });
            let params = vec![json!(answered.gid), options];
            self.call("changeOption", params).await?;
            self.told().insert(key);
            return Ok(());
        }
        self.remove(&answered.gid).await?;
        Err(DownloaderError::Gone)
    }

    /// # Errors
    /// `BrokenOff`
    async fn of_answer(&self, told: Answered) -> Result<Status, DownloaderError> {
        if told.is_broken_off() {
            self.remove(&told.gid).await?;
            return Err(DownloaderError::BrokenOff);
        }
        told.into_status()
    }

    fn told(&self) -> MutexGuard<'_, HashSet<String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn options(&self, job: &NewJob, gid: &str) -> Map<String, Value> {
        let texts = job.options.iter().filter_map(|(key, value)| {
            let value = match value {
                Value::Bool(is) => json!(is.to_string()),
                Value::Number(number) => json!(number.to_string()),
                Value::Null | Value::Object(_) => return None,
                other => other.clone(),
            };
            Some((key.clone(), value))
        });
        let mut options: Map<String, Value> = texts.collect();
        let usual = [
            ("file-allocation", "none"),
            ("continue", "true"),
            ("auto-file-renaming", "false"),
        ];
        for (key, value) in usual {
            options.entry(key).or_insert_with(|| json!(value));
        }
        // What comes is looked at here before anything in it is asked for.
        for key in ["follow-torrent", "follow-metalink"] {
            options.insert(key.to_owned(), json!("false"));
        }
        options.insert("gid".to_owned(), json!(gid));
        options.insert("dir".to_owned(), json!(job.folder));
        if let Some(proxy) = &self.proxy {
            options.insert("all-proxy".to_owned(), json!(proxy.url(gid)));
            // For ftp: connections of its own, each of which is looked at.
            options.insert("proxy-method".to_owned(), json!("tunnel"));
            for key in ["http-proxy", "https-proxy", "ftp-proxy", "no-proxy"] {
                options.insert(key.to_owned(), json!(""));
            }
        }
        options
    }
}

/// What aria2 says when it does not do something.
fn refusal(message: String) -> DownloaderError {
    if message == "Unauthorized" {
        DownloaderError::Denied(NAME)
    } else if message.contains("is not found") || message.contains("No such download") {
        DownloaderError::Gone
    } else {
        DownloaderError::Refused {
            program: NAME,
            why: message,
        }
    }
}

/// The id that a job has there.
fn gid(id: Uuid) -> String {
    id.simple().to_string()[..16].to_owned()
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Value>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    message: String,
}

#[async_trait]
impl Downloader for Aria2 {
    async fn create(&self, job: &NewJob) -> Result<Handle, DownloaderError> {
        tokio::fs::create_dir_all(&job.folder).await?;
        let gid = gid(job.id);
        let options = self.options(job, &gid);
        let created = match &job.source {
            Source::Link(url) => {
                self.call("addUri", vec![json!([url.as_str()]), json!(options)])
                    .await
            }
            Source::Torrent(bytes) => {
                let bytes = json!(STANDARD.encode(bytes));
                self.call("addTorrent", vec![bytes, json!([]), json!(options)])
                    .await
            }
        };
        match created {
            // It was asked for before, and the answer got lost.
            Err(DownloaderError::Refused { why, .. }) if why.contains("not unique") => {}
            created => drop(created?),
        }
        if let Some(proxy) = &self.proxy {
            self.told().insert(format!("{gid} {}", proxy.url(&gid)));
        }
        Ok(Handle {
            id: gid,
            hash: String::new(),
        })
    }

    async fn status(&self, job: Job<'_>) -> Result<Status, DownloaderError> {
        let gid_now = job.handle.id.as_str();
        if self.looks.has(gid_now) {
            let told = self.tell_of(gid_now, &SHORT_KEYS).await?;
            self.tell_of_proxy(&told).await?;
            let short = self.of_answer(told).await?;
            if let Some(status) = self.looks.complete(gid_now, short) {
                return Ok(status);
            }
        }
        let told = self.tell(gid_now).await?;
        self.tell_of_proxy(&told).await?;
        let mut status = self.of_answer(told).await?;
        self.looks.keep(gid_now, &status);
        if status.state == State::Error
            && let Some(proxy) = &self.proxy
        {
            // What a magnet link led to asks as the first one.
            let refusal = proxy.refusal(&job.handle.id);
            let refusal = refusal.or_else(|| proxy.refusal(&gid(job.id)));
            status.error_message = refusal.unwrap_or(status.error_message);
        }
        Ok(status)
    }

    async fn select(&self, job: Job<'_>, files: &[Selection]) -> Result<(), DownloaderError> {
        let status = self.tell(&job.handle.id).await?.into_status()?;
        let is_wanted = |file: &FileStatus| {
            let chosen = files.iter().rev().find(|chosen| chosen.index == file.index);
            chosen.map_or(file.selected, |chosen| chosen.wanted)
        };
        let wanted = status.files.iter().filter(|file| is_wanted(file));
        let wanted: Vec<String> = wanted.map(|file| file.index.to_string()).collect();
        if wanted.is_empty() {
            return Err(DownloaderError::Unsupported(
                "at least one file has to stay".to_owned(),
            ));
        }
        let options = json!({ "select-file": wanted.join(",") });
        let told = self
            .call("changeOption", vec![json!(job.handle.id), options])
            .await;
        self.looks.forget(&job.handle.id);
        told.map(drop)
    }

    async fn cancel(&self, job: Job<'_>) -> Result<(), DownloaderError> {
        // The one that led to it stays in the list of those that ended.
        let mut open = vec![gid(follow_up(job.id)), gid(job.id), job.handle.id.clone()];
        let mut seen = HashSet::new();
        while let Some(gid) = open.pop() {
            if !gid.is_empty() && seen.len() < MOST_FOLLOWED && seen.insert(gid.clone()) {
                open.extend(self.remove(&gid).await?);
            }
        }
        Ok(())
    }

    async fn version(&self) -> Result<String, DownloaderError> {
        let answer = self.call("getVersion", Vec::new()).await?;
        let version = answer.get("version").and_then(Value::as_str);
        version
            .map(str::to_owned)
            .ok_or_else(|| DownloaderError::Garbled {
                program: NAME,
                why: "it does not say which version it is".to_owned(),
            })
    }
}

impl Aria2 {
    /// Ends a job, waits until nothing is written any more, and has it forgotten. Answers what it
    /// led to, which may have begun meanwhile.
    async fn remove(&self, gid: &str) -> Result<Vec<String>, DownloaderError> {
        let begun = std::time::Instant::now();
        let mut is_told = false;
        let followed = loop {
            let told = match self.tell_of(gid, &ENDING_KEYS).await {
                Err(DownloaderError::Gone) => return Ok(Vec::new()),
                told => told?,
            };
            if !matches!(told.status.as_str(), "active" | "waiting" | "paused")
                || begun.elapsed() > GOING
            {
                break told.followed_by;
            }
            if !std::mem::replace(&mut is_told, true) {
                match self.call("forceRemove", vec![json!(gid)]).await {
                    Err(DownloaderError::Gone | DownloaderError::Refused { .. }) | Ok(_) => {}
                    Err(error) => return Err(error),
                }
            }
            tokio::time::sleep(LOOK).await;
        };
        match self.call("removeDownloadResult", vec![json!(gid)]).await {
            Err(DownloaderError::Gone | DownloaderError::Refused { .. }) | Ok(_) => Ok(followed),
            Err(error) => Err(error),
        }
    }
}
