//! Whether what is to be fetched may come into the drive, as soon as it is known what that is.

use super::naming::{Given, number, target};
use super::reason::{Reason, failure};
use super::state::{Assigned, Downloading};
use super::work::{RemoteDownload, wanted};
use downloader::{Status, has_room, taken_by};
use site::limits::{DOWNLOADED_FILES, FILE_BYTES};
use site::task::{Run, TaskError};

/// Files whose rules are looked at before they are fetched: those of the others, when they come.
const LOOKED_AT: usize = 100;
/// All names of a download together: they are in its row, which is written often.
const NAMES_BYTES: usize = 512 << 10;

impl RemoteDownload {
    /// Whether there is room for it still: others fill drive and disk, too, and a server may send
    /// without an end.
    pub(super) async fn check_room(
        &self,
        run: &Run,
        (state, assigned): (&Downloading, &Assigned),
        (status, wanted): (&Status, i64),
    ) -> Result<(), TaskError> {
        let number = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        let (downloaded, mut need) = (number(status.downloaded), number(wanted));
        let folder = assigned.folder.clone();
        let is_open = status.total <= 0;
        let left = need.saturating_sub(downloaded);
        let looked = tokio::task::spawn_blocking(move || {
            let taken = if is_open { taken_by(&folder) } else { 0 };
            // The folder is there as soon as something is fetched.
            (taken, has_room(&folder, left).unwrap_or(true))
        });
        let (taken, has_room) = looked.await?;
        if is_open {
            need = need.max(downloaded).max(taken);
        }
        if !has_room {
            let why = "the disk of the server has no room for this download";
            return Err(TaskError::Fail(why.into()));
        }
        let room = self.uploads.room_in(run.actor()?, &self.dst(state)?).await;
        let mut room = room.map_err(failure)?;
        if is_open {
            room = room.min(FILE_BYTES as u64);
        }
        if need > room {
            let why = format!("it is larger than the {room} bytes that there is room for");
            return Err(TaskError::Fail(why.into()));
        }
        let others = self.promised_by_others(run, need);
        if need.saturating_add(others) > room {
            self.promised.forget(run.id);
            let why = format!(
                "there is room for {room} bytes in the drive, of which other downloads that were \
                 begun before need {others}, and this one {need}"
            );
            return Err(TaskError::Fail(why.into()));
        }
        Ok(())
    }

    /// What other downloads of its owner need of the room.
    fn promised_by_others(&self, run: &Run, need: u64) -> u64 {
        let owner = run.owner.map(|owner| (run.id, owner));
        owner.map_or(0, |which| self.promised.say(which, need))
    }

    /// Whether what is wanted may come into the drive; `false`: all of it is there, which is to stay.
    pub(super) async fn check(
        &self,
        run: &Run,
        state: &Downloading,
        status: &Status,
    ) -> Result<bool, TaskError> {
        let fail = |why: String| Err(TaskError::Fail(why.into()));
        if status.files.len() > DOWNLOADED_FILES {
            return fail(format!("it has more than {DOWNLOADED_FILES} files"));
        }
        let names: usize = status.files.iter().map(|file| file.name.len()).sum();
        if names > NAMES_BYTES {
            let most = NAMES_BYTES >> 10;
            return fail(format!(
                "the names of its files are longer than {most} KiB together"
            ));
        }
        let bytes: i64 = wanted(status).map(|file| file.size.max(0)).sum();
        let count = wanted(status).count();
        if count == 0 {
            return fail("none of its files is chosen".to_owned());
        }
        let (actor, dst) = (run.actor()?, self.dst(state)?);
        let room = self.uploads.room_in(actor, &dst).await.map_err(failure)?;
        if u64::try_from(bytes).unwrap_or(0) > room {
            return fail(format!("{}: {bytes} bytes", Reason::Quota.sentence()));
        }
        let (mut refused, mut there) = (0, 0);
        let mut first = None;
        for file in wanted(status).take(LOOKED_AT) {
            let uri = target(&dst, &file.name);
            let size = u64::try_from(file.size).unwrap_or(0);
            match number(
                &self.uploads,
                actor,
                (&uri, size),
                (state.conflict, &Given::default()),
            )
            .await?
            {
                Ok(_) => return Ok(true),
                // It may be what came before it was begun anew.
                Err(Reason::Exists) if state.came_before => return Ok(true),
                Err(reason) => {
                    refused += 1;
                    there += usize::from(reason == Reason::Exists);
                    first.get_or_insert((file.name.clone(), reason));
                }
            }
        }
        match first {
            Some(_) if state.leaves && there == count => Ok(false),
            Some((name, reason)) if refused == count => {
                fail(format!("{name}: {}", reason.sentence()))
            }
            _ => Ok(true),
        }
    }
}
