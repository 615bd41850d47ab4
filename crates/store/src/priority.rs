//! Threads that leave the processor to others.
//!
//! On Linux a priority belongs to a thread, elsewhere to the whole process, which keeps its own.

/// How far they step back from where the process stands (`nice`), where a thread can.
#[cfg(target_os = "linux")]
const STEP: i32 = 10;
/// The lowest priority there is.
#[cfg(target_os = "linux")]
const NICEST: i32 = 19;

/// Lowers the priority of this thread.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = linux::try_step_back(None) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

/// Lowers the priority of the threads with this name: those that a library started.
#[cfg_attr(
    not(target_os = "linux"),
    expect(unused_variables, reason = "only Linux")
)]
pub fn step_back_named(name: &str) {
    #[cfg(target_os = "linux")]
    if let Err(error) = linux::try_step_back_named(name) {
        tracing::debug!(%error, name, "a thread keeps its priority");
    }
}

#[cfg(target_os = "linux")]
pub mod linux {
    use super::{NICEST, STEP};
    use rustix::process::{Pid, getpriority_process, setpriority_process};
    use std::{fs, io};

    /// `None`: the thread that calls.
    pub fn try_step_back(thread: Option<Pid>) -> io::Result<()> {
        let further = getpriority_process(thread)?.saturating_add(STEP);
        Ok(setpriority_process(thread, further.min(NICEST))?)
    }

    pub fn try_step_back_named(name: &str) -> io::Result<()> {
        for thread in threads_named(name)? {
            try_step_back(Some(thread))?;
        }
        Ok(())
    }

    /// Threads of this process by name; the system keeps no more than 15 bytes of it.
    pub fn threads_named(name: &str) -> io::Result<Vec<Pid>> {
        let mut found = Vec::new();
        for thread in fs::read_dir("/proc/self/task")? {
            let thread = thread?;
            // One that ended meanwhile has no name any more.
            let bears = fs::read_to_string(thread.path().join("comm"));
            if bears.is_ok_and(|bears| bears.trim_end() == name) {
                let number = thread.file_name().to_string_lossy().parse().ok();
                found.extend(number.and_then(Pid::from_raw));
            }
        }
        Ok(found)
    }
}
