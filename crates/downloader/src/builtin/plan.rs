//! What is written down of a job: enough to go on with it in another process.

use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::Path;

/// Beside the content.
const FILE: &str = "job.json";

/// A piece of the file: all before `at` is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub start: u64,
    pub at: u64,
    pub end: u64,
    /// Some worker fetches it just now.
    #[serde(skip)]
    pub taken: bool,
}

impl Segment {
    pub fn left(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }
}

/// A job, and how far it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub url: String,
    pub most_bytes: u64,
    /// What the file is called; empty: nobody asked yet.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub total: Option<u64>,
    /// What tells this content from another one at the same address. Without it nothing can be gone
    /// on with.
    #[serde(default)]
    pub validator: Option<String>,
    #[serde(default)]
    pub segments: Vec<Segment>,
    #[serde(default)]
    pub complete: bool,
    /// Bytes of an answer that cannot be gone on with.
    #[serde(skip)]
    pub received: u64,
}

impl Plan {
    pub fn new(url: String, most_bytes: u64) -> Self {
        Self {
            url,
            most_bytes,
            name: String::new(),
            total: None,
            validator: None,
            segments: Vec::new(),
            complete: false,
            received: 0,
        }
    }

    /// Reads what was written down in a folder.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let text = match std::fs::read(folder.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Whole or not at all.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let temporary = folder.join("job.json.new");
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        std::fs::rename(temporary, folder.join(FILE))
    }

    /// Forgets all that came.
    pub fn begin_anew(&mut self) {
        *self = Self {
            name: std::mem::take(&mut self.name),
            ..Self::new(std::mem::take(&mut self.url), self.most_bytes)
        };
    }

    /// Bytes that came.
    pub fn done(&self) -> u64 {
        let done = |segment: &Segment| segment.at - segment.start;
        self.segments.iter().map(done).sum::<u64>() + self.received
    }

    /// Where to go on, if that is possible: from where to where.
    pub fn gap(&self) -> Option<(u64, u64)> {
        self.validator.as_ref()?;
        let open = self.segments.iter().find(|segment| segment.left() > 0);
        open.map(|segment| (segment.at, segment.end))
    }

    /// A piece that nobody fetches, or half of the longest that somebody else does.
    pub fn take(&mut self, least_split: u64) -> Option<usize> {
        let is_free = |segment: &Segment| !segment.taken && segment.left() > 0;
        let found = self.segments.iter().position(is_free).or_else(|| {
            let mut longest = self
                .segments
                .iter_mut()
                .max_by_key(|segment| segment.left());
            let longest = longest.take_if(|segment| segment.left() >= 2 * least_split)?;
            let (start, end) = (longest.at + longest.left() / 2, longest.end);
            longest.end = start;
            self.segments.push(Segment {
                start,
                at: start,
                end,
                taken: false,
            });
            Some(self.segments.len() - 1)
        })?;
        self.segments[found].taken = true;
        Some(found)
    }

    pub fn is_whole(&self) -> bool {
        self.segments.iter().all(|segment| segment.left() == 0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pieces_are_split_until_they_are_short_and_cover_all() {
        let mut plan = Plan::new("http://a/".to_owned(), 1 << 30);
        plan.validator = Some("\"v\"".to_owned());
        plan.segments = vec![Segment {
            start: 0,
            at: 0,
            end: 100,
            taken: false,
        }];
        let mut taken = Vec::new();
        while let Some(segment) = plan.take(20) {
            taken.push(segment);
        }
        assert_eq!(taken, [0, 1, 2, 3]);
        let mut ranges: Vec<_> = plan.segments.iter().map(|s| (s.start, s.end)).collect();
        ranges.sort_unstable();
        assert_eq!(ranges, [(0, 25), (25, 50), (50, 75), (75, 100)]);
        plan.segments[1].at += 7;
        let folder = tempfile::tempdir().unwrap();
        assert!(Plan::read(folder.path()).unwrap().is_none());
        plan.write(folder.path()).unwrap();
        let mut again = Plan::read(folder.path()).unwrap().unwrap();
        assert_eq!((again.done(), again.gap()), (7, Some((0, 25))));
        assert!(again.segments.iter().all(|segment| !segment.taken));
        again.begin_anew();
        assert_eq!((again.done(), again.gap()), (0, None));
    }
}
