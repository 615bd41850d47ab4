//! The bucket itself: what lies in it, and what it is told.

use super::answers::{Asked, Reply, escaped};
use super::uploads::time;
use super::{Blob, Kept, Whose};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Asked {
    pub fn answer_of_bucket(&self, kept: &Mutex<Kept>) -> Reply {
        let has = |name: &str| self.query(name).is_some();
        let mut kept = kept.lock().expect("no panic");
        let is_whole = || self.header("content-md5").is_some() && self.blob().is_ok();
        match &*self.method {
            "PUT" if has("cors") && is_whole() => {
                kept.rules = String::from_utf8_lossy(&self.body).into_owned();
                Reply::of(200, "")
            }
            "POST" if has("delete") && is_whole() => self.delete(&mut kept),
            "GET" if has("uploads") => self.list_uploads(&kept),
            "GET" => self.list(&kept),
            _ => Reply::error(405, "MethodNotAllowed"),
        }
    }

    fn name(&self, key: &str) -> String {
        if self.query("encoding-type") == Some("url") {
            return encoded(key);
        }
        escaped(key)
    }

    fn encoding(&self) -> &'static str {
        if self.query("encoding-type") == Some("url") {
            return "<EncodingType>url</EncodingType>";
        }
        ""
    }

    fn delete(&self, kept: &mut Kept) -> Reply {
        let body = String::from_utf8_lossy(&self.body);
        let is_quiet = body.contains("<Quiet>true</Quiet>");
        let keys: Vec<String> = body
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| rest.split_once("</Key>"))
            .map(|(key, _)| {
                key.replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&")
            })
            .collect();
        if keys.is_empty() || keys.len() > 1_000 {
            return Reply::error(400, "MalformedXML");
        }
        let mut inner = self.encoding().to_owned();
        for key in keys {
            kept.blobs.remove(&key);
            // What was not there counts as deleted.
            if !is_quiet {
                let _ = write!(inner, "<Deleted><Key>{}</Key></Deleted>", self.name(&key));
            }
        }
        Reply::xml("DeleteResult", &inner)
    }

    fn list_uploads(&self, kept: &Kept) -> Reply {
        let prefix = self.query("prefix").unwrap_or_default();
        let own = kept.uploads.iter();
        let own = own.filter(|(_, upload)| upload.key.starts_with(prefix));
        let mut inner = "<IsTruncated>false</IsTruncated>".to_owned();
        for (id, upload) in own {
            let (key, begun) = (escaped(&upload.key), time(upload.begun));
            let _ = write!(
                inner,
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{begun}</Initiated></Upload>"
            );
        }
        Reply::xml("ListMultipartUploadsResult", &inner)
    }

    fn list(&self, kept: &Kept) -> Reply {
        let is_v2 = self.query("list-type") == Some("2");
        if is_v2 != (self.whose == Whose::Oss) {
            return Reply::error(400, "InvalidArgument");
        }
        let prefix = self.query("prefix").unwrap_or_default();
        let after = if is_v2 {
            self.query("continuation-token")
                .or(self.query("start-after"))
        } else {
            self.query("marker")
        };
        let after = after.unwrap_or_default();
        let limit = self.number("max-keys").unwrap_or(100) as usize;
        let folder_of = |key: &str| {
            let (folder, _) = key[prefix.len()..].split_once(self.query("delimiter")?)?;
            Some(format!("{prefix}{folder}/"))
        };
        let mut found: BTreeMap<String, Option<&Blob>> = BTreeMap::new();
        let below = kept.blobs.iter().filter(|(key, _)| key.starts_with(prefix));
        for (key, blob) in below {
            match folder_of(key) {
                Some(folder) => found.insert(folder, None),
                None => found.insert(key.clone(), Some(blob)),
            };
        }
        found.retain(|name, _| &**name > after);
        let is_truncated = found.len() > limit;
        let next = found.keys().take(limit).next_back().cloned();
        let mut inner = format!(
            "{}<IsTruncated>{is_truncated}</IsTruncated>",
            self.encoding()
        );
        if let Some(next) = next.filter(|_| is_truncated) {
            // One vendor leaves it out of plain listings.
            let is_left_out = self.whose == Whose::Ks3 && self.query("delimiter").is_none();
            if is_v2 {
                let next = escaped(&next);
                let _ = write!(
                    inner,
                    "<NextContinuationToken>{next}</NextContinuationToken>"
                );
            } else if !is_left_out {
                let _ = write!(inner, "<NextMarker>{}</NextMarker>", self.name(&next));
            }
        }
        for (name, blob) in found.into_iter().take(limit) {
            let shown = self.name(&name);
            let _ = match blob {
                Some(blob) => write!(
                    inner,
                    "<Contents><Key>{shown}</Key><LastModified>{}</LastModified>\
                     <ETag>{}</ETag><Size>{}</Size></Contents>",
                    time(blob.modified),
                    blob.e_tag(),
                    blob.bytes.len()
                ),
                None => write!(
                    inner,
                    "<CommonPrefixes><Prefix>{shown}</Prefix></CommonPrefixes>"
                ),
            };
        }
        Reply::xml("ListBucketResult", &inner)
    }
}
