//! What lies in a bucket, blob by blob and folder by folder.

use crate::vendor::{Listing, Vendor};
use std::collections::BTreeMap;
use storage::{BlobKey, DriverError, FolderEntry, FolderFile, ListedBlob};

/// Entries that a store tells at once.
pub(crate) const PAGE: usize = 1_000;

pub(crate) async fn list(
    bucket: &impl Vendor,
    prefix: &str,
    after: Option<&BlobKey>,
    limit: usize,
) -> Result<Vec<ListedBlob>, DriverError> {
    let after = after.map_or("", BlobKey::as_str);
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    while found.len() < limit {
        let listing = Listing {
            prefix,
            by_folder: false,
            after,
            next: next.as_deref(),
            limit: limit - found.len(),
        };
        let page = bucket.page(listing).await?;
        for object in page.objects {
            // Folders that somebody made by hand, and what no blob of ours is called.
            let Ok(key) = BlobKey::parse(object.key) else {
                continue;
            };
            found.push(ListedBlob {
                key,
                size_bytes: object.size_bytes,
                modified: object.modified,
            });
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

pub(crate) async fn list_folder(
    bucket: &impl Vendor,
    folder: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<FolderEntry>, DriverError> {
    let prefix = match folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let start = after.map_or_else(String::new, |after| format!("{prefix}{after}"));
    let mut known: BTreeMap<String, Option<FolderFile>> = BTreeMap::new();
    let mut next: Option<String> = None;
    loop {
        let listing = Listing {
            prefix: &prefix,
            by_folder: true,
            after: &start,
            next: next.as_deref(),
            limit: PAGE,
        };
        let page = bucket.page(listing).await?;
        let mut reached = String::new();
        for object in page.objects {
            let name = object.key.strip_prefix(&prefix);
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                let file = FolderFile {
                    size_bytes: object.size_bytes,
                    modified: object.modified,
                };
                known.insert(name.to_owned(), Some(file));
            }
            reached = reached.max(object.key);
        }
        for folder in page.folders {
            let name = folder.strip_prefix(&prefix).unwrap_or(&folder);
            let name = name.trim_end_matches('/').to_owned();
            if !name.is_empty() {
                // A file of the same name would be hidden by it: both cannot be entries.
                known.entry(name).or_insert(None);
            }
            reached = reached.max(folder);
        }
        known.retain(|name, _| after.is_none_or(|after| name.as_str() > after));
        next = page.next;
        let end = next.is_none();
        let sure = known.keys().take(limit);
        let is_sure = |name: &String| end || format!("{prefix}{}", last_key(name)) <= reached;
        if end || (known.len() >= limit && sure.into_iter().all(is_sure)) {
            let entries = known.into_iter().take(limit);
            return Ok(entries
                .map(|(name, file)| FolderEntry { name, file })
                .collect());
        }
    }
}

/// The last key, in the order of a store, under which something that is called a beginning of
/// this name may follow: folders are listed with their slash, behind `photos.zip` comes `photos/`.
fn last_key(name: &str) -> String {
    let is_before_slash = |(at, c): (usize, char)| (at > 0 && c < '/').then_some(at);
    let shortest = name.char_indices().find_map(is_before_slash);
    match shortest {
        Some(at) => format!("{}/", &name[..at]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_listed_later_comes_first_by_name() {
        assert_eq!(last_key("photos.zip"), "photos/");
        assert_eq!(last_key("a-b c"), "a/");
        assert_eq!(last_key("photos"), "photos");
        assert_eq!(last_key(".hidden"), ".hidden");
    }
}
