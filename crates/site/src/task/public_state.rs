//! The part of a task's row that its owner may see.

use entity::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// Errors kept; a task that is retried for days must not grow.
const HISTORY: usize = 20;

/// Written by workers; keys of others stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PublicState {
    /// One line a retry, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub error_history: Vec<String>,
    /// Run time of all steps so far, nanoseconds.
    #[serde(default)]
    pub executed_duration: u64,
    /// When it was begun anew, if it was: microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<i64>,
    /// Its last step failed, and is tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_failing: bool,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl PublicState {
    /// Reads a row; damaged text counts as empty.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    pub fn executed(&self) -> Duration {
        Duration::from_nanos(self.executed_duration)
    }

    pub fn ran_for(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.executed_duration = self.executed_duration.saturating_add(nanos);
    }

    /// For a task that is begun anew.
    pub fn begin_again(&mut self, now: Timestamp) {
        self.executed_duration = 0;
        self.begun_at = Some(now.0);
        self.is_failing = false;
    }

    pub fn remember_error(&mut self, error: String) {
        if self.error_history.len() >= HISTORY {
            self.error_history.remove(0);
        }
        self.error_history.push(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_others_survive_and_history_stays_short() {
        let mut state = PublicState::parse(r#"{"slave_task_props":{"node_id":3}}"#);
        for n in 0..50 {
            state.remember_error(n.to_string());
        }
        state.ran_for(Duration::from_secs(2));
        let again = PublicState::parse(&state.to_text());
        assert_eq!(again, state);
        assert_eq!(again.rest["slave_task_props"]["node_id"], 3);
        assert_eq!(again.error_history.len(), HISTORY);
        assert_eq!(again.error_history.last().map(String::as_str), Some("49"));
    }

    #[test]
    fn damaged_text_counts_as_empty() {
        assert_eq!(PublicState::parse("{"), PublicState::default());
    }
}
