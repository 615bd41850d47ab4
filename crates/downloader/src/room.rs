//! Room on the disk that files are fetched to.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// So much of a disk stays free: a twentieth, 256 MiB at most.
const MOST_SPARED: u64 = 256 << 20;
/// Entries of a folder that are counted.
const MOST_COUNTED: usize = 50_000;

/// Whether the disk of a folder has room for so many bytes more.
/// # Errors
/// There is no such folder.
pub fn has_room(folder: &Path, bytes: u64) -> io::Result<bool> {
    let disk = rustix::fs::statvfs(folder)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let spared = (disk.f_blocks.saturating_mul(disk.f_frsize) / 20).min(MOST_SPARED);
    Ok(free >= bytes.saturating_add(spared))
}

/// Bytes of the disk that the files in a folder take: not all programs tell of content whose length
/// they do not know.
pub fn taken_by(folder: &Path) -> u64 {
    let (mut open, mut taken, mut counted) = (vec![folder.to_owned()], 0_u64, 0);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            counted += 1;
            if counted > MOST_COUNTED {
                return taken;
            }
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                open.push(entry.path());
            } else {
                taken = taken.saturating_add(metadata.blocks().saturating_mul(512));
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_folder_takes_is_counted_and_links_lead_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/b"), vec![1; 1 << 20]).unwrap();
        std::os::unix::fs::symlink("/usr", folder.path().join("c")).unwrap();
        let taken = taken_by(folder.path());
        assert!(((1 << 20)..(2 << 20)).contains(&taken), "{taken}");
        assert!(has_room(folder.path(), 0).is_ok());
        assert!(!has_room(folder.path(), u64::MAX).unwrap());
    }
}
