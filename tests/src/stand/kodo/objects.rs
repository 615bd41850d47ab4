//! Objects: known, deleted, listed, and fetched.

use super::answers::{Asked, Reply, decoded, unpacked};
use super::{BUCKET, Blob, Kept};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

/// What small pictures are made of here, and what has sound.
const PNG: &[u8] = b"\x89PNG";
const SONG: &[u8] = b"ID3";

/// The key in an entry of this bucket.
fn key_in(entry: &str) -> Result<String, Reply> {
    let entry = unpacked(entry).ok_or_else(|| Reply::error(400, "invalid entry"))?;
    let key = entry.strip_prefix(&format!("{BUCKET}:"));
    key.map(ToOwned::to_owned)
        .ok_or_else(|| Reply::error(631, "no such bucket"))
}

impl Blob {
    /// In units of 100 nanoseconds.
    fn put_time(&self) -> u64 {
        let since = self.put_at.duration_since(UNIX_EPOCH);
        since.map_or(0, |since| (since.as_nanos() / 100) as u64)
    }

    fn told(&self) -> Value {
        json!({
            "fsize": self.bytes.len(), "hash": self.hash, "mimeType": self.mime_type,
            "putTime": self.put_time(), "type": 0,
        })
    }
}

/// What is known of an object.
pub(super) fn stat(kept: &Mutex<Kept>, entry: &str) -> Result<Reply, Reply> {
    let key = key_in(entry)?;
    let kept = kept.lock().expect("no panic");
    let blob = kept.blobs.get(&key);
    blob.map(|blob| Reply::json(&blob.told()))
        .ok_or_else(|| Reply::error(612, "no such file or directory"))
}

impl Asked {
    pub fn batch(&self, kept: &Mutex<Kept>) -> Result<Reply, Reply> {
        let body = String::from_utf8_lossy(&self.body);
        let orders: Vec<&str> = body.split('&').collect();
        if orders.len() > 1_000 {
            return Err(Reply::error(400, "too many operations"));
        }
        let mut kept = kept.lock().expect("no panic");
        let mut told = Vec::new();
        for order in orders {
            let entry = order.strip_prefix("op=/delete/");
            let entry = entry.ok_or_else(|| Reply::error(400, "invalid operation"))?;
            let key = key_in(entry)?;
            // One kind of thing is kept from going.
            if key.ends_with("held") {
                told.push(json!({ "code": 599, "data": { "error": "internal error" } }));
                continue;
            }
            told.push(match kept.blobs.remove(&key) {
                Some(_) => json!({ "code": 200 }),
                None => json!({ "code": 612, "data": { "error": "no such file or directory" } }),
            });
        }
        let is_all = told.iter().all(|told| told["code"] == 200);
        Ok(Reply {
            status: if is_all { 200 } else { 298 },
            ..Reply::json(&Value::from(told))
        })
    }

