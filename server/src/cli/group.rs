//! `alcove group`: groups from the shell.

use super::Outcome;
use crate::config::Config;
use crate::services::Services;
use admin::GroupChange;
use clap::Subcommand;
use entity::GroupId;
use std::io::{self, Write as _};

/// What to do with groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// Lists every group with its quota.
    List,
    /// Changes what is named.
    Set {
        id: i64,
        #[arg(long)]
        name: Option<String>,
        /// What each member may hold, such as 5G.
        #[arg(long, value_parser = bytes)]
        quota: Option<i64>,
        /// How fast each member may download, bytes a second, such as 2M; 0: as fast as possible.
        #[arg(long, value_parser = bytes)]
        speed: Option<i64>,
    },
}

impl GroupCommand {
    /// Does it.
    /// # Errors
    /// What the operator should read.
    pub async fn run(self, config: &Config) -> Outcome {
        super::require_site(config)?;
        let services = Services::build(config).await?;
        let done = self.run_with(&services).await;
        services.core.store.clone().close().await;
        done
    }

    async fn run_with(self, services: &Services) -> Outcome {
        let groups = &services.admin.groups;
        match self {
            Self::List => {
                let mut out = io::stdout().lock();
                for group in groups.all_by_operator().await? {
                    let (id, quota) = (group.id, group.max_storage);
                    writeln!(out, "{id}\t{}\t{quota} bytes", group.name)?;
                }
            }
            Self::Set {
                id,
                name,
                quota,
                speed,
            } => {
                let change = GroupChange { name, quota, speed };
                let group = groups.set_by_operator(GroupId(id), &change).await?;
                let (name, quota) = (group.name, group.max_storage);
                println!("{name}: {quota} bytes");
            }
        }
        Ok(())
    }
}

/// A size: a number, perhaps with K, M, G or T behind it, which stand for powers of 1,024.
fn bytes(text: &str) -> Result<i64, String> {
    let (number, power) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let power = "KMGT".find(unit.to_ascii_uppercase());
            let power = power.ok_or_else(|| format!("{unit} is no unit: K, M, G or T"))?;
            (&text[..at], power + 1)
        }
        _ => (text, 0),
    };
    let number: i64 = number.parse().map_err(|_| "not a number".to_owned())?;
    let factor = 1_i64 << (10 * power);
    let size = number.checked_mul(factor).filter(|size| *size >= 0);
    size.ok_or_else(|| "not a size".to_owned())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("5G"), Ok(5 << 30));
        assert_eq!(bytes("1k"), Ok(1_024));
        assert_eq!(bytes("0"), Ok(0));
        for wrong in ["", "G", "-1", "5X", "9999999999T", "1.5G", "5GB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
