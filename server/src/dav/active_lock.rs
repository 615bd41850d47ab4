//! Locks as clients are told of them (RFC 4918 §14.1).

use super::dav_request::DavRequest;
use super::location::push_encoded;
use super::xml::escape;
use drive::dav::DavLock;
use drive::error::FileError;
use std::fmt::Write;
use wire::FileSystem;

/// From where a client looks at locks.
#[derive(Debug, Default)]
pub struct Outlook {
    /// The path of its root in URLs, without a slash at its end.
    prefix: String,
    /// Its root, from the root of the drive.
    root_path: String,
}

impl Outlook {
    /// # Errors
    /// Those of looking at the root
    pub async fn of(request: &DavRequest) -> Result<Self, FileError> {
        let root_path = if request.root.fs() == FileSystem::My {
            request.root.path_string()
        } else {
            let path = request
                .dav()
                .drive_path(&request.actor, &request.root)
                .await?;
            path.unwrap_or_default()
        };
        Ok(Self {
            prefix: request.mount_point.prefix().to_owned(),
            root_path,
        })
    }

    /// Appends one `activelock`.
    pub fn active_lock(&self, out: &mut String, lock: &DavLock) {
        let scope = if lock.is_shared {
            "shared"
        } else {
            "exclusive"
        };
        let depth = if lock.is_deep { "infinity" } else { "0" };
        let _ = write!(
            out,
            "<D:activelock><D:locktype><D:write/></D:locktype>\
             <D:lockscope><D:{scope}/></D:lockscope><D:depth>{depth}</D:depth>"
        );
        if let Some(owner) = lock.owner_xml.as_deref().filter(|owner| !owner.is_empty()) {
            let _ = write!(out, "<D:owner>{owner}</D:owner>");
        }
        match lock.seconds_left {
            Some(secs) => {
                let _ = write!(out, "<D:timeout>Second-{secs}</D:timeout>");
            }
            None => out.push_str("<D:timeout>Infinite</D:timeout>"),
        }
        // The tokens of the API's own locks are for nobody to use here.
        if lock.owner_xml.is_some() {
            out.push_str("<D:locktoken><D:href>");
            escape(out, &lock.token);
            out.push_str("</D:href></D:locktoken>");
        }
        out.push_str("<D:lockroot><D:href>");
        self.lock_root(out, lock);
        out.push_str("</D:href></D:lockroot></D:activelock>");
    }

    /// Where a lock is; one above the account's root is shown as on it.
    fn lock_root(&self, out: &mut String, lock: &DavLock) {
        let below = lock.path.strip_prefix(self.root_path.trim_end_matches('/'));
        out.push_str(&self.prefix);
        let names = below.unwrap_or_default().split('/');
        let mut is_root = true;
        for name in names.filter(|name| !name.is_empty()) {
            out.push('/');
            push_encoded(out, name);
            is_root = false;
        }
        if is_root {
            out.push('/');
        }
    }

    /// The answer to a LOCK.
    pub fn granted(&self, lock: &DavLock) -> String {
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
             <D:prop xmlns:D=\"DAV:\"><D:lockdiscovery>",
        );
        self.active_lock(&mut out, lock);
        out.push_str("</D:lockdiscovery></D:prop>");
        out
    }
}
