//! What lies in a bucket.

use super::client::Bucket;
use super::objects::put_at;
use crate::disposition::encoded;
use crate::listing::PAGE;
use crate::vendor::{Listing, Object, Page};
use reqwest::Method;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use storage::DriverError;

/// Places that are remembered.
const MOST_BOOKMARKS: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    #[serde(default)]
    items: Option<Vec<Item>>,
    #[serde(default)]
    common_prefixes: Option<Vec<String>>,
    #[serde(default)]
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    key: String,
    fsize: u64,
    put_time: u64,
}

/// Where pages begin. A listing goes on from what the vendor said, and from nothing else: who wants to
/// go on behind a name would have to be told everything before it once more.
#[derive(Debug, Default)]
pub(super) struct Bookmarks(Mutex<VecDeque<Bookmark>>);

#[derive(Debug)]
struct Bookmark {
    place: Place,
    marker: String,
}

/// What was listed, and the last name that was told.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    prefix: String,
    by_folder: bool,
    last: String,
}

impl Place {
    fn of(listing: Listing<'_>, last: &str) -> Self {
        Self {
            prefix: listing.prefix.to_owned(),
            by_folder: listing.by_folder,
            last: last.to_owned(),
        }
    }
}

impl Bookmarks {
    fn find(&self, listing: Listing<'_>) -> Option<String> {
        let place = Place::of(listing, listing.after);
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = marks.iter().find(|mark| mark.place == place)?;
        Some(mark.marker.clone())
    }

    fn put(&self, place: Place, marker: &str) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.retain(|mark| mark.place != place);
        marks.truncate(MOST_BOOKMARKS - 1);
        marks.push_front(Bookmark {
            place,
            marker: marker.to_owned(),
        });
    }
}

impl Bucket {
    pub async fn list_page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        let path = self.path_of(listing);
        let rsf = &self.hosts().await?.rsf;
        let answer = self.look((Method::GET, rsf, &path), None).await?;
        let told = serde_json::from_slice::<Told>(&answer.body);
        let told = told.map_err(|_| answer.is_strange())?;
        let (items, folders) = (told.items.unwrap_or_default(), told.common_prefixes);
        let next = told.marker.filter(|marker| !marker.is_empty());
        let folders = folders.unwrap_or_default();
        let names = items.iter().map(|item| &item.key).chain(&folders);
        if let (Some(last), Some(marker)) = (names.max(), &next) {
            self.bookmarks.put(Place::of(listing, last), marker);
        }
        let objects = items.into_iter().filter(|item| *item.key > *listing.after);
        let objects = objects.map(|item| Object {
            key: item.key,
            size_bytes: item.fsize,
            modified: put_at(item.put_time),
        });
        Ok(Page {
            objects: objects.collect(),
            folders,
            next,
        })
    }

    fn path_of(&self, listing: Listing<'_>) -> String {
        let limit = listing.limit.clamp(1, PAGE).to_string();
        let begun = listing.next.map(ToOwned::to_owned);
        let begun = begun.or_else(|| self.bookmarks.find(listing));
        let pairs = [
            ("bucket", &*self.options.bucket),
            ("limit", &limit),
            ("prefix", listing.prefix),
            ("delimiter", if listing.by_folder { "/" } else { "" }),
            ("marker", begun.as_deref().unwrap_or_default()),
        ];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
        format!("/list?{}", pairs.collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing<'a>(prefix: &'a str, after: &'a str) -> Listing<'a> {
        Listing {
            prefix,
            by_folder: false,
            after,
            next: None,
            limit: 10,
        }
    }

    #[test]
    fn who_goes_on_behind_what_was_told_goes_on_where_the_vendor_said() {
        let marks = Bookmarks::default();
        marks.put(Place::of(listing("a/", ""), "a/9"), "first");
        assert_eq!(marks.find(listing("a/", "a/9")).as_deref(), Some("first"));
        for other in [listing("a/", "a/8"), listing("", "a/9"), listing("a/", "")] {
            assert_eq!(marks.find(other), None);
        }
        let by_folder = Listing {
            by_folder: true,
            ..listing("a/", "a/9")
        };
        assert_eq!(marks.find(by_folder), None);
        marks.put(Place::of(listing("a/", ""), "a/9"), "second");
        assert_eq!(marks.find(listing("a/", "a/9")).as_deref(), Some("second"));
        for number in 0..MOST_BOOKMARKS {
            marks.put(Place::of(listing("b/", ""), &number.to_string()), "b");
        }
        assert_eq!(marks.find(listing("a/", "a/9")), None, "it is the oldest");
    }
}
