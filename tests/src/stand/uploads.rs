//! Uploads in parts, and what is said when they are joined.

use super::answers::{Asked, Reply, escaped};
use super::signer::{KEY_PATH, sign_callback};
use super::{BUCKET, Blob, Kept, Upload, Whose};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::BytesMut;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::SystemTime;

pub(super) fn time(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Numbers and tags that a completion names.
fn named(body: &str) -> Vec<(u64, String)> {
    let inner = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.to_owned())
    };
    let parts = body.split("<Part>").skip(1);
    let parts = parts.filter_map(|part| {
        let tag = inner(part, "ETag")?.replace("&quot;", "\"");
        Some((inner(part, "PartNumber")?.parse().ok()?, tag))
    });
    parts.collect()
}

impl Asked {
    pub fn begin(&self, kept: &Mutex<Kept>, key: &str) -> Reply {
        let mut kept = kept.lock().expect("no panic");
        if self.forbids_overwriting() && kept.blobs.contains_key(key) {
            return Reply::error(409, "FileAlreadyExists");
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        let upload = Upload {
            key: key.to_owned(),
            begun: SystemTime::now(),
            content_type: self.header("content-type").unwrap_or_default().to_owned(),
            parts: BTreeMap::new(),
        };
        kept.uploads.insert(id.clone(), upload);
        let key = escaped(key);
        let inner = format!("<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>");
        Reply::xml("InitiateMultipartUploadResult", &inner)
    }

    pub fn put_part(&self, kept: &Mutex<Kept>) -> Reply {
        let blob = match self.blob() {
            Ok(blob) => blob,
            Err(reply) => return reply,
        };
        let id = self.query("uploadId").unwrap_or_default();
        let number = self.number("partNumber");
        let Some(number) = number.filter(|number| (1..=10_000).contains(number)) else {
            return Reply::error(400, "InvalidArgument");
        };
        let mut kept = kept.lock().expect("no panic");
        let Some(upload) = kept.uploads.get_mut(id) else {
            return Reply::error(404, "NoSuchUpload");
        };
        let reply = Reply::of(200, "").with("etag", blob.e_tag());
        upload.parts.insert(number, blob);
        reply
    }

    /// Two at a time, so that everybody has to ask again.
    pub fn list_parts(&self, kept: &Mutex<Kept>) -> Reply {
        let kept = kept.lock().expect("no panic");
        let Some(upload) = kept.uploads.get(self.query("uploadId").unwrap_or_default()) else {
            return Reply::error(404, "NoSuchUpload");
        };
        let after = self.number("part-number-marker").unwrap_or(0);
        let parts = upload.parts.iter().filter(|(number, _)| **number > after);
        let parts: Vec<_> = parts.collect();
        let mut inner = format!("<IsTruncated>{}</IsTruncated>", parts.len() > 2);
        for (number, part) in parts.iter().take(2) {
            let _ = write!(
                inner,
                "<Part><PartNumber>{number}</PartNumber><LastModified>{}</LastModified>\
                 <ETag>{}</ETag><Size>{}</Size></Part>",
                time(part.modified),
                part.e_tag(),
                part.bytes.len()
            );
        }
        if let Some((number, _)) = parts.iter().take(2).next_back() {
            let _ = write!(
                inner,
                "<NextPartNumberMarker>{number}</NextPartNumberMarker>"
            );
        }
        Reply::xml("ListPartsResult", &inner)
    }

    pub fn abort(&self, kept: &Mutex<Kept>) -> Reply {
        let id = self.query("uploadId").unwrap_or_default();
        let gone = kept.lock().expect("no panic").uploads.remove(id);
        match gone {
            Some(_) => Reply::of(204, ""),
            None => Reply::error(404, "NoSuchUpload"),
        }
    }

    pub async fn join(&self, kept: &Mutex<Kept>, key: &str) -> Reply {
        let size = {
            let mut kept = kept.lock().expect("no panic");
            match self.joined(&kept, key) {
                Ok(blob) => {
                    let size = blob.bytes.len();
                    kept.uploads
                        .remove(self.query("uploadId").unwrap_or_default());
                    kept.blobs.insert(key.to_owned(), blob);
                    size
                }
                Err(reply) => return reply,
            }
        };
        let callback = match self.whose {
            Whose::Oss => self.query("callback"),
            Whose::Obs => self.query("x-obs-callback"),
            _ => None,
        };
        if let Some(callback) = callback {
            return self.call_back(callback, key, size).await;
        }
        let inner = format!("<Bucket>{BUCKET}</Bucket><Key>{}</Key>", escaped(key));
        Reply::xml("CompleteMultipartUploadResult", &inner)
    }

    fn joined(&self, kept: &Kept, key: &str) -> Result<Blob, Reply> {
        let upload = kept.uploads.get(self.query("uploadId").unwrap_or_default());
        let upload = upload.filter(|upload| upload.key == key);
        let upload = upload.ok_or_else(|| Reply::error(404, "NoSuchUpload"))?;
        if self.forbids_overwriting() && kept.blobs.contains_key(key) {
            return Err(Reply::error(409, "FileAlreadyExists"));
        }
        let takes_all = self.whose == Whose::Oss && self.own_header("complete-all") == Some("yes");
        let wanted: Vec<(u64, String)> = if takes_all {
            let all = upload.parts.iter();
            all.map(|(number, part)| (*number, part.e_tag())).collect()
        } else {
            named(&String::from_utf8_lossy(&self.body))
        };
        if wanted.is_empty() {
            return Err(Reply::error(400, "MalformedXML"));
        }
        let mut bytes = BytesMut::new();
        for (at, (number, tag)) in wanted.iter().enumerate() {
            let part = upload.parts.get(number);
            let part = part.filter(|part| part.tag == tag.trim_matches('"'));
            let part = part.ok_or_else(|| Reply::error(400, "InvalidPart"))?;
            let is_last = at + 1 == wanted.len();
            if !is_last && part.bytes.len() < self.whose.least_part() {
                return Err(Reply::error(400, "EntityTooSmall"));
            }
            bytes.extend_from_slice(&part.bytes);
        }
        let blob = Blob::new(bytes.freeze(), &upload.content_type);
        Ok(Blob {
            // It is no digest of the bytes.
            tag: format!("{}-{}", uuid::Uuid::new_v4().simple(), wanted.len()),
            ..blob
        })
    }

    async fn call_back(&self, callback: &str, key: &str, size: usize) -> Reply {
        let told = BASE64_STANDARD.decode(callback).ok();
        let told = told.and_then(|told| serde_json::from_slice::<Value>(&told).ok());
        let Some(told) = told else {
            return Reply::error(400, "InvalidArgument");
        };
        let text = |name: &str| told[name].as_str().unwrap_or_default();
        let body = text("callbackBody")
            .replace("${bucket}", &json!(BUCKET).to_string())
            .replace("${object}", &json!(key).to_string())
            .replace("${key}", &json!(key).to_string())
            .replace("${size}", &size.to_string());
        let url = url::Url::parse(text("callbackUrl")).expect("a web address");
        let post = reqwest::Client::new().post(url.clone());
        let mut post = post.header("content-type", text("callbackBodyType"));
        if self.whose == Whose::Oss {
            let key = format!("https://gosspublic.alicdn.com{KEY_PATH}");
            post = post
                .header("x-oss-pub-key-url", BASE64_STANDARD.encode(key))
                .header("authorization", sign_callback(url.path(), &body).await);
        }
        match post.body(body).send().await {
            Ok(answer) if answer.status().is_success() => {
                Reply::of(200, answer.bytes().await.unwrap_or_default())
            }
            Ok(answer) => {
                let why = answer.text().await.unwrap_or_default();
                Reply::error_with(203, "CallbackFailed", &why)
            }
            Err(error) => Reply::error_with(203, "CallbackFailed", &error.to_string()),
        }
    }
}
