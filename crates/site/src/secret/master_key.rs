//! The key under which small secrets are sealed.

use std::{
    fmt, fs, io,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::{TryRngCore, rngs::OsRng};

/// 32 random bytes, kept outside the database: in the environment or in a file
/// only the server's user can read. Who loses it loses the sealed secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

#[derive(Debug, thiserror::Error)]
pub enum BadMasterKey {
    #[error("a master key is base64 of 32 bytes")]
    Text,
    #[error("the master key file {0} holds no master key")]
    File(PathBuf),
    #[error("the master key file {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl MasterKey {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From base64, as [`to_base64`](Self::to_base64) writes it; white space
    /// around it is ignored.
    ///
    /// # Errors
    /// `Text`.
    pub fn from_base64(text: &str) -> Result<Self, BadMasterKey> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| BadMasterKey::Text)?;
        bytes.try_into().map(Self).map_err(|_| BadMasterKey::Text)
    }

    /// For the file or the environment; a secret.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The key from the environment if given there, else from the file, which is
    /// made with a new random key when it does not exist. Of several processes
    /// starting at once one makes the file and all use it.
    ///
    /// # Errors
    /// `Text` for a bad key in the environment, `File` for a damaged file, `Io`.
    pub fn load_or_create(path: &Path, environment: Option<&str>) -> Result<Self, BadMasterKey> {
        if let Some(text) = environment {
            return Self::from_base64(text);
        }
        if let Some(key) = read(path)? {
            return Ok(key);
        }
        create(path).map_err(|source| BadMasterKey::Io {
            path: path.to_owned(),
            source,
        })?;
        // Read back, because another process may have been first.
        read(path)?.ok_or_else(|| BadMasterKey::File(path.to_owned()))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// `None` if there is no file.
fn read(path: &Path) -> Result<Option<MasterKey>, BadMasterKey> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
        Err(source) => {
            return Err(BadMasterKey::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    if fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0) {
        tracing::warn!(path = %path.display(), "other users may read the master key file");
    }
    let key = MasterKey::from_base64(&text);
    key.map(Some)
        .map_err(|_| BadMasterKey::File(path.to_owned()))
}

/// Writes the whole file under another name and links it into place, so that
/// neither a crash nor a rival leaves half a key. An existing file stays.
fn create(path: &Path) -> io::Result<()> {
    let mut key = [0; 32];
    OsRng.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".master-key-{:016x}", rand::random::<u64>()));
    let linked = write_private(&draft, &MasterKey(key).to_base64())
        .and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    removed?;
    fs::File::open(folder)?.sync_all()
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/master.key");
        let key = MasterKey::load_or_create(&path, None).unwrap();
        assert_eq!(MasterKey::load_or_create(&path, None).unwrap(), key);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let files = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(files, 1, "no draft is left");
    }

    #[test]
    fn the_environment_wins_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let given = MasterKey::from_bytes([3; 32]);
        let text = given.to_base64();
        assert_eq!(
            MasterKey::load_or_create(&path, Some(&text)).unwrap(),
            given
        );
        assert!(!path.exists());
        assert!(matches!(
            MasterKey::load_or_create(&path, Some("short")),
            Err(BadMasterKey::Text)
        ));
    }

    #[test]
    fn a_damaged_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        for damaged in ["", "AAAA\n", "not a key"] {
            fs::write(&path, damaged).unwrap();
            let result = MasterKey::load_or_create(&path, None);
            assert!(matches!(result, Err(BadMasterKey::File(_))));
            assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        }
    }

    #[test]
    fn processes_starting_together_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let load = || MasterKey::load_or_create(&path, None).unwrap();
        let keys: Vec<MasterKey> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}
