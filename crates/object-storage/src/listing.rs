//! What lies in a bucket, blob by blob and folder by folder.

use crate::refusal::garbage;
use crate::vendor::{Listing, Page, Vendor};
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use storage::{
    BlobKey, DriverError, FolderEntry, FolderFile, ListedBlob, PassedOver, PassedOverWhy,
};

/// Entries that a store tells at once.
pub(crate) const PAGE: usize = 1_000;

/// Pages in a row that may bring nothing new: some stores begin at the beginning, wherever they were
/// asked to begin.
const MOST_IDLE: usize = 100_000;
/// Unfinished uploads that are told of at once: who sweeps them comes again.
pub(crate) const MOST_STAGED: usize = 100_000;

/// The way through a listing, which a store leads: it has to come to its end.
#[derive(Debug, Default)]
pub(crate) struct Course {
    token: String,
    last: String,
    idle: usize,
}

impl Course {
    /// Where a page leads on to.
    /// # Errors
    /// It leads to itself, or nowhere for too long.
    pub fn after(&mut self, page: &Page) -> Result<Option<String>, DriverError> {
        let names = page.objects.iter().map(|object| &object.key);
        let last = names.chain(&page.folders).max();
        match last {
            Some(last) if *last > self.last => {
                self.last.clone_from(last);
                self.idle = 0;
            }
            _ => self.idle += 1,
        }
        let next = page.next.clone();
        next.map(|next| self.lead_to(next)).transpose()
    }

    /// The same of a page of which only the token is told, each of them counted as idle.
    pub fn turn(&mut self, next: String) -> Result<String, DriverError> {
        self.idle += 1;
        self.lead_to(next)
    }

    fn lead_to(&mut self, next: String) -> Result<String, DriverError> {
        if next == self.token || self.idle > MOST_IDLE {
            return Err(garbage("a listing that leads nowhere"));
        }
        self.token.clone_from(&next);
        Ok(next)
    }
}

pub(crate) async fn list(
    bucket: &impl Vendor,
    prefix: &str,
    after: Option<&BlobKey>,
    limit: usize,
) -> Result<Vec<ListedBlob>, DriverError> {
    let after = after.map_or("", BlobKey::as_str);
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    let mut course = Course::default();
    while found.len() < limit {
        let listing = Listing {
            prefix,
            by_folder: false,
            after,
            next: next.as_deref(),
            limit: limit - found.len(),
        };
        let page = bucket.page(listing).await?;
        next = course.after(&page)?;
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
        if next.is_none() {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// What the names of all that lies in a folder begin with.
fn prefix_of(folder: &str) -> String {
    match folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    }
}

pub(crate) async fn list_folder(
    bucket: &impl Vendor,
    folder: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<FolderEntry>, DriverError> {
    let prefix = prefix_of(folder);
    let start = after.map_or_else(String::new, |after| format!("{prefix}{after}"));
    let mut known: BTreeMap<String, Option<FolderFile>> = BTreeMap::new();
    let mut next: Option<String> = None;
    let mut course = Course::default();
    loop {
        let listing = Listing {
            prefix: &prefix,
            by_folder: true,
            after: &start,
            next: next.as_deref(),
            limit: PAGE,
        };
        let page = bucket.page(listing).await?;
        next = course.after(&page)?;
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
        // What comes later can only push those behind further back.
        while known.len() > limit {
            known.pop_last();
        }
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

/// Objects below a folder whose names have an empty part, and folders that have the name of an object.
pub(crate) async fn list_passed_over(
    bucket: &impl Vendor,
    folder: &str,
    limit: usize,
) -> Result<PassedOver, DriverError> {
    let prefix = prefix_of(folder);
    let mut found = PassedOver::default();
    // Their hashes: there may be millions.
    let hasher = RandomState::new();
    let mut objects: HashSet<u64> = HashSet::new();
    let mut next: Option<String> = None;
    let mut course = Course::default();
    loop {
        let listing = Listing {
            prefix: &prefix,
            by_folder: true,
            after: "",
            next: next.as_deref(),
            limit: PAGE,
        };
        let page = bucket.page(listing).await?;
        next = course.after(&page)?;
        objects.extend(
            page.objects
                .iter()
                .map(|object| hasher.hash_one(&object.key)),
        );
        for folder in page.folders {
            let path = folder.strip_suffix('/').unwrap_or(&folder);
            let name = path.strip_prefix(&prefix).unwrap_or(path);
            if name.is_empty() {
                found.add("/".to_owned(), PassedOverWhy::Name, limit);
            } else if objects.contains(&hasher.hash_one(path)) {
                found.add(name.to_owned(), PassedOverWhy::Hidden, limit);
            }
        }
        if next.is_none() {
            return Ok(found);
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
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page(names: &[&str], next: Option<&str>) -> Page {
        let object = |name: &&str| crate::vendor::Object {
            key: (*name).to_owned(),
            size_bytes: 0,
            modified: std::time::SystemTime::UNIX_EPOCH,
        };
        Page {
            objects: names.iter().map(object).collect(),
            next: next.map(ToOwned::to_owned),
            ..Page::default()
        }
    }

    #[test]
    fn a_listing_that_leads_nowhere_ends() {
        let mut course = Course::default();
        let next = course.after(&page(&["a"], Some("1")));
        assert_eq!(next.unwrap().as_deref(), Some("1"));
        assert!(course.after(&page(&["b"], Some("1"))).is_err());
        // Some stores have empty pages in between, though not for ever.
        let mut course = Course::default();
        for number in 0..MOST_IDLE {
            let next = number.to_string();
            assert!(course.after(&page(&[], Some(&next))).is_ok());
        }
        assert!(course.after(&page(&["c"], Some("c"))).is_ok());
        assert_eq!(course.after(&page(&["d"], None)).unwrap(), None);
        // The same names again and again, each time by another token.
        let mut course = Course::default();
        let turns = (0..MOST_IDLE + 9).map(|number| page(&["x"], Some(&number.to_string())));
        let ends = turns
            .map(|page| course.after(&page))
            .any(|next| next.is_err());
        assert!(ends);
    }

    #[test]
    fn a_folder_that_is_listed_later_comes_first_by_name() {
        assert_eq!(last_key("photos.zip"), "photos/");
        assert_eq!(last_key("a-b c"), "a/");
        assert_eq!(last_key("photos"), "photos");
        assert_eq!(last_key(".hidden"), ".hidden");
    }
}
