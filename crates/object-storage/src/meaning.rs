//! What a refusal comes to, in a sentence for whoever wrote the policy: stores have words of their
//! own, and each has others.

use reqwest::StatusCode;
use std::error::Error;
use std::io;

const NO_ACCESS_KEY: &str = "the store does not know this access key";
const NO_SECRET_KEY: &str = "the secret key is not that of the access key";
const NO_KEY: &str = "the key is wrong, or the clock of this machine is";
const NO_CLOCK: &str = "the clock of this machine is not that of the store";
const NO_REGION: &str = "the region is wrong";
const ELSEWHERE: &str = "the bucket is at another endpoint, or in another region";
const NO_BUCKET: &str = "there is no such bucket";
const NOT_ALLOWED: &str = "these keys may not do this";
const NOBODY: &str = "nothing answers at the endpoint";
const REFUSED: &str = "the endpoint refuses connections";
const NO_HOST: &str = "there is no host of that name";
/// Whoever answers is told nothing.
const IMPOSTOR: &str = "the endpoint cannot prove that it is what it is called";

const NO_TLS: &str = "the endpoint speaks http and not https";
const ONLY_TLS: &str = "the endpoint speaks https and not http";
pub(crate) const NO_STORE: &str = "what answers at the endpoint is a web site and no store";

/// What a server says that only speaks TLS to whoever does not.
const SPEAK_TLS: [&str; 2] = [
    "HTTP request was sent to HTTPS port",
    "HTTP request to an HTTPS server",
];

/// Of a text that is no answer of a store.
pub(crate) fn of_text(text: &str) -> Option<&'static str> {
    if SPEAK_TLS.iter().any(|words| text.contains(words)) {
        return Some(ONLY_TLS);
    }
    is_page(text).then_some(NO_STORE)
}

/// Of an answer whose text is none of a store's: its status says what stands between where that failed.
/// Web sites, too, say that they do not know how to do something.
pub(crate) fn of_page(status: StatusCode, text: &str) -> Option<&'static str> {
    let is_failure = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
    let is_between = is_failure || status == StatusCode::PAYLOAD_TOO_LARGE;
    of_text(text).filter(|_| !is_between)
}

/// What is worth telling of an answer that is none of a store's: of a page its title, for nobody reads
/// its markup.
pub(crate) fn words_of(text: &str) -> String {
    if !is_page(text) {
        return text.to_owned();
    }
    title_of(text).unwrap_or_default().to_owned()
}

fn is_page(text: &str) -> bool {
    let mut text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<?xml") {
        text = text.split_once("?>").map_or(text, |(_, rest)| rest);
    }
    let begin: String = text.trim_start().chars().take(14).collect();
    let begin = begin.to_ascii_lowercase();
    begin.starts_with("<!doctype html") || begin.starts_with("<html")
}

fn title_of(page: &str) -> Option<&str> {
    // Its letters stand where those of the page do.
    let lower = page.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower[begin..].find('>')? + 1;
    let end = begin + lower[begin..].find("</title")?;
    Some(page[begin..end].trim())
}

/// Of what a store says: its status, its own word, and its sentence.
pub(crate) fn of_answer(status: StatusCode, code: &str, message: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // A signature in an address has ended, or is still to begin, where that of a header is skewed.
    let is_of_address = code != "ExpiredToken";
    if is_of_address && says(&["has expired", "not yet valid", "not valid yet"]) {
        return Some(NO_CLOCK);
    }
    let known = match code {
        "InvalidAccessKeyId" | "InvalidAccessKey" => NO_ACCESS_KEY,
        "SignatureDoesNotMatch" => NO_SECRET_KEY,
        "AuthenticationFailed" | "authError" => NO_KEY,
        "RequestTimeTooSkewed" | "RequestExpired" => NO_CLOCK,
        "NoSuchBucket" | "ContainerNotFound" => NO_BUCKET,
        "PermanentRedirect" | "TemporaryRedirect" => ELSEWHERE,
        // Their codes are those of everything that can be wrong with a request.
        "AuthorizationHeaderMalformed"
        | "AuthorizationQueryParametersError"
        | "InvalidArgument"
        | "InvalidRequest"
            if says(&["region"]) =>
        {
            NO_REGION
        }
        "AccessDenied" if says(&["specified endpoint"]) => ELSEWHERE,
        "AccessDenied"
        | "forbidden"
        | "AuthorizationFailure"
        | "AuthorizationPermissionMismatch" => NOT_ALLOWED,
        _ if status.is_redirection() => ELSEWHERE,
        _ => return None,
    };
    Some(known)
}

