//! Uploads in parts, and what is said when they are joined.

use super::answers::{Asked, Reply};
use super::check::sign_callback;
use super::{BUCKET, Blob, Kept, LEAST_PART, Upload};
use bytes::BytesMut;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Parts that are told at once, so that everybody has to ask again.
const PAGE: usize = 2;

fn gone() -> Reply {
    Reply::error(612, "no such uploadId")
}

fn hex(digest: &[u8]) -> String {
    let digits = digest.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

impl Asked {
    pub async fn about_upload(
        &self,
        kept: &Mutex<Kept>,
        key: &str,
        rest: &[&str],
    ) -> Result<Reply, Reply> {
        let policy = self.check_token(key).await?;
        match (&*self.method, rest) {
            ("POST", []) => Ok(self.begin(kept, key)),
            ("PUT", [id, number]) => self.put_part(kept, (key, id), number),
            ("GET", [id]) => self.parts(kept, (key, id)),
            ("DELETE", [id]) => {
                self.note(kept, "upload");
                let gone_now = kept.lock().expect("no panic").uploads.remove(*id);
                gone_now.map(|_| Reply::json(&json!({}))).ok_or_else(gone)
            }
            ("POST", [id]) => self.join(kept, (key, id), &policy).await,
            _ => Err(Reply::error(405, "method not allowed")),
        }
    }

    fn begin(&self, kept: &Mutex<Kept>, key: &str) -> Reply {
        self.note(kept, "uploads");
        let id = uuid::Uuid::new_v4().simple().to_string();
        let upload = Upload {
            key: key.to_owned(),
            parts: BTreeMap::new(),
        };
        let mut kept = kept.lock().expect("no panic");
        kept.uploads.insert(id.clone(), upload);
        Reply::json(&json!({ "uploadId": id, "expireAt": 4_000_000_000_u64 }))
    }

    fn put_part(
        &self,
        kept: &Mutex<Kept>,
        (key, id): (&str, &str),
        number: &str,
    ) -> Result<Reply, Reply> {
        self.note(kept, "part");
        let sum = hex(&Md5::digest(&self.body));
        if !["", &*sum].contains(&self.header("content-md5")) {
            return Err(Reply::error(406, "md5 doesn't match"));
        }
        let number = number.parse().ok();
        let number = number.filter(|number| (1..=10_000).contains(number));
        let number: u64 = number.ok_or_else(|| Reply::error(400, "invalid part number"))?;
        let mut kept = kept.lock().expect("no panic");
        let upload = kept.uploads.get_mut(id).filter(|upload| upload.key == key);
        let upload = upload.ok_or_else(gone)?;
        let blob = Blob::new(self.body.clone(), "");
        let told = json!({ "etag": blob.hash, "md5": sum });
        upload.parts.insert(number, blob);
        Ok(Reply::json(&told))
    }

    fn parts(&self, kept: &Mutex<Kept>, (key, id): (&str, &str)) -> Result<Reply, Reply> {
        self.note(kept, "parts");
        let kept = kept.lock().expect("no panic");
        let upload = kept.uploads.get(id).filter(|upload| upload.key == key);
        let upload = upload.ok_or_else(gone)?;
        let after = self.number("part-number-marker").unwrap_or(0);
        let left = upload.parts.iter().filter(|(number, _)| **number > after);
        let left: Vec<_> = left.collect();
        let told = left.iter().take(PAGE).map(|(number, part)| {
            json!({ "partNumber": number, "etag": part.hash, "size": part.bytes.len(), "putTime": 1 })
        });
        let told: Vec<Value> = told.collect();
        let last = told
            .last()
            .map_or(Value::from(0), |part| part["partNumber"].clone());
        let marker = if left.len() > PAGE { last } else { json!(0) };
        let told =
            json!({ "uploadId": id, "expireAt": 1, "partNumberMarker": marker, "parts": told });
        Ok(Reply::json(&told))
    }

    async fn join(
        &self,
        kept: &Mutex<Kept>,
        (key, id): (&str, &str),
        policy: &Value,
    ) -> Result<Reply, Reply> {
        self.note(kept, "join");
        let blob = {
            let mut kept = kept.lock().expect("no panic");
            let blob = self.joined(&kept, (key, id), policy)?;
            kept.uploads.remove(id);
            kept.blobs.insert(key.to_owned(), blob.clone());
            blob
        };
        match policy["callbackUrl"].as_str() {
            Some(url) => call_back(url, policy, blob.bytes.len()).await,
            None => Ok(Reply::json(&json!({ "hash": blob.hash, "key": key }))),
        }
    }

    fn joined(&self, kept: &Kept, (key, id): (&str, &str), policy: &Value) -> Result<Blob, Reply> {
        let upload = kept.uploads.get(id).filter(|upload| upload.key == key);
        let upload = upload.ok_or_else(gone)?;
        let named: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let parts = named["parts"].as_array().cloned().unwrap_or_default();
        if parts.is_empty() || self.header("content-type") != "application/json" {
            return Err(Reply::error(400, "invalid parts"));
        }
        let mut bytes = BytesMut::new();
        for (at, part) in parts.iter().enumerate() {
            let known = part["partNumber"].as_u64();
            let known = known.and_then(|number| upload.parts.get(&number));
            let known = known.filter(|known| part["etag"] == *known.hash);
            let known = known.ok_or_else(|| Reply::error(400, "invalid parts"))?;
            if at + 1 < parts.len() && known.bytes.len() < LEAST_PART {
                return Err(Reply::error(400, "part is too small"));
            }
            bytes.extend_from_slice(&known.bytes);
        }
        let most = policy["fsizeLimit"].as_u64().filter(|most| *most > 0);
        if most.is_some_and(|most| bytes.len() as u64 > most) {
            return Err(Reply::error(413, "exceed FsizeLimit"));
        }
        let forces = policy["forceSaveKey"] == true && policy["saveKey"] != key;
        if policy["insertOnly"] == 1 && kept.blobs.contains_key(key) {
            return Err(Reply::error(614, "file exists"));
        }
        if forces {
            return Err(Reply::error(400, "it would be saved under another key"));
        }
        let kind = named["mimeType"].as_str().unwrap_or_default();
        Ok(Blob::new(bytes.freeze(), kind))
    }
}

/// The vendor passes on what it is answered.
async fn call_back(url: &str, policy: &Value, size: usize) -> Result<Reply, Reply> {
    let text = |name: &str| policy[name].as_str().unwrap_or_default();
    let body = text("callbackBody")
        .replace("$(fsize)", &size.to_string())
        .replace("$(imageInfo.width)", "")
        .replace("$(imageInfo.height)", "")
        .replace("$(bucket)", BUCKET);
    let url = url::Url::parse(url).expect("a web address");
    let host = url.host_str().unwrap_or_default();
    let signed = sign_callback("QBox", (host, url.path()), &body).await;
    let post = reqwest::Client::new().post(url.clone());
    let post = post
        .header("content-type", text("callbackBodyType"))
        .header("authorization", signed);
    match post.body(body).send().await {
        Ok(answer) if answer.status() == 200 => {
            let body = answer.bytes().await.unwrap_or_default();
            Ok(Reply::of(200, body).with("content-type", "application/json"))
        }
        Ok(answer) => {
            let told: Value = answer.json().await.unwrap_or_default();
            let why = told["error"].as_str().unwrap_or("no reason is told");
            Err(Reply::error(579, why))
        }
        Err(error) => Err(Reply::error(579, &error.to_string())),
    }
}
