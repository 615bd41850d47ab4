//! `backup.json`: what a backup is, and which files belong to it.

use crate::error::BackupError;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// The file that makes a folder a backup.
pub const MANIFEST: &str = "backup.json";
/// Held while a backup is made; what has it may become a backup.
pub const LOCK: &str = "backup.lock";
/// Where files are written before they are complete.
pub const COPYING: &str = ".copying";
/// The form of backups that this program makes and reads.
const FORMAT: u32 = 1;

/// Which database a backup is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// A file of the backup itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// In the backup's folder.
    pub name: String,
    pub bytes: u64,
    /// BLAKE3, hexadecimal.
    pub blake3: String,
}

/// What a backup is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Of the program that made it.
    pub version: String,
    /// RFC 3339: the moment whose rows these are.
    pub created_at: String,
    /// Which data folder it is of; none of a database that never had one.
    pub folder_id: Option<String>,
    pub kind: DatabaseKind,
    /// The copy of all rows.
    pub database: Part,
    /// The list of all other files.
    pub list: Part,
    pub files: u64,
    pub bytes: u64,
    /// Blobs in storage of others, which are not in the backup.
    pub elsewhere: u64,
}

impl Manifest {
    pub const fn format() -> u32 {
        FORMAT
    }

    /// # Errors
    /// `NotABackup`
    pub fn read(folder: &Path) -> Result<Self, BackupError> {
        let no = |why: String| BackupError::NotABackup(folder.to_owned(), why);
        let text = fs::read_to_string(folder.join(MANIFEST));
        let text = text.map_err(|error| no(format!("{MANIFEST}: {error}")))?;
        let manifest: Self = serde_json::from_str(&text).map_err(|error| no(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(no(format!("its form is {}", manifest.format)));
        }
        for part in [&manifest.database, &manifest.list] {
            if part.name.contains(['/', '\\']) || part.name.starts_with('.') {
                return Err(no(format!("{} is no name of a part", part.name)));
            }
        }
        Ok(manifest)
    }

    /// Makes the folder this backup, in one step.
    /// # Errors
    /// `Io`
    pub fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_vec_pretty(self).expect("texts are JSON");
        let draft = folder.join(format!("{MANIFEST}.new"));
        let write = || -> io::Result<()> {
            let mut file = File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, folder.join(MANIFEST))?;
            File::open(folder)?.sync_all()
        };
        write().map_err(BackupError::io(&draft))
    }
}