    pub fn list(&self, kept: &Mutex<Kept>) -> Result<Reply, Reply> {
        if self.query("bucket") != BUCKET {
            return Err(Reply::error(631, "no such bucket"));
        }
        let kept = kept.lock().expect("no panic");
        let (prefix, delimiter) = (self.query("prefix"), self.query("delimiter"));
        let after = match self.query("marker") {
            "" => String::new(),
            marker => {
                let marker = unpacked(marker).and_then(|text| serde_json::from_str(&text).ok());
                let marker: Value = marker.ok_or_else(|| Reply::error(640, "invalid marker"))?;
                marker["k"].as_str().unwrap_or_default().to_owned()
            }
        };
        let limit = self.number("limit").unwrap_or(1_000) as usize;
        let folder_of = |key: &str| {
            let delimiter = Some(delimiter).filter(|delimiter| !delimiter.is_empty())?;
            let (folder, _) = key[prefix.len()..].split_once(delimiter)?;
            Some(format!("{prefix}{folder}{delimiter}"))
        };
        let mut found: BTreeMap<String, Option<&Blob>> = BTreeMap::new();
        for (key, blob) in kept.blobs.iter().filter(|(key, _)| key.starts_with(prefix)) {
            match folder_of(key) {
                Some(folder) => found.insert(folder, None),
                None => found.insert(key.clone(), Some(blob)),
            };
        }
        found.retain(|name, _| *name > after);
        let is_all = found.len() <= limit;
        let last = found.keys().take(limit).next_back();
        let marker = last.map(|last| json!({ "c": 0, "k": last }).to_string());
        let marker = marker.filter(|_| !is_all);
        let (mut items, mut folders) = (Vec::new(), Vec::new());
        for (name, blob) in found.into_iter().take(limit) {
            match blob {
                Some(blob) => {
                    let mut told = blob.told();
                    told["key"] = json!(name);
                    items.push(told);
                }
                None => folders.push(name),
            }
        }
        let marker = marker.map(|marker| BASE64_URL_SAFE.encode(marker));
        let mut told = json!({ "items": items, "marker": marker.unwrap_or_default() });
        if !folders.is_empty() {
            told["commonPrefixes"] = json!(folders);
        }
        Ok(Reply::json(&told))
    }

    /// What is fetched from the domain of the bucket.
    pub fn get(&self, kept: &Mutex<Kept>) -> Result<Reply, Reply> {
        let key = decoded(self.path.trim_start_matches('/'));
        let first = self.raw_query.split('&').next().unwrap_or_default();
        let process = first.split('/').next().filter(|word| !word.contains('='));
        self.note(kept, format!("key {}", process.unwrap_or_default()).trim());
        let blob = kept.lock().expect("no panic").blobs.get(&key).cloned();
        let blob = blob.ok_or_else(|| Reply::error(404, "Document not found"))?;
        match process {
            Some("imageView2") if blob.bytes.starts_with(PNG) => {
                Ok(Reply::of(200, blob.bytes).with("content-type", "image/png"))
            }
            Some("exif") if blob.bytes.starts_with(PNG) => Ok(Reply::json(
                &json!({ "Make": { "val": "Camera", "type": 2 } }),
            )),
            Some("avinfo") if blob.bytes.starts_with(SONG) => {
                Ok(Reply::json(&json!({ "format": { "duration": "61.5" } })))
            }
            Some("") | None => self.content(blob),
            Some(_) => Err(Reply::error(400, "unsupported format")),
        }
    }

    fn content(&self, blob: Blob) -> Result<Reply, Reply> {
        let tag = format!("\"{}\"", blob.hash);
        if !["", &*tag].contains(&self.header("if-match")) {
            return Err(Reply::error(412, "precondition failed"));
        }
        let total = blob.bytes.len();
        let reply = match self.header("range") {
            "" => Reply::of(200, blob.bytes),
            range => {
                let range = range_of(range, total);
                let range = range.ok_or_else(|| Reply::error(416, "invalid range"))?;
                let told = format!("bytes {}-{}/{total}", range.start, range.end - 1);
                Reply::of(206, blob.bytes.slice(range)).with("content-range", told)
            }
        };
        let name = self
            .raw_query
            .split('&')
            .find_map(|pair| pair.strip_prefix("attname="));
        let reply = match name {
            Some(name) => {
                let told = format!("attachment; filename=\"{name}\"; filename*=utf-8''{name}");
                reply.with("content-disposition", told)
            }
            None => reply,
        };
        let kind = match &*blob.mime_type {
            "" => "application/octet-stream".to_owned(),
            kind => kind.to_owned(),
        };
        Ok(reply.with("etag", tag).with("content-type", kind))
    }
}

fn range_of(text: &str, total: usize) -> Option<Range<usize>> {
    let (start, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let start: usize = start.parse().ok()?;
    let end = match last {
        "" => total,
        last => last.parse::<usize>().ok()?.saturating_add(1).min(total),
    };
    (start < end).then_some(start..end)
}
