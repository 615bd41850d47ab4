//! What is decided before the database can be asked: flags, else environment, else defaults.

use clap::Args;
use drive::steps::Steps;
use std::path::PathBuf;

/// How to run. Every field has a flag and a variable `ALCOVE_…`.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address and port to listen on; port 0 picks a free one.
    #[arg(
        long,
        global = true,
        env = "ALCOVE_LISTEN",
        default_value = "0.0.0.0:5212"
    )]
    pub listen: String,
    /// Folder for the embedded database, files, avatars and keys; made if missing.
    #[arg(long, global = true, env = "ALCOVE_DATA", default_value = "./data")]
    pub data: PathBuf,
    /// `postgres://…` or `mysql://…`; without it a SQLite file in the data folder is used.
    #[arg(
        long,
        global = true,
        env = "ALCOVE_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// What to log, such as `debug` or `server=debug,warn` [default: info].
    #[arg(long, global = true, env = "ALCOVE_LOG")]
    pub log: Option<String>,
    /// Header in which the proxy in front tells the client's address, such as `X-Real-IP`.
    #[arg(long, global = true, env = "ALCOVE_PROXY_HEADER")]
    pub proxy_header: Option<String>,
    /// Watched by tests.
    #[arg(skip)]
    pub steps: Steps,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "0.0.0.0:5212".to_owned(),
            data: PathBuf::from("./data"),
            database_url: None,
            log: None,
            proxy_header: None,
            steps: Steps::default(),
        }
    }
}

impl Config {
    /// The database's URL; an empty variable counts as none.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref().filter(|url| !url.is_empty())
    }
}
