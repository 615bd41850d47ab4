//! A bucket of Kodo: where it is, and how it is spoken to.

use super::QiniuOptions;
use super::listing::Bookmarks;
use super::refusal::{error_of, understood};
use super::regions::{Hosts, Regions};
use super::signing::{Asked, FORM, Keys};
use crate::answer::Answer;
use crate::http::{BadOptions, Http, Tries, endpoint};
use crate::refusal::Refusal;
use bytes::Bytes;
use chrono::Utc;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder};
use std::fmt;
use std::io;
use std::sync::Arc;
use storage::DriverError;
use url::Url;

/// What every answer of the vendor has.
const REQUEST_ID: &str = "x-reqid";
/// By which old requests are known.
const DATE: &str = "x-qiniu-date";

/// A bucket and its connections.
#[derive(Clone)]
pub struct Bucket {
    pub(super) options: Arc<QiniuOptions>,
    pub(super) keys: Keys,
    /// Where objects are fetched, without a slash at its end.
    pub(super) domain: String,
    pub(super) http: Http,
    pub(super) bookmarks: Arc<Bookmarks>,
    regions: Regions,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

/// The domain is the bucket's alone: what stands behind it is a key.
fn domain(text: &str) -> Result<String, BadOptions> {
    if text.trim().is_empty() {
        return Err(BadOptions("the download domain is missing".to_owned()));
    }
    let url = endpoint(text)?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !is_bare {
        let why = format!("the download domain {text:?} is more than a domain");
        return Err(BadOptions(why));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

impl Bucket {
    pub fn new(mut options: QiniuOptions) -> Result<Self, BadOptions> {
        options.bucket = options.bucket.trim().into();
        if options.bucket.is_empty() {
            return Err(BadOptions("the bucket has no name".to_owned()));
        }
        let keys = Keys {
            access: options.access_key.clone(),
            secret: std::mem::take(&mut options.secret_key),
        };
        let service = options.region_service.as_deref();
        Ok(Self {
            domain: domain(&options.domain)?,
            regions: Regions::new(service, options.is_accelerated)?,
            http: Http::new()?,
            bookmarks: Arc::default(),
            keys,
            options: Arc::new(options),
        })
    }

    pub(super) async fn hosts(&self) -> Result<Arc<Hosts>, DriverError> {
        let whose = (&*self.keys.access, &*self.options.bucket);
        self.regions.hosts(&self.http, whose).await
    }

    /// Sends a request and reads its whole answer, again if it failed in passing. Only for answers
    /// that are short.
    pub(super) async fn send(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Answer, Refusal> {
        let mut tries = Tries::begin(&self.http);
        loop {
            let Some(answer) = tries.send(request()).await else {
                continue;
            };
            let answer = answer.map_err(understood)?;
            if is_of_vendor(&answer.headers) {
                return Ok(answer);
            }
            return Err(Refusal::unsent(io::Error::other(
                "somebody else answered in the place of the store",
            )));
        }
    }

    /// Asks about objects, at one of the hosts for that: with a form, if there is one.
    pub(super) async fn ask(
        &self,
        (method, host, path): (Method, &str, &str),
        form: Option<String>,
    ) -> Result<Answer, Refusal> {
        let url = Url::parse(&format!("{host}{path}")).map_err(Refusal::unsent)?;
        let body = Bytes::from(form.clone().unwrap_or_default());
        let named = match (url.host_str(), url.port()) {
            (Some(name), Some(port)) => format!("{name}:{port}"),
            (name, _) => name.unwrap_or_default().to_owned(),
        };
        let request = || {
            let date = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
            let asked = Asked {
                method: method.as_str(),
                host: &named,
                path,
                content_type: if form.is_some() { FORM } else { "" },
                headers: &[(DATE.to_owned(), date.clone())],
                body: &body,
            };
            let signed = format!("Qiniu {}", self.keys.token(asked.second_text()));
            let request = self.http.request(method.clone(), url.clone());
            let request = request.header(DATE, date).header(AUTHORIZATION, signed);
            match form {
                Some(_) => request.header(CONTENT_TYPE, FORM).body(body.clone()),
                None => request,
            }
        };
        self.send(request).await
    }

    /// The same where nothing else than an answer is expected.
    pub(super) async fn look(
        &self,
        asked: (Method, &str, &str),
        form: Option<String>,
    ) -> Result<Answer, DriverError> {
        self.ask(asked, form).await.map_err(error_of)
    }
}

/// Not everything that answers is the store.
pub(super) fn is_of_vendor(headers: &HeaderMap) -> bool {
    headers.contains_key(REQUEST_ID)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_a_bucket_is_nothing_more() {
        for (text, expected) in [
            ("https://cdn.example.com/", Some("https://cdn.example.com")),
            (" cdn.example.com", Some("https://cdn.example.com")),
            ("http://127.0.0.1:9000", Some("http://127.0.0.1:9000")),
            ("", None),
            ("https://cdn.example.com/files", None),
            ("https://cdn.example.com?x=1", None),
            ("https://me@cdn.example.com", None),
            ("ftp://cdn.example.com", None),
        ] {
            assert_eq!(domain(text).ok().as_deref(), expected, "{text}");
        }
    }
}
