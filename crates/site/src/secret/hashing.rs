//! Threads that hash passwords and do nothing else.
//!
//! They have a lower priority than all others: hashing takes what processor time is left, so
//! however many people sign in, those who work are answered as before.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use store::priority::step_back;

type Work = Box<dyn FnOnce() + Send>;

/// How much may wait its turn: some seconds' worth. Who comes when there is as much is told so at
/// once, instead of waiting behind everybody else and then giving up.
pub(super) const MAX_WAITING: usize = 128;
/// How long a thread waits for more to do. When it ends, the memory of its runs goes back to the
/// system, if it was free for longer than the second that the allocator keeps it.
const IDLE: Duration = Duration::from_millis(1_500);

/// Starts threads when there is something to do, and ends them some time after.
#[derive(Clone)]
pub(super) struct HashingThreads {
    shared: Arc<Shared>,
}

struct Shared {
    /// How many threads there are at most.
    limit: usize,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    threads: usize,
    idle: usize,
}

impl HashingThreads {
    /// At most so many.
    pub fn new(limit: usize) -> Self {
        let shared = Shared {
            limit,
            state: Mutex::default(),
            arrived: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Does this when its turn comes; work that panics, or for which the process can have no
    /// thread, is dropped. Answers whether there is room for it.
    #[must_use]
    pub fn run(&self, work: Work) -> bool {
        let mut state = self.shared.state();
        if state.waiting.len() >= MAX_WAITING {
            return false;
        }
        state.waiting.push_back(work);
        if state.idle >= state.waiting.len() || state.threads == self.shared.limit {
            self.shared.arrived.notify_one();
            return true;
        }
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name("hashing".to_owned());
        match thread.spawn(move || shared.work_through()) {
            Ok(_) => state.threads += 1,
            Err(error) if state.threads == 0 => {
                tracing::error!(%error, "no thread to hash a password");
                state.waiting.clear();
            }
            Err(_) => {}
        }
        true
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_through(&self) {
        step_back();
        while let Some(work) = self.next() {
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }

    /// Waits for something to do. `None`: this thread is no longer counted, and has to end.
    fn next(&self) -> Option<Work> {
        let mut state = self.state();
        state.idle += 1;
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, IDLE, |state| state.waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        let work = state.waiting.pop_front();
        if work.is_none() {
            state.threads -= 1;
        }
        work
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_panic_costs_its_own_work_only() {
        let threads = HashingThreads::new(1);
        assert!(threads.run(Box::new(|| panic!("on purpose"))));
        let (done, result) = channel();
        assert!(threads.run(Box::new(move || {
            done.send(thread::current().name().map(str::to_owned))
                .unwrap();
        })));
        assert_eq!(result.recv().unwrap().as_deref(), Some("hashing"));
    }

    #[test]
    fn everything_is_done_by_no_more_threads_than_allowed() {
        let threads = HashingThreads::new(2);
        let (done, result) = channel();
        for _ in 0..50 {
            let done = done.clone();
            assert!(threads.run(Box::new(move || done.send(thread::current().id()).unwrap())));
        }
        drop(done);
        let by: Vec<_> = result.iter().collect();
        assert_eq!(by.len(), 50);
        let distinct: std::collections::HashSet<_> = by.into_iter().collect();
        assert!(distinct.len() <= 2);
    }

    #[test]
    fn only_so_much_waits() {
        let threads = HashingThreads::new(1);
        let (begun, has_begun) = channel();
        let (release, wait) = channel::<()>();
        assert!(threads.run(Box::new(move || {
            begun.send(()).unwrap();
            let _ = wait.recv();
        })));
        has_begun.recv().unwrap();
        let (done, result) = channel();
        let work = || {
            let done = done.clone();
            Box::new(move || done.send(()).unwrap())
        };
        for _ in 0..MAX_WAITING {
            assert!(threads.run(work()));
        }
        assert!(!threads.run(work()));
        release.send(()).unwrap();
        for _ in 0..MAX_WAITING {
            result.recv().unwrap();
        }
        assert!(threads.run(work()));
        result.recv().unwrap();
    }

    /// A sandbox may keep priorities to itself; then there is nothing to step back from.
    #[cfg(target_os = "linux")]
    #[test]
    fn only_these_threads_step_back() {
        use rustix::process::getpriority_process;
        use store::priority::linux::try_step_back;
        let here = getpriority_process(None).unwrap();
        let allowed = thread::spawn(|| try_step_back(None).map(|()| getpriority_process(None)));
        let Ok(lower) = allowed.join().unwrap() else {
            return;
        };
        let (done, result) = channel();
        let threads = HashingThreads::new(1);
        assert!(threads.run(Box::new(move || {
            done.send(getpriority_process(None)).unwrap();
        })));
        assert_eq!(result.recv().unwrap(), lower);
        assert_eq!(getpriority_process(None).unwrap(), here, "others stay");
    }
}
