//! Looking into an archive without unpacking it (V4 API, archive listing). The directory of a zip is
//! read here, within bounds that are known before; every other kind is read in the sandbox.

use super::seek::SeekBlob;
use super::session::{Broken, Patience, Session};
use super::turns::{OwnTurn, Turns};
use super::{Extractions, MOST_BYTES, MOST_RATIO, MOST_WITHOUT_RATIO};
use archive::read::frame::Frame;
use archive::read::{
    Bounds, Bytes, Doing, Failure, Kind, ListError, Order, Reason, detect, dictionary_bytes,
    is_encoding, kind_by_name, list_zip,
};
use drive::blob::{ArchiveError, OpenBlob, VersionError};
use drive::error::FileError;
use drive::policy::rules::Refused;
use drive::tree::{ResolvedPath, TreeError};
use entity::{BlobId, FileKind, Timestamp};
use moka::future::Cache;
use site::access::Right;
use site::actor::Actor;
use site::limits::{
    ARCHIVE_DEPTH as MOST_DEPTH, ARCHIVE_ENTRIES as MOST_ENTRIES, ARCHIVE_NAME_BYTES as MOST_NAME,
    ARCHIVE_READ_BYTES as MOST_READ,
};
use std::sync::Arc;
use std::time::Duration;
use store::blobs;
use tokio::sync::Semaphore;
use wire::{FileUri, GroupPermission};

/// Zips looked into at the same time: each takes memory in proportion to its directory.
const AT_ONCE: usize = 2;
/// How long looking into any other archive may take.
const LONGEST: Duration = Duration::from_secs(10);
/// How long it is remembered that one cannot be looked into, and of how many.
const KEEP_FAILED: Duration = Duration::from_mins(5);
const KEPT_FAILED: u64 = 10_000;
/// How long what was found is kept (V4 API), and how many bytes of it.
const KEEP: Duration = Duration::from_hours(1);
const KEPT_BYTES: u64 = 8 << 20;

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedEntry {
    /// The whole path inside, without `/` at its end.
    pub name: String,
    /// `None`: it is not known before it is unpacked.
    pub size_bytes: Option<u64>,
    /// Some have no time zone; it is taken for UTC.
    pub updated: Option<Timestamp>,
    pub is_folder: bool,
    /// Its content takes a password.
    pub is_encrypted: bool,
    /// Why it is not unpacked.
    pub left_out: Option<Reason>,
}

type Entries = Arc<Vec<ArchivedEntry>>;

/// An archive, and how it is read.
type Key = (BlobId, String);

/// What one cannot be looked into for, today and tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    Unreadable,
    Encrypted,
    TooDeep,
    TooMany(u64),
    TooSlow,
}

impl Failed {
    fn of(error: &FileError) -> Option<Self> {
        match error {
            FileError::Archive(ArchiveError::Unreadable) => Some(Self::Unreadable),
            FileError::Archive(ArchiveError::Encrypted) => Some(Self::Encrypted),
            FileError::Archive(ArchiveError::TooDeep) => Some(Self::TooDeep),
            FileError::Tree(TreeError::WalkLimit(most)) => Some(Self::TooMany(*most)),
            FileError::Tree(TreeError::TooSlow) => Some(Self::TooSlow),
            _ => None,
        }
    }
}

impl From<Failed> for FileError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unreadable => ArchiveError::Unreadable.into(),
            Failed::Encrypted => ArchiveError::Encrypted.into(),
            Failed::TooDeep => ArchiveError::TooDeep.into(),
            Failed::TooMany(most) => TreeError::WalkLimit(most).into(),
            Failed::TooSlow => TreeError::TooSlow.into(),
        }
    }
}

/// What was found lately, and the turns to find more.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    kept: Cache<Key, Entries>,
    failed: Cache<Key, Failed>,
    /// Of zips.
    turns: Arc<Semaphore>,
    /// Of people: one at a time each, however many they ask for.
    own_turns: Turns,
}

impl Looked {
    pub fn new() -> Self {
        let weigh = |_: &Key, entries: &Entries| {
            let bytes: usize = entries.iter().map(|entry| entry.name.len() + 64).sum();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT_BYTES)
                .weigher(weigh)
                .time_to_live(KEEP)
                .build(),
            failed: Cache::builder()
                .max_capacity(KEPT_FAILED)
                .time_to_live(KEEP_FAILED)
                .build(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            own_turns: Turns::default(),
        }
    }

