//! Looking into an archive without unpacking it (V4 API, archive listing): the names in a zip.
//!
//! The directory of a zip says anything its maker likes, so all of it is bounded: how much of the
//! file is read, how many entries it may have, how long and how deep their names are.

use super::archive::Archives;
use super::open::{OpenBlob, OpenBlobs};
use super::seek::SeekBlob;
use super::zip_directory::{self, RawEntry};
use super::{ArchiveError, VersionError};
use crate::error::FileError;
use crate::policy::rules::Refused;
use crate::tree::{ResolvedPath, TreeError};
use encoding_rs::Encoding;
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
use wire::{FileUri, GroupPermission, name};

/// Archives looked into at the same time: each takes memory in proportion to its directory.
const AT_ONCE: usize = 2;
/// How long what was found is kept (V4 API), and how many bytes of it.
const KEEP: Duration = Duration::from_hours(1);
const KEPT_BYTES: u64 = 8 << 20;

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedEntry {
    /// The whole path inside, without `/` at its end.
    pub name: String,
    pub size_bytes: u64,
    /// Zips have no time zone; it is taken for UTC.
    pub updated: Option<Timestamp>,
    pub is_folder: bool,
}

type Entries = Arc<Vec<ArchivedEntry>>;

/// What was found lately, and the turns to find more.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    kept: Cache<(BlobId, Option<&'static Encoding>), Entries>,
    turns: Arc<Semaphore>,
}

impl Looked {
    pub fn new() -> Self {
        let weigh = |_: &(BlobId, Option<&'static Encoding>), entries: &Entries| {
            let bytes: usize = entries.iter().map(|entry| entry.name.len() + 64).sum();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT_BYTES)
                .weigher(weigh)
                .time_to_live(KEEP)
                .build(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Archives {
    /// The entries of a zip, in the order of its directory. `encoding`: of names that are not
    /// said to be UTF-8; empty: as they are stored.
    /// # Errors
    /// `GroupNotAllowed`; `NotZip`, `UnknownEncoding`; `VersionError::NotFound`; `Refused` beyond
    /// what the group may unpack; `WalkLimit`; `Unreadable` for what is no proper zip
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
        let encoding = encoding_of(encoding)?;
        let file = resolved.existing()?;
        let is_zip = name::extension_of(&file.name).as_deref() == Some("zip");
        if file.kind != FileKind::File || !is_zip {
            return Err(ArchiveError::NotZip.into());
        }
        // Old versions are their owner's.
        let is_owner = actor.user_id() == Some(file.owner_id);
        let is_open = |blob| is_owner || file.current_blob_id == Some(blob);
        let blob = match version.or(file.current_blob_id) {
            Some(BlobId(0)) | None => return Err(VersionError::NotFound.into()),
            Some(blob) if is_open(blob) && blobs::is_held(db, file.id, blob).await? => blob,
            Some(_) => return Err(VersionError::NotFound.into()),
        };
        let open = OpenBlobs::new(Arc::clone(&self.core)).get(blob).await?;
        let most = u64::try_from(actor.group().settings.decompress_size).unwrap_or(0);
        if most > 0 && open.size_bytes > most {
            return Err(Refused::TooLarge.into());
        }
        if let Some(kept) = self.looked.kept.get(&(blob, encoding)).await {
            return Ok(kept);
        }
        let entries = self.look_into(open, encoding).await?;
        let kept = Arc::clone(&entries);
        self.looked.kept.insert((blob, encoding), kept).await;
        Ok(entries)
    }

    async fn look_into(
        &self,
        blob: Arc<OpenBlob>,
        encoding: Option<&'static Encoding>,
    ) -> Result<Entries, FileError> {
        let turn = Arc::clone(&self.looked.turns).acquire_owned().await;
        let turn = turn.map_err(|_| FileError::Internal("the turns are closed"))?;
        let reader = SeekBlob::new(blob, MOST_READ);
        let found = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            entries_of(reader, encoding)
        });
        let found = found.await;
        found.map_err(|_| FileError::Internal("looking into an archive broke off"))?
    }
}

/// Names of encodings (V4 API), as their standard calls them.
fn encoding_of(text: &str) -> Result<Option<&'static Encoding>, FileError> {
    let text = text.to_ascii_lowercase();
    let label = match text.as_str() {
        "" => return Ok(None),
        "gb18030" | "gbk" | "big5" | "ibm866" | "macintosh" => text,
        "shiftjis" => "shift_jis".into(),
        "eucjp" => "euc-jp".into(),
        "iso2022jp" => "iso-2022-jp".into(),
        "euckr" => "euc-kr".into(),
        "utf16be" => "utf-16be".into(),
        "utf16le" => "utf-16le".into(),
        "koi8r" => "koi8-r".into(),
        "koi8u" => "koi8-u".into(),
        "iso8859_8i" => "iso-8859-8-i".into(),
        "macintoshcyrillic" => "x-mac-cyrillic".into(),
        _ => match (text.strip_prefix("windows"), text.strip_prefix("iso8859_")) {
            (Some(page), _) if matches!(page.parse(), Ok(874 | 1250..=1258)) => {
                format!("windows-{page}")
            }
            (_, Some(part)) if matches!(part.parse(), Ok(2..=8 | 10 | 13..=16)) => {
                format!("iso-8859-{part}")
            }
            _ => return Err(ArchiveError::UnknownEncoding.into()),
        },
    };
    Encoding::for_label(label.as_bytes())
        .map(Some)
        .ok_or_else(|| ArchiveError::UnknownEncoding.into())
}

