//! What to do in the sandbox, within what bounds, and what comes of it.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

/// One run of a foreign program.
#[derive(Debug)]
pub struct Job {
    /// Where it is. It can be executed without being named in `readable`.
    pub program: PathBuf,
    pub args: Vec<String>,
    /// All of its environment. A scratch folder adds `HOME` and `TMPDIR`.
    pub env: Vec<(String, String)>,
    /// Its standard input. The program may do with it what it was opened for.
    pub input: File,
    pub output: OutputTo,
    pub limits: Limits,
    /// Files and folders that it may read and execute, with all that is below them. Those that do
    /// not exist are passed over: systems differ in where libraries are.
    pub readable: Vec<PathBuf>,
    /// Bytes that it may keep in a folder of its own, in which it then starts.
    pub scratch: Option<u64>,
}

/// Where the standard output goes.
#[derive(Debug)]
pub enum OutputTo {
    /// Into this file, up to [`Limits::file_size`].
    File(File),
    /// Into memory, up to this many bytes.
    Bytes(u64),
}

/// What a job may cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes that all processes together hold in memory. Looked at every 20 milliseconds (50 with a scratch folder), so a
    /// burst in between is stopped by `address_space` only.
    pub memory: u64,
    /// Bytes that each process may map, used or not. Programs with many threads map a lot.
    pub address_space: u64,
    /// Processor time of each process, in whole seconds.
    pub cpu: Duration,
    /// Time from its start to its end.
    pub wall: Duration,
    /// Bytes of each file written, the output included.
    pub file_size: u64,
    /// Descriptors of each process.
    pub descriptors: u64,
    /// Processes and threads at a time.
    pub processes: u64,
}

/// A program that ended with success.
#[derive(Debug)]
pub struct Finished {
    /// The end of what it wrote to its standard error.
    pub stderr_tail: String,
    /// What it wrote to its standard output; empty if that went to a file.
    pub output: Vec<u8>,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("there is no program {}", .0.display())]
    NotFound(PathBuf),
    /// Neither the program's fault nor the input's.
    #[error("the sandbox cannot start a program: {0}")]
    Spawn(String),
    #[error("it took too long")]
    Deadline,
    #[error("it took too much memory")]
    Memory,
    #[error("it started too many processes")]
    Processes,
    #[error("it kept too much in its scratch folder")]
    Scratch,
    #[error("it wrote too much")]
    OutputTooLarge,
    #[error("it was ended by signal {signal}: {stderr_tail}")]
    Crashed { signal: i32, stderr_tail: String },
    #[error("it ended with status {code}: {stderr_tail}")]
    Failed { code: i32, stderr_tail: String },
}
