//! Single objects.

use super::answers::{Asked, Reply};
use super::{Blob, Kept, Whose};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use md5::{Digest as _, Md5};
use serde_json::json;
use std::ops::Range;
use std::sync::Mutex;
use std::time::SystemTime;

/// What small pictures are made of here: of nothing else.
const PNG: &[u8] = b"\x89PNG";

impl Blob {
    pub fn new(bytes: Bytes, content_type: &str) -> Self {
        let digest = Md5::digest(&bytes);
        let tag = digest.iter().map(|byte| format!("{byte:02X}"));
        Self {
            tag: tag.collect(),
            bytes,
            modified: SystemTime::now(),
            content_type: content_type.to_owned(),
            write: None,
        }
    }

    pub fn e_tag(&self) -> String {
        format!("\"{}\"", self.tag)
    }
}

impl Asked {
    /// The body, if it is what was announced.
    pub fn blob(&self) -> Result<Blob, Reply> {
        let blob = Blob::new(
            self.body.clone(),
            self.header("content-type").unwrap_or_default(),
        );
        let digest = BASE64_STANDARD.encode(Md5::digest(&self.body));
        match self.header("content-md5") {
            Some(told) if told != digest => Err(Reply::error(400, "InvalidDigest")),
            _ => Ok(blob),
        }
    }

    pub fn put(&self, kept: &Mutex<Kept>, key: &str) -> Reply {
        let blob = match self.blob() {
            Ok(blob) => blob,
            Err(reply) => return reply,
        };
        let mut kept = kept.lock().expect("no panic");
        if self.forbids_overwriting() && kept.blobs.contains_key(key) {
            return Reply::error(409, "FileAlreadyExists");
        }
        let reply = Reply::of(200, "").with("etag", blob.e_tag());
        let write = self.header(self.whose.name_of_write());
        let blob = Blob {
            write: write.map(ToOwned::to_owned),
            ..blob
        };
        kept.blobs.insert(key.to_owned(), blob);
        reply
    }

    pub fn get(&self, kept: &Mutex<Kept>, key: &str) -> Reply {
        let blob = kept.lock().expect("no panic").blobs.get(key).cloned();
        let Some(blob) = blob else {
            return Reply::error(404, "NoSuchKey");
        };
        if self
            .header("if-match")
            .is_some_and(|tag| tag != blob.e_tag())
        {
            return Reply::error(412, "PreconditionFailed");
        }
        if let Some(reply) = self.made_of(&blob) {
            return reply;
        }
        let total = blob.bytes.len();
        let range = match self.header("range").map(|range| range_of(range, total)) {
            None => None,
            Some(Some(range)) => Some(range),
            Some(None) => return Reply::error(416, "InvalidRange"),
        };
        let modified = DateTime::<Utc>::from(blob.modified);
        let tag = blob.e_tag();
        let mut reply = match range {
            None => Reply::of(200, blob.bytes),
            Some(range) => {
                let told = format!("bytes {}-{}/{total}", range.start, range.end - 1);
                Reply::of(206, blob.bytes.slice(range)).with("content-range", told)
            }
        };
        if let Some(name) = self.query("response-content-disposition") {
            reply = reply.with("content-disposition", name);
        }
        if !blob.content_type.is_empty() {
            reply = reply.with("content-type", blob.content_type);
        }
        if let Some(write) = blob.write {
            reply = reply.with(self.whose.name_of_write(), write);
        }
        let modified = modified.format("%a, %d %b %Y %H:%M:%S GMT");
        reply
            .with("etag", tag)
            .with("last-modified", modified.to_string())
    }

    /// What the vendor makes of a picture, or reads in it.
    fn made_of(&self, blob: &Blob) -> Option<Reply> {
        let (details, picture) = match self.whose {
            Whose::Oss => {
                let process = self.query("x-oss-process")?;
                (
                    process == "image/info",
                    process.starts_with("image/resize,"),
                )
            }
            Whose::Obs => {
                let process = self.query("x-image-process")?;
                (
                    process == "image/info",
                    process.starts_with("image/resize,"),
                )
            }
            Whose::Cos => {
                let is_small = self.asks_for("imageMogr2/thumbnail/");
                (self.query("exif").is_some(), is_small)
            }
            Whose::Ks3 => return None,
        };
        if !details && !picture {
            return None;
        }
        if !blob.bytes.starts_with(PNG) {
            return Some(Reply::error(400, "InvalidArgument"));
        }
        if picture {
            return Some(Reply::of(200, blob.bytes.clone()).with("content-type", "image/png"));
        }
        let value = match self.whose {
            Whose::Cos => json!({ "Make": { "val": "Camera" } }),
            Whose::Obs => json!({ "width": 640 }),
            _ => json!({ "ImageWidth": { "value": "640" } }),
        };
        Some(Reply::of(200, value.to_string()).with("content-type", "application/json"))
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
