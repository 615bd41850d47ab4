//! Why a request was not answered as it should be, and what that means.

use crate::meaning;
use chrono::DateTime;
use quick_xml::de::from_str;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use std::io;
use std::time::{Duration, SystemTime};
use storage::DriverError;

/// Where Azure says its word, if there is no body.
const ERROR_CODE: &str = "x-ms-error-code";
/// Longest wait between two tries of one request, where the store names none.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// One object is asked for too often (Kodo).
const ASKED_TOO_OFTEN: u16 = 573;
/// Where nobody is, that is known soon: before whoever looks at it gives up.
const AT_NOBODY: usize = 3;
/// A store that names a later time than this knows no more than that it is in trouble.
const LATEST: Duration = Duration::from_hours(24);
/// Words of stores for what may be answered otherwise in a moment, whatever the status is.
const PASSING: [&str; 4] = [
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
];
/// So much of a text that nobody understands is told.
const TOLD_CHARS: usize = 200;

/// Why a request was not answered as it should be.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// `None`: there was no answer.
    pub status: Option<StatusCode>,
    /// The store's own word, such as `NoSuchUpload`.
    pub code: String,
    pub message: String,
    /// What that comes to, where it is known.
    meaning: Option<&'static str>,
    retry_after: Option<Duration>,
    /// Nobody answered, and somebody may later.
    is_away: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// The same where a store speaks JSON.
#[derive(Deserialize)]
struct JsonError {
    error: JsonWhy,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonWhy {
    message: String,
    errors: Vec<JsonReason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonReason {
    reason: String,
}

fn json_error(body: &[u8]) -> Option<ErrorBody> {
    let JsonError { error } = serde_json::from_slice(body).ok()?;
    let first = error.errors.into_iter().next().unwrap_or_default();
    Some(ErrorBody {
        code: first.reason,
        message: error.message,
    })
}

/// A time as headers have it (RFC 9110, HTTP-date).
pub(crate) fn time(text: &str) -> Option<SystemTime> {
    Some(DateTime::parse_from_rfc2822(text).ok()?.into())
}

/// How long to wait, which is said in seconds, or as a time (RFC 9110, Retry-After).
fn pause_of(text: &str) -> Option<Duration> {
    let secs = text.parse().ok().map(Duration::from_secs);
    let until = || time(text).map(|at| at.duration_since(SystemTime::now()).unwrap_or_default());
    secs.or_else(until)
}

pub(crate) fn cut(text: &str) -> String {
    text.chars().take(TOLD_CHARS).collect()
}

pub(crate) fn garbage(why: impl AsRef<str>) -> DriverError {
    let why = why.as_ref();
    let meaning = meaning::of_text(why).unwrap_or("the answer makes no sense");
    let why = cut(&meaning::words_of(why));
    DriverError::Io(io::Error::other(if why.is_empty() {
        meaning.to_owned()
    } else {
        format!("{meaning}: {why}")
    }))
}

impl Refusal {
    pub fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let told = json_error(body).or_else(|| from_str(&text).ok());
        let mut told = told.unwrap_or_else(|| ErrorBody {
            code: String::new(),
            message: String::new(),
        });
        if told.code.is_empty() && told.message.is_empty() {
            told.message = cut(&meaning::words_of(&text));
        }
        if let Some(code) = headers.get(ERROR_CODE).filter(|_| told.code.is_empty()) {
            code.to_str().unwrap_or_default().clone_into(&mut told.code);
        }
        let after = headers.get(RETRY_AFTER);
        let after = after.and_then(|after| pause_of(after.to_str().ok()?.trim()));
        Self {
            status: Some(status),
            meaning: meaning::of_page(status, &text)
                .or_else(|| meaning::of_answer(status, &told.code, &told.message)),
            code: told.code,
            message: told.message,
            retry_after: after.map(|after| after.min(LATEST)),
            is_away: false,
        }
    }

    pub fn unsent(error: impl std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message = format!("{message}: {error}");
            source = error.source();
        }
        Self {
            status: None,
            code: String::new(),
            message,
            meaning: None,
            retry_after: None,
            is_away: false,
        }
    }

    /// The same of an answer that began with a status.
    pub fn behind(self, status: StatusCode) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// Nothing came for too long.
    pub fn silent() -> Self {
        Self {
            is_away: true,
            ..Self::unsent(io::Error::new(
                io::ErrorKind::TimedOut,
                "the store does not answer",
            ))
        }
    }

    /// The address may carry its signature with it, which is nothing for logs.
    pub fn unanswered(mut error: reqwest::Error) -> Self {
        if let Some(url) = error.url_mut() {
            url.set_query(None);
        }
        let meaning = meaning::of_silence(&error);
        Self {
            meaning,
            is_away: !meaning::is_lasting(meaning),
            ..Self::unsent(error)
        }
    }

