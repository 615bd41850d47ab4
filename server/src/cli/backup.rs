//! `alcove backup`: making backups, checking them, putting them back.

use super::Outcome;
use crate::config::Config;
use backup::Source;
use clap::Subcommand;
use std::path::PathBuf;

/// What to do with backups.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Makes a folder a backup of the drive, or brings the backup there up to date; also while the
    /// server runs.
    Create {
        folder: PathBuf,
        /// Remove from the backup what is no longer in the drive.
        #[arg(long)]
        prune: bool,
    },
    /// Looks whether a backup is whole.
    Verify {
        folder: PathBuf,
        /// Read every stored byte and compare hashes.
        #[arg(long)]
        hash: bool,
    },
    /// Puts a backup back into an empty data folder, and an empty database.
    Restore {
        folder: PathBuf,
        /// The copy of `master.key`, which is not in the backup.
        #[arg(long)]
        master_key: Option<PathBuf>,
    },
}

impl BackupCommand {
    /// Does it.
    /// # Errors
    /// What the operator should read.
    pub async fn run(self, config: &Config) -> Outcome {
        let source = || Source::of(config.database_url(), &config.data);
        match self {
            Self::Create { folder, prune } => {
                let made = backup::create(&config.data, &source()?, &folder, prune).await?;
                let of = &made.manifest;
                println!(
                    "{}: {} files, {} bytes",
                    folder.display(),
                    of.files,
                    of.bytes
                );
                println!(
                    "Copied {} of them, {} bytes",
                    made.copied, made.copied_bytes
                );
                if made.pruned > 0 {
                    println!("Removed {} that are no longer in the drive", made.pruned);
                }
                if of.elsewhere > 0 {
                    println!("Not in the backup: {} blobs in other storage", of.elsewhere);
                }
                println!("Keep a copy of master.key in another place");
                Ok(())
            }
            Self::Verify { folder, hash } => {
                let found = backup::verify(&folder, hash, |problem| println!("{problem}")).await?;
                let of = found.manifest;
                println!(
                    "{} files, {} bytes, of {}",
                    of.files, of.bytes, of.created_at
                );
                match found.problems {
                    0 => Ok(()),
                    1 => Err("1 problem".into()),
                    problems => Err(format!("{problems} problems").into()),
                }
            }
            Self::Restore { folder, master_key } => {
                let key = master_key.as_deref();
                let done = backup::restore(&folder, &config.data, &source()?, key).await?;
                let of = done.manifest;
                println!(
                    "Put back {} files, {} bytes, of {}",
                    of.files, of.bytes, of.created_at
                );
                if !done.has_key {
                    println!(
                        "Put master.key into {}, or set ALCOVE_MASTER_KEY",
                        config.data.display()
                    );
                }
                Ok(())
            }
        }
    }
}
