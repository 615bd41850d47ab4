//! A bucket: where it is, and how it is spoken to.

use crate::answer::Answer;
use crate::driver::path_of;
use crate::http::{self, BadOptions, Http, Tries, endpoint};
use crate::refusal::Refusal;
use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use reqwest::Method;
use reqwest::header::HeaderMap;
use std::fmt;
use std::time::Duration;
use storage::BlobKey;
use url::{Host, Url};

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

impl S3Options {
    /// A bare address has no domain for a bucket.
    fn uses_paths(&self, endpoint: &Url) -> bool {
        self.path_style || !matches!(endpoint.host(), Some(Host::Domain(_)))
    }

    /// Where objects are: the bucket in the host, unless it is to stand in the path.
    fn bucket_endpoint(&self) -> Result<Url, BadOptions> {
        let mut url = endpoint(&self.endpoint)?;
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
pub struct Bucket {
    pub(crate) store: AmazonS3,
    pub options: S3Options,
    http: Http,
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
        let address = options.bucket_endpoint()?;
        let uses_paths = options.uses_paths(&endpoint(&options.endpoint)?);
        let region = Some(options.region.trim()).filter(|region| !region.is_empty());
        let store = AmazonS3Builder::new()
            .with_endpoint(address.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(!uses_paths)
            .with_bucket_name(&options.bucket)
            .with_region(region.unwrap_or(USUAL_REGION))
            .with_access_key_id(&options.access_key)
            .with_secret_access_key(&options.secret_key)
            .with_client_options(http::client_options())
            .with_http_connector(http::Connector::with(HeaderMap::new())?)
            .with_retry(http::retries())
            .build();
        Ok(Self {
            store: store.map_err(BadOptions::of)?,
            http: Http::new()?,
            options,
        })
    }

    /// Sends a request and reads its whole answer, again if it failed in passing. Only for answers
    /// that are short.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &Path,
        query: &[(&str, &str)],
        (headers, body): (HeaderMap, Bytes),
    ) -> Result<Answer, Refusal> {
        let mut tries = Tries::begin(&self.http);
        loop {
            let url = self.sign(method.clone(), path, query, &headers, AT_ONCE);
            let url = url.await.map_err(Refusal::unsent)?;
            let request = self.http.request(method.clone(), url);
            let request = request.headers(headers.clone()).body(body.clone());
            if let Some(answer) = tries.send(request).await {
                return answer;
            }
        }
    }

    /// The same about an object, without a body.
    pub(crate) async fn ask_of(
        &self,
        method: Method,
        key: &BlobKey,
        query: &[(&str, &str)],
        headers: HeaderMap,
    ) -> Result<Answer, Refusal> {
        let path = path_of(key).map_err(Refusal::unsent)?;
        self.ask(method, &path, query, (headers, Bytes::new()))
            .await
    }
}
