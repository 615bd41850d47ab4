//! The files of a server, and whether all is well with them.

use super::TestServer;
use std::path::{Path, PathBuf};

/// The folder in which local storage keeps what is not complete.
const STAGING: &str = ".staging";

impl TestServer {
    /// Files of users' bytes, half-written ones included.
    pub fn stored_files(&self) -> Vec<PathBuf> {
        let mut files = files_below(self.data());
        files.retain(|path| is_in(path, "uploads") || is_in(path, STAGING));
        files
    }

    /// Half-written files.
    pub fn staged_files(&self) -> Vec<PathBuf> {
        staged_below(self.data())
    }

    /// The doctor has nothing to say.
    #[track_caller]
    pub fn assert_healthy(&self) {
        let output = self.run(["doctor", "--hash"]);
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// No upload left anything half-written behind.
    #[track_caller]
    pub fn assert_clean(&self) {
        let staged = self.staged_files();
        assert!(
            staged.is_empty(),
            "half-written files stayed behind: {staged:?}"
        );
    }
}

/// Half-written files of whatever server keeps its data there.
pub fn staged_below(data: &Path) -> Vec<PathBuf> {
    let mut files = files_below(data);
    files.retain(|path| is_in(path, STAGING));
    files
}

fn is_in(path: &Path, folder: &str) -> bool {
    path.components()
        .any(|component| component.as_os_str() == folder)
}

/// Every file below a folder; none if there is no such folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("the data folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}
