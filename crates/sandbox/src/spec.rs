//! What the processes of a job tell each other.

use crate::Limits;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::path::PathBuf;

/// The word with which a worker is started, before its order.
pub const COMMAND: &str = "worker";

/// The argument of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Watch over a job.
    Watch(Spec),
    /// Confine yourself and do it; end with the process of this id.
    Confine(Spec, i32),
}

/// A job, but for its descriptors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    pub task: Task,
    pub limits: Limits,
    pub readable: Vec<PathBuf>,
    pub scratch: Option<Scratch>,
    /// The user and group to become.
    pub user: Option<u32>,
}

/// What a confined process does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// Becomes a program.
    Program {
        program: PathBuf,
        args: Vec<String>,
        env: Vec<(String, String)>,
    },
    /// Nothing: it only tells what is in force.
    Probe,
}

/// A folder that exists as long as the job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scratch {
    pub path: PathBuf,
    pub max_bytes: u64,
}

/// What the confined process says on its standard error before it becomes the program: one line,
/// and another one if it does not become it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    Confined(Confinement),
    NotFound,
    NotStarted(String),
}

/// Status of a process that did not become the program.
pub const NOT_STARTED: i32 = 125;

/// What confines a program on this machine, apart from limits, which every kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Version of landlock's interface. From 4 on it refuses TCP, from 6 on signals.
    pub landlock: Option<i32>,
    /// System calls are filtered: no network, no other processes, no changes to files' modes.
    pub seccomp: bool,
    /// The user it runs as, if not the server's.
    pub user: Option<u32>,
}

impl Display for Confinement {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.landlock {
            Some(version) => write!(to, "landlock {version}, ")?,
            None => write!(to, "no landlock, ")?,
        }
        to.write_str(if self.seccomp {
            "seccomp, "
        } else {
            "no seccomp, "
        })?;
        match self.user {
            Some(user) => write!(to, "user {user}"),
            None => write!(to, "the server's user"),
        }
    }
}

/// What the worker says on its standard error at the end.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// Nothing if it did not come so far.
    pub confinement: Option<Confinement>,
    pub end: End,
    pub stderr_tail: String,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    Exited(i32),
    Signalled(i32),
    Deadline,
    Memory,
    Processes,
    Scratch,
    NotFound,
    NotStarted(String),
    /// Nobody waits for it any more.
    Cancelled,
}
