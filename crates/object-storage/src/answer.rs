//! What a store answers to a request.

use crate::meaning;
use crate::refusal::{Refusal, cut, garbage, time};
use bytes::{Bytes, BytesMut};
use quick_xml::de::from_str;
use reqwest::StatusCode;
use reqwest::header::{AsHeaderName, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LAST_MODIFIED};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io;
use std::time::Duration;
use storage::{BlobStat, DriverError};

/// Until the next bytes of an answer come.
pub(crate) const READ_SECS: u64 = 60;
/// Longer answers are none: the longest are pages of a thousand names.
pub(crate) const LONGEST_ANSWER: usize = 32 << 20;

/// An answer that is no refusal.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What kind of thing is told in JSON.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

impl Answer {
    pub async fn read(sent: reqwest::Result<reqwest::Response>) -> Result<Self, Refusal> {
        let response = sent.map_err(Refusal::unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let Some(body) = whole(response).await? else {
            let why = Refusal::unsent(io::Error::other("the answer does not end"));
            return Err(why.behind(status));
        };
        // A request that takes long begins to be answered before it is known how it ends.
        let is_error = body.trim_ascii_start().starts_with(b"<")
            && root_of(&String::from_utf8_lossy(&body)) == Some("Error");
        if status.is_success() && !is_error {
            return Ok(Self {
                status,
                headers,
                body,
            });
        }
        Err(Refusal::of(status, &headers, &body))
    }

    /// The answer to a request that is sent once.
    pub async fn read_of(request: reqwest::RequestBuilder) -> Result<Self, Refusal> {
        Self::read(request.send().await).await
    }

    /// Of requests that are answered by a status alone.
    pub fn nothing(&self) -> Result<(), DriverError> {
        if self.body.is_empty() {
            return Ok(());
        }
        Err(self.is_strange())
    }

    pub fn is_strange(&self) -> DriverError {
        garbage(String::from_utf8_lossy(&self.body))
    }

    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What an answer without a body says about an object.
    pub fn stat(&self) -> Result<BlobStat, DriverError> {
        let size = self
            .header(CONTENT_LENGTH)
            .and_then(|size| size.parse().ok());
        let modified = self.header(LAST_MODIFIED).and_then(time);
        let told = size.zip(modified);
        let (size_bytes, modified) = told.ok_or_else(|| self.is_no_object())?;
        Ok(BlobStat {
            size_bytes,
            modified,
        })
    }

    /// Who answers without a body may still say that it is a page.
    fn is_no_object(&self) -> DriverError {
        let kind = self.header(CONTENT_TYPE).unwrap_or_default();
        let why = if kind.starts_with("text/html") {
            meaning::NO_STORE
        } else {
            "the answer makes no sense: an object without length or time"
        };
        DriverError::Io(io::Error::other(why))
    }

    /// What is told in an element of this name. Not everything that answers is the store.
    pub fn xml<T: DeserializeOwned>(&self, root: &str) -> Result<T, DriverError> {
        let text = String::from_utf8_lossy(&self.body);
        if root_of(&text) != Some(root) {
            return Err(garbage(&text));
        }
        from_str(&text).map_err(|error| garbage(format!("{error}: {}", cut(&text))))
    }

    /// What is told in JSON, as a thing of this kind.
    pub fn json<T: DeserializeOwned>(&self, kind: &str) -> Result<T, DriverError> {
        let told = serde_json::from_slice::<Kind>(&self.body);
        if !told.is_ok_and(|told| told.kind == kind) {
            return Err(self.is_strange());
        }
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| garbage(error.to_string()))
    }
}

/// A body, if it is as short as an answer. Nobody knows what a store sends, or what stands in its place.
async fn whole(mut response: reqwest::Response) -> Result<Option<Bytes>, Refusal> {
    let mut body = BytesMut::new();
    let longest = Duration::from_secs(READ_SECS);
    loop {
        let next = tokio::time::timeout(longest, response.chunk()).await;
        let next = next.map_err(|_| Refusal::silent())?;
        let Some(piece) = next.map_err(Refusal::unanswered)? else {
            break;
        };
        if body.len() + piece.len() > LONGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body.freeze()))
}

/// Name of the outermost element.
fn root_of(text: &str) -> Option<&str> {
    let mut elements = text.split('<').skip(1);
    let first = elements.find(|element| element.starts_with(char::is_alphabetic))?;
    first.split(|c: char| !c.is_alphanumeric()).next()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::refusal::is_passing;

    #[test]
    fn what_is_no_answer_of_the_store_is_known_by_its_root() {
        let store = "<?xml version=\"1.0\"?>\n<!-- x --><DeleteResult xmlns=\"y\"></DeleteResult>";
        assert_eq!(root_of(store), Some("DeleteResult"));
        assert_eq!(root_of("<!DOCTYPE html><html><p>x"), Some("html"));
        assert_eq!(root_of("<a/>"), Some("a"));
        assert_eq!(root_of("nothing < here"), None);
        assert_eq!(root_of(""), None);
    }

    #[tokio::test]
    async fn an_error_behind_a_good_status_is_one_and_may_pass() {
        let answer = |body: &'static str| {
            let response = http::Response::new(body);
            async move { Answer::read(Ok(response.into())).await }
        };
        for body in [
            "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>",
            "\n<Error><Code>SlowDown</Code></Error>",
        ] {
            let refusal = answer(body).await.unwrap_err();
            assert!(is_passing(&refusal), "{body}");
        }
        let busy = answer("<Error><Code>SlowDown</Code></Error>").await;
        let error = busy.unwrap_err().into_error();
        assert!(matches!(error, DriverError::Busy { .. }), "{error}");
        let lasting = answer("<Error><Code>AccessDenied</Code></Error>").await;
        assert!(!is_passing(&lasting.unwrap_err()));
        assert!(answer("<CompleteMultipartUploadResult/>").await.is_ok());
    }
}
