//! Whether what is to be fetched may come into the drive, as soon as it is known what that is.

use super::reason::{Reason, failure};
use super::state::Downloading;
use super::work::{RemoteDownload, destination, target, wanted};
use downloader::Status;
use site::limits::DOWNLOADED_FILES;
use site::task::{Run, TaskError};

/// Files whose rules are looked at before they are fetched: those of the others, when they come.
const LOOKED_AT: usize = 100;

impl RemoteDownload {
    /// Whether what is wanted may come into the drive.
    pub(super) async fn check(
        &self,
        run: &Run,
        state: &Downloading,
        status: &Status,
    ) -> Result<(), TaskError> {
        let fail = |why: String| Err(TaskError::Fail(why.into()));
        if status.files.len() > DOWNLOADED_FILES {
            return fail(format!("it has more than {DOWNLOADED_FILES} files"));
        }
        let bytes: i64 = wanted(status).map(|file| file.size.max(0)).sum();
        let count = wanted(status).count();
        if count == 0 {
            return fail("none of its files is chosen".to_owned());
        }
        let (actor, dst) = (run.actor()?, destination(&state.dst)?);
        let room = self.uploads.room_in(actor, &dst).await.map_err(failure)?;
        if u64::try_from(bytes).unwrap_or(0) > room {
            return fail(format!("{}: {bytes} bytes", Reason::Quota.sentence()));
        }
        let mut refused = 0;
        let mut first = None;
        for file in wanted(status).take(LOOKED_AT) {
            let uri = target(&dst, &file.name);
            let size = u64::try_from(file.size).unwrap_or(0);
            match self.uploads.may_bring(actor, &uri, size).await {
                Ok(()) => return Ok(()),
                Err(error) => match Reason::of(&error) {
                    Some(reason) => {
                        refused += 1;
                        first.get_or_insert((file.name.clone(), reason));
                    }
                    None => return Err(TaskError::Retry(error.into())),
                },
            }
        }
        match first {
            Some((name, reason)) if refused == count => {
                fail(format!("{name}: {}", reason.sentence()))
            }
            _ => Ok(()),
        }
    }
}
