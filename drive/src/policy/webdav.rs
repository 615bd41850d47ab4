//! Policies that keep bytes in a folder on a WebDAV server.

use super::BoxError;
use super::bucket::own_prefix;
use super::factory::{DriverContext, DriverKind, OpenedPolicy, PolicyKeys};
use async_trait::async_trait;
use entity::storage_policy::{Model, WEBDAV};
use object_storage::{WebDavDriver, WebDavOptions};
use site::task::causes;
use std::path::PathBuf;
use std::sync::Arc;
use storage::Driver;

/// A folder that clients neither send bytes to nor fetch them from: there is one user for all.
#[derive(Debug)]
pub(super) struct WebDav;

#[async_trait]
impl DriverKind for WebDav {
    fn name(&self) -> &'static str {
        WEBDAV
    }

    fn open(
        &self,
        _context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<Arc<dyn Driver>, BoxError> {
        let options = options(policy.row, policy.keys);
        Ok(Arc::new(WebDavDriver::new(&options)?))
    }

    /// The folder is made, but not that of the address: who mistakes it is told.
    async fn prepare(
        &self,
        _context: &DriverContext,
        policy: OpenedPolicy<'_>,
    ) -> Result<(), BoxError> {
        let driver = WebDavDriver::new(&options(policy.row, policy.keys))?;
        let made = driver.make_folder().await;
        made.map_err(|error| causes(&error).into())
    }
}

fn options(row: &Model, keys: PolicyKeys) -> WebDavOptions {
    WebDavOptions {
        url: row.server.clone(),
        folder: row.bucket_name.clone(),
        user: keys.access_key,
        password: keys.secret_key,
        staging_prefix: own_prefix(&row.dir_name_rule),
    }
}

/// Whether a policy could be of this kind, whose keys are no part of where it is.
/// # Errors
/// A sentence about what is wrong with address or folder.
pub fn check(row: &Model) -> Result<(), String> {
    if row.driver() != WEBDAV || row.server.is_empty() {
        return Ok(());
    }
    let mut options = options(row, PolicyKeys::default());
    let root = options.root();
    options.folder = String::new();
    match (options.root(), root) {
        (Err(error), _) => Err(format!("server: {error}")),
        (_, Err(error)) => Err(format!("bucket_name: {error}")),
        _ => Ok(()),
    }
}

/// The folder of a policy of this kind, as a path that begins with whose it is: policies of one server may
/// lie in one another.
pub(super) fn region(row: &Model) -> Option<PathBuf> {
    if row.driver() != WEBDAV {
        return None;
    }
    let mut region = PathBuf::from("webdav:");
    match options(row, PolicyKeys::default()).place() {
        Ok((host, names)) => {
            region.push(host);
            region.extend(names);
        }
        Err(_) => region.push(&row.server),
    }
    Some(region)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::policy::place;
    use crate::policy::rules::tests::policy;
    use entity::storage_policy::Settings;

    fn row(server: &str, folder: &str) -> Model {
        let mut row = policy(Settings::default());
        let backend = (Settings::BACKEND.to_owned(), WEBDAV.into());
        row.settings.other.extend([backend]);
        (row.server, row.bucket_name) = (server.to_owned(), folder.to_owned());
        row
    }

    #[test]
    fn one_folder_is_known_by_all_its_spellings_and_others_lie_in_it() {
        let one = row("https://Dav.example/files/", "My files");
        for (server, folder) in [
            ("https://dav.example:443/files", "/My files/"),
            ("dav.example/files/My%20files", ""),
            ("http://dav.example/", "files/My files"),
        ] {
            let other = row(server, folder);
            assert_eq!(place(&one), place(&other), "{server} {folder}");
        }
        for (server, folder) in [
            ("https://dav.example/files", "my files"),
            ("https://dav.example/Files", "My files"),
            ("https://dav.example:8443/files", "My files"),
            ("https://dav.example/files", "My files/a"),
        ] {
            assert_ne!(
                place(&one),
                place(&row(server, folder)),
                "{server} {folder}"
            );
        }
        let (outer, inner) = (
            region(&one).unwrap(),
            row("dav.example", "files/My files/a"),
        );
        assert!(region(&inner).unwrap().starts_with(&outer));
        let beside = row("dav.example", "files/My files b");
        assert!(!region(&beside).unwrap().starts_with(&outer));
        assert_eq!(region(&policy(Settings::default())), None);
    }

    #[test]
    fn what_is_no_address_of_a_folder_is_told() {
        assert_eq!(check(&row("", "")), Ok(()));
        assert_eq!(check(&row("https://dav.example/files", "a/b")), Ok(()));
        for (server, folder, words) in [
            ("nowhere at all", "", "nowhere at all"),
            ("ftp://dav.example", "", "ftp://dav.example"),
            ("https://u:secret@dav.example", "", "user and password"),
            ("https://dav.example", "a/../../b", "lead out"),
        ] {
            let why = check(&row(server, folder)).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
