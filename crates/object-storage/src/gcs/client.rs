//! A bucket: where it is, and how it is spoken to.

use super::key::AccountKey;
use crate::answer::Answer;
use crate::http::{self, BadOptions, Http, Tries, endpoint};
use crate::refusal::Refusal;
use bytes::Bytes;
use futures_util::stream;
use object_store::gcp::{GoogleCloudStorage, GoogleCloudStorageBuilder};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use reqwest::{Body, Method};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Where Google has its own.
const USUAL_ENDPOINT: &str = "https://storage.googleapis.com";

/// Where a bucket is, and the key to it.
#[derive(Clone)]
pub struct GcsOptions {
    /// Scheme, host and port; empty: Google's.
    pub endpoint: String,
    pub bucket: String,
    /// The JSON file of a service account.
    pub key: String,
    /// If not, anybody may fetch: URLs need no signature.
    pub is_private: bool,
    /// Unfinished uploads below this prefix are its own; empty: none are, as far as is known.
    pub staging_prefix: String,
}

impl fmt::Debug for GcsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GcsOptions({})", self.bucket)
    }
}

/// A bucket and its connections.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) store: GoogleCloudStorage,
    pub(super) options: GcsOptions,
    pub(super) root: Url,
    pub(super) key: Arc<AccountKey>,
    http: Http,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Bucket {
    pub fn new(mut options: GcsOptions) -> Result<Self, BadOptions> {
        options.bucket = options.bucket.trim().into();
        if options.bucket.is_empty() {
            return Err(BadOptions("the bucket has no name".to_owned()));
        }
        let root = match options.endpoint.trim() {
            "" => endpoint(USUAL_ENDPOINT)?,
            address => endpoint(address)?,
        };
        let key = AccountKey::read(&std::mem::take(&mut options.key))?;
        // What somebody else put there packed is not unpacked on its way: it would be longer than it is.
        let as_it_is = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
        let store = GoogleCloudStorageBuilder::new()
            .with_base_url(root.as_str().trim_end_matches('/'))
            .with_bucket_name(&options.bucket)
            .with_service_account_key(&key.file)
            .with_client_options(http::client_options())
            .with_http_connector(http::Connector::with(as_it_is)?)
            .with_retry(http::retries())
            .build();
        Ok(Self {
            store: store.map_err(BadOptions::of)?,
            root,
            key: Arc::new(key),
            http: Http::new()?,
            options,
        })
    }

    fn below_root(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.root.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Of a name that is one of them no slash is left.
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// All objects (Cloud Storage, JSON API).
    pub(super) fn objects(&self, query: &[(&str, &str)]) -> Url {
        let path = ["storage", "v1", "b", &*self.options.bucket, "o"];
        self.below_root(&path, query)
    }

    pub(super) fn object(&self, name: &str, query: &[(&str, &str)]) -> Url {
        let path = ["storage", "v1", "b", &*self.options.bucket, "o", name];
        self.below_root(&path, query)
    }

    pub(super) fn composition(&self, name: &str, query: &[(&str, &str)]) -> Url {
        let bucket = &*self.options.bucket;
        let path = ["storage", "v1", "b", bucket, "o", name, "compose"];
        self.below_root(&path, query)
    }

    pub(super) fn insertion(&self, query: &[(&str, &str)]) -> Url {
        let bucket = &*self.options.bucket;
        self.below_root(&["upload", "storage", "v1", "b", bucket, "o"], query)
    }

    /// Sends a request and reads its whole answer, again if it failed in passing. Only for answers
    /// that are short.
    pub(super) async fn ask(
        &self,
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: &[Bytes],
    ) -> Result<Answer, Refusal> {
        let mut tries = Tries::begin(&self.http);
        loop {
            let token = self.store.credentials().get_credential().await;
            let token = token.map_err(Refusal::unsent)?;
            let request = self.http.request(method.clone(), url.clone());
            let mut request = request.headers(headers.clone()).bearer_auth(&token.bearer);
            if method != Method::GET {
                let length: usize = body.iter().map(Bytes::len).sum();
                let pieces: Vec<_> = body.iter().cloned().map(Ok::<_, Infallible>).collect();
                request = request
                    .header(CONTENT_LENGTH, HeaderValue::from(length))
                    .body(Body::wrap_stream(stream::iter(pieces)));
            }
            if let Some(answer) = tries.send(request).await {
                return answer;
            }
        }
    }

    /// The same without a body.
    pub(super) async fn ask_of(&self, method: Method, url: &Url) -> Result<Answer, Refusal> {
        self.ask(method, url, &HeaderMap::new(), &[]).await
    }
}
