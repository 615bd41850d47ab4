//! The command line.

mod app;
mod backup;
mod doctor;
mod group;
mod setting;
mod user;
mod variables;

use crate::config::Config;
use crate::{app as server, code_pages};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use futures_util::future::LocalBoxFuture;
use std::error::Error;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::AbortOnDropHandle;
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
    /// Reads an archive for the server, in the sandbox.
    #[command(hide = true)]
    Unpack,
}

/// What a command ends with.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

impl Cli {
    /// What the command line and the environment ask for. Ends the program where that is nonsense.
    pub fn read() -> Self {
        let matches = variables::without_empty(Self::command(), variables::is_empty).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

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
            Command::Worker { .. } | Command::Unpack => {
                Err("a worker must be one from the beginning".into())
            }
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

/// Refuses a data folder that nothing was ever kept in, which a command that looks after what is
/// there would make: it is likelier mistyped than meant.
/// # Errors
/// What is not there.
fn require_site(config: &Config) -> Result<(), String> {
    let embedded = config.data.join("alcove.db");
    let is_there = embedded.exists() || config.data.join(::backup::RESTORING).exists();
    if config.database_url().is_some() || is_there {
        return Ok(());
    }
    Err(format!("there is no database {}", embedded.display()))
}

async fn run_server(config: Config) -> Outcome {
    // Before starting, so that a signal in between is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let texts = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    variables::check(std::env::vars_os().filter_map(texts))?;
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
    let pages = AbortOnDropHandle::new(tokio::spawn(code_pages::give_back()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    drop(pages);
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