    /// What came of it lately.
    async fn known(&self, key: &Key) -> Option<Result<Entries, FileError>> {
        if let Some(kept) = self.kept.get(key).await {
            return Some(Ok(kept));
        }
        Some(Err(self.failed.get(key).await?.into()))
    }
}

impl Extractions {
    /// The entries of an archive, in its own order. `encoding`: of names that are not said to be
    /// UTF-8; empty: it is guessed.
    /// # Errors
    /// `GroupNotAllowed`; `NotArchive`, `UnknownEncoding`; `VersionError::NotFound`; `Refused` beyond
    /// what the group may unpack; `WalkLimit`; `Encrypted`; `Unreadable` for what is damaged
    pub async fn entries(
        &self,
        actor: &Actor,
        uri: &FileUri,
        version: Option<BlobId>,
        encoding: &str,
    ) -> Result<Entries, FileError> {
        let db = self.core.store.read();
        let resolved = ResolvedPath::resolve(db, &self.core, actor, uri).await?;
        resolved.navigator.require(actor, Right::Download)?;
        if !actor.may(GroupPermission::ArchiveTask) {
            return Err(FileError::GroupNotAllowed);
        }
        if !is_encoding(encoding) {
            return Err(ArchiveError::UnknownEncoding.into());
        }
        let file = resolved.existing()?;
        if file.kind != FileKind::File {
            return Err(ArchiveError::NotArchive.into());
        }
        // Old versions are their owner's.
        let is_owner = actor.user_id() == Some(file.owner_id);
        let is_open = |blob| is_owner || file.current_blob_id == Some(blob);
        let blob = match version.or(file.current_blob_id) {
            Some(BlobId(0)) | None => return Err(VersionError::NotFound.into()),
            Some(blob) if is_open(blob) && blobs::is_held(db, file.id, blob).await? => blob,
            Some(_) => return Err(VersionError::NotFound.into()),
        };
        let open = self.blobs.get(blob).await?;
        let most = u64::try_from(actor.group().settings.decompress_size).unwrap_or(0);
        if most > 0 && open.size_bytes > most {
            return Err(Refused::TooLarge.into());
        }
        let key = (
            blob,
            format!("{}/{}", encoding.to_ascii_lowercase(), file.name),
        );
        if let Some(known) = self.looked.known(&key).await {
            return known;
        }
        // Who waits for a turn holds nothing open.
        drop(open);
        let turn = self.looked.own_turns.of(actor.user_id()).await;
        if let Some(known) = self.looked.known(&key).await {
            return known;
        }
        self.core.steps.reached("archive: looking").await;
        let open = self.blobs.get(blob).await?;
        let found = match kind_of(&open, &file.name).await {
            Ok(Kind::Zip) => self.in_zip(open, encoding.to_owned(), turn).await,
            Ok(_) => self.in_other(&open, &file.name, encoding, turn).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(entries) => {
                let entries = Arc::new(entries);
                self.looked.kept.insert(key, Arc::clone(&entries)).await;
                Ok(entries)
            }
            Err(error) => {
                if let Some(failed) = Failed::of(&error) {
                    self.looked.failed.insert(key, failed).await;
                }
                Err(error)
            }
        }
    }

    async fn in_zip(
        &self,
        blob: Arc<OpenBlob>,
        encoding: String,
        own_turn: OwnTurn,
    ) -> Result<Vec<ArchivedEntry>, FileError> {
        let turn = Arc::clone(&self.looked.turns).acquire_owned().await;
        let turn = turn.map_err(|_| FileError::Internal("the turns are closed"))?;
        let mut reader = SeekBlob::new(blob, MOST_READ);
        let found = tokio::task::spawn_blocking(move || {
            let _turns = (own_turn, turn);
            let bounds = Bounds {
                entries: MOST_ENTRIES,
                bytes: MOST_READ,
            };
            list_zip(&mut reader, &encoding, bounds)
        });
        let found = found.await;
        let found = found.map_err(|_| FileError::Internal("looking into an archive broke off"))?;
        let listed = found.map_err(|error| match error {
            ListError::Encoding(_) => FileError::from(ArchiveError::UnknownEncoding),
            ListError::TooMany => TreeError::WalkLimit(MOST_ENTRIES as u64).into(),
            ListError::Unreadable(_) => ArchiveError::Unreadable.into(),
        })?;
        let entries = listed.into_iter().map(|entry| ArchivedEntry {
            name: entry.name,
            size_bytes: Some(entry.size_bytes),
            updated: entry.modified.map(Timestamp),
            is_folder: entry.is_folder,
            is_encrypted: entry.is_encrypted,
            left_out: entry.left_out,
        });
        entries.map(checked).collect()
    }

