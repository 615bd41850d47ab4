//! A bucket: where it is, and how it is spoken to.

use super::dialect::{Asked, Dialect, Keys};
use super::place::{Named, Place};
use super::turns::Turns;
use super::{KinOptions, Vendors, cos, hmac_sha1, oss};
use crate::answer::Answer;
use crate::http::{BadOptions, Http, Tries};
use crate::refusal::Refusal;
use bytes::Bytes;
use chrono::Utc;
use hmac_sha1::{HmacSha1, Whose};
use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A bucket and its connections.
#[derive(Clone)]
pub struct Bucket {
    pub(super) options: Arc<KinOptions>,
    pub(super) dialect: Arc<dyn Dialect>,
    /// Where clients find it.
    place: Place,
    /// Where this server does: some vendors have a nearer address for their own machines.
    near: Place,
    pub(super) http: Http,
    pub(super) turns: Arc<Turns>,
    pub(super) callback_keys: super::callback::KnownKeys,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Bucket {
    pub fn new(options: KinOptions) -> Result<Self, BadOptions> {
        if options.bucket.trim().is_empty() {
            return Err(BadOptions("the bucket has no name".to_owned()));
        }
        let keys = Keys {
            access: options.access_key.clone(),
            secret: options.secret_key.clone(),
        };
        let dialect: Arc<dyn Dialect> = match options.vendor {
            Vendors::Oss => {
                let region = options.region.trim().to_owned();
                if region.is_empty() {
                    return Err(BadOptions("the region is missing".to_owned()));
                }
                Arc::new(oss::Oss { keys, region })
            }
            Vendors::Cos => Arc::new(cos::Cos { keys }),
            Vendors::Obs => Arc::new(HmacSha1 {
                keys,
                whose: Whose::Obs,
            }),
            Vendors::Ks3 => Arc::new(HmacSha1 {
                keys,
                whose: Whose::Ks3,
            }),
        };
        let named = match options.vendor {
            Vendors::Cos => Named::Nowhere,
            _ if options.is_own_domain => Named::Nowhere,
            _ if options.path_style => Named::InPath,
            _ => Named::InHost,
        };
        let bucket = options.bucket.trim();
        let place = Place::new(&options.endpoint, bucket, named)?;
        let near = match options.near_endpoint.trim() {
            "" => place.clone(),
            // It is the vendor's own name.
            near => Place::new(near, bucket, Named::InHost)?,
        };
        Ok(Self {
            dialect,
            place,
            near,
            http: Http::new()?,
            turns: Arc::default(),
            callback_keys: super::callback::KnownKeys::new(options.callback_keys.as_deref())?,
            options: Arc::new(options),
        })
    }

    /// A request with its signature, for this server to send at once.
    pub(super) fn request(&self, asked: &Asked<'_>) -> Result<RequestBuilder, Refusal> {
        let mut asked = asked.clone();
        let signed = self.dialect.authorize(&self.near, &mut asked, Utc::now());
        let url = self.near.url(asked.key, &asked.query_text());
        let mut headers = HeaderMap::new();
        for (name, value) in asked.headers.iter().chain(&signed) {
            let value = HeaderValue::from_str(value).map_err(Refusal::unsent)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let request = self.http.request(asked.method, url);
        Ok(request.headers(headers))
    }

    /// Sends a request and reads its whole answer, again if it failed in passing. Only for answers
    /// that are short.
    pub(super) async fn ask(&self, asked: Asked<'_>, body: Bytes) -> Result<Answer, Refusal> {
        let mut tries = Tries::begin(&self.http);
        loop {
            let request = self.request(&asked)?.body(body.clone());
            let Some(answer) = tries.send(request).await else {
                continue;
            };
            let answer = answer?;
            if self.is_of_vendor(&answer.headers) {
                return Ok(answer);
            }
            return Err(Refusal::unsent(io::Error::other(
                "somebody else answered in the place of the store",
            )));
        }
    }

    /// Not everything that answers is the store.
    pub(super) fn is_of_vendor(&self, headers: &HeaderMap) -> bool {
        let mut names = self.dialect.words().request_id.iter();
        names.any(|name| headers.contains_key(*name))
    }

    /// An address that carries its right with it, for clients.
    pub(super) fn presigned(&self, asked: &Asked<'_>, life: Duration) -> String {
        let longest = self.dialect.words().longest.unwrap_or(Duration::MAX);
        // Time that a clock has.
        let life = life.clamp(Duration::from_secs(1), longest.min(MOST));
        let query = self.dialect.presign(&self.place, asked, Utc::now(), life);
        self.place.url(asked.key, &query)
    }

    /// The same of what anybody may fetch.
    pub(super) fn unsigned(&self, asked: &Asked<'_>) -> String {
        self.place.url(asked.key, &asked.query_text())
    }
}

/// Twenty years.
const MOST: Duration = Duration::from_hours(24 * 365 * 20);
