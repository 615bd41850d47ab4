//! How long the bodies of requests may be.
//!
//! They are read whole before a handler sees them, so they are kept as short as what is sent
//! allows, and shortest where anybody may send them.

use super::PREFIX;
use crate::http::body::limit::{Limit, Sender};
use poem::Request;
use poem::http::Method;
use site::actor::Actor;

/// Longest body of most requests: signing in, settings, shares, passkeys.
const USUAL_BYTES: u64 = 64 << 10;
/// Longest body with settings, from somebody with an account: all mails in all languages fit.
const SETTINGS_BYTES: u64 = 4 << 20;
/// Longest body of what administrators call besides: ten thousand ids, a file with all its metadata.
const ADMIN_BYTES: u64 = 1 << 20;
/// Longest list of files, from somebody with an account: 3,000 long URIs fit.
const BATCH_BYTES: u64 = 16 << 20;
/// The same from visitors, for what is shared with them.
const VISITORS_BATCH_BYTES: u64 = 1 << 20;
/// For all unfinished bodies of visitors together.
pub(super) const VISITORS_MEMORY_BYTES: usize = 16 << 20;
/// The same of those with an account.
pub(super) const MEMORY_BYTES: usize = 64 << 20;

/// The limit of a request; `None` for what goes to storage as it comes.
pub(super) fn limit_of(request: &Request) -> Option<Limit> {
    let actor = request.data::<Actor>();
    let sender = if actor.is_some_and(|actor| actor.signed_in().is_some()) {
        Sender::Account
    } else {
        Sender::Visitor
    };
    let path = request.original_uri().path();
    let bytes = limit(request.method(), path, sender)?;
    Some(Limit { bytes, sender })
}

fn limit(method: &Method, path: &str, sender: Sender) -> Option<u64> {
    let has_account = sender == Sender::Account;
    let path = path.strip_prefix(PREFIX).unwrap_or_default();
    let is_upload = path.starts_with("/file/upload/")
        || (path.trim_end_matches('/') == "/file/content" && method == Method::PUT);
    if is_upload {
        return None;
    }
    if path.trim_end_matches('/') == "/user/setting/avatar" {
        // A setting of its own says how large a picture may be.
        return Some(if has_account { u64::MAX } else { USUAL_BYTES });
    }
    if path.trim_end_matches('/') == "/admin/settings" && has_account {
        return Some(SETTINGS_BYTES);
    }
    if path.starts_with("/admin/") && has_account {
        return Some(ADMIN_BYTES);
    }
    if path.starts_with("/workflow/") && has_account {
        return Some(BATCH_BYTES);
    }
    let is_of_files = path == "/file" || path.starts_with("/file/") || path == "/share";
    Some(match (is_of_files, has_account) {
        (false, _) => USUAL_BYTES,
        (true, true) => BATCH_BYTES,
        (true, false) => VISITORS_BATCH_BYTES,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_to_storage_as_it_comes_has_no_limit() {
        for (method, path, expected) in [
            (Method::POST, "/api/v4/file/upload/abc/0", true),
            (Method::PUT, "/api/v4/file/content", true),
            (Method::PUT, "/api/v4/file/upload", false),
            (Method::POST, "/api/v4/file/content", false),
            (Method::PUT, "/api/v4/user/setting/avatar", false),
            (Method::POST, "/other/file/upload/abc/0", false),
        ] {
            let unlimited = limit(&method, path, Sender::Account).is_none();
            assert_eq!(unlimited, expected, "{method} {path}");
        }
    }

    #[test]
    fn bodies_are_as_short_as_what_is_sent_allows() {
        for (path, visitor, account) in [
            ("/session/token", USUAL_BYTES, USUAL_BYTES),
            ("/session/oauth/token", USUAL_BYTES, USUAL_BYTES),
            ("/user", USUAL_BYTES, USUAL_BYTES),
            ("/user/setting", USUAL_BYTES, USUAL_BYTES),
            ("/user/setting/avatar", USUAL_BYTES, u64::MAX),
            ("/file/url", VISITORS_BATCH_BYTES, BATCH_BYTES),
            ("/file", VISITORS_BATCH_BYTES, BATCH_BYTES),
            ("/files", USUAL_BYTES, USUAL_BYTES),
            ("/workflow/archive", USUAL_BYTES, BATCH_BYTES),
            ("/workflow/extract", USUAL_BYTES, BATCH_BYTES),
            ("/workflow/download", USUAL_BYTES, BATCH_BYTES),
            ("/nothing/here", USUAL_BYTES, USUAL_BYTES),
        ] {
            let path = format!("{PREFIX}{path}");
            let senders = [Sender::Visitor, Sender::Account];
            let limits = senders.map(|sender| limit(&Method::POST, &path, sender));
            assert_eq!(limits, [Some(visitor), Some(account)], "{path}");
        }
    }
}
