//! What was seen of jobs with many files or pieces: to ask for all of them each time would cost more
//! than what they are asked for.

use crate::{FileStatus, State, Status};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// From so many on a job is asked for its files and pieces now and then only.
const MANY_FILES: usize = 20;
const MANY_PIECES: i64 = 8_192;
const NOW_AND_THEN: Duration = Duration::from_secs(30);
/// Jobs that are remembered.
const MOST: usize = 1_000;

#[derive(Debug)]
struct Look {
    at: Instant,
    total: i64,
    name: String,
    files: Vec<FileStatus>,
    pieces: String,
}

/// By gid. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks(Arc<Mutex<HashMap<String, Look>>>);

impl Looks {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something is known that may do.
    pub fn has(&self, gid: &str) -> bool {
        let all = self.all();
        all.get(gid)
            .is_some_and(|look| look.at.elapsed() < NOW_AND_THEN)
    }

    /// Completes what was asked for in short; `None`: all of it is to be asked for.
    pub fn complete(&self, gid: &str, short: Status) -> Option<Status> {
        let all = self.all();
        let look = all.get(gid)?;
        let is_same = short.state == State::Downloading && short.total == look.total;
        is_same.then(|| Status {
            name: look.name.clone(),
            files: look.files.clone(),
            pieces: look.pieces.clone(),
            ..short
        })
    }

    /// Keeps what was seen of a job that it is worth for.
    pub fn keep(&self, gid: &str, seen: &Status) {
        let mut all = self.all();
        let is_long = seen.files.len() > MANY_FILES || seen.num_pieces > MANY_PIECES;
        if !is_long || seen.state != State::Downloading {
            all.remove(gid);
            return;
        }
        if all.len() >= MOST {
            all.clear();
        }
        let look = Look {
            at: Instant::now(),
            total: seen.total,
            name: seen.name.clone(),
            files: seen.files.clone(),
            pieces: seen.pieces.clone(),
        };
        all.insert(gid.to_owned(), look);
    }

    /// Its files are other ones now.
    pub fn forget(&self, gid: &str) {
        self.all().remove(gid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: usize, state: State) -> Status {
        Status {
            state,
            total: 9,
            files: vec![FileStatus::default(); files],
            ..Status::default()
        }
    }

    #[test]
    fn files_of_long_jobs_are_asked_for_now_and_then() {
        let looks = Looks::default();
        looks.keep("few", &seen(20, State::Downloading));
        assert!(!looks.has("few"));
        looks.keep("many", &seen(21, State::Downloading));
        assert!(looks.has("many"));
        let short = || Status {
            downloaded: 4,
            ..seen(0, State::Downloading)
        };
        let whole = looks.complete("many", short());
        assert_eq!(
            whole.map(|whole| (whole.files.len(), whole.downloaded)),
            Some((21, 4))
        );
        // What it is about has changed, or it has come to its end.
        let other = Status {
            total: 10,
            ..short()
        };
        assert_eq!(looks.complete("many", other), None);
        assert_eq!(looks.complete("many", seen(0, State::Completed)), None);
        looks.forget("many");
        assert_eq!(looks.complete("many", short()), None);
        looks.keep("many", &seen(21, State::Completed));
        assert!(!looks.has("many"));
    }
}
