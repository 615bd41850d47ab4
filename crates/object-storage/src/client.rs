//! A bucket: where it is, and how it is spoken to.

use crate::answer::{Answer, Refusal, is_passing};
use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use std::fmt;
use std::time::Duration;
use storage::{BlobKey, DriverError};
use url::{Host, Url};

/// Until a connection stands.
const CONNECT_SECS: u64 = 10;
/// Until the next bytes of an answer come.
const READ_SECS: u64 = 60;
/// How often a request is sent again that failed in passing, and for how long.
const RETRIES: usize = 4;
const RETRY_SECS: u64 = 60;
/// Region of stores that have none.
const USUAL_REGION: &str = "us-east-1";
/// Life of a URL that is used at once.
const AT_ONCE: Duration = Duration::from_mins(5);

/// Where a bucket is, and the keys to it.
#[derive(Clone)]
pub struct S3Options {
    /// Scheme, host and port.
    pub endpoint: String,
    pub bucket: String,
    /// Empty where the store has none.
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    /// The bucket stands in the path, not in the host.
    pub path_style: bool,
    /// If not, anybody may fetch: URLs need no signature.
    pub is_private: bool,
    /// Keys that one request may delete; 0: as many as S3 takes.
    pub delete_batch: usize,
    /// Unfinished uploads below this prefix are its own; empty: none are, as far as is known.
    pub staging_prefix: String,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3Options({} at {})", self.bucket, self.endpoint)
    }
}

/// What is wrong with options.
#[derive(Debug)]
pub struct BadOptions(String);

impl fmt::Display for BadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadOptions {}

impl S3Options {
    fn endpoint(&self) -> Result<Url, BadOptions> {
        let text = self.endpoint.trim();
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&with_scheme).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.ok_or_else(|| BadOptions(format!("the endpoint {text:?} is no web address")))
    }

    /// A bare address has no domain for a bucket.
    fn uses_paths(&self, endpoint: &Url) -> bool {
        self.path_style || !matches!(endpoint.host(), Some(Host::Domain(_)))
    }

    /// Where objects are: the bucket in the host, unless it is to stand in the path.
    fn bucket_endpoint(&self) -> Result<Url, BadOptions> {
        let mut url = self.endpoint()?;
        if !self.uses_paths(&url) {
            let host = format!("{}.{}", self.bucket, url.host_str().unwrap_or_default());
            let set = url.set_host(Some(&host));
            set.map_err(|error| BadOptions(format!("bucket {:?}: {error}", self.bucket)))?;
        }
        Ok(url)
    }
}

/// A bucket and its connections.
#[derive(Clone)]
pub(crate) struct Bucket {
    pub store: AmazonS3,
    pub options: S3Options,
    http: Client,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Bucket {
    pub fn new(options: S3Options) -> Result<Self, BadOptions> {
        if options.bucket.trim().is_empty() {
            return Err(BadOptions("the bucket has no name".to_owned()));
        }
        let endpoint = options.bucket_endpoint()?;
        let uses_paths = options.uses_paths(&options.endpoint()?);
        let region = Some(options.region.trim()).filter(|region| !region.is_empty());
        let client = ClientOptions::new()
            // Whoever administers the site wrote it: it is their network.
            .with_allow_http(true)
            .with_timeout_disabled()
            .with_connect_timeout(Duration::from_secs(CONNECT_SECS))
            .with_read_timeout(Duration::from_secs(READ_SECS));
        let store = AmazonS3Builder::new()
            .with_endpoint(endpoint.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(!uses_paths)
            .with_bucket_name(&options.bucket)
            .with_region(region.unwrap_or(USUAL_REGION))
            .with_access_key_id(&options.access_key)
            .with_secret_access_key(&options.secret_key)
            .with_client_options(client)
            .with_retry(RetryConfig {
                max_retries: RETRIES,
                retry_timeout: Duration::from_secs(RETRY_SECS),
                ..RetryConfig::default()
            })
            .build();
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(CONNECT_SECS))
            .read_timeout(Duration::from_secs(READ_SECS))
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Ok(Self {
            store: store.map_err(|error| BadOptions(error.to_string()))?,
            http: http.map_err(|error| BadOptions(error.to_string()))?,
            options,
        })
    }

    /// Sends a request and reads its whole answer, again if it failed in passing. Only for answers
    /// that are short.
    pub async fn ask(
        &self,
        method: Method,
        path: &Path,
        query: &[(&str, &str)],
        (headers, body): (HeaderMap, Bytes),
    ) -> Result<Answer, Refusal> {
        let mut tries = 0;
        loop {
            let url = self.sign(method.clone(), path, query, &headers, AT_ONCE);
            let url = url.await.map_err(Refusal::unsent)?;
            let request = self.http.request(method.clone(), url);
            let request = request.headers(headers.clone()).body(body.clone());
            let answer = Answer::read(request.send().await).await;
            tries += 1;
            match answer {
                Err(refusal) if tries <= RETRIES && is_passing(&refusal) => {
                    tokio::time::sleep(refusal.pause(tries)).await;
                }
                answer => return answer,
            }
        }
    }
}

/// A key as the store has it. Nothing is encoded that is not encoded by the request.
pub(crate) fn path_of(key: &BlobKey) -> Result<Path, DriverError> {
    let path = Path::parse(key.as_str());
    path.map_err(|error| DriverError::Io(std::io::Error::other(error)))
}
