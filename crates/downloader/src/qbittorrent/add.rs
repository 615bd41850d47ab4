//! Adding a torrent: what is sent, and what is answered.

use crate::{NewJob, Source};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Options that are passed on (V4 API, remote download).
const OPTIONS: [&str; 11] = [
    "cookie",
    "skip_checking",
    "root_folder",
    "rename",
    "upLimit",
    "dlLimit",
    "ratioLimit",
    "seedingTimeLimit",
    "autoTMM",
    "sequentialDownload",
    "firstLastPiecePrio",
];

/// The fields of the form, by which a torrent begins at once and where it is to, whatever the daemon
/// does with torrents of its own.
pub(super) fn fields(job: &NewJob, tag: String) -> Vec<(&'static str, String)> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for key in OPTIONS {
        if let Some(value) = text(&job.options, key) {
            fields.push((key, value));
        }
    }
    fields.retain(|(key, value)| *key != "autoTMM" || value == "false");
    // Since 4.3.2 it goes by another name, with three values.
    if let Some(wanted) = text(&job.options, "root_folder") {
        let layout = match wanted.as_str() {
            "false" => "NoSubfolder",
            _ => "Original",
        };
        fields.push(("contentLayout", layout.to_owned()));
    }
    fields.push(("savepath", job.folder.display().to_string()));
    fields.push(("tags", tag));
    // Wherever else it puts things usually.
    fields.push(("useDownloadPath", "false".to_owned()));
    // Nobody would start it: `paused` up to 4.6, `stopped` since 5.
    fields.push(("paused", "false".to_owned()));
    fields.push(("stopped", "false".to_owned()));
    fields.push(("stopCondition", "None".to_owned()));
    if let Source::Link(url) = &job.source {
        fields.push(("urls", url.to_string()));
    }
    fields
}

fn text(options: &Map<String, Value>, key: &str) -> Option<String> {
    match options.get(key)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What is answered since 5.2, where it was a word before.
#[derive(Debug, Deserialize)]
struct Added {
    success_count: u64,
    #[serde(default)]
    pending_count: u64,
}

/// Why nothing was added, if nothing was.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> Option<String> {
    const NOT_TAKEN: &str = "it takes this no second time, or cannot read it";
    let is_taken = match serde_json::from_slice::<Added>(body) {
        Ok(added) => added.success_count + added.pending_count > 0,
        Err(_) => body.trim_ascii() != b"Fails.",
    };
    match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some("it is no torrent".to_owned()),
        StatusCode::CONFLICT => Some(NOT_TAKEN.to_owned()),
        status if !status.is_success() => Some(format!("status {}", status.as_u16())),
        _ if !is_taken => Some(NOT_TAKEN.to_owned()),
        _ => None,
    }
}
