//! A folder on a WebDAV server: where it is, and how it is spoken to (RFC 4918).

use crate::answer::{Answer, Refusal, is_passing};
use crate::http::{self, BadOptions, endpoint};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use storage::{BlobKey, DriverError, STAGING_FOLDER};
use url::Url;

/// How often a request is sent again that failed in passing.
const RETRIES: usize = 4;
/// No longer than this is waited between two of them, whatever the server names.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(10);
/// Where it is not known which unfinished uploads are its own.
const ANYBODY: &str = "any";

const WRONG_USER: &str = "the user name or the password is wrong";
const NOT_ALLOWED: &str = "this user may not do this: the folder may be read-only";
const NO_DAV: &str = "what answers at the address is a web site and no WebDAV server";
const ELSEWHERE: &str = "the server is at another address";
const NO_FOLDER: &str = "there is no such folder on the server";

/// Where a folder is, and who may use it.
#[derive(Clone)]
pub struct WebDavOptions {
    /// Of the folder that everything lies in, which is there already.
    pub url: String,
    /// Without one nobody signs in.
    pub user: String,
    pub password: String,
    /// Unfinished uploads of this prefix are its own; empty: none are, as far as is known.
    pub staging_prefix: String,
}

impl fmt::Debug for WebDavOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebDavOptions({})", self.url)
    }
}

/// A folder and its connections.
#[derive(Clone)]
pub(super) struct Server {
    root: Url,
    http: Client,
    /// For bodies that take long: who sends them looks at the time.
    patient: Client,
    /// Whether the folder of unfinished uploads is there, as far as is known.
    has_staging: Arc<AtomicBool>,
    staging: String,
    pub knows_own: bool,
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
        let mut root = endpoint(&options.url)?;
        // What stands in an address is told in errors.
        if !root.username().is_empty() || root.password().is_some() {
            return Err(BadOptions(
                "user and password do not belong into the address".to_owned(),
            ));
        }
        root.set_query(None);
        root.set_fragment(None);
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
            root,
            http: build()
                .read_timeout(Duration::from_secs(http::READ_SECS))
                .build()
                .map_err(BadOptions::of)?,
            patient: build().build().map_err(BadOptions::of)?,
            has_staging: Arc::default(),
            knows_own: !options.staging_prefix.is_empty(),
            staging: format!("{STAGING_FOLDER}/{own}"),
        })
    }

    /// Of something below the folder; empty: the folder itself.
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.root.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            segments.extend(path.split('/').filter(|segment| !segment.is_empty()));
        }
        url
    }

    /// The same as the address of a folder, which servers want to end with a slash.
    pub fn folder_url(&self, path: &str) -> Url {
        let mut url = self.url(path);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("");
        }
        url
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
            if tries > RETRIES || pause > LONGEST_PAUSE || !(is_locked || is_passing(&refusal)) {
                return Err(refusal);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Makes a folder. `false`: something has the name.
    pub async fn make_folder(&self, path: &str) -> Result<bool, Refusal> {
        let url = self.folder_url(path);
        match self
            .send(|| self.request(method("MKCOL"), url.clone()))
            .await
        {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.is(StatusCode::METHOD_NOT_ALLOWED) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// Makes all folders above a name, outermost first.
    pub async fn make_parents(&self, path: &str) -> Result<(), Refusal> {
        for (at, _) in path.match_indices('/') {
            self.make_folder(&path[..at]).await?;
        }
        Ok(())
    }

    /// Makes the folder of unfinished uploads, unless it is there as far as is known.
    pub async fn make_staging(&self) -> Result<(), DriverError> {
        if self.has_staging.load(Ordering::Relaxed) {
            return Ok(());
        }
        let made = self.make_parents(&format!("{}/x", self.staging)).await;
        made.map_err(told)?;
        self.has_staging.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Somebody may have removed it.
    pub fn doubt_staging(&self) {
        self.has_staging.store(false, Ordering::Relaxed);
    }

    /// Gives something another name, unless something else has it.
    pub async fn rename(&self, from: &str, to: &BlobKey) -> Result<(), DriverError> {
        let moved = match self.try_rename(from, to.as_str()).await {
            // Of these servers say one or another where the folder is missing.
            Err(refusal)
                if [
                    StatusCode::CONFLICT,
                    StatusCode::FORBIDDEN,
                    StatusCode::NOT_FOUND,
                ]
                .into_iter()
                .any(|status| refusal.is(status)) =>
            {
                self.make_parents(to.as_str()).await.map_err(told)?;
                self.try_rename(from, to.as_str()).await
            }
            moved => moved,
        };
        moved.map_err(|refusal| {
            if refusal.is(StatusCode::PRECONDITION_FAILED) {
                return DriverError::AlreadyExists(to.clone());
            }
            told(refusal)
        })
    }

    pub async fn try_rename(&self, from: &str, to: &str) -> Result<(), Refusal> {
        let (from, to) = (self.url(from), self.url(to));
        let request = || {
            self.request(method("MOVE"), from.clone())
                .header(HeaderName::from_static("destination"), to.as_str())
                .header(HeaderName::from_static("overwrite"), "F")
        };
        let response = self.send(request).await?;
        if response.status() == StatusCode::MULTI_STATUS {
            let why = "only some of it was moved";
            return Err(Refusal::unsent(std::io::Error::other(why)));
        }
        Ok(())
    }

    /// Removes something with all that lies in it. What is not there is removed.
    pub async fn remove(&self, path: &str) -> Result<(), DriverError> {
        let url = self.url(path);
        match self
            .send(|| self.request(Method::DELETE, url.clone()))
            .await
        {
            Ok(answer) if answer.status() == StatusCode::MULTI_STATUS => {
                Err(crate::answer::garbage("some of it cannot be removed"))
            }
            Ok(_) => Ok(()),
            Err(refusal) if is_missing(&refusal) => Ok(()),
            Err(refusal) => Err(told(refusal)),
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
