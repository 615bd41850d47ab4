//! Where in a storage an import begins, and what there is somebody else's.

use super::ImportError;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use crate::policy::beside::Beside;
use entity::TaskId;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Component, Path};
use storage::BlobKey;
use store::{Connection, StoreResult, blobs};

/// The folder of a storage that a text names, as the beginning of keys; empty for its root. It is
/// there, and below the root of the policy once links are resolved: the driver follows none.
pub(super) async fn folder_at(
    core: &Core,
    policy: &Policy,
    text: &str,
) -> Result<String, FileError> {
    if let Some(root) = core.policies.folder(&policy.row)? {
        return Ok(below(&root, Path::new(text))?);
    }
    let path = match text.trim_matches('/') {
        "." => "",
        path => path,
    };
    if !path.is_empty() && BlobKey::parse(path).is_err() {
        return Err(ImportError::NotAllowed.into());
    }
    let found = policy.driver.list_folder(path, None, 1).await?;
    if found.is_empty() {
        return Err(ImportError::NoFolder.into());
    }
    Ok(path.to_owned())
}

fn below(root: &Path, path: &Path) -> Result<String, ImportError> {
    let wanted = root.join(path);
    let found = match wanted.canonicalize() {
        Ok(found) => found,
        Err(error) => {
            // What is elsewhere is not talked about.
            let is_plain = !path.components().any(|part| part == Component::ParentDir);
            let is_here = is_plain && wanted.starts_with(root);
            return Err(match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory if is_here => ImportError::NoFolder,
                _ => ImportError::NotAllowed,
            });
        }
    };
    let rest = found.strip_prefix(root).ok().and_then(Path::to_str);
    let rest = rest.ok_or(ImportError::NotAllowed)?;
    if !rest.is_empty() && BlobKey::parse(rest).is_err() {
        return Err(ImportError::NotAllowed);
    }
    if found.is_dir() {
        Ok(rest.to_owned())
    } else {
        Err(ImportError::NoFolder)
    }
}

/// The policies whose bytes lie, or may lie, in the same storage.
#[derive(Debug)]
pub(super) struct Neighbours(Beside);

impl Neighbours {
    pub async fn of(core: &Core, policy: &Policy) -> Result<Self, FileError> {
        let beside = core.policies.beside(core.store.read(), &policy.row);
        Ok(Self(beside.await?))
    }

    /// Whether a folder is, or lies in, the root of another policy.
    pub fn have(&self, folder: &str) -> bool {
        self.0.have(folder)
    }

    /// Which of these keys lie at what is a blob already, whoever holds it, and which task took it
    /// over, if one did.
    pub async fn known(
        &self,
        db: &Connection,
        keys: &[&str],
    ) -> StoreResult<HashMap<String, Option<TaskId>>> {
        let mut known = HashMap::new();
        for (before, policies) in &self.0.knowing {
            let theirs: Vec<String> = keys.iter().map(|key| format!("{before}{key}")).collect();
            for (key, task) in blobs::found::known(db, policies, &theirs).await? {
                let key = key[before.len()..].to_owned();
                known.insert(key, task);
            }
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("root");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::create_dir_all(root.join(".staging")).unwrap();
        std::fs::create_dir_all(dir.path().join("rooted")).unwrap();
        std::fs::write(root.join("file"), "").unwrap();
        std::os::unix::fs::symlink("/etc", root.join("out")).unwrap();
        std::os::unix::fs::symlink(root.join("a"), root.join("in")).unwrap();
        let whole = root.join("a/b");
        for (path, found) in [
            (".", ""),
            ("", ""),
            ("a", "a"),
            ("a/b/", "a/b"),
            ("./a/../a/b", "a/b"),
            ("in/b", "a/b"),
            (whole.to_str().unwrap(), "a/b"),
        ] {
            assert_eq!(
                below(&root, Path::new(path)),
                Ok(found.to_owned()),
                "{path}"
            );
        }
        for path in [
            "/etc",
            "/",
            "..",
            "../rooted",
            "a/../..",
            "out",
            "out/ssl",
            ".staging",
            "/no",
            "../no",
        ] {
            let refused = below(&root, Path::new(path));
            assert_eq!(refused, Err(ImportError::NotAllowed), "{path}");
        }
        for path in ["file", "missing", "a/missing", "file/x"] {
            let missing = below(&root, Path::new(path));
            assert_eq!(missing, Err(ImportError::NoFolder), "{path}");
        }
    }
}