    async fn in_other(
        &self,
        blob: &Arc<OpenBlob>,
        name: &str,
        encoding: &str,
        _turn: OwnTurn,
    ) -> Result<Vec<ArchivedEntry>, FileError> {
        let by_size = blob.size_bytes.saturating_mul(MOST_RATIO);
        let order = Order {
            name: name.to_owned(),
            bytes: Bytes::Input,
            doing: Doing::List,
            password: None,
            encoding: encoding.to_owned(),
            mask: Vec::new(),
            skip: 0,
            most_entries: MOST_ENTRIES as u64,
            most_bytes: by_size.saturating_add(MOST_WITHOUT_RATIO).min(MOST_BYTES),
            dictionary_bytes: dictionary_bytes(blob.size_bytes),
        };
        let session = Session::start(&self.sandbox, blob, order, Patience(LONGEST));
        let mut session = session.map_err(of_broken)?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        loop {
            match session.next().await.map_err(of_broken)? {
                Frame::Entry(entry) => {
                    bytes += entry.name.len() as u64;
                    if entries.len() >= MOST_ENTRIES || bytes > MOST_READ {
                        return Err(TreeError::WalkLimit(MOST_ENTRIES as u64).into());
                    }
                    entries.push(checked(ArchivedEntry {
                        name: entry.name.trim_end_matches('/').to_owned(),
                        size_bytes: entry.size_bytes,
                        updated: entry.modified.map(Timestamp),
                        is_folder: entry.is_folder,
                        is_encrypted: entry.is_encrypted,
                        left_out: entry.left_out,
                    })?);
                }
                Frame::Done => return Ok(entries),
                _ => {}
            }
        }
    }
}

/// Which kind one is: what it begins with counts, as when it is unpacked.
async fn kind_of(blob: &Arc<OpenBlob>, name: &str) -> Result<Kind, FileError> {
    let mut reader = SeekBlob::new(Arc::clone(blob), MOST_READ);
    let by_name = name.to_owned();
    let found = tokio::task::spawn_blocking(move || detect(&mut reader, &by_name)).await;
    let found = found.map_err(|_| FileError::Internal("looking into an archive broke off"))?;
    let is_promised = kind_by_name(name).is_some();
    match found {
        Ok(Some(kind)) => Ok(kind),
        Ok(None) if !is_promised => Err(ArchiveError::NotArchive.into()),
        Ok(None) | Err(_) => Err(ArchiveError::Unreadable.into()),
    }
}

fn checked(entry: ArchivedEntry) -> Result<ArchivedEntry, FileError> {
    if entry.name.len() > MOST_NAME || entry.name.split('/').count() > MOST_DEPTH {
        return Err(ArchiveError::TooDeep.into());
    }
    Ok(entry)
}

fn of_broken(broken: Broken) -> FileError {
    match broken {
        Broken::Storage(error) => error,
        Broken::Archive(Failure::NoPassword | Failure::WrongPassword) => {
            ArchiveError::Encrypted.into()
        }
        Broken::Archive(Failure::TooManyEntries(most)) => TreeError::WalkLimit(most).into(),
        Broken::Archive(_) => ArchiveError::Unreadable.into(),
        Broken::Deadline => TreeError::TooSlow.into(),
        Broken::Sandbox(error) => {
            tracing::error!(%error, "cannot look into an archive");
            FileError::Internal("the sandbox does not work")
        }
        Broken::Io(error) => {
            tracing::warn!(%error, "cannot look into an archive");
            ArchiveError::Unreadable.into()
        }
    }
}
