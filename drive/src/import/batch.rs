//! Some files of one folder are taken over: looked at first, then in one change.

use super::failures::{Failures, is_of_the_place};
use super::place::Neighbours;
use super::state::{Importing, Reason, Report};
use crate::blob::{FoundFile, Taking, take_over};
use crate::context::Core;
use crate::error::FileError;
use crate::lock::Target;
use crate::policy::{Policy, rules};
use crate::tree::create::make_path;
use crate::tree::{Change, TreeError, bounds};
use entity::{FileKind, TaskId, Timestamp, file};
use futures_util::StreamExt as _;
use site::access::Right;
use site::actor::Actor;
use site::limits::FILE_BYTES;
use site::task::causes;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::time::SystemTime;
use storage::{BlobKey, DriverError};
use store::files;
use store::quota::quota_bytes;
use wire::{FileName, FileSystem, FileUri};

/// Files looked at side by side.
const SIDE_BY_SIDE: usize = 8;
/// How often somebody else may come first with one of the keys.
const TRIES: usize = 5;

/// What batches are taken over with.
pub(super) struct Batch<'a> {
    pub core: &'a Core,
    /// Whose drive it is.
    pub actor: &'a Actor,
    pub policy: &'a Policy,
    pub neighbours: &'a Neighbours,
    pub task: TaskId,
}

/// A file that may be taken over, by its name.
#[derive(Clone, Debug)]
struct Candidate {
    name: FileName,
    key: BlobKey,
    /// As it was listed.
    size_bytes: i64,
    /// Length and time, as they are once it was clear that it is no blob; `None`: it was one then.
    looked: Option<(i64, Timestamp)>,
}

/// The folder that files come into.
struct Into {
    folder: file::Model,
    path: String,
    /// Folders that were made for it.
    made: u64,
}

