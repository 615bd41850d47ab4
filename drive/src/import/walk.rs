//! One page of a folder of the storage: first its files, some at a time, then its folders.

use super::state::Stand;
use std::collections::VecDeque;
use storage::FolderEntry;

/// Entries read at a time. A disk looks through a whole folder for each page of it, so pages are
/// longer than what one change takes over.
pub(super) const PAGE: usize = 2_000;
/// Files taken over by one change: others get their turn in between.
pub(super) const BATCH: usize = 100;

/// What is left to do of a page.
#[derive(Debug)]
pub(super) struct Page {
    /// Names, with the lengths that were listed.
    files: VecDeque<(String, u64)>,
    folders: VecDeque<String>,
    /// The last name; empty where there is none.
    pub last: String,
    pub is_last: bool,
}

impl Page {
    /// Of what was listed behind `stand.after`, what that says is not done yet.
    pub fn of(entries: Vec<FolderEntry>, stand: &Stand, with_folders: bool) -> Self {
        let mut page = Self {
            files: VecDeque::new(),
            folders: VecDeque::new(),
            is_last: entries.len() < PAGE,
            last: String::new(),
        };
        for entry in entries {
            page.last.clone_from(&entry.name);
            match entry.file {
                Some(file) if entry.name > stand.files_to => {
                    page.files.push_back((entry.name, file.size_bytes));
                }
                None if with_folders => page.folders.push_back(entry.name),
                _ => {}
            }
        }
        page
    }

    /// The next files; none: all of them are done.
    pub fn next_files(&mut self) -> Vec<(String, u64)> {
        self.files.drain(..self.files.len().min(BATCH)).collect()
    }

    pub fn next_folder(&mut self) -> Option<String> {
        self.folders.pop_front()
    }
}
