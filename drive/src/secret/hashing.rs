//! Threads that hash passwords and do nothing else.
//!
//! They have a lower priority than all others: hashing takes what processor time is left, so
//! however many people sign in, those who work are answered as before.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Work = Box<dyn FnOnce() + Send>;

/// How far they step back (`nice`), where a thread can.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Ends when the last clone is dropped.
#[derive(Clone)]
pub(super) struct HashingThreads {
    work: Sender<Work>,
}

impl HashingThreads {
    /// Starts so many.
    pub fn start(count: usize) -> Self {
        let (work, waiting) = channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..count {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new().name("hashing".to_owned());
            thread
                .spawn(move || work_through(&waiting))
                .expect("a process can have one more thread when it starts");
        }
        Self { work }
    }

    /// Does this when its turn comes; work that panics is dropped.
    pub fn run(&self, work: Work) {
        // The threads end only when this sender is gone.
        let _ = self.work.send(work);
    }
}

fn work_through(waiting: &Mutex<Receiver<Work>>) {
    step_back();
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = next else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("hashing a password panicked");
        }
    }
}

/// On Linux a priority belongs to a thread, elsewhere to the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "hashing keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_costs_its_own_work_only() {
        let threads = HashingThreads::start(1);
        threads.run(Box::new(|| panic!("on purpose")));
        let (done, result) = channel();
        threads.run(Box::new(move || {
            done.send(thread::current().name().map(str::to_owned))
                .unwrap();
        }));
        assert_eq!(result.recv().unwrap().as_deref(), Some("hashing"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_these_threads_step_back() {
        let (done, result) = channel();
        HashingThreads::start(1).run(Box::new(move || {
            done.send(rustix::process::getpriority_process(None))
                .unwrap();
        }));
        let here = rustix::process::getpriority_process(None).unwrap();
        assert!(result.recv().unwrap().unwrap() > here);
    }
}
