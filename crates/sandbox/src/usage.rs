//! What the processes of a job hold right now.

use crate::limits::field;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

/// All processes together.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in memory, files that are mapped not counted.
    pub memory: u64,
    /// Processes and threads.
    pub tasks: u64,
    /// Bytes of files that have no name any more.
    pub nameless: u64,
}

/// The processes that come from this one and live: children, theirs, and orphans of those.
pub fn descendants() -> Vec<u32> {
    let mut found = Vec::new();
    let mut next = vec![std::process::id()];
    while let Some(parent) = next.pop() {
        for child in children(parent) {
            found.push(child);
            next.push(child);
        }
    }
    found
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{parent}/task")) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            let ids = list.split_whitespace().filter_map(|id| id.parse().ok());
            ids.collect::<Vec<_>>()
        })
        .collect()
}

/// A file, whatever its name.
type FileKey = (u64, u64);

/// Adds up what they hold. What has just ended counts nothing.
pub fn of(processes: &[u32]) -> Usage {
    let mut usage = Usage::default();
    // What the server handed in may have no name either; this process holds it as well.
    let mut counted: HashSet<_> = nameless("self").map(|(file, _)| file).collect();
    for process in processes {
        let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
            continue;
        };
        let number = |name| field(&status, name)?.parse::<u64>().ok();
        let kib = |name| number(name).unwrap_or(0);
        usage.memory += (kib("RssAnon:") + kib("RssShmem:") + kib("VmSwap:")) * 1024;
        usage.tasks += number("Threads:").unwrap_or(0);
        let files = nameless(&process.to_string());
        usage.nameless += files
            .filter(|(file, _)| counted.insert(*file))
            .map(|(_, bytes)| bytes)
            .sum::<u64>();
    }
    usage
}

/// Files that a process holds open and that no folder shows, with their bytes on the disk.
fn nameless(process: &str) -> impl Iterator<Item = (FileKey, u64)> + use<> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd"));
    descriptors
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|descriptor| fs::metadata(descriptor.path()).ok())
        .filter(|file| file.is_file() && file.nlink() == 0)
        .map(|file| ((file.dev(), file.ino()), file.blocks() * 512))
}
