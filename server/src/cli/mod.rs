//! The command line.

mod app;
mod doctor;
mod user;

use crate::app as server;
use crate::config::Config;
use clap::{Parser, Subcommand};
use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

pub use app::AppCommand;
pub use doctor::DoctorCommand;
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
    /// Looks after apps that people may let in, also while the server runs.
    #[command(subcommand)]
    App(AppCommand),
}

/// What a command ends with.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

impl Cli {
    /// Does what was asked.
    /// # Errors
    /// Whatever stops the command; to be shown to the operator.
    pub async fn run(self) -> Outcome {
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => run_server(self.config).await,
            Command::Openapi => {
                let json = crate::api::openapi_json();
                std::io::stdout().write_all(json.as_bytes())?;
                Ok(())
            }
            Command::Doctor(command) => command.run(&self.config).await,
            Command::User(command) => command.run(&self.config).await,
            Command::App(command) => command.run(&self.config).await,
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
            to_stderr.json().init();
        }
    }
}

async fn run_server(config: Config) -> Outcome {
    // Before starting, so that a signal in between is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let data = config.data.clone();
    let running = server::start(config).await?;
    println!("Alcove is listening on http://{}", running.addr);
    println!(
        "Data folder: {}",
        data.canonicalize().unwrap_or(data).display()
    );
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
