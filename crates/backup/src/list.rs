//! The list of the files in a backup: a JSON object a line, each with where it is, how long, and
//! what hash its bytes have.

use crate::error::BackupError;
use crate::manifest::Part;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Component, Path, PathBuf};

/// A file of the drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// In the backup and in the data folder.
    pub path: PathBuf,
    /// Of what never changes; others are as they were when they were copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

/// A list that is being written.
#[derive(Debug)]
pub struct ListWriter {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    path: PathBuf,
    pub files: u64,
    pub bytes: u64,
    written: u64,
}

impl ListWriter {
    /// # Errors
    /// `Io`
    pub fn create(path: PathBuf) -> Result<Self, BackupError> {
        let file = File::create(&path).map_err(BackupError::io(&path))?;
        Ok(Self {
            file: BufWriter::new(file),
            hasher: blake3::Hasher::new(),
            path,
            files: 0,
            bytes: 0,
            written: 0,
        })
    }

    /// # Errors
    /// `Io`
    pub fn add(&mut self, listed: &Listed, bytes: u64) -> Result<(), BackupError> {
        let mut line = serde_json::to_vec(listed).expect("paths of ours are texts");
        line.push(b'\n');
        self.hasher.update(&line);
        self.written += line.len() as u64;
        self.files += 1;
        self.bytes += bytes;
        let written = self.file.write_all(&line);
        written.map_err(BackupError::io(&self.path))
    }

    /// # Errors
    /// `Io`
    pub fn finish(mut self) -> Result<Part, BackupError> {
        let done = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all());
        done.map_err(BackupError::io(&self.path))?;
        let name = self.path.file_name().unwrap_or_default();
        Ok(Part {
            name: name.to_string_lossy().into_owned(),
            bytes: self.written,
            blake3: self.hasher.finalize().to_hex().to_string(),
        })
    }
}

/// The files of a list, one after the other. Whoever wrote the list, no path leads out of the
/// folder it is of.
/// # Errors
/// `Io`, `NotABackup`
pub fn read(
    folder: &Path,
    list: &Part,
) -> Result<impl Iterator<Item = Result<Listed, BackupError>>, BackupError> {
    let path = folder.join(&list.name);
    let folder = folder.to_owned();
    let file = File::open(&path).map_err(BackupError::io(&path))?;
    let lines = BufReader::new(file).lines();
    Ok(lines.map(move |line| {
        let line = line.map_err(BackupError::io(&path))?;
        let no = |why: String| BackupError::NotABackup(folder.clone(), why);
        let listed: Listed = serde_json::from_str(&line).map_err(|error| no(error.to_string()))?;
        let mut parts = listed.path.components();
        if listed.path.as_os_str().is_empty()
            || !parts.all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(no(format!("{} leads out of it", listed.path.display())));
        }
        Ok(listed)
    }))
}

/// Short names of paths: enough to know one again among hundreds of millions.
#[derive(Debug, Default)]
pub struct Known(HashSet<u128>);

impl Known {
    fn short(path: &Path) -> u128 {
        let hash = blake3::hash(path.as_os_str().as_encoded_bytes());
        let (short, _) = hash
            .as_bytes()
            .split_first_chunk()
            .expect("it has 32 bytes");
        u128::from_le_bytes(*short)
    }

    pub fn add(&mut self, path: &Path) {
        self.0.insert(Self::short(path));
    }

    pub fn has(&self, path: &Path) -> bool {
        self.0.contains(&Self::short(path))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_path_of_a_list_leads_out_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        for bad in ["../a", "/etc/passwd", "a/../../b", "", "./a/.."] {
            let line = serde_json::json!({ "path": bad }).to_string();
            std::fs::write(folder.path().join("list"), line + "\n").unwrap();
            let part = Part {
                name: "list".to_owned(),
                bytes: 0,
                blake3: String::new(),
            };
            let first = read(folder.path(), &part).unwrap().next().unwrap();
            assert!(first.is_err(), "{bad}");
        }
    }
}
