//! Conditions in headers: `If` (RFC 4918 §10.4), `If-Match` and `If-None-Match` (RFC 9110 §13.1),
//! made sure to be ones that the library reads: it takes a header it cannot read for none, and a
//! condition that is not looked at protects nothing.

use super::location::Location;
use super::mount_point::NEXTCLOUD;
use poem::http::header::{IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use poem::http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write;
use url::Url;
use uuid::Uuid;

/// Longest header; clients that hold hundreds of locks stay below.
use site::limits::CONDITION_BYTES as MAX_BYTES;
/// Tags of versions in one `If`: each is looked up.
use site::limits::CONDITION_TAGS as MOST_TAGS;

/// A header is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadConditions;

/// The conditions of a request, as the library understands them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    dav: Option<HeaderValue>,
    matches: Option<HeaderValue>,
    none_match: Option<HeaderValue>,
    is_dated: bool,
}

impl Conditions {
    /// Checks and rewrites the headers of a request.
    /// # Errors
    /// `BadConditions` if one would not be understood
    pub fn of(headers: &HeaderMap) -> Result<Self, BadConditions> {
        let mut lists = headers.get_all("if").iter();
        let dav = lists.next().map(text).transpose()?;
        if lists.next().is_some() {
            return Err(BadConditions);
        }
        Ok(Self {
            dav: dav.map(read).transpose()?,
            matches: tags(headers, &IF_MATCH)?,
            none_match: tags(headers, &IF_NONE_MATCH)?,
            is_dated: headers.contains_key(IF_UNMODIFIED_SINCE),
        })
    }

    /// Whether the request depends on the current version.
    pub fn ask_for_version(&self) -> bool {
        let names_version = |dav: &HeaderValue| dav.as_bytes().contains(&b'[');
        self.matches.is_some()
            || self.none_match.is_some()
            || self.is_dated
            || self.dav.as_ref().is_some_and(names_version)
    }

    /// The tokens of locks that are shown.
    pub fn tokens(&self) -> Vec<String> {
        let dav = self.dav.as_ref().and_then(|dav| dav.to_str().ok());
        let mut items = dav.unwrap_or_default().split(['<', '>']);
        // Between brackets is every other item; a resource is no token.
        let inside = std::iter::from_fn(|| items.nth(1));
        inside
            .filter(|item| !item.contains("://"))
            .map(str::to_owned)
            .collect()
    }

    /// Puts them in the place of what was sent.
    pub fn write(&self, headers: &mut HeaderMap) {
        let dav = (HeaderName::from_static("if"), &self.dav);
        for (name, value) in [
            dav,
            (IF_MATCH, &self.matches),
            (IF_NONE_MATCH, &self.none_match),
        ] {
            match value {
                Some(value) => headers.insert(name, value.clone()),
                None => headers.remove(name),
            };
        }
    }
}

/// A lock's token in the form in which this server gives it out: clients also come with the bare
/// UUID or the older scheme (V4 API, WebDAV).
pub fn canonical_token(token: &str) -> String {
    let bare = token
        .strip_prefix("urn:uuid:")
        .or(token.strip_prefix("opaquelocktoken:"))
        .unwrap_or(token);
    match Uuid::try_parse(bare) {
        Ok(id) => format!("urn:uuid:{id}"),
        Err(_) => token.to_owned(),
    }
}

fn text(value: &HeaderValue) -> Result<&str, BadConditions> {
    let text = value.to_str().map_err(|_| BadConditions)?;
    if text.len() > MAX_BYTES {
        return Err(BadConditions);
    }
    Ok(text)
}

/// Where the next item is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    BehindResource,
    InList { conditions: usize, is_negated: bool },
}

/// Reads an `If` header and writes it in the only forms that the library knows.
fn read(text: &str) -> Result<HeaderValue, BadConditions> {
    let mut rest = text.trim_start();
    let mut out = String::new();
    let (mut at, mut lists, mut tags) = (At::Start, 0, 0);
    while let Some(sign) = rest.chars().next() {
        let length = match sign {
            '(' | ')' => 1,
            '<' => rest.find('>').ok_or(BadConditions)? + 1,
            '[' => rest.find(']').ok_or(BadConditions)? + 1,
            _ if rest.get(..3).is_some_and(is_not) => 3,
            _ => return Err(BadConditions),
        };
        let (item, after) = rest.split_at(length);
        let inner = item.get(1..length - 1).unwrap_or_default();
        at = match (sign, at) {
            ('(', At::Start | At::BehindResource) => {
                out.push('(');
                At::InList {
                    conditions: 0,
                    is_negated: false,
                }
            }
            (
                ')',
                At::InList {
                    conditions: 1..,
                    is_negated: false,
                },
            ) => {
                lists += 1;
                out.push(')');
                At::Start
            }
            ('<', At::Start) => {
                let _ = write!(out, "<{}>", resource(inner)?);
                At::BehindResource
            }
            ('<' | '[', At::InList { conditions, .. }) => {
                if sign == '<' {
                    let _ = write!(out, "<{}>", state_token(inner)?);
                } else {
                    tags += 1;
                    let _ = write!(out, "[{}]", entity_tag(inner).ok_or(BadConditions)?);
                }
                At::InList {
                    conditions: conditions + 1,
                    is_negated: false,
                }
            }
            (
                'N' | 'n',
                At::InList {
                    conditions,
                    is_negated: false,
                },
            ) => {
                out.push_str("Not");
                At::InList {
                    conditions,
                    is_negated: true,
                }
            }
            _ => return Err(BadConditions),
        };
        out.push(' ');
        rest = after.trim_start();
    }
    if at != At::Start || lists == 0 || tags > MOST_TAGS {
        return Err(BadConditions);
    }
    HeaderValue::try_from(out.trim_end()).map_err(|_| BadConditions)
}

