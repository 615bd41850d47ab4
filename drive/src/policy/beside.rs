//! Policies that keep their bytes in the same storage, or one below the other: what one of them
//! does not know another may hold.

use super::{Policies, PolicyError};
use entity::{PolicyId, storage_policy};
use std::collections::BTreeMap;
use store::{Connection, policies};

/// The policies whose bytes lie, or may lie, where those of one do, itself among them.
#[derive(Debug)]
pub struct Beside {
    /// Those that have a key for what lies at a key here, by what they put before it.
    pub knowing: BTreeMap<String, Vec<PolicyId>>,
    /// Folders here that are the roots of others.
    pub roots: Vec<String>,
}

impl Policies {
    /// # Errors
    /// The database's; `Driver`, of a policy whose folder nobody can tell.
    pub async fn beside(
        &self,
        db: &Connection,
        row: &storage_policy::Model,
    ) -> Result<Beside, PolicyError> {
        let mut same = self.neighbours(db, row).await?;
        same.push(row.id);
        let (mut knowing, mut roots) = (BTreeMap::<String, Vec<PolicyId>>::new(), Vec::new());
        if let Some(own) = self.region(row)? {
            for other in policies::all(db).await? {
                let Some(root) = self.region(&other)? else {
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
                    let knowing = knowing.entry(before).or_default();
                    knowing.push(other.id);
                    // So do mirrors that keep something by them.
                    let beside = self.neighbours(db, &other).await?;
                    knowing.extend(beside.into_iter().filter(|id| !same.contains(id)));
                } else if let Ok(inside) = root.strip_prefix(&own) {
                    roots.push(inside.to_string_lossy().into_owned());
                }
            }
        }
        knowing.entry(String::new()).or_default().extend(same);
        Ok(Beside { knowing, roots })
    }
}

impl Beside {
    /// Whether something is, or lies in, the root of another policy.
    pub fn have(&self, path: &str) -> bool {
        let is_in = |root: &String| {
            let rest = path.strip_prefix(root.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.roots.iter().any(is_in)
    }
}

/// By which name a vendor is reached: two that differ in nothing else are one.
pub(super) fn host(server: &str, bucket: &str) -> String {
    let server = server.trim_end_matches('/').to_ascii_lowercase();
    let (port, rest) = match server.split_once("://") {
        Some(("https", rest)) => (":443", rest),
        Some(("http", rest)) => (":80", rest),
        _ => ("", &*server),
    };
    let rest = rest.strip_suffix(port).unwrap_or(rest);
    let own = format!("{}.", bucket.to_ascii_lowercase());
    let rest = rest
        .strip_prefix(&own)
        .filter(|_| !bucket.is_empty())
        .unwrap_or(rest);
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_vendor_is_known_by_all_its_spellings() {
        for (server, bucket) in [
            ("https://S3.example", "files"),
            ("https://s3.example/", "files"),
            ("https://s3.example:443", "files"),
            ("http://s3.example:80/", "files"),
            ("https://files.s3.example", "files"),
            ("s3.example", ""),
        ] {
            assert_eq!(host(server, bucket), "s3.example", "{server}");
        }
        assert_eq!(host("https://s3.example:9000", "files"), "s3.example:9000");
        assert_eq!(host("https://a.s3.example", "files"), "a.s3.example");
    }

    #[test]
    fn the_root_of_another_policy_is_its_own_with_all_below() {
        let beside = Beside {
            knowing: BTreeMap::new(),
            roots: vec!["a/b".to_owned()],
        };
        assert!(beside.have("a/b") && beside.have("a/b/c"));
        assert!(!beside.have("a") && !beside.have("a/bc") && !beside.have(""));
    }
}
