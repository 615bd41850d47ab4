//! Where the key for encryption at rest is kept.

use super::values::{Rows, Secret};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionSettings {
    pub vault: KeyVault,
    /// Base64 of 32 bytes; counts only with [`KeyVault::Setting`].
    pub master_key: Secret,
    /// A file with the base64 key; counts only with [`KeyVault::File`].
    pub master_key_file: String,
    /// Clients show a lock on encrypted versions.
    pub show_status: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyVault {
    Setting,
    File,
    /// The variable `CR_ENCRYPT_MASTER_KEY`.
    Env,
}

impl EncryptionSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            vault: rows.parsed("encrypt_master_key_vault", |text| match text {
                "setting" => Some(KeyVault::Setting),
                "file" => Some(KeyVault::File),
                "env" => Some(KeyVault::Env),
                _ => None,
            }),
            master_key: rows.secret("encrypt_master_key"),
            master_key_file: rows.text("encrypt_master_key_file"),
            show_status: rows.flag("show_encryption_status"),
        }
    }
}