impl Batch<'_> {
    /// Makes the folder of the drive where the walk is, if it is missing. Answers how many were made,
    /// or why it cannot be.
    pub async fn enter(&self, state: &Importing) -> Result<Result<u64, Reason>, FileError> {
        let mut change = Change::on(self.core, self.actor, &uri_of(state)).await?;
        let made = match self.folder(&mut change, state).await? {
            Ok(into) => into.made,
            Err(reason) => return Ok(Err(reason)),
        };
        if state.dry_run || made == 0 {
            change.undo().await?;
        } else {
            change.commit().await?;
            self.core.steps.reached("import: entered").await;
        }
        Ok(Ok(made))
    }

    /// Takes over files of the folder where the walk is. Those that cannot be looked at keep the others
    /// waiting until they are passed over.
    pub async fn take(
        &self,
        state: &Importing,
        failures: &mut Failures,
        listed: Vec<(String, u64)>,
    ) -> Result<Report, FileError> {
        let mut report = Report {
            seen: listed.len() as u64,
            ..Report::default()
        };
        let named = self.named(state, listed, &mut report);
        let looked = self.looked(state, named, failures, &mut report).await?;
        self.core.steps.reached("import: looked").await;
        for _ in 1..TRIES {
            match self.place(state, looked.clone(), report.clone()).await {
                Err(FileError::Store(error)) if error.is_duplicate() => {}
                placed => return placed,
            }
        }
        self.place(state, looked, report).await
    }

    /// Those of the files that may be taken over by what is known without a look.
    fn named(
        &self,
        state: &Importing,
        listed: Vec<(String, u64)>,
        report: &mut Report,
    ) -> Vec<Candidate> {
        let mut named = Vec::with_capacity(listed.len());
        for (name, size_bytes) in listed {
            match self.candidate(state, &name, size_bytes) {
                Ok(candidate) => named.push(candidate),
                Err(reason) => report.problem(state.path_of(&name), reason),
            }
        }
        named
    }

    fn candidate(&self, state: &Importing, name: &str, size: u64) -> Result<Candidate, Reason> {
        let key = BlobKey::parse(state.key_of(name)).map_err(|_| Reason::Name)?;
        let name = FileName::new(name).map_err(|_| Reason::Name)?;
        rules::check_name(&self.policy.row, &name).map_err(|_| Reason::Refused)?;
        Ok(Candidate {
            name,
            key,
            size_bytes: i64::try_from(size).map_err(|_| Reason::TooLarge)?,
            looked: None,
        })
    }

    /// Looks at all that is no blob. Only now: bytes of what was a blob are on their way out as long
    /// as its row is there, and gone when that is gone.
    async fn looked(
        &self,
        state: &Importing,
        named: Vec<Candidate>,
        failures: &mut Failures,
        report: &mut Report,
    ) -> Result<Vec<Candidate>, FileError> {
        let keys: Vec<&str> = named.iter().map(|file| file.key.as_str()).collect();
        let known = self.neighbours.known(self.core.store.read(), &keys).await?;
        let looks = named.into_iter().map(|file| {
            let is_known = known.contains_key(file.key.as_str());
            async move {
                let found = if is_known {
                    Ok(Ok(None))
                } else {
                    let found = self.look(&file.key).await;
                    found.map(|found| found.map(Some))
                };
                (file, found)
            }
        });
        let mut looks = futures_util::stream::iter(looks).buffered(SIDE_BY_SIDE);
        let (mut looked, mut why) = (Vec::new(), None);
        while let Some((file, found)) = looks.next().await {
            let key = file.key.as_str();
            match found {
                Ok(found) => {
                    failures.forget(key);
                    match found {
                        Ok(found) => looked.push(Candidate {
                            looked: found,
                            ..file
                        }),
                        Err(reason) => report.problem(state.path_of(file.name.as_str()), reason),
                    }
                }
                Err(error) if !self.is_of_the_place(&error).await => return Err(error.into()),
                Err(error) if self.passes_over(failures, key, &error) => {
                    report.problem(state.path_of(file.name.as_str()), Reason::Unreadable);
                }
                // The others are looked at all the same: each has its own tries.
                Err(error) => why = why.or(Some(error)),
            }
        }
        why.map_or(Ok(looked), |error| Err(error.into()))
    }

    /// Whether it is what was looked at that is at fault, and not a storage that cannot be used.
    pub async fn is_of_the_place(&self, error: &DriverError) -> bool {
        is_of_the_place(error) && self.policy.driver.room().await.is_ok()
    }

    /// Counts that a place is at fault. Answers whether it was so often enough to be passed over.
    pub fn passes_over(&self, failures: &mut Failures, place: &str, error: &DriverError) -> bool {
        let is_enough = failures.add(place, self.core.now());
        if is_enough {
            let (policy, why) = (self.policy.row.id.0, causes(error));
            tracing::warn!(policy, place, "an import passes something over: {why}");
        }
        is_enough
    }

    /// Length and time of a file that can be read.
    async fn look(&self, key: &BlobKey) -> Result<Result<(i64, Timestamp), Reason>, DriverError> {
        let driver = &self.policy.driver;
        let found = if self.policy.can.direct_file {
            // Opened, which tells whether it can be.
            driver.open(key).await.and_then(|file| {
                let file = file.ok_or(DriverError::Unsupported("open files"))?;
                let metadata = file.metadata()?;
                Ok((metadata.len(), metadata.modified()?))
            })
        } else {
            let stat = driver.stat(key).await;
            stat.map(|stat| (stat.size_bytes, stat.modified))
        };
        let (size, modified) = match found {
            Ok(found) => found,
            Err(DriverError::NotFound(_)) => return Ok(Err(Reason::Gone)),
            Err(error) if is_unreadable(&error) => return Ok(Err(Reason::Unreadable)),
            Err(error) => return Err(error),
        };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        if size > FILE_BYTES || rules::check_size(&self.policy.row, size).is_err() {
            return Ok(Err(Reason::TooLarge));
        }
        let modified = timestamp(modified).of_file();
        Ok(Ok((size, modified.unwrap_or_else(|| self.core.now()))))
    }

    /// Decides, as things are once the drive was taken, and makes the files.
    async fn place(
        &self,
        state: &Importing,
        looked: Vec<Candidate>,
        mut report: Report,
    ) -> Result<Report, FileError> {
        let mut change = Change::on(self.core, self.actor, &uri_of(state)).await?;
        let into = match self.folder(&mut change, state).await? {
            Ok(into) => into,
            Err(reason) => {
                for file in looked {
                    report.problem(state.path_of(file.name.as_str()), reason);
                }
                return Ok(report);
            }
        };
        let new = self
            .new_ones(&change, state, (&into, looked), &mut report)
            .await?;
        let new = self
            .unlocked(&change, state, (&into, new), &mut report)
            .await?;
        let new = within_quota(&change, state, new, &mut report).await?;
        report.files += new.len() as u64;
        report.bytes += new.iter().map(|file| file.size_bytes).sum::<i64>();
        if state.dry_run || new.is_empty() {
            change.undo().await?;
            return Ok(report);
        }
        change
            .reserve(new.iter().map(|file| file.size_bytes).sum())
            .await?;
        let taking = Taking {
            policy: self.policy.row.id,
            task: self.task,
            owned: state.owned,
        };
        take_over(&mut change, (&into.folder, &into.path), taking, new).await?;
        change.commit().await?;
        self.core.steps.reached("import: taken").await;
        Ok(report)
    }

    /// Those that are neither blobs nor have a name that is there already. What this very task took
    /// over, before it was cut off, counts as it did then.
    async fn new_ones(
        &self,
        change: &Change<'_>,
        state: &Importing,
        (into, looked): (&Into, Vec<Candidate>),
        report: &mut Report,
    ) -> Result<Vec<FoundFile>, FileError> {
        let keys: Vec<&str> = looked.iter().map(|file| file.key.as_str()).collect();
        let known = self.neighbours.known(change.db(), &keys).await?;
        let names: Vec<String> = looked.iter().map(|file| file.name.to_string()).collect();
        let names = files::names_among(change.db(), into.folder.id, &names).await?;
        let names: HashSet<String> = names.into_iter().collect();
        let mut new = Vec::with_capacity(looked.len());
        for file in looked {
            match (known.get(file.key.as_str()), file.looked) {
                (Some(Some(task)), _) if *task == self.task => {
                    report.files += 1;
                    report.bytes += file.size_bytes;
                }
                _ if names.contains(file.name.as_str()) => report.skipped += 1,
                (None, Some((size_bytes, modified))) => new.push(FoundFile {
                    name: file.name,
                    key: file.key,
                    size_bytes,
                    modified,
                }),
                _ => report.problem(state.path_of(file.name.as_str()), Reason::Stored),
            }
        }
        Ok(new)
    }

    /// Those that no lock is in the way of.
    async fn unlocked(
        &self,
        change: &Change<'_>,
        state: &Importing,
        (into, new): (&Into, Vec<FoundFile>),
        report: &mut Report,
    ) -> Result<Vec<FoundFile>, FileError> {
        let folder = into.path.trim_end_matches('/');
        let target = |file: &FoundFile| Target::deep(format!("{folder}/{}", file.name)).as_member();
        let targets: Vec<Target> = new.iter().map(target).collect();
        match change.check_locks(&targets).await {
            Ok(()) => return Ok(new),
            Err(FileError::Lock(_)) => {}
            Err(error) => return Err(error),
        }
        let mut unlocked = Vec::with_capacity(new.len());
        for (file, target) in new.into_iter().zip(targets) {
            match change.check_locks(&[target]).await {
                Ok(()) => unlocked.push(file),
                Err(FileError::Lock(_)) => {
                    report.problem(state.path_of(file.name.as_str()), Reason::Locked);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unlocked)
    }

    /// The folder of the drive where the walk is, made if it is missing, or why it cannot be.
    async fn folder(
        &self,
        change: &mut Change<'_>,
        state: &Importing,
    ) -> Result<Result<Into, Reason>, FileError> {
        match self.find_or_make(change, state).await {
            Ok(into) => Ok(Ok(into)),
            Err(error) => reason_of(error).map(Err),
        }
    }

    async fn find_or_make(
        &self,
        change: &mut Change<'_>,
        state: &Importing,
    ) -> Result<Into, FileError> {
        let resolved = change.resolve(&uri_of(state)).await?;
        resolved.navigator.require(self.actor, Right::Upload)?;
        let path = resolved.drive_path();
        let missing = resolved.missing().len() as u64;
        if missing == 0 {
            let folder = resolved.folder().map_err(|_| TreeError::NotFolder)?;
            return Ok(Into {
                folder: folder.clone(),
                path,
                made: 0,
            });
        }
        resolved.navigator.require(self.actor, Right::Create)?;
        bounds::check_new(&path, FileKind::Folder)?;
        change.check_locks(&[resolved.arrival()]).await?;
        let folder = make_path(change, &resolved, FileKind::Folder, false).await?;
        Ok(Into {
            folder,
            path,
            made: missing,
        })
    }
}

/// Where the walk is, as the owner of the drive says it.
fn uri_of(state: &Importing) -> FileUri {
    let root = FileUri::root(FileSystem::My);
    state.folder_names().fold(root, |uri, name| uri.join(name))
}

/// Those that there is room for, in their order. In a trial that comes on top of what would have
/// come before.
async fn within_quota(
    change: &Change<'_>,
    state: &Importing,
    new: Vec<FoundFile>,
    report: &mut Report,
) -> Result<Vec<FoundFile>, FileError> {
    let (user, group) = change.account().await?;
    let before = if state.dry_run { state.report.bytes } else { 0 };
    let used = user.used_bytes.saturating_add(before);
    let mut left = quota_bytes(&user, &group).saturating_sub(used).max(0);
    let mut within = Vec::with_capacity(new.len());
    for file in new {
        if file.size_bytes <= left {
            left -= file.size_bytes;
            within.push(file);
        } else {
            report.problem(state.path_of(file.name.as_str()), Reason::Quota);
        }
    }
    Ok(within)
}

/// Why a folder cannot be used, if that is for its owner to change.
fn reason_of(error: FileError) -> Result<Reason, FileError> {
    match error {
        FileError::Tree(
            TreeError::NotFolder | TreeError::SymbolicFolder | TreeError::NameTaken(_),
        ) => Ok(Reason::Taken),
        FileError::Tree(TreeError::PathTooLong) => Ok(Reason::TooDeep),
        FileError::BadName(_) => Ok(Reason::Name),
        FileError::Lock(_) => Ok(Reason::Locked),
        error => Err(error),
    }
}

/// Whether the server may not read something.
pub(super) fn is_unreadable(error: &DriverError) -> bool {
    matches!(error, DriverError::Io(error) if error.kind() == ErrorKind::PermissionDenied)
}

fn timestamp(time: SystemTime) -> Timestamp {
    // Times before 1970 have no meaning for a file.
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
