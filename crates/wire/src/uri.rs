//! File URIs: `cloudreve://[id[:password]@]<fs>/<path…>[?query]`.
//!
//! Clients compare and cut these strings, so there is exactly one way to write
//! each place: segments as `encodeURIComponent` writes them, no trailing slash
//! except for the root of `my`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use super::file_system::FileSystem;
use super::{
    query::{self, Pairs, write_component},
    search,
};

/// The only scheme the V4 API knows.
pub const SCHEME: &str = "cloudreve";
pub use crate::limits::{URI_BYTES as MAX_URI_BYTES, URI_DEPTH as MAX_DEPTH};

/// A place in a drive, decoded and cleaned: no segment is empty, `.`, `..`,
/// or contains `/` or NUL.
///
/// Segments are not necessarily valid [`FileName`](super::FileName)s; one that
/// is not simply names nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileUri {
    fs: FileSystem,
    id: Option<String>,
    password: Option<String>,
    path: Vec<String>,
    query: Pairs,
}

/// Why a text is not a file URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUri {
    #[error("a file URI begins with `{SCHEME}://`")]
    Scheme,
    #[error("unknown file system `{0}`")]
    UnknownFileSystem(String),
    #[error("a share URI names its share before the `@`")]
    NoShareId,
    #[error("a `%` in a file URI is not followed by two hexadecimal digits")]
    BadEscape,
    #[error("a percent-coded part of the file URI is not UTF-8")]
    NotUtf8,
    #[error("a path segment contains {0:?}")]
    Character(char),
    #[error("a file URI has no `#` part")]
    Fragment,
    #[error("a file URI can have at most {MAX_URI_BYTES} bytes")]
    TooLong,
    #[error("a path can have at most {MAX_DEPTH} segments")]
    TooDeep,
    #[error("the query of the file URI has too many parts")]
    QueryTooLong,
}

