//! The command line.

mod app;
mod backup;
mod doctor;
mod group;
mod setting;
mod user;

use crate::app as server;
use crate::config::Config;
use clap::{Arg, CommandFactory as _, Parser, Subcommand};
use futures_util::future::LocalBoxFuture;
use site::settings::is_known;
use std::error::Error;
use std::ffi::OsStr;
use std::io::{IsTerminal as _, Write as _};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

pub use app::AppCommand;
pub use backup::BackupCommand;
pub use doctor::DoctorCommand;
pub use group::GroupCommand;
pub use setting::SettingCommand;
pub use user::UserCommand;

/// Self-hosted cloud drive.
#[derive(Debug, Parser)]
#[command(name = "alcove", version, about)]
pub struct Cli {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do; serving is the default.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves until SIGTERM or SIGINT.
    Serve,
    /// Prints the description of the API.
    Openapi,
    /// Looks whether database and storage agree; fails if something is found.
    Doctor(DoctorCommand),
    /// Looks after accounts, also while the server runs.
    #[command(subcommand)]
    User(UserCommand),
    /// Looks after groups, also while the server runs.
    #[command(subcommand)]
    Group(GroupCommand),
    /// Looks after settings of the site, also while the server runs.
    #[command(subcommand)]
    Setting(SettingCommand),
    /// Looks after apps that people may let in, also while the server runs.
    #[command(subcommand)]
    App(AppCommand),
    /// Makes backups, checks them, puts them back.
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Runs a foreign program in the sandbox; only the server itself knows how to ask for it.
    #[command(hide = true)]
    Worker { order: String },
}

/// What a command ends with.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

impl Cli {
    /// Does what was asked. Boxed, so that all of it is compiled here and not with the program.
    /// # Errors
    /// Whatever stops the command; to be shown to the operator.
    pub fn run(self) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(self.run_here())
    }

    async fn run_here(self) -> Outcome {
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => run_server(self.config).await,
            Command::Openapi => {
                let json = crate::api::openapi_json();
                std::io::stdout().write_all(json.as_bytes())?;
                Ok(())
            }
            Command::Doctor(command) => command.run(&self.config).await,
            Command::User(command) => command.run(&self.config).await,
            Command::Group(command) => command.run(&self.config).await,
            Command::Setting(command) => command.run(&self.config).await,
            Command::App(command) => command.run(&self.config).await,
            Command::Backup(command) => command.run(&self.config).await,
            Command::Worker { .. } => Err("a worker must be one from the beginning".into()),
        }
    }

    /// Begins to log: human text to a terminal, JSON lines elsewhere.
    pub fn start_log(&self) {
        let by_default = match self.command {
            None | Some(Command::Serve) => "info,sqlx=warn,sea_orm_migration=warn",
            // What such a command did, it says itself.
            Some(_) => "warn",
        };
        let asked = self.config.log.as_deref().filter(|text| !text.is_empty());
        let filter = EnvFilter::new(asked.unwrap_or(by_default));
        let to_stderr = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        if std::io::stderr().is_terminal() {
            to_stderr.compact().init();
        } else {
            // The list of spans begins with what the span alone would repeat.
            to_stderr.json().with_current_span(false).init();
        }
    }
}

/// Names what looks like a variable of ours and means nothing: it is most likely misspelt.
fn warn_of_unknown_variables(names: impl Iterator<Item = String>) {
    let command = Cli::command();
    let known: Vec<_> = command.get_arguments().filter_map(Arg::get_env).collect();
    for name in names.filter(|name| !is_variable(name, &known)) {
        tracing::warn!(name, "this variable means nothing");
    }
}

fn is_variable(name: &str, known: &[&OsStr]) -> bool {
    let Some(rest) = name.strip_prefix("ALCOVE_") else {
        return true;
    };
    let setting = rest
        .strip_prefix("SETTING_DEFAULT_")
        .or_else(|| rest.strip_prefix("SETTING_"));
    match setting {
        Some(setting) => is_known(setting),
        None => {
            // The first is no flag, lest it shows in lists of processes.
            rest == "MASTER_KEY" || rest.starts_with("TEST_") || known.contains(&OsStr::new(name))
        }
    }
}

async fn run_server(config: Config) -> Outcome {
    // Before starting, so that a signal in between is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    warn_of_unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()));
    let data = config.data.clone();
    let running = server::start(config).await?;
    let data = data.canonicalize().unwrap_or(data);
    if std::io::stderr().is_terminal() {
        println!("Alcove is listening on http://{}", running.addr);
        println!("Data folder: {}", data.display());
    } else {
        // Whoever collects the log gets lines of one form.
        tracing::info!(addr = %running.addr, data = %data.display(), "listening");
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_variables_are_told_from_ours() {
        let command = Cli::command();
        let known: Vec<_> = command.get_arguments().filter_map(Arg::get_env).collect();
        for ours in [
            "PATH",
            "ALCOVE_LISTEN",
            "ALCOVE_DATA",
            "ALCOVE_DATABASE_URL",
            "ALCOVE_LOG",
            "ALCOVE_PROXY_HEADER",
            "ALCOVE_TRUSTED_PROXIES",
            "ALCOVE_BODY_TIMEOUT",
            "ALCOVE_MASTER_KEY",
            "ALCOVE_SETTING_siteURL",
            "ALCOVE_SETTING_DEFAULT_siteURL",
        ] {
            assert!(is_variable(ours, &known), "{ours}");
        }
        for other in [
            "ALCOVE_LISTN",
            "ALCOVE_SETTING_siteurl",
            "ALCOVE_SETTING_DEFAULT_nonsense",
            "ALCOVE_SETTING_",
            "ALCOVE_",
        ] {
            assert!(!is_variable(other, &known), "{other}");
        }
    }
}
