//! Whether somebody may do what they ask, as the vendor's own library has it.

use super::super::signer::ask;
use super::answers::{Asked, Reply};
use super::{ACCESS, BUCKET, SECRET};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far clocks may be apart.
const SKEW_SECS: i64 = 15 * 60;

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

async fn told(question: &str, mut what: Value) -> Result<Value, Reply> {
    what["question"] = json!(question);
    what["access"] = json!(ACCESS);
    what["secret"] = json!(SECRET);
    let told = ask(what).await;
    if told["is_right"] == true {
        return Ok(told);
    }
    Err(Reply::error(
        401,
        told["why"].as_str().unwrap_or("bad token"),
    ))
}

impl Asked {
    /// Of a request that brings bytes to a key: what its token lets in.
    pub async fn check_token(&self, key: &str) -> Result<Value, Reply> {
        let token = self.header("authorization").strip_prefix("UpToken ");
        let token = token.ok_or_else(|| Reply::error(401, "no token"))?;
        let policy = told("kodo upload", json!({ "token": token })).await?;
        let policy = policy["policy"].clone();
        if policy["deadline"].as_u64() < Some(now()) {
            return Err(Reply::error(401, "expired token"));
        }
        if policy["scope"] != format!("{BUCKET}:{key}") {
            return Err(Reply::error(403, "key doesn't match with scope"));
        }
        Ok(policy)
    }

    /// Of one about objects.
    pub async fn check_key(&self) -> Result<(), Reply> {
        let what = json!({
            "method": self.method,
            "path": self.path_and_query,
            "headers": self.headers,
            "body": String::from_utf8_lossy(&self.body),
        });
        told("kodo manage", what).await?;
        let date = self.header("x-qiniu-date");
        let date = chrono::NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ");
        let apart = date.map_or(i64::MAX, |date| {
            let now = i64::try_from(now()).unwrap_or(0);
            (date.and_utc().timestamp() - now).abs()
        });
        if apart > SKEW_SECS {
            return Err(Reply::error(403, "request time is too skewed"));
        }
        Ok(())
    }

    /// Of an address, which the bucket wants to be signed.
    pub async fn check_address(&self) -> Result<(), Reply> {
        let url = format!("{}{}", self.address(), self.path_and_query);
        if self.query("token").is_empty() {
            return Err(Reply::error(401, "download token not specified"));
        }
        told("kodo download", json!({ "url": url })).await?;
        if self.number("e") < Some(now()) {
            return Err(Reply::error(401, "token out of date"));
        }
        Ok(())
    }
}

/// The header under which Kodo says something with this path and body, by one of its schemes.
pub async fn sign_callback(scheme: &str, (host, path): (&str, &str), body: &str) -> String {
    let told = ask(json!({
        "question": "kodo callback", "access": ACCESS, "secret": SECRET, "scheme": scheme,
        "host": host, "path": path, "body": body, "content_type": "application/json",
        "headers": { "x-qiniu-date": "20260101T000000Z" },
    }));
    told.await["authorization"]
        .as_str()
        .expect("a text")
        .to_owned()
}