impl FileUri {
    /// Reads a URI as clients write it.
    ///
    /// # Errors
    /// [`BadUri`] says what is wrong with it.
    pub fn parse(uri: &str) -> Result<Self, BadUri> {
        if uri.len() > MAX_URI_BYTES {
            return Err(BadUri::TooLong);
        }
        if uri.contains('#') {
            // Cutting it off as URLs do would make the URI point at another file.
            return Err(BadUri::Fragment);
        }
        let (scheme, rest) = uri.split_once("://").ok_or(BadUri::Scheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(BadUri::Scheme);
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_once('/').unwrap_or((place, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (id, password) = user.split_once(':').unwrap_or((user, ""));

        let fs = FileSystem::parse(host)?;
        let id = non_empty(query::decode(id)?);
        if fs == FileSystem::Share && id.is_none() {
            return Err(BadUri::NoShareId);
        }
        Ok(Self {
            fs,
            id,
            password: non_empty(query::decode(password)?),
            path: parse_path(path)?,
            query: query::parse_pairs(query)?,
        })
    }

    /// The root of the requester's own `my`, `trash` or `shared_with_me`.
    /// Shares have their own constructor, [`FileUri::share`].
    pub fn root(fs: FileSystem) -> Self {
        Self {
            fs,
            id: None,
            password: None,
            path: Vec::new(),
            query: Vec::new(),
        }
    }

    /// The root of a share.
    pub fn share(id: impl Into<String>, password: Option<String>) -> Self {
        let password = password.and_then(non_empty);
        Self {
            id: Some(id.into()),
            password,
            ..Self::root(FileSystem::Share)
        }
    }

    /// The root of the drive of the user with this public id.
    pub fn drive_of(user: impl Into<String>) -> Self {
        Self {
            id: Some(user.into()),
            ..Self::root(FileSystem::My)
        }
    }

    pub fn fs(&self) -> FileSystem {
        self.fs
    }

    /// Public id of the user (`my`) or of the share (`share`).
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Password of a share.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Decoded path segments from the root down.
    pub fn segments(&self) -> &[String] {
        &self.path
    }

    /// Decoded query pairs; empty without a query.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// Whether listing this URI means searching below it.
    pub fn is_search(&self) -> bool {
        search::is_search(&self.query)
    }

    pub fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    /// Last segment; `None` at the root.
    pub fn name(&self) -> Option<&str> {
        self.path.last().map(String::as_str)
    }

    /// The folder above, without a query; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.path.split_last()?;
        Some(self.with_path(above.to_vec()))
    }

    /// The root above, without a query.
    pub fn to_root(&self) -> Self {
        self.with_path(Vec::new())
    }

    /// The child of that name, without a query. The name must be one segment,
    /// such as a [`FileName`](super::FileName).
    pub fn join(&self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        debug_assert!(!matches!(name, "" | "." | "..") && !name.contains(['/', '\0']));
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(name.to_owned());
        self.with_path(path)
    }

    pub fn without_query(&self) -> Self {
        self.with_path(self.path.clone())
    }

    /// The same place without the password and query.
    pub fn without_password(&self) -> Self {
        Self {
            password: None,
            ..self.without_query()
        }
    }

    fn with_path(&self, path: Vec<String>) -> Self {
        let (id, password) = (self.id.clone(), self.password.clone());
        Self {
            fs: self.fs,
            id,
            password,
            path,
            query: Vec::new(),
        }
    }

    /// Whether this is `folder` or lies below it. Passwords and queries do not
    /// count.
    pub fn starts_with(&self, folder: &Self) -> bool {
        self.fs == folder.fs && self.id == folder.id && self.path.starts_with(&folder.path)
    }

    /// The path decoded, as people read it: `/`, `/a/b`.
    pub fn path_string(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    /// What the URIs of this folder's children begin with: the canonical URI
    /// without query, ending in `/`. Together with [`write_segment`] it makes
    /// the URIs of a long listing cheap.
    pub fn child_prefix(&self) -> String {
        let mut out = String::with_capacity(64);
        self.write_place(&mut out);
        if !out.ends_with('/') {
            out.push('/');
        }
        out
    }

    /// Everything but the query, canonical.
    fn write_place(&self, out: &mut String) {
        out.push_str(SCHEME);
        out.push_str("://");
        if self.id.is_some() || self.password.is_some() {
            write_component(out, self.id().unwrap_or_default());
            if let Some(password) = self.password() {
                out.push(':');
                write_component(out, password);
            }
            out.push('@');
        }
        out.push_str(self.fs.as_str());
        for segment in &self.path {
            out.push('/');
            write_component(out, segment);
        }
        if self.is_root() && self.fs == FileSystem::My {
            out.push('/');
        }
    }
}

/// Appends one path segment in canonical form, without a slash.
pub fn write_segment(out: &mut String, segment: &str) {
    write_component(out, segment);
}

fn non_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Decodes and cleans; `..` stops at the root.
fn parse_path(path: &str) -> Result<Vec<String>, BadUri> {
    let mut clean: Vec<String> = Vec::new();
    for raw in path.split('/') {
        let segment = query::decode(raw)?;
        if let Some(c) = segment.chars().find(|c| matches!(c, '/' | '\0')) {
            return Err(BadUri::Character(c));
        }
        match segment.as_str() {
            "" | "." => {}
            ".." => {
                clean.pop();
            }
            _ if clean.len() == MAX_DEPTH => return Err(BadUri::TooDeep),
            _ => clean.push(segment),
        }
    }
    Ok(clean)
}

impl fmt::Display for FileUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::with_capacity(64);
        self.write_place(&mut out);
        if !self.query.is_empty() {
            out.push('?');
            query::write_pairs(&mut out, &self.query);
        }
        f.write_str(&out)
    }
}

impl FromStr for FileUri {
    type Err = BadUri;

    fn from_str(uri: &str) -> Result<Self, BadUri> {
        Self::parse(uri)
    }
}

impl TryFrom<String> for FileUri {
    type Error = BadUri;

    fn try_from(uri: String) -> Result<Self, BadUri> {
        Self::parse(&uri)
    }
}

impl From<FileUri> for String {
    fn from(uri: FileUri) -> Self {
        uri.to_string()
    }
}

#[cfg(test)]
#[path = "uri_tests.rs"]
mod tests;
