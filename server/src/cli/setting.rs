//! `alcove setting`: settings of the site from the shell.

use super::Outcome;
use crate::config::Config;
use crate::services::Services;
use clap::Subcommand;
use site::settings::describe;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum SettingCommand {
    /// Lists settings with their values; secrets are not told.
    List {
        /// A part of their names.
        part: Option<String>,
    },
    /// Tells one value.
    Get { key: String },
    /// Sets a value, as the API does. A running server follows within five seconds.
    Set {
        key: String,
        /// Read from standard input if left out: secrets do not belong into a list of processes.
        value: Option<String>,
    },
    /// Sets the value that a new site starts with.
    Reset { key: String },
}

impl SettingCommand {
    /// Does it.
    /// # Errors
    /// What the operator should read.
    pub async fn run(self, config: &Config) -> Outcome {
        // A site may begin with it.
        if !matches!(self, Self::Set { .. }) {
            super::require_site(config)?;
        }
        let services = Services::build(config).await?;
        let done = self.run_with(&services).await;
        services.core.store.clone().close().await;
        done
    }

    async fn run_with(self, services: &Services) -> Outcome {
        let settings = &services.admin.settings;
        match self {
            Self::List { part } => {
                let part = part.unwrap_or_default();
                let mut out = io::stdout().lock();
                for (key, value) in settings.all_by_operator().await? {
                    if key.contains(&part) {
                        writeln!(out, "{key}\t{}", value.replace('\n', "\\n"))?;
                    }
                }
            }
            Self::Get { key } => {
                let all = settings.all_by_operator().await?;
                let value = all.get(&key).ok_or_else(|| unknown(&key))?;
                println!("{value}");
            }
            Self::Set { key, value } => {
                let value = match value {
                    Some(value) => value,
                    None => io::read_to_string(io::stdin())?
                        .trim_end_matches(['\r', '\n'])
                        .to_owned(),
                };
                let stored = settings.set_by_operator(one(&key, value)).await?;
                println!("{}", told(&key, &stored));
            }
            Self::Reset { key } => {
                let known = describe().into_iter().find(|one| one.key == key);
                let known = known.ok_or_else(|| unknown(&key))?;
                let stored = settings.set_by_operator(one(&key, known.default)).await?;
                println!("{}", told(&key, &stored));
            }
        }
        Ok(())
    }
}

/// What is in force now; a secret is not written to a terminal.
fn told(key: &str, stored: &BTreeMap<String, String>) -> String {
    let is_secret = describe().iter().any(|one| one.key == key && one.is_secret);
    match stored.get(key) {
        Some(value) if is_secret && !value.is_empty() => format!("{key} is set"),
        value => format!("{key} = {}", value.map_or("", String::as_str)),
    }
}

fn one(key: &str, value: String) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), value)])
}

fn unknown(key: &str) -> String {
    let meant = site::settings::nearest(key);
    let meant = meant.map_or_else(String::new, |meant| format!(", is {meant} meant?"));
    format!("{key}: there is no such setting{meant}")
}
