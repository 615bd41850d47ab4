//! What a client says about the lock that it wants (RFC 4918 §14.11), written anew for the library,
//! which looks at names without their namespaces and stumbles over what it does not know.

use super::xml::{self, children, is_dav};
use poem::http::header::HeaderValue;
use poem::http::{HeaderMap, StatusCode};
use std::fmt::Write;
use xmltree::Element;

use super::conditions::canonical_token;

/// Reads a body of LOCK that is not empty.
/// # Errors
/// 400 for what is no `lockinfo`, 501 for kinds of locks that there are none of
pub fn read(body: &[u8]) -> Result<Vec<u8>, StatusCode> {
    let tree = xml::parse(body)?;
    if !is_dav(&tree, "lockinfo") {
        return Err(StatusCode::BAD_REQUEST);
    }
    let child = |name: &str| children(&tree).find(|child| is_dav(child, name));
    let scope = only(child("lockscope"))?;
    let scope = ["exclusive", "shared"]
        .into_iter()
        .find(|name| is_dav(scope, name))
        .ok_or(StatusCode::NOT_IMPLEMENTED)?;
    if !is_dav(only(child("locktype"))?, "write") {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    let mut out = format!(
        "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:{scope}/></D:lockscope>\
         <D:locktype><D:write/></D:locktype>"
    );
    if let Some(owner) = child("owner") {
        let _ = write!(out, "<D:owner>{}</D:owner>", xml::inner(owner));
    }
    out.push_str("</D:lockinfo>");
    Ok(out.into_bytes())
}

fn only(element: Option<&Element>) -> Result<&Element, StatusCode> {
    let mut inside = children(element.ok_or(StatusCode::BAD_REQUEST)?);
    match (inside.next(), inside.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// The `Lock-Token` header of an UNLOCK.
/// # Errors
/// 400 for what is no token in angle brackets
pub fn token(headers: &HeaderMap) -> Result<HeaderValue, StatusCode> {
    let text = headers
        .get("lock-token")
        .and_then(|text| text.to_str().ok());
    let token = text.and_then(|text| text.trim().strip_prefix('<')?.strip_suffix('>'));
    let token = token.filter(|token| !token.is_empty() && !token.contains(['<', '>']));
    let token = canonical_token(token.ok_or(StatusCode::BAD_REQUEST)?);
    HeaderValue::try_from(format!("<{token}>")).map_err(|_| StatusCode::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(inside: &str) -> Result<String, StatusCode> {
        let body = format!("<lockinfo xmlns='DAV:'>{inside}</lockinfo>");
        Ok(String::from_utf8(read(body.as_bytes())?).unwrap())
    }

    #[test]
    fn what_is_not_understood_is_left_out_or_refused() {
        let write = "<locktype><write/></locktype>";
        let exclusive = "<lockscope><exclusive/></lockscope>";
        let strange = "<x xmlns='urn:u'><lockscope/></x>";
        let owner = "<owner><href>a&amp;b</href></owner>";
        let read = of(&format!("{strange}{exclusive}{write}{owner}")).unwrap();
        assert!(
            read.contains("<D:exclusive/>") && read.contains("a&amp;b"),
            "{read}"
        );
        assert!(!read.contains("urn:u"), "{read}");
        for (inside, status) in [
            (format!("{exclusive}<locktype><read/></locktype>"), 501),
            (format!("<lockscope><both/></lockscope>{write}"), 501),
            (exclusive.to_owned(), 400),
            (write.to_owned(), 400),
            (format!("<lockscope/>{write}"), 400),
        ] {
            assert_eq!(of(&inside).unwrap_err().as_u16(), status, "{inside}");
        }
        let body = b"<lockinfo xmlns='urn:nope'/>";
        assert_eq!(super::read(body), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn tokens_stand_in_angle_brackets() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("lock-token", HeaderValue::from_str(text).unwrap());
            token(&headers)
        };
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        for text in [
            format!("<{id}>"),
            format!("<urn:uuid:{id}>"),
            format!(" <opaquelocktoken:{id}> "),
        ] {
            assert_eq!(of(&text).unwrap(), format!("<urn:uuid:{id}>"), "{text}");
        }
        for text in [id, "", "<>", "<a><b>"] {
            assert_eq!(of(text), Err(StatusCode::BAD_REQUEST), "{text}");
        }
        assert!(token(&HeaderMap::new()).is_err());
    }
}