/// Of a request that was not answered.
pub(crate) fn of_silence(error: &reqwest::Error) -> Option<&'static str> {
    let is_silent = error.is_connect();
    let mut source = error.source();
    while let Some(error) = source {
        let words = error.to_string();
        // A port that speaks TLS answers with an alert.
        if words.contains("invalid HTTP version") {
            return Some(ONLY_TLS);
        }
        if is_silent && words.contains("InvalidContentType") {
            return Some(NO_TLS);
        }
        if is_silent && words.contains("certificate") {
            return Some(IMPOSTOR);
        }
        if is_silent && words.starts_with("dns error") {
            return Some(NO_HOST);
        }
        let system = error.downcast_ref::<io::Error>();
        if is_silent && system.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            return Some(REFUSED);
        }
        source = error.source();
    }
    is_silent.then_some(NOBODY)
}

/// Whether asking again in a moment is of no use: certificates and ports do not change that fast.
pub(crate) fn is_lasting(meaning: Option<&'static str>) -> bool {
    matches!(meaning, Some(IMPOSTOR | NO_TLS | ONLY_TLS))
}

/// Whether it is known at once that nobody is there.
pub(crate) fn is_plain(meaning: Option<&'static str>) -> bool {
    matches!(meaning, Some(REFUSED | NO_HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stores_refuse_with_comes_to_a_sentence() {
        for (status, code, message, expected) in [
            (403, "InvalidAccessKeyId", "", NO_ACCESS_KEY),
            (403, "SignatureDoesNotMatch", "", NO_SECRET_KEY),
            (403, "AuthenticationFailed", "", NO_KEY),
            (401, "authError", "Invalid Credentials", NO_KEY),
            (403, "RequestTimeTooSkewed", "", NO_CLOCK),
            (403, "AccessDenied", "Request has expired", NO_CLOCK),
            (403, "AccessDenied", "Request is not yet valid", NO_CLOCK),
            (403, "AccessDenied", "Request is not valid yet", NO_CLOCK),
            (
                400,
                "AuthorizationQueryParametersError",
                "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong",
                NO_REGION,
            ),
            (
                400,
                "AuthorizationHeaderMalformed",
                "the region 'a' is wrong",
                NO_REGION,
            ),
            (400, "InvalidArgument", "Invalid signing region", NO_REGION),
            (301, "PermanentRedirect", "", ELSEWHERE),
            (301, "", "", ELSEWHERE),
            (
                403,
                "AccessDenied",
                "The bucket must be addressed using the specified endpoint.",
                ELSEWHERE,
            ),
            (404, "NoSuchBucket", "", NO_BUCKET),
            (404, "ContainerNotFound", "", NO_BUCKET),
            (403, "AccessDenied", "Access Denied", NOT_ALLOWED),
            (403, "AuthorizationPermissionMismatch", "", NOT_ALLOWED),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            let found = of_answer(status, code, message);
            assert_eq!(found, Some(expected), "{status} {code} {message}");
        }
        for (status, text, expected) in [
            (404, "<!DOCTYPE html><html><p>Not here", Some(NO_STORE)),
            (200, "\n<HTML lang=en>", Some(NO_STORE)),
            (301, "<html>\r\n<head><title>301 Moved", Some(NO_STORE)),
            (502, "<html><head><title>502 Bad Gateway", None),
            (413, "<html><head><title>413", None),
            (404, "<?xml version=\"1.0\"?><Error></Error>", None),
            (404, "ä", None),
            (501, "<!DOCTYPE HTML PUBLIC \"x\">\n<html>", Some(NO_STORE)),
            (
                404,
                "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\">",
                Some(NO_STORE),
            ),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.\n",
                Some(ONLY_TLS),
            ),
            (
                400,
                "<html><h1>400</h1>The plain HTTP request was sent to HTTPS port</html>",
                Some(ONLY_TLS),
            ),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(of_page(status, text), expected, "{text}");
        }
        for (text, expected) in [
            ("<html>\n<TITLE>404 Not Found</TITLE><h1>x", "404 Not Found"),
            ("<!DOCTYPE html><title lang=\"en\"> Ä\n</title>", "Ä"),
            ("<html><title>never ends", ""),
            ("<html><h1>x", ""),
            ("no page <title>x</title>", "no page <title>x</title>"),
        ] {
            assert_eq!(words_of(text), expected, "{text}");
        }
        for (code, message) in [
            ("InvalidArgument", "Too long"),
            ("ExpiredToken", "The provided token has expired."),
        ] {
            let unknown = of_answer(StatusCode::BAD_REQUEST, code, message);
            assert_eq!(unknown, None, "{code}");
        }
    }
}
