//! How many hands work on which tasks.

use std::time::Duration;

use super::values::Rows;

#[derive(Clone, Debug, PartialEq)]
pub struct QueuesSettings {
    pub media_meta: QueueSettings,
    pub thumb: QueueSettings,
    pub recycle: QueueSettings,
    pub io_intense: QueueSettings,
    pub remote_download: QueueSettings,
    /// Work done for a master.
    pub slave: QueueSettings,
}

#[derive(Clone, Debug, PartialEq)]
pub struct QueueSettings {
    /// At least one.
    pub workers: usize,
    /// A task running longer is stopped.
    pub max_execution: Duration,
    /// By which the delay grows from one retry to the next; at least 1.
    pub backoff_factor: f64,
    pub backoff_max: Duration,
    pub max_retries: u32,
    /// Before the first retry.
    pub retry_delay: Duration,
}

impl QueuesSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            media_meta: QueueSettings::read(rows, "media_meta"),
            thumb: QueueSettings::read(rows, "thumb"),
            recycle: QueueSettings::read(rows, "recycle"),
            io_intense: QueueSettings::read(rows, "io_intense"),
            remote_download: QueueSettings::read(rows, "remote_download"),
            slave: QueueSettings::read(rows, "slave"),
        }
    }

    /// By the id used in the keys of the rows.
    pub fn get(&self, id: &str) -> Option<&QueueSettings> {
        match id {
            "media_meta" => Some(&self.media_meta),
            "thumb" => Some(&self.thumb),
            "recycle" => Some(&self.recycle),
            "io_intense" => Some(&self.io_intense),
            "remote_download" => Some(&self.remote_download),
            "slave" => Some(&self.slave),
            _ => None,
        }
    }
}

impl QueueSettings {
    fn read(rows: &Rows<'_>, id: &str) -> Self {
        let key = |field: &str| format!("queue_{id}_{field}");
        Self {
            workers: rows.positive(&key("worker_num")),
            max_execution: rows.positive_secs(&key("max_execution")),
            backoff_factor: rows.parsed(&key("backoff_factor"), |text| {
                text.trim()
                    .parse()
                    .ok()
                    .filter(|factor: &f64| factor.is_finite() && *factor >= 1.0)
            }),
            backoff_max: rows.secs(&key("backoff_max_duration")),
            max_retries: rows.number(&key("max_retry")),
            retry_delay: rows.secs(&key("retry_delay")),
        }
    }
}
