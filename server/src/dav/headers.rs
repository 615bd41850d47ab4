//! Headers that only WebDAV has.

use poem::Request;
use poem::http::StatusCode;
use poem::http::header::HOST;

/// How far below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Zero,
    One,
    /// The children and not the folder itself, a common extension.
    OneNoRoot,
    Infinity,
}

/// The path to which COPY and MOVE go; the header has it, or a URL of this very site.
/// # Errors
/// The status to answer
pub fn destination<'a>(request: &Request, text: &'a str) -> Result<&'a str, StatusCode> {
    let text = text.trim();
    if text.starts_with('/') {
        return path_of(text);
    }
    let (_, rest) = text.split_once("://").ok_or(StatusCode::BAD_REQUEST)?;
    let start = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(start);
    let host = authority.rsplit('@').next().unwrap_or_default();
    // A proxy may give us another name than the one the client uses, and several in a row a list.
    let names = [request.header(HOST), request.header("x-forwarded-host")];
    let authority_of_uri = request
        .original_uri()
        .authority()
        .map(poem::http::uri::Authority::as_str);
    let is_here = names
        .into_iter()
        .flatten()
        .flat_map(|names| names.split(','))
        .chain(authority_of_uri)
        .any(|name| same_host(name.trim(), host));
    if !is_here {
        return Err(StatusCode::BAD_GATEWAY);
    }
    path_of(path)
}

fn path_of(text: &str) -> Result<&str, StatusCode> {
    if text.contains('#') {
        return Err(StatusCode::BAD_REQUEST);
    }
    Ok(text.split('?').next().unwrap_or_default())
}

/// Equal but for case and the ports that need not be said.
fn same_host(a: &str, b: &str) -> bool {
    let bare = |host: &str| {
        let host = host.to_ascii_lowercase();
        let short = host.strip_suffix(":80").or(host.strip_suffix(":443"));
        short.map(str::to_owned).unwrap_or(host)
    };
    bare(a) == bare(b)
}

/// The Depth header.
/// # Errors
/// 400 for other values
pub fn depth(request: &Request) -> Result<Option<Depth>, StatusCode> {
    let Some(text) = request.header("depth") else {
        return Ok(None);
    };
    Ok(Some(match text.trim().to_ascii_lowercase().as_str() {
        "0" => Depth::Zero,
        "1" => Depth::One,
        "1,noroot" => Depth::OneNoRoot,
        "infinity" => Depth::Infinity,
        _ => return Err(StatusCode::BAD_REQUEST),
    }))
}

/// Whether COPY and MOVE may replace what is there (RFC 4918 §10.6).
/// # Errors
/// 400 for other values: what is replaced by mistake is gone from its place
pub fn overwrite(request: &Request) -> Result<bool, StatusCode> {
    match request.header("overwrite").map(str::trim) {
        None | Some("T" | "t") => Ok(true),
        Some("F" | "f") => Ok(false),
        Some(_) => Err(StatusCode::BAD_REQUEST),
    }
}

/// How long a body will be, if the client says so: `Content-Length`, and for bodies in chunks
/// `X-Expected-Entity-Length`.
/// # Errors
/// 400 if it cannot be read, or if both are there and differ: something on the way has turned
/// chunks into a body of another length, and what came is not what the client meant
pub fn expected_bytes(request: &Request) -> Result<Option<u64>, StatusCode> {
    let read = |name: &str| -> Result<Option<u64>, StatusCode> {
        let text = request.header(name).map(str::trim);
        let length = text.map(str::parse).transpose();
        length.map_err(|_| StatusCode::BAD_REQUEST)
    };
    let expected = read("x-expected-entity-length")?;
    match (read("content-length")?, expected) {
        (Some(length), Some(expected)) if length != expected => Err(StatusCode::BAD_REQUEST),
        (length, expected) => Ok(length.or(expected)),
    }
}

/// Whether the client sends its body only when it is told to go on. Who reads nothing of it tells
/// it nothing, and the answer comes in time to save it the trouble.
pub fn waits(request: &Request) -> bool {
    let expected = request.header("expect").unwrap_or_default();
    expected.trim().eq_ignore_ascii_case("100-continue")
}

/// The first duration that is understood of a Timeout header, seconds (RFC 4918 §10.7); `None`: as
/// long as may be, which who asks for anything else gets too: a wish is no reason to refuse a lock.
pub fn lock_secs(request: &Request) -> Option<u64> {
    let mut wishes = request.header("timeout")?.split(',').map(str::trim);
    let understood = |wish: &str| {
        if wish.eq_ignore_ascii_case("infinite") {
            return Some(None);
        }
        let (unit, number) = wish.split_once('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_seconds = unit.eq_ignore_ascii_case("second") && is_number;
        is_seconds.then(|| Some(number.parse().unwrap_or(u64::MAX)))
    };
    wishes.find_map(understood).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn to(text: &str) -> Result<&str, StatusCode> {
        let request = Request::builder().header(HOST, "Drive.example").finish();
        destination(&request, text)
    }

    #[test]
    fn destinations_are_on_this_host() {
        for text in [
            "/dav/a%20b",
            "http://drive.example/dav/a%20b",
            "https://drive.example:443/dav/a%20b",
            "http://user:pass@drive.example/dav/a%20b?x=1",
        ] {
            assert_eq!(to(text), Ok("/dav/a%20b"), "{text}");
        }
        assert_eq!(to("http://other/dav/a"), Err(StatusCode::BAD_GATEWAY));
        let behind_two = Request::builder().header("x-forwarded-host", "a.example, b.example");
        let behind_two = behind_two.finish();
        for host in ["a.example", "b.example:443"] {
            let text = format!("https://{host}/dav/a");
            assert_eq!(destination(&behind_two, &text), Ok("/dav/a"), "{host}");
        }
        assert_eq!(
            to("http://drive.example@other/dav/a"),
            Err(StatusCode::BAD_GATEWAY)
        );
        assert_eq!(to("a"), Err(StatusCode::BAD_REQUEST));
        assert_eq!(to("/dav/a#b"), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn only_what_may_be_replaced_is() {
        let ask = |value: &str| overwrite(&Request::builder().header("overwrite", value).finish());
        assert_eq!(overwrite(&Request::default()), Ok(true));
        assert_eq!((ask("T"), ask("f")), (Ok(true), Ok(false)));
        for other in ["", "no", "TF", "0"] {
            assert_eq!(ask(other), Err(StatusCode::BAD_REQUEST), "{other}");
        }
    }

    #[test]
    fn lengths_that_differ_are_refused() {
        let ask = |length: &str, expected: &str| {
            let request = Request::builder().header("content-length", length);
            expected_bytes(
                &request
                    .header("x-expected-entity-length", expected)
                    .finish(),
            )
        };
        assert_eq!(expected_bytes(&Request::default()), Ok(None));
        assert_eq!(ask("5", "5"), Ok(Some(5)));
        assert_eq!(ask("0", "5"), Err(StatusCode::BAD_REQUEST));
        assert_eq!(ask("5", "-5"), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn locks_last_as_long_as_the_first_wish_that_is_understood() {
        for (text, secs) in [
            ("Second-600", Some(600)),
            ("Infinite, Second-4100000000", None),
            ("Extended-1, second-60", Some(60)),
            ("Second-99999999999999999999", Some(u64::MAX)),
            ("Second-", None),
            ("Second--5", None),
            ("garbage", None),
            ("", None),
        ] {
            let request = Request::builder().header("timeout", text).finish();
            assert_eq!(lock_secs(&request), secs, "{text}");
        }
    }
}
