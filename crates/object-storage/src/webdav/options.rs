//! Where a folder on a WebDAV server is, and who may use it.

use crate::http::{BadOptions, endpoint};
use percent_encoding::percent_decode_str;
use std::fmt;
use url::Url;

#[derive(Clone)]
pub struct WebDavOptions {
    /// Of a folder that is there already.
    pub url: String,
    /// Below it, everything lies in this one; empty: in itself.
    pub folder: String,
    /// Without one nobody signs in.
    pub user: String,
    pub password: String,
    /// Unfinished uploads of this prefix are its own; empty: none are, as far as is known.
    pub staging_prefix: String,
}

impl fmt::Debug for WebDavOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebDavOptions({} {})", self.url, self.folder)
    }
}

impl WebDavOptions {
    /// The address of the folder that is there already.
    pub(super) fn base(&self) -> Result<Url, BadOptions> {
        let mut base = endpoint(&self.url)?;
        // What stands in an address is told in errors.
        if !base.username().is_empty() || base.password().is_some() {
            return Err(BadOptions(
                "user and password do not belong into the address".to_owned(),
            ));
        }
        base.set_query(None);
        base.set_fragment(None);
        Ok(base)
    }

    /// The address of the folder that everything lies in.
    /// # Errors
    /// What is wrong with the options; nobody is asked.
    pub fn root(&self) -> Result<Url, BadOptions> {
        let is_step = |part: &str| matches!(part, "." | "..");
        if self.folder.split('/').any(is_step) {
            return Err(BadOptions(
                "the folder must not lead out of that of the address".to_owned(),
            ));
        }
        Ok(below(&self.base()?, &self.folder))
    }

    /// On which host that folder is, and the names of those that lead to it, itself the last.
    /// # Errors
    /// What is wrong with the options; nobody is asked.
    pub fn place(&self) -> Result<(String, Vec<String>), BadOptions> {
        let root = self.root()?;
        let host = root.host_str().unwrap_or_default();
        let host = match root.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let names = root.path_segments().into_iter().flatten();
        let names = names.filter(|name| !name.is_empty());
        let decoded = names.map(|name| percent_decode_str(name).decode_utf8_lossy());
        Ok((host, decoded.map(String::from).collect()))
    }
}

/// The address of what lies below a folder; empty: its own.
pub(super) fn below(folder: &Url, path: &str) -> Url {
    let mut url = folder.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty();
        segments.extend(path.split('/').filter(|segment| !segment.is_empty()));
    }
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn root(url: &str, folder: &str) -> Result<String, BadOptions> {
        let options = WebDavOptions {
            url: url.to_owned(),
            folder: folder.to_owned(),
            user: String::new(),
            password: String::new(),
            staging_prefix: String::new(),
        };
        options.root().map(String::from)
    }

    #[test]
    fn a_place_is_told_in_names_as_they_are() {
        let options = WebDavOptions {
            url: "https://H:444/my%20dav/".to_owned(),
            folder: "ä%b/c".to_owned(),
            user: String::new(),
            password: String::new(),
            staging_prefix: String::new(),
        };
        let (host, names) = options.place().unwrap();
        assert_eq!(host, "h:444");
        assert_eq!(names, ["my dav", "ä%b", "c"]);
    }

    #[test]
    fn a_folder_lies_below_its_address_and_never_elsewhere() {
        for (url, folder, expected) in [
            ("https://h/dav/", "", "https://h/dav"),
            ("h/dav", "a/b c/", "https://h/dav/a/b%20c"),
            ("http://h:81", "/ä?x#y", "http://h:81/%C3%A4%3Fx%23y"),
            ("https://h/dav?x=1#y", "a", "https://h/dav/a"),
        ] {
            assert_eq!(root(url, folder).unwrap(), expected);
        }
        for (url, folder) in [
            ("https://h/dav", "../other"),
            ("https://h/dav", "a/./b"),
            ("https://user:secret@h/dav", "a"),
            ("nowhere at all", "a"),
        ] {
            assert!(root(url, folder).is_err(), "{url} {folder}");
        }
    }
}
