//! A folder on a WebDAV server: where it is, and how it is spoken to (RFC 4918).

use super::options::{WebDavOptions, below};
use crate::answer::{Answer, READ_SECS};
use crate::http::BadOptions;
use crate::refusal::{Refusal, is_passing, retries_of};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use storage::{DriverError, STAGING_FOLDER};
use tokio::sync::{Mutex, MutexGuard};
use url::Url;
use uuid::Uuid;

/// How often a request is sent again that failed in passing.
const RETRIES: usize = 4;
/// No longer than this is waited between two of them, whatever the server names.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(10);
/// Where it is not known which unfinished uploads are its own.
const ANYBODY: &str = "any";

const WRONG_USER: &str = "the user name or the password is wrong";
const NOT_ALLOWED: &str = "this user may not do this: the folder may be read-only";
pub(super) const NO_DAV: &str = "what answers at the address is a web site and no WebDAV server";
const ELSEWHERE: &str = "the server is at another address";
const NO_FOLDER: &str = "there is no such folder on the server";

/// A folder and its connections.
#[derive(Clone)]
pub(super) struct Server {
    /// The folder that is there whatever becomes of the one that everything lies in.
    pub base: Url,
    pub folder: String,
    pub root: Url,
    http: Client,
    /// For bodies that take long: who sends them looks at the time.
    patient: Client,
    /// Whether the folder of unfinished uploads is there, as far as is known.
    pub has_staging: Arc<AtomicBool>,
    pub staging: String,
    pub knows_own: bool,
    /// Folders that blobs were given their names in.
    known: Arc<std::sync::Mutex<HashSet<String>>>,
    /// Those that were given last, for servers that look and rename in two steps.
    given: Arc<[Mutex<VecDeque<String>>; 16]>,
    /// Completions of one upload go one after another. Others of this machine need not, and do no harm.
    turns: Arc<[Mutex<()>; 16]>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.root)
    }
}

pub(super) fn method(name: &'static str) -> Method {
    Method::from_bytes(name.as_bytes()).expect("it is the name of a method")
}

impl Server {
    pub fn new(options: &WebDavOptions) -> Result<Self, BadOptions> {
        let (base, root) = (options.base()?, options.root()?);
        let mut headers = HeaderMap::new();
        if !options.user.is_empty() {
            headers.insert(AUTHORIZATION, basic(&options.user, &options.password)?);
        }
        let build = || {
            Client::builder()
                .connect_timeout(CONNECT)
                .redirect(reqwest::redirect::Policy::none())
                .default_headers(headers.clone())
        };
        let own = match options.staging_prefix.trim_matches('/') {
            "" => ANYBODY.to_owned(),
            prefix => prefix.replace('/', "_"),
        };
        Ok(Self {
            base,
            folder: options.folder.trim_matches('/').to_owned(),
            root,
            http: build()
                .read_timeout(Duration::from_secs(READ_SECS))
                .build()
                .map_err(BadOptions::of)?,
            patient: build().build().map_err(BadOptions::of)?,
            has_staging: Arc::default(),
            knows_own: !options.staging_prefix.is_empty(),
            staging: format!("{STAGING_FOLDER}/{own}"),
            known: Arc::default(),
            given: Arc::new(std::array::from_fn(|_| Mutex::default())),
            turns: Arc::new(std::array::from_fn(|_| Mutex::const_new(()))),
        })
    }

    /// Of something below the folder; empty: the folder itself.
    pub fn url(&self, path: &str) -> Url {
        below(&self.root, path)
    }

    /// The same as the address of a folder, which servers want to end with a slash.
    pub fn folder_url(&self, path: &str) -> Url {
        let mut url = self.url(path);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("");
        }
        url
    }

    pub fn known(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.known.lock().expect("no code under this lock panics")
    }

    /// The names like this one that were given last. While they are looked at no other is given.
    pub async fn given(&self, path: &str) -> MutexGuard<'_, VecDeque<String>> {
        let at = path.bytes().fold(0, |sum: u8, byte| sum.wrapping_add(byte));
        self.given[usize::from(at) % self.given.len()].lock().await
    }

    pub async fn turn(&self, id: Uuid) -> MutexGuard<'_, ()> {
        let at = usize::from(id.as_bytes()[15]) % self.turns.len();
        self.turns[at].lock().await
    }

    /// Of a folder, if the path ends as one, or is empty.
    pub fn address(&self, path: &str) -> Url {
        if path.is_empty() || path.ends_with('/') {
            return self.folder_url(path);
        }
        self.url(path)
    }

    /// Where unfinished uploads lie.
    pub fn staging(&self) -> &str {
        &self.staging
    }

    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// A request whose body may take as long as it likes.
    pub fn patient(&self, method: Method, url: Url) -> RequestBuilder {
        self.patient.request(method, url)
    }

    /// Sends a request, again if it failed in passing. What answers has not been read.
    pub async fn send(
        &self,
        request: impl Fn() -> RequestBuilder + Send,
    ) -> Result<Response, Refusal> {
        let mut tries = 0;
        loop {
            let refusal = match request().send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                other => match Answer::read(other).await {
                    Ok(_) => return Err(Refusal::unsent(std::io::Error::other("no answer"))),
                    Err(refusal) => refusal,
                },
            };
            tries += 1;
            let is_locked = refusal.is(StatusCode::LOCKED);
            let pause = refusal.pause(tries);
            let most = retries_of(&refusal, RETRIES);
            if tries > most || pause > LONGEST_PAUSE || !(is_locked || is_passing(&refusal)) {
                return Err(refusal);
            }
            tokio::time::sleep(pause).await;
        }
    }
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, BadOptions> {
    use base64::Engine as _;
    let both = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::try_from(format!("Basic {both}")).map_err(BadOptions::of)?;
    value.set_sensitive(true);
    Ok(value)
}

pub(super) fn is_missing(refusal: &Refusal) -> bool {
    refusal.is(StatusCode::NOT_FOUND) || refusal.is(StatusCode::GONE)
}

/// What a refusal comes to, for whoever wrote the policy.
pub(super) fn told(refusal: Refusal) -> DriverError {
    let Some(status) = refusal.status else {
        return refusal.into_error();
    };
    if status == StatusCode::LOCKED {
        return DriverError::Busy { retry_after: None };
    }
    let meaning = match status {
        StatusCode::UNAUTHORIZED => WRONG_USER,
        StatusCode::FORBIDDEN => NOT_ALLOWED,
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => NO_DAV,
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::CONFLICT => NO_FOLDER,
        status if status.is_redirection() => ELSEWHERE,
        _ => return refusal.into_error(),
    };
    let message = refusal.message.clone();
    refusal.told_as(message, Some(meaning)).into_error()
}

pub(super) fn no_dav() -> DriverError {
    DriverError::Io(std::io::Error::other(NO_DAV))
}
