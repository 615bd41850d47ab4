//! A container: where it is, and how it is spoken to.

use crate::answer::Answer;
use crate::driver::path_of;
use crate::http::{self, BadOptions, Http, Tries, endpoint};
use crate::refusal::Refusal;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use object_store::azure::{
    AzureAccessKey, AzureAuthorizer, AzureCredential, MicrosoftAzure, MicrosoftAzureBuilder,
};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use std::fmt;
use std::sync::Arc;
use storage::BlobKey;
use url::Url;

/// Of a request, as the store counts them.
const NUMBER: &str = "x-ms-request-id";

/// Where a container is, and the key to it.
#[derive(Clone)]
pub struct AzureOptions {
    /// Scheme, host, and the path where one is needed; empty: the account's at Microsoft.
    pub endpoint: String,
    pub container: String,
    pub account: String,
    pub key: String,
    /// If not, anybody may fetch: URLs need no signature.
    pub is_private: bool,
    /// Unfinished uploads below this prefix are its own; empty: none are, as far as is known.
    pub staging_prefix: String,
}

impl fmt::Debug for AzureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AzureOptions({} of {})", self.container, self.account)
    }
}

/// A container and its connections.
#[derive(Clone)]
pub struct Container {
    pub(crate) store: MicrosoftAzure,
    pub(crate) options: AzureOptions,
    /// What it is at.
    root: Url,
    credential: Arc<AzureCredential>,
    /// The same key, as bytes.
    pub(crate) key: Arc<[u8]>,
    http: Http,
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Container {
    pub fn new(mut options: AzureOptions) -> Result<Self, BadOptions> {
        for text in [
            &mut options.account,
            &mut options.key,
            &mut options.container,
        ] {
            *text = text.trim().to_owned();
        }
        if options.container.is_empty() {
            return Err(BadOptions("the container has no name".to_owned()));
        }
        if options.account.is_empty() {
            return Err(BadOptions("the account has no name".to_owned()));
        }
        let address = match options.endpoint.trim() {
            "" => format!("https://{}.blob.core.windows.net", options.account),
            address => address.trim_end_matches('/').to_owned(),
        };
        let mut root = endpoint(&address)?;
        let address = root.as_str().trim_end_matches('/').to_owned();
        let store = MicrosoftAzureBuilder::new()
            .with_endpoint(address)
            .with_account(&options.account)
            .with_access_key(&options.key)
            .with_container_name(&options.container)
            .with_client_options(http::client_options())
            .with_http_connector(http::Connector::with(HeaderMap::new())?)
            .with_retry(http::retries())
            .build();
        if let Ok(mut path) = root.path_segments_mut() {
            path.pop_if_empty().push(&options.container);
        }
        let key = BASE64_STANDARD.decode(&options.key);
        let key = key.map_err(|_| BadOptions("the key is not one of an account".to_owned()))?;
        let credential = AzureAccessKey::try_new(&options.key).map_err(BadOptions::of)?;
        Ok(Self {
            store: store.map_err(BadOptions::of)?,
            root,
            credential: Arc::new(AzureCredential::AccessKey(credential)),
            key: key.into(),
            http: Http::new()?,
            options,
        })
    }

    pub(crate) fn url(&self, key: &BlobKey) -> Url {
        let mut url = self.root.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(key.as_str().split('/'));
        }
        url
    }

    /// Sends a request and reads its whole answer, again if it failed in passing. Without a key it
    /// is about the container.
    pub(crate) async fn ask(
        &self,
        method: Method,
        key: Option<&BlobKey>,
        query: &[(&str, &str)],
        (headers, body): (HeaderMap, Bytes),
    ) -> Result<Answer, Refusal> {
        let mut url = match key {
            Some(key) => {
                // What the library would not read is not written.
                path_of(key).map_err(Refusal::unsent)?;
                self.url(key)
            }
            None => self.root.clone(),
        };
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut tries = Tries::begin(&self.http);
        loop {
            let request = self.request(method.clone(), &url, headers.clone(), body.clone())?;
            if let Some(answer) = tries.send(request).await {
                // Everything that it says has a number.
                return match answer {
                    Ok(answer) if answer.header(NUMBER).is_none() => {
                        Err(Refusal::unsent(answer.is_strange()))
                    }
                    answer => answer,
                };
            }
        }
    }

    /// Signed anew each time: signatures are good for some minutes only.
    fn request(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<RequestBuilder, Refusal> {
        let mut signed = HttpRequest::new(HttpRequestBody::empty());
        *signed.method_mut() = method.clone();
        *signed.uri_mut() = url.as_str().parse().map_err(Refusal::unsent)?;
        *signed.headers_mut() = headers;
        let headers = signed.headers_mut();
        if method == Method::PUT {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            // Else some client in between may set one, which is not signed then.
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            );
        }
        let authorizer = AzureAuthorizer::new(&self.credential, &self.options.account);
        authorizer
            .try_authorize(&mut signed)
            .map_err(Refusal::unsent)?;
        let request = self.http.request(method, url.clone());
        Ok(request
            .headers(std::mem::take(signed.headers_mut()))
            .body(body))
    }

    /// The same about an object, without a body.
    pub(crate) async fn ask_of(
        &self,
        method: Method,
        key: &BlobKey,
        query: &[(&str, &str)],
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<Answer, Refusal> {
        let headers = HeaderMap::from_iter(headers);
        self.ask(method, Some(key), query, (headers, Bytes::new()))
            .await
    }
}
