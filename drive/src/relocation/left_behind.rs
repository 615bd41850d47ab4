//! What a move leaves where it was: links that were given out lead there until they have run out.

use chrono::{DateTime, SecondsFormat};
use entity::{PolicyId, Timestamp, blob, storage_policy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Bytes that a storage keeps for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Left {
    policy: PolicyId,
    /// Its name when that was written: the policy may be deleted before anybody reads it.
    name: String,
    bytes: i64,
    /// When the last of them may go.
    until: Timestamp,
}

impl Left {
    /// `None`: what was taken over without being owned stays for ever, for nobody's links.
    pub fn of(old: &blob::Model, from: &storage_policy::Model, until: Timestamp) -> Option<Self> {
        (!old.props.unlink_only).then(|| Self {
            policy: from.id,
            name: from.name.clone(),
            bytes: old.size_bytes,
            until,
        })
    }

    fn told(&self) -> Value {
        let until = DateTime::from_timestamp_micros(self.until.0);
        let until = until.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
        json!({ "policy": self.name, "bytes": self.bytes, "until": until })
    }
}

/// One entry a storage.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct LeftBehind(Vec<Left>);

impl LeftBehind {
    /// Adds what one more blob left. What may have gone by now is not counted any more.
    pub fn extend(&mut self, left: Option<Left>, now: Timestamp) {
        let Some(left) = left else { return };
        match self.0.iter_mut().find(|one| one.policy == left.policy) {
            Some(one) if one.until > now => {
                one.bytes = one.bytes.saturating_add(left.bytes);
                one.until = one.until.max(left.until);
            }
            Some(one) => *one = left,
            None => self.0.push(left),
        }
    }

    /// For clients.
    pub fn told(&self) -> Value {
        self.0.iter().map(Left::told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(policy: i64, bytes: i64, until: i64) -> Left {
        Left {
            policy: PolicyId(policy),
            name: format!("Disk {policy}"),
            bytes,
            until: Timestamp(until * 1_000_000),
        }
    }

    #[test]
    fn it_is_counted_by_storage_until_it_may_go() {
        let mut behind = LeftBehind::default();
        behind.extend(Some(left(1, 5, 60)), Timestamp(0));
        behind.extend(Some(left(2, 7, 60)), Timestamp(0));
        behind.extend(Some(left(1, 6, 90)), Timestamp(30_000_000));
        behind.extend(None, Timestamp(30_000_000));
        behind.extend(Some(left(2, 8, 150)), Timestamp(70_000_000));
        let told = json!([
            { "policy": "Disk 1", "bytes": 11, "until": "1970-01-01T00:01:30Z" },
            { "policy": "Disk 2", "bytes": 8, "until": "1970-01-01T00:02:30Z" },
        ]);
        assert_eq!(behind.told(), told);
    }
}
