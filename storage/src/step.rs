//! Named steps of changes that a crash may cut in two, so that a test can kill the process at one
//! of them and nowhere else. Only debug builds can be told to.

/// The variable that names the step to die at.
#[cfg(debug_assertions)]
const DIE_AT: &str = "ALCOVE_DIE_AT";

/// Says that a step was reached.
#[cfg(debug_assertions)]
pub fn reached(step: &str) {
    use std::sync::OnceLock;

    static DEADLY: OnceLock<Option<String>> = OnceLock::new();
    let deadly = DEADLY.get_or_init(|| std::env::var(DIE_AT).ok());
    if deadly.as_deref() == Some(step) {
        // As `kill -9`: nothing is flushed, dropped or answered.
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// Says that a step was reached.
#[cfg(not(debug_assertions))]
pub fn reached(_step: &str) {}
