//! The addresses at which the mount is: its own, and those where Nextcloud has its files, for apps
//! that know no others.

use super::PREFIX;
use super::location::{BadPath, Location, decode, push_encoded};
use site::email::Email;
use std::borrow::Cow;

/// Below it are the addresses of Nextcloud.
pub const NEXTCLOUD: &str = "/remote.php";
/// Nextcloud's older address.
const WEBDAV: &str = "/remote.php/webdav";
/// The newer one; the name of who comes follows.
const FILES: &str = "/remote.php/dav/files/";

/// The address below which a client sees its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountPoint {
    /// As in URLs, without a slash at its end.
    prefix: Cow<'static, str>,
    /// Whose files it names, if it names somebody.
    user: Option<String>,
}

impl MountPoint {
    /// The mount point that a path is below, and the rest of the path behind it.
    pub fn split(path: &str) -> Result<(Self, &str), BadPath> {
        for prefix in [PREFIX, WEBDAV] {
            let below = path.strip_prefix(prefix);
            if let Some(below) = below.filter(|below| below.is_empty() || below.starts_with('/')) {
                let prefix = Cow::Borrowed(prefix);
                return Ok((Self { prefix, user: None }, below));
            }
        }
        let files = path.strip_prefix(FILES).ok_or(BadPath::Outside)?;
        let (name, below) = files.split_at(files.find('/').unwrap_or(files.len()));
        let user = decode(name)?;
        if user.is_empty() {
            return Err(BadPath::Outside);
        }
        let mut prefix = FILES.to_owned();
        push_encoded(&mut prefix, &user);
        let mount_point = Self {
            prefix: prefix.into(),
            user: Some(user),
        };
        Ok((mount_point, below))
    }

    /// Whether it opens to who signs in with this address: each has only their own.
    pub fn opens_to(&self, email: &str) -> bool {
        let same = |user: &String| match (Email::parse(user), Email::parse(email)) {
            (Ok(user), Ok(email)) => user == email,
            _ => user.to_lowercase() == email.to_lowercase(),
        };
        self.user.as_ref().is_none_or(same)
    }

    /// The path of a location for URLs; a folder's ends in `/`.
    pub fn href(&self, location: &Location, is_folder: bool) -> String {
        location.href_below(&self.prefix, is_folder)
    }

    /// As it stands in URLs, without a slash at its end.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_address_leads_to_the_same_place() {
        let location = Location::parse("/dav/a%20b/c").unwrap();
        for (path, href) in [
            ("/dav/a%20b/c", "/dav/a%20b/c/"),
            ("/remote.php/webdav/a b/c", "/remote.php/webdav/a%20b/c/"),
            (
                "/remote.php/dav/files/Al@x.org/a%20b//c/",
                "/remote.php/dav/files/Al%40x.org/a%20b/c/",
            ),
        ] {
            let (mount_point, _) = MountPoint::split(path).unwrap();
            assert_eq!(Location::parse(path).unwrap(), location, "{path}");
            assert_eq!(mount_point.href(&location, true), href);
            assert!(mount_point.opens_to("al@X.org"), "{path}");
        }
        let (mount_point, below) = MountPoint::split("/remote.php/dav/files/al%40x.org").unwrap();
        assert!(below.is_empty() && !mount_point.opens_to("bob@x.org"));
        assert_eq!(
            mount_point.href(&Location::default(), false),
            "/remote.php/dav/files/al%40x.org/"
        );
    }

    #[test]
    fn other_addresses_of_nextcloud_lead_nowhere() {
        for path in [
            "/remote.php",
            "/remote.php/dav",
            "/remote.php/dav/files/",
            "/remote.php/dav/files//x",
            "/remote.php/dav/uploads/al@x.org/1",
            "/remote.php/webdavx",
        ] {
            assert_eq!(Location::parse(path), Err(BadPath::Outside), "{path}");
        }
        assert_eq!(
            MountPoint::split("/remote.php/dav/files/%ff/x"),
            Err(BadPath::Malformed)
        );
    }
}
