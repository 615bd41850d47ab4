//! What Kodo means when it refuses: it has statuses of its own, and says why in JSON.

use crate::meaning;
use crate::refusal::Refusal;
use reqwest::StatusCode;
use serde::Deserialize;
use storage::DriverError;

/// Nothing has the key, or no upload that is open has the name.
const MISSING: u16 = 612;
/// Something has the key.
const TAKEN: u16 = 614;
const NO_BUCKET: u16 = 631;
const FROZEN: u16 = 419;

const NO_ACCOUNT: &str = "the account at the store is closed, or owes it money";
const NO_DOMAIN: &str = "the domain is not one of the bucket's";

#[derive(Deserialize)]
struct Said {
    error: String,
}

fn has(refusal: &Refusal, status: u16) -> bool {
    refusal.status.is_some_and(|told| told.as_u16() == status)
}

/// The object or the upload is not there, says the store itself.
pub(super) fn is_missing(refusal: &Refusal) -> bool {
    has(refusal, MISSING) && !refusal.message.contains("accesskey")
}

pub(super) fn is_taken(refusal: &Refusal) -> bool {
    has(refusal, TAKEN)
}

/// A refusal with what it comes to.
pub(super) fn understood(refusal: Refusal) -> Refusal {
    let said = serde_json::from_str::<Said>(&refusal.message);
    let (Some(status), Ok(Said { error })) = (refusal.status, said) else {
        return refusal;
    };
    let meaning = meaning_of(status, &error);
    refusal.told_as(error, meaning)
}

pub(super) fn error_of(refusal: Refusal) -> DriverError {
    understood(refusal).into_error()
}

fn meaning_of(status: StatusCode, error: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    // As other stores call it.
    let word = match status.as_u16() {
        401 | 403 if says(&["expired", "out of date", "skewed"]) => "RequestTimeTooSkewed",
        401 => "AuthenticationFailed",
        403 => "AccessDenied",
        400 | 404 if says(&["no such domain"]) => return Some(NO_DOMAIN),
        400 if says(&["incorrect region", "incorrect zone"]) => "PermanentRedirect",
        FROZEN => return Some(NO_ACCOUNT),
        MISSING if says(&["accesskey"]) => "InvalidAccessKeyId",
        NO_BUCKET => "NoSuchBucket",
        _ if says(&["no such bucket"]) => "NoSuchBucket",
        _ => return None,
    };
    meaning::of_answer(status, word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_refuses_with_comes_to_a_sentence() {
        for (status, error, expected) in [
            (401, "bad token", "the key is wrong, or the clock"),
            (401, "expired token", "the clock of this machine"),
            (403, "request time is too skewed", "the clock of this"),
            (403, "permission denied", "these keys may not do this"),
            (
                400,
                "incorrect region, please use up-z2.qiniup.com",
                "the bucket is at another",
            ),
            (404, "no such domain", NO_DOMAIN),
            (419, "user disabled", NO_ACCOUNT),
            (
                612,
                "app/accesskey is not found",
                "the store does not know this access key",
            ),
            (631, "no such bucket", "there is no such bucket"),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            let meaning = meaning_of(status, error).unwrap_or_default();
            assert!(meaning.starts_with(expected), "{status} {error}: {meaning}");
        }
        for (status, error) in [(612, "no such file or directory"), (614, "file exists")] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(meaning_of(status, error), None, "{error}");
        }
    }
}
