//! Whom to ask first.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long one that failed is asked last, and sent nothing that others can take.
const REST: Duration = Duration::from_secs(30);

/// Whether a storage works, by how it did lately.
#[derive(Debug, Default)]
pub(super) struct Health {
    failed_at: Mutex<Option<Instant>>,
}

impl Health {
    pub fn is_well(&self) -> bool {
        let failed = *self
            .failed_at
            .lock()
            .expect("no code under this lock panics");
        failed.is_none_or(|at| at.elapsed() > REST)
    }

    pub fn failed(&self) {
        self.set(Some(Instant::now()));
    }

    pub fn answered(&self) {
        self.set(None);
    }

    fn set(&self, failed: Option<Instant>) {
        *self
            .failed_at
            .lock()
            .expect("no code under this lock panics") = failed;
    }
}
