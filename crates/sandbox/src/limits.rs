//! Limits that the kernel keeps for each process.

use crate::Limits;
use rustix::io::Result;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;

/// Threads that the server may start meanwhile, where the program has its user: the kernel counts
/// those of a user, not of a job. The watcher counts exactly.
const SLACK: u64 = 64;

/// Limits this process and all that come from it, beside so many tasks of others.
pub fn set(limits: &Limits, others: u64) -> Result<()> {
    let cpu = limits.cpu.as_secs().max(1);
    // A second later the signal cannot be ignored any more.
    lower(Resource::Cpu, cpu, cpu + 1)?;
    let all = [
        (Resource::Fsize, limits.file_size),
        (Resource::Nofile, limits.descriptors),
        (Resource::Nproc, others + limits.processes),
        (Resource::Core, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Rtprio, 0),
        (Resource::Nice, 0),
        // Last: this process needs some itself.
        (Resource::As, limits.address_space),
    ];
    for (resource, most) in all {
        lower(resource, most, most)?;
    }
    Ok(())
}

/// Never raises: without privileges that is refused.
fn lower(resource: Resource, soft: u64, hard: u64) -> Result<()> {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let limit = Rlimit {
        current: Some(soft.min(most)),
        maximum: Some(hard.min(most)),
    };
    setrlimit(resource, limit)
}

/// Processes and threads of the user that this process runs as, and those that the server may add if
/// it is that user. To be asked while `/proc` can be read.
pub fn tasks_of_user(own_user: bool) -> u64 {
    let slack = if own_user { 0 } else { SLACK };
    let me = rustix::process::getuid().as_raw().to_string();
    let Ok(processes) = fs::read_dir("/proc") else {
        return slack;
    };
    let statuses = processes
        .flatten()
        .filter_map(|process| fs::read_to_string(process.path().join("status")).ok());
    let tasks = statuses
        .filter(|status| field(status, "Uid:") == Some(&me))
        .filter_map(|status| field(&status, "Threads:")?.parse::<u64>().ok());
    tasks.sum::<u64>() + slack
}

/// The first word of a line of `/proc/<pid>/status`.
pub fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()
}