/// The entries of a zip that is in memory.
pub(crate) fn list_zip(
    reader: impl std::io::Read + std::io::Seek,
    encoding: &str,
) -> Result<Entries, FileError> {
    entries_of(reader, encoding_of(encoding)?)
}

fn entries_of(
    mut reader: impl std::io::Read + std::io::Seek,
    encoding: Option<&'static Encoding>,
) -> Result<Entries, FileError> {
    let raw = zip_directory::read(&mut reader).map_err(|_| ArchiveError::Unreadable)?;
    let raw = raw.ok_or(TreeError::WalkLimit(MOST_ENTRIES as u64))?;
    let mut entries = Vec::with_capacity(raw.len());
    for entry in raw {
        let is_folder = entry.name.ends_with(b"/");
        let name = name_of(&entry, encoding);
        if name.len() > MOST_NAME || name.split('/').count() > MOST_DEPTH {
            return Err(ArchiveError::TooDeep.into());
        }
        entries.push(ArchivedEntry {
            is_folder,
            size_bytes: entry.size_bytes,
            updated: time_of(entry.date, entry.time),
            name,
        });
    }
    Ok(Arc::new(entries))
}

fn name_of(entry: &RawEntry, encoding: Option<&'static Encoding>) -> String {
    let name = match encoding {
        _ if entry.is_utf8 => String::from_utf8_lossy(&entry.name).into_owned(),
        Some(encoding) => encoding.decode(&entry.name).0.into_owned(),
        None => zip_directory::old_name(&entry.name),
    };
    name.trim_end_matches('/').to_owned()
}

/// A time as MS-DOS writes it: seven bits of years since 1980, month, day; hour, minute and half
/// the seconds.
fn time_of(date: u16, time: u16) -> Option<Timestamp> {
    let bits = |of: u16, from: u16, count: u16| u32::from((of >> from) & ((1 << count) - 1));
    let (year, month, day) = (bits(date, 9, 7), bits(date, 5, 4), bits(date, 0, 5));
    let date = chrono::NaiveDate::from_ymd_opt(1980 + year as i32, month, day)?;
    let at = date.and_hms_opt(bits(time, 11, 5), bits(time, 5, 6), 2 * bits(time, 0, 5))?;
    Some(Timestamp::from_unix_secs(at.and_utc().timestamp()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            let options = SimpleFileOptions::default();
            if let Some(folder) = name.strip_suffix('/') {
                writer.add_directory(folder, options).unwrap();
            } else {
                writer.start_file(*name, options).unwrap();
                writer.write_all(b"12345").unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn every_encoding_of_the_api_is_known_and_no_other() {
        for known in [
            "",
            "GB18030",
            "gbk",
            "Big5",
            "ShiftJIS",
            "eucjp",
            "iso2022jp",
            "euckr",
            "utf16be",
            "utf16le",
            "ibm866",
            "koi8r",
            "koi8u",
            "macintosh",
            "macintoshcyrillic",
            "windows874",
            "windows1250",
            "windows1258",
            "iso8859_2",
            "iso8859_8",
            "iso8859_10",
            "iso8859_13",
            "iso8859_8I",
            "iso8859_16",
        ] {
            assert!(encoding_of(known).is_ok(), "{known}");
        }
        for unknown in ["latin", "windows1249", "iso8859_9", "iso8859_", "utf7"] {
            assert!(encoding_of(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn names_sizes_and_folders_are_told() {
        let found = entries_of(Cursor::new(zip(&["docs/", "docs/a.txt", "ü.txt"])), None).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|entry| (entry.name.as_str(), entry.size_bytes, entry.is_folder))
            .collect();
        let expected = [
            ("docs", 0, true),
            ("docs/a.txt", 5, false),
            ("ü.txt", 5, false),
        ];
        assert_eq!(seen, expected);
        assert!(found[1].updated.is_some());
    }

    #[test]
    fn names_in_old_encodings_are_read_as_asked_and_utf8_stays() {
        // Both have the same length, so that the bytes can be exchanged: 文件 in GBK.
        let mut bytes = zip(&["wxyz.txt", "ü.txt"]);
        let places: Vec<usize> = (0..bytes.len() - 4)
            .filter(|at| bytes[*at..].starts_with(b"wxyz"))
            .collect();
        assert_eq!(places.len(), 2, "in the entry and in the directory");
        for at in places {
            bytes[at..at + 4].copy_from_slice(&[0xCE, 0xC4, 0xBC, 0xFE]);
        }
        let gbk = encoding_of("gbk").unwrap();
        let found = entries_of(Cursor::new(bytes), gbk).unwrap();
        assert_eq!(found[0].name, "文件.txt");
        assert_eq!(found[1].name, "ü.txt");
    }

    #[test]
    fn what_is_broken_deep_or_endless_is_refused() {
        for broken in [&b""[..], b"PK", b"no archive at all", &zip(&["a"])[..40]] {
            assert!(entries_of(Cursor::new(broken.to_vec()), None).is_err());
        }
        let deep = "a/".repeat(300) + "b";
        assert!(entries_of(Cursor::new(zip(&[&deep])), None).is_err());
        let long = "a".repeat(5_000);
        assert!(entries_of(Cursor::new(zip(&[&long])), None).is_err());
    }
}
