//! What lets somebody bring bytes to one key, and has the vendor say when they are there.

use super::client::Bucket;
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use storage::{BlobKey, UploadPlan};

/// How long this server's own requests are good.
const OWN: Duration = Duration::from_hours(1);
/// In a key that is to be saved as it is this begins what the vendor puts something else for.
const VARIABLE: &str = "$(";
/// What the vendor is to say: it fills in what it knows.
const CALLBACK_BODY: &str =
    r#"{"size":$(fsize),"pic_info":"$(imageInfo.width),$(imageInfo.height)"}"#;

/// What may be brought where (Kodo, put policy).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PutPolicy<'a> {
    /// One key of one bucket.
    scope: String,
    /// Seconds since 1970.
    deadline: u64,
    /// Nothing that is there is overwritten.
    insert_only: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    save_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    force_save_key: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fsize_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_body: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_body_type: Option<&'static str>,
}

pub(super) fn secs(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs()
}

impl Bucket {
    fn scope(&self, key: &BlobKey) -> String {
        format!("{}:{key}", self.options.bucket)
    }

    fn signed(&self, policy: &PutPolicy<'_>) -> String {
        let text = serde_json::to_vec(policy).expect("texts and numbers are JSON");
        self.keys.token_with(text)
    }

    /// For this server.
    pub(super) fn own_token(&self, key: &BlobKey) -> String {
        self.signed(&PutPolicy {
            scope: self.scope(key),
            deadline: secs(SystemTime::now() + OWN),
            insert_only: 1,
            ..PutPolicy::default()
        })
    }

    /// For the client of an upload, as long as its session lasts.
    pub(super) fn client_token(&self, plan: &UploadPlan) -> String {
        let key = plan.key.as_str();
        // The scope names the key as well, and nothing is put into that.
        let saved = Some(key).filter(|key| !key.contains(VARIABLE));
        let told = plan.callback_url.as_deref();
        self.signed(&PutPolicy {
            scope: self.scope(&plan.key),
            deadline: secs(plan.expires_at),
            insert_only: 1,
            save_key: saved,
            force_save_key: saved.map(|_| true),
            fsize_limit: Some(plan.size_bytes),
            callback_url: told,
            callback_body: told.map(|_| CALLBACK_BODY),
            callback_body_type: told.map(|_| "application/json"),
        })
    }
}
