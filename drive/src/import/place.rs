//! Where in a storage an import begins, and what there is somebody else's.

use super::ImportError;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use entity::{PolicyId, TaskId};
use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::{Component, Path};
use storage::BlobKey;
use store::{Connection, StoreResult, blobs, policies};

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
pub(super) struct Neighbours {
    /// Those that have a key for what lies at a key here, by what they put before it.
    knowing: BTreeMap<String, Vec<PolicyId>>,
    /// Folders here that are the roots of others.
    roots: Vec<String>,
}

impl Neighbours {
    pub async fn of(core: &Core, policy: &Policy) -> Result<Self, FileError> {
        let db = core.store.read();
        let mut same = core.policies.neighbours(db, &policy.row).await?;
        same.push(policy.row.id);
        let mut neighbours = Self {
            knowing: BTreeMap::new(),
            roots: Vec::new(),
        };
        if let Some(own) = core.policies.folder(&policy.row)? {
            for other in policies::all(db).await? {
                let Some(root) = core.policies.folder(&other)? else {
                    continue;
                };
                if same.contains(&other.id) {
                    continue;
                }
                if let Ok(before) = own.strip_prefix(&root) {
                    // A key of theirs is the way from their root.
                    let mut before = before.to_string_lossy().into_owned();
                    if !before.is_empty() {
                        before.push('/');
                    }
                    let knowing = neighbours.knowing.entry(before).or_default();
                    knowing.push(other.id);
                    // So do mirrors that keep something by them.
                    let beside = core.policies.neighbours(db, &other).await?;
                    knowing.extend(beside.into_iter().filter(|id| !same.contains(id)));
                } else if let Ok(inside) = root.strip_prefix(&own) {
                    neighbours.roots.push(inside.to_string_lossy().into_owned());
                }
            }
        }
        neighbours
            .knowing
            .entry(String::new())
            .or_default()
            .extend(same);
        Ok(neighbours)
    }

    /// Whether a folder is, or lies in, the root of another policy.
    pub fn have(&self, folder: &str) -> bool {
        let is_in = |root: &String| {
            let rest = folder.strip_prefix(root.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.roots.iter().any(is_in)
    }

    /// Which of these keys lie at what is a blob already, whoever holds it, and which task took it
    /// over, if one did.
    pub async fn known(
        &self,
        db: &Connection,
        keys: &[&str],
    ) -> StoreResult<HashMap<String, Option<TaskId>>> {
        let mut known = HashMap::new();
        for (before, policies) in &self.knowing {
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

    #[test]
    fn the_root_of_another_policy_is_its_own_with_all_below() {
        let neighbours = Neighbours {
            knowing: BTreeMap::new(),
            roots: vec!["a/b".to_owned()],
        };
        assert!(neighbours.have("a/b") && neighbours.have("a/b/c"));
        assert!(!neighbours.have("a") && !neighbours.have("a/bc") && !neighbours.have(""));
    }
}
