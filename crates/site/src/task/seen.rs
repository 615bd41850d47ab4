//! A task as people see it.

use super::public_state::PublicState;
use super::{Progress, TaskState};
use entity::{NodeId, TaskId, Timestamp, UserId, node};
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;
use store::tasks::Seen;

/// The lists in which people find their tasks. The names are stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// What is done with files that are there.
    General,
    /// What is fetched from elsewhere.
    Download,
}

impl Category {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Download => "download",
        }
    }
}

/// What a task is about (V4 API, task summary).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Empty: it has not come to one yet.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phase: String,
    /// By keys that clients know for this kind.
    #[serde(default)]
    pub props: Map<String, Value>,
}

impl Summary {
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskInfo {
    pub id: TaskId,
    pub kind: String,
    pub state: TaskState,
    /// `None`: the system's own.
    pub owner: Option<UserId>,
    pub summary: Option<Summary>,
    /// The last error, if it ended in one.
    pub error: Option<String>,
    /// Errors of tries before, oldest first.
    pub error_history: Vec<String>,
    /// Run time of all steps so far, with the one that goes on.
    pub duration: Duration,
    /// When it was, or is, to go on after it waited for something.
    pub resume_at: Option<Timestamp>,
    pub retries: i64,
    /// Its last step failed, and is tried again.
    pub is_failing: bool,
    /// Which node works on it.
    pub node_id: Option<NodeId>,
    /// The same, if that one is active.
    pub node: Option<Node>,
    /// Of the request that caused it.
    pub correlation: Option<String>,
    pub created_at: Timestamp,
    /// When it was begun anew, if it was.
    pub begun_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub(super) progress: BTreeMap<String, Progress>,
}

/// A node as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    pub name: String,
    /// `master` or `slave`.
    pub kind: String,
    /// Bit set, little-endian bytes.
    pub capabilities: Vec<u8>,
}

impl From<&node::Model> for Node {
    fn from(row: &node::Model) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            kind: row.kind.clone(),
            capabilities: row.capabilities.clone(),
        }
    }
}

impl TaskInfo {
    /// What a row says now, with the nodes that may be named.
    pub fn of(row: Seen, nodes: &[node::Model], now: Timestamp) -> Self {
        let public = PublicState::parse(&row.public_state);
        let duration = public.executed() + since_written(&row, now);
        let summary = row.summary.as_deref();
        let error = row.error.filter(|error| !error.is_empty());
        let history = public.error_history.iter();
        Self {
            id: row.id,
            state: row.state,
            kind: row.kind,
            owner: row.owner_id,
            summary: summary.and_then(|text| serde_json::from_str(text).ok()),
            error: error.map(|error| without_signatures(&error)),
            error_history: history.map(|error| without_signatures(error)).collect(),
            duration,
            resume_at: Some(row.resume_at).filter(|at| *at > row.created_at),
            retries: row.retries,
            is_failing: public.is_failing && row.state.is_active(),
            node_id: row.node_id,
            correlation: row.correlation_id,
            node: nodes
                .iter()
                .find(|node| Some(node.id) == row.node_id)
                .map(Node::from),
            created_at: row.created_at,
            begun_at: public.begun_at.map(Timestamp),
            updated_at: row.updated_at,
            progress: super::progress::parts(row.progress.as_deref()),
        }
    }
}

/// How long somebody has worked on it since that was written last.
fn since_written(row: &Seen, now: Timestamp) -> Duration {
    let micros = now.0.saturating_sub(row.updated_at.0);
    match (row.state, u64::try_from(micros)) {
        (TaskState::Processing, Ok(micros)) => Duration::from_micros(micros),
        _ => Duration::ZERO,
    }
}

/// Errors quote URLs, and whoever has a signed one can open it.
/// Without names and passwords in addresses, which programs of others like to repeat.
pub fn without_logins(text: &str) -> String {
    static LOGIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)\b((?:https?|ftps?|sftp|udp|wss?)://)[^/\s"'?#]*@"#)
            .expect("the expression is right")
    });
    LOGIN.replace_all(text, "${1}***@").into_owned()
}

fn without_signatures(error: &str) -> String {
    static SIGNATURE: LazyLock<Regex> = LazyLock::new(|| {
        let names = "sign|sig|token|signature|x-[a-z]+-(?:signature|credential|security-token)";
        Regex::new(&format!(r#"(?i)([?&](?:{names})=)[^&\s"'<>)]+"#))
            .expect("the expression is right")
    });
    SIGNATURE.replace_all(error, "${1}REDACTED").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_do_not_tell_logins() {
        for (told, expected) in [
            (
                "cannot ask ftp://me:p@ss:w0rd@a.example:21/x@y, or HTTP://token@b/",
                "cannot ask ftp://***@a.example:21/x@y, or HTTP://***@b/",
            ),
            (
                "http://a/?mail=me@b and https://c#d@e",
                "http://a/?mail=me@b and https://c#d@e",
            ),
            ("cloudreve://my/a@b", "cloudreve://my/a@b"),
        ] {
            assert_eq!(without_logins(told), expected);
        }
    }

    #[test]
    fn errors_do_not_tell_signatures() {
        let error = r#"GET "https://a.example/f?x=1&sign=abc%3A99&y=2": 404, http://b/?sign=q:0"#;
        assert_eq!(
            without_signatures(error),
            r#"GET "https://a.example/f?x=1&sign=REDACTED&y=2": 404, http://b/?sign=REDACTED"#
        );
        assert_eq!(
            without_signatures("https://b/?X-Amz-Signature=1f&Signature=a%2B&sig=b&part=1"),
            "https://b/?X-Amz-Signature=REDACTED&Signature=REDACTED&sig=REDACTED&part=1"
        );
        assert_eq!(without_signatures("no sign=here"), "no sign=here");
    }
}
