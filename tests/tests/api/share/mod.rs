//! `/share`, the `share` file system, and the pages outside the API.

mod attacks;
mod batches;
mod create;
mod downloads;
mod events;
mod info;
mod limits;
mod lists;
mod mounted;
mod named;
mod pages;
mod received;
mod revoke;
mod rights;
mod save;
mod shortcuts;
mod told;
mod upload_only;
mod upload_only_hidden;
mod uploads;
mod visit;

use serde_json::Value;
use tests::{Client, Share};

/// What a share offers (V4 API, navigator capabilities).
const CAPABILITY: &str = "gIaYAQ==";

/// A folder with a file and a folder with a file.
async fn furnish(alice: &Client) {
    alice.put("/docs/plan.md", "the plan").await;
    alice.put("/docs/sub/deep file.txt", "deep").await;
    alice.put("/private.txt", "private").await;
}

/// The names of a listing.
fn names(data: &Value) -> Vec<String> {
    let files = data["files"].as_array().expect("an array of files");
    files
        .iter()
        .map(|file| file["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// What a visitor sees at the root.
async fn names_in(who: &Client, share: &Share) -> Vec<String> {
    names(&who.list(&share.at("/")).await.ok())
}
