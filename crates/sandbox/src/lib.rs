//! One sandbox for every foreign program: what decodes strangers' bytes runs here and nowhere else.
//!
//! Knows no files, users or tasks of ours. A job is done by three processes, all of one binary:
//!
//! 1. The server hands [`Sandbox::run`] a [`Job`] and starts the binary anew as a *worker*.
//! 2. The worker ([`work`]) watches: time, memory, the scratch folder, and whether the server still
//!    wants the answer. It is trusted, reads no strangers' bytes, and ends when nothing of the job lives.
//! 3. Its child confines itself, in order: session, scratch folder, user, capabilities, landlock,
//!    limits, seccomp. Then it becomes the program.
//!
//! What holds whatever the program does:
//!
//! - It has three descriptors: its input, its output, and a pipe for complaints.
//! - It reads what the job names, writes to its scratch folder, and has no network.
//! - It reaches no process but its own, and leaves none behind.
//! - It costs no more time, memory, disk, processes or output than the job says.
//!
//! A kernel without landlock or seccomp does without them: [`Confinement`] tells, and the log once.

mod confine;
mod filter;
mod job;
mod landlock;
mod limits;
mod run;
mod scratch;
mod spec;
mod usage;
mod watch;
mod worker;

pub use job::{Finished, Job, Limits, OutputTo, SandboxError};
pub use run::{Sandbox, SandboxConfig};
pub use spec::{COMMAND, Confinement};
pub use worker::work;
