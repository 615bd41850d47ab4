//! What lies in a bucket.

use super::client::Bucket;
use super::objects::{FIELDS, Told};
use crate::listing::{Course, PAGE};
use crate::refusal::Refusal;
use crate::vendor::{Listing, Object, Page};
use futures_util::stream::{Stream, TryStreamExt as _, try_unfold};
use reqwest::Method;
use serde::Deserialize;
use storage::{DriverError, STAGING_FOLDER};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Objects {
    #[serde(default)]
    items: Vec<Told>,
    #[serde(default)]
    prefixes: Option<Vec<String>>,
    next_page_token: Option<String>,
}

/// Whether a name is that of a part of some upload, or of the folder that they are in.
fn is_passing(name: &str) -> bool {
    let rest = name.strip_prefix(STAGING_FOLDER);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

impl Bucket {
    async fn told(&self, more: &[(&str, &str)]) -> Result<Objects, DriverError> {
        let fields = format!("kind,prefixes,nextPageToken,items({FIELDS})");
        let mut query = vec![("fields", &*fields)];
        query.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        let listed = self.ask_of(Method::GET, &self.objects(&query)).await;
        listed.map_err(Refusal::into_error)?.json("storage#objects")
    }

    pub async fn list_page(&self, listing: Listing<'_>) -> Result<Page, DriverError> {
        // The one that is not wanted again is told once more.
        let limit = (listing.limit + 1).clamp(1, PAGE).to_string();
        let query = [
            ("maxResults", &*limit),
            ("prefix", listing.prefix),
            ("startOffset", listing.after),
            ("delimiter", if listing.by_folder { "/" } else { "" }),
            ("pageToken", listing.next.unwrap_or_default()),
        ];
        let told = self.told(&query).await?;
        let mut page = Page {
            next: told.next_page_token.filter(|token| !token.is_empty()),
            ..Page::default()
        };
        let items = told.items.into_iter();
        for object in items.filter(|object| !is_passing(&object.name)) {
            if object.name.as_str() > listing.after {
                page.objects.push(Object {
                    key: object.name,
                    size_bytes: object.size,
                    modified: object.updated.into(),
                });
            }
        }
        let folders = told.prefixes.unwrap_or_default().into_iter();
        page.folders = folders.filter(|folder| !is_passing(folder)).collect();
        Ok(page)
    }

    /// The objects whose names begin so, a page at a time.
    pub(super) fn pages_below(
        &self,
        prefix: &str,
    ) -> impl Stream<Item = Result<Vec<Told>, DriverError>> + Send {
        let begun = Some((String::new(), Course::default()));
        try_unfold(begun, move |state| async move {
            let Some((next, mut course)) = state else {
                return Ok(None);
            };
            let query = [("prefix", prefix), ("pageToken", &*next)];
            let told = self.told(&query).await?;
            let next = told.next_page_token.filter(|token| !token.is_empty());
            let next = next.map(|token| course.turn(token)).transpose()?;
            Ok(Some((told.items, next.map(|next| (next, course)))))
        })
    }

    /// All of them, for names that begin like those of one upload.
    pub(super) async fn all_below(&self, prefix: &str) -> Result<Vec<Told>, DriverError> {
        self.pages_below(prefix).try_concat().await
    }
}