    /// The same in the words of a store that has ways of its own to say what is wrong.
    pub fn told_as(self, message: String, meaning: Option<&'static str>) -> Self {
        Self {
            message,
            meaning: meaning.or(self.meaning),
            ..self
        }
    }

    pub fn is(&self, status: StatusCode) -> bool {
        self.status == Some(status)
    }

    /// How long is waited before the next try.
    pub fn pause(&self, tries: usize) -> Duration {
        let usual = Duration::from_millis(200) * 2_u32.saturating_pow(tries as u32);
        self.retry_after.unwrap_or(usual.min(LONGEST_PAUSE))
    }

    /// It has a word of its own for what is wrong, as only stores do.
    pub fn is_of_store(&self) -> bool {
        !self.code.is_empty()
    }

    /// Somebody else has the key.
    pub fn is_taken(&self) -> bool {
        self.is(StatusCode::PRECONDITION_FAILED)
            || matches!(&*self.code, "PreconditionFailed" | "BlobAlreadyExists")
    }

    /// The object or the upload is not there, says the store itself: where the bucket is gone, or
    /// somebody else answers in its place, nothing is known.
    pub fn is_missing(&self) -> bool {
        self.is(StatusCode::NOT_FOUND)
            && matches!(
                &*self.code,
                "NoSuchKey" | "NoSuchUpload" | "BlobNotFound" | "notFound"
            )
    }

    /// The store does not know how to do this.
    pub fn is_unknown(&self) -> bool {
        self.is(StatusCode::NOT_IMPLEMENTED) || self.code == "NotImplemented"
    }

    pub fn into_error(self) -> DriverError {
        if self.status.is_some_and(is_busy)
            || self.code.ends_with("ateLimitExceeded")
            || self.code == "SlowDown"
        {
            return DriverError::Busy {
                retry_after: self.retry_after,
            };
        }
        if matches!(
            &*self.code,
            "QuotaExceeded" | "XMinioStorageFull" | "InsufficientStorage"
        ) || self.is(StatusCode::INSUFFICIENT_STORAGE)
        {
            return DriverError::NoSpace;
        }
        let number = self.status.map(|status| status.as_u16().to_string());
        let number = number.unwrap_or_default();
        // Those of one vendor have no words.
        let reason = self.status.and_then(|status| status.canonical_reason());
        let reason = reason.unwrap_or_default();
        let said = [&*number, reason, &self.code, &self.message];
        let said = said.into_iter().filter(|word| !word.is_empty());
        let text = said.collect::<Vec<_>>().join(" ");
        let told = match self.meaning {
            Some(meaning) if text.is_empty() => meaning.to_owned(),
            Some(meaning) => format!("{meaning} ({text})"),
            None => text,
        };
        DriverError::Io(if self.is_away {
            io::Error::new(io::ErrorKind::NotConnected, told)
        } else {
            io::Error::other(told)
        })
    }
}

fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::SERVICE_UNAVAILABLE
        || status.as_u16() == ASKED_TOO_OFTEN
}

/// Whether the same request may be answered otherwise in a moment.
pub(crate) fn is_passing(refusal: &Refusal) -> bool {
    match refusal.status {
        None => !meaning::is_lasting(refusal.meaning),
        // Who does not know how to do this does not learn it in a moment. What began with a good status
        // may end so, too.
        Some(status) => {
            is_busy(status)
                || (status.is_server_error() && !refusal.is_unknown())
                || PASSING.contains(&&*refusal.code)
        }
    }
}

/// How often a request is sent again that failed in passing.
pub(crate) fn retries_of(refusal: &Refusal, usual: usize) -> usize {
    if meaning::is_plain(refusal.meaning) {
        return usual.min(AT_NOBODY);
    }
    usual
}

/// What an error of the library means. It tells statuses in words alone.
pub(crate) fn of_library(error: object_store::Error) -> DriverError {
    use object_store::Error;
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(&error) {
        text = format!("{text} {source}");
    }
    let says = |status: u16| text.contains(&format!("status code: {status}"));
    if says(429) || says(503) {
        return DriverError::Busy { retry_after: None };
    }
    if says(507) {
        return DriverError::NoSpace;
    }
    match error {
        Error::Generic { source, .. } => DriverError::Io(io::Error::other(source)),
        other => DriverError::Io(io::Error::other(other)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_later_time_is_said_in_two_ways() {
        assert_eq!(pause_of("120"), Some(Duration::from_mins(2)));
        let later = chrono::Utc::now() + chrono::TimeDelta::minutes(2);
        let pause = pause_of(&later.to_rfc2822()).unwrap();
        assert!(pause > Duration::from_secs(110) && pause <= Duration::from_mins(2));
        let past = pause_of("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(past, Some(Duration::ZERO));
        assert_eq!(pause_of("soon"), None);
    }
}
