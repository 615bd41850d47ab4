//! Folders and empty files wait until some content was read to its end. Whether the password of an
//! archive is right shows only then, and of one that is wrong nothing is to stay.

use super::{Body, Filling, Stop};
use crate::extract::placing::left_out;
use crate::extract::state::Report;
use archive::read::Entry;
use futures_util::StreamExt as _;
use std::time::{Duration, Instant};
use wire::FileName;

/// Folders that are made in one change.
const FOLDERS: usize = 200;
/// What may wait for the first content, in bytes of memory: names, and what else is known of entries.
/// All of it is made in one go then.
const MOST_BYTES: usize = 512 << 10;
const ENTRY_BYTES: usize = 64;
/// How much longer a step goes on for it.
const LONGER: Duration = Duration::from_secs(30);

/// What has no content, in the order of the archive.
pub(super) struct Waiting {
    entries: Vec<Entry>,
    bytes: usize,
    has_read: bool,
    /// What was told before the first of them.
    before: Option<Report>,
}

impl Waiting {
    /// After so many bytes of content.
    pub fn behind(seen_bytes: u64) -> Self {
        Self {
            entries: Vec::new(),
            bytes: 0,
            has_read: seen_bytes > 0,
            before: None,
        }
    }

    /// Nothing has to wait.
    pub const fn has_read(&self) -> bool {
        self.has_read
    }

    /// Nothing of it is made. Answers what was told before, if anything waited.
    pub fn give_up(&mut self) -> Option<Report> {
        self.entries.clear();
        self.bytes = 0;
        self.before.take()
    }

    /// When a step ends that was to end at a time: what waits would not wait any more.
    pub fn until(&self, time: Instant) -> Instant {
        if self.has_read || self.entries.is_empty() {
            time
        } else {
            time + LONGER
        }
    }

    /// Content was read; answers whether it is the first.
    pub fn is_over(&mut self) -> bool {
        !std::mem::replace(&mut self.has_read, true)
    }

    fn push(&mut self, entry: Entry) {
        self.bytes += entry.name.len() + ENTRY_BYTES;
        self.entries.push(entry);
    }

    fn is_full(&self) -> bool {
        if self.has_read {
            self.entries.len() >= FOLDERS
        } else {
            self.bytes >= MOST_BYTES
        }
    }

    /// Folders, and files. Those that come now have nothing to wait for.
    fn take(&mut self) -> (Vec<Entry>, Vec<Entry>) {
        self.bytes = 0;
        self.before = None;
        self.has_read = true;
        let entries = std::mem::take(&mut self.entries);
        entries.into_iter().partition(|entry| entry.is_folder)
    }
}

impl Filling<'_> {
    /// Has something without content wait.
    pub(super) async fn wait(&mut self, entry: Entry) -> Result<(), Stop> {
        if !entry.is_folder {
            self.paths.insert(entry.name.clone());
        }
        if self.waiting.before.is_none() {
            self.waiting.before = Some(self.state.report.clone());
        }
        self.waiting.push(entry);
        if self.waiting.is_full() {
            self.release().await?;
        }
        Ok(())
    }

    /// Nothing waits any more.
    pub(super) async fn release(&mut self) -> Result<(), Stop> {
        let (folders, files) = self.waiting.take();
        for some in folders.chunks(FOLDERS) {
            self.make_folders(some).await?;
        }
        for file in files {
            while self.on_the_way.len() >= self.side_by_side
                && let Some(outcome) = self.on_the_way.next().await
            {
                self.settle(outcome)?;
            }
            self.begin(file, Body::Whole(Vec::new()));
        }
        Ok(())
    }

    async fn make_folders(&mut self, folders: &[Entry]) -> Result<(), Stop> {
        let mut paths = Vec::with_capacity(folders.len());
        let mut named = Vec::with_capacity(folders.len());
        for folder in folders {
            let names: Result<Vec<_>, _> = folder.name.split('/').map(FileName::new).collect();
            match names {
                Ok(names) => {
                    paths.push(names.into_iter().map(String::from).collect());
                    named.push(&folder.name);
                }
                Err(_) => self.state.report.leave_out(&folder.name, "bad_name"),
            }
        }
        if !paths.is_empty() {
            let (actor, dst) = (&self.placer.actor, &self.placer.dst);
            let made = self.tree.make_folders(actor, dst, &paths).await?;
            for (name, made) in named.into_iter().zip(made) {
                if let Err(error) = made {
                    let reason = left_out(error)?;
                    self.state.report.leave_out(name, reason);
                }
            }
        }
        for folder in folders {
            self.begun.remove(&folder.number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, is_folder: bool) -> Entry {
        Entry {
            number,
            name: number.to_string(),
            is_folder,
            size_bytes: None,
            modified: None,
            is_encrypted: false,
            left_out: None,
        }
    }

    #[test]
    fn before_the_first_content_more_may_wait_and_longer() {
        let time = Instant::now();
        let mut waiting = Waiting::behind(0);
        assert_eq!(waiting.until(time), time);
        for number in 0..FOLDERS as u64 {
            waiting.push(entry(number, number > 0));
        }
        assert_eq!(waiting.until(time), time + LONGER);
        assert!(!waiting.is_full());
        assert!(waiting.is_over());
        assert!(!waiting.is_over());
        assert!(waiting.is_full());
        assert_eq!(waiting.until(time), time);
        let (folders, files) = waiting.take();
        assert_eq!((folders.len(), files.len()), (FOLDERS - 1, 1));
        assert!(!waiting.is_full());
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut waiting = Waiting::behind(0);
        let mut number = 0;
        while !waiting.is_full() {
            number += 1;
            waiting.push(entry(number, true));
        }
        assert!(number < 100_000, "{number}");
        assert!(!Waiting::behind(1).is_over());
    }
}