fn is_not(word: &str) -> bool {
    word.eq_ignore_ascii_case("not")
}

/// A resource as a URL, which a path is not yet.
fn resource(text: &str) -> Result<Url, BadConditions> {
    let here = Url::parse("http://localhost").expect("it is one");
    let url = if text.starts_with('/') {
        here.join(text)
    } else {
        Url::parse(text)
    };
    let mut url = url.map_err(|_| BadConditions)?;
    if url.path().starts_with(NEXTCLOUD)
        && let Ok(location) = Location::parse(url.path())
    {
        // The library knows only our own address.
        url.set_path(&location.href(false));
    }
    Ok(url)
}

fn state_token(text: &str) -> Result<String, BadConditions> {
    let token = canonical_token(text);
    let is_plain = |sign: char| sign.is_ascii_graphic() && !"\"<>[]()".contains(sign);
    (token.contains(':') && token.chars().all(is_plain))
        .then_some(token)
        .ok_or(BadConditions)
}

/// The tag itself, if it is one (RFC 9110 §8.8.3).
fn entity_tag(text: &str) -> Option<&str> {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = |sign: char| sign.is_ascii_graphic() && sign != '"';
    opaque.chars().all(is_plain).then_some(text)
}

/// A list of tags or `*`. The library splits at every comma, also inside a tag; no tag of ours has
/// one, so a tag that does is written as another that is not ours.
///
/// In `If-None-Match` a word without quotes is read as if it had them: Joplin sends one that shall
/// match nothing with everything it asks for, and who forgot the quotes means the tag. What no tag
/// of ours can be is left out, and of nothing else there is no condition. The rest are compared
/// weakly (RFC 9110 §13.1.2), which the library does not.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<HeaderValue>, BadConditions> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let is_lenient = *name == IF_NONE_MATCH;
    let mut found = Vec::new();
    for value in headers.get_all(name) {
        let mut rest = text(value)?.trim_matches([' ', '\t', ',']);
        while !rest.is_empty() {
            let tag = first_tag(rest, is_lenient)?;
            let after = &rest[tag.len()..];
            let opaque = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            if !is_lenient {
                found.push(tag.replace(',', "%2C"));
            } else if tag == "*" {
                found.push(tag.to_owned());
            } else if opaque.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                found.push(format!("\"{opaque}\""));
            }
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() {
                rest = rest.strip_prefix(',').ok_or(BadConditions)?;
                rest = rest.trim_start_matches([' ', '\t', ',']);
            }
        }
    }
    let has_star = found.iter().any(|tag| tag == "*");
    if has_star && found.len() > 1 {
        return Err(BadConditions);
    }
    if found.is_empty() {
        if is_lenient {
            return Ok(None);
        }
        // Nothing matches it.
        found.push("\"\"".to_owned());
    }
    let list = HeaderValue::try_from(found.join(", "));
    list.map(Some).map_err(|_| BadConditions)
}

/// The tag or `*` that a list begins with; `or_word`: or a word that lacks its quotes.
fn first_tag(list: &str, or_word: bool) -> Result<&str, BadConditions> {
    if list.starts_with('*') {
        return Ok("*");
    }
    let quoted = list.strip_prefix("W/").unwrap_or(list);
    let skipped = list.len() - quoted.len();
    let tag = match quoted.strip_prefix('"') {
        Some(behind) => {
            let length = skipped + 2 + behind.find('"').ok_or(BadConditions)?;
            Some(&list[..length]).filter(|tag| entity_tag(tag).is_some())
        }
        None if or_word => {
            let word = list.split([' ', '\t', ',']).next();
            let is_plain = |word: &&str| word.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
            word.filter(is_plain)
        }
        None => None,
    };
    tag.ok_or(BadConditions)
}

#[cfg(test)]
mod tests;
