//! What is decided before the database can be asked: flags, else environment, else defaults.

use crate::http::proxies::{self, Named, Network, Proxies};
use crate::http::serve::Patience;
use clap::Args;
use drive::policy::DriverKinds;
use site::secret::PasswordCost;
use site::steps::Steps;
use site::task::Registry;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

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
    /// Folders below which storage policies may keep files, such as other disks, separated by
    /// commas.
    #[arg(
        long,
        global = true,
        env = "ALCOVE_STORAGE_ROOTS",
        value_delimiter = ','
    )]
    pub storage_roots: Vec<PathBuf>,
    /// Where people sign in to let storage policies into drives at Microsoft, if not there.
    #[arg(long, global = true, env = "ALCOVE_MICROSOFT_LOGIN")]
    pub microsoft_login: Option<Url>,
    /// Where the keys are by which callbacks of OSS are known, if not at Alibaba's. For tests.
    #[arg(skip)]
    pub oss_callback_keys: Option<Url>,
    /// Where it is said by which hosts buckets of Qiniu are reached, if not at Qiniu's. For tests.
    #[arg(skip)]
    pub qiniu_regions: Option<Url>,
    /// What to log, such as `debug` or `server=debug,warn` [default: info].
    #[arg(long, global = true, env = "ALCOVE_LOG")]
    pub log: Option<String>,
    /// Header in which a trusted proxy tells the client's address, such as `X-Real-IP`.
    #[arg(long, global = true, env = "ALCOVE_PROXY_HEADER", value_parser = proxies::header)]
    pub proxy_header: Option<Named>,
    /// Proxies whose header is believed: addresses and networks, such as `10.0.0.0/8`, separated
    /// by commas.
    #[arg(
        long,
        global = true,
        env = "ALCOVE_TRUSTED_PROXIES",
        value_delimiter = ',',
        default_value = proxies::THIS_MACHINE
    )]
    pub trusted_proxies: Vec<Network>,
    /// Seconds for which a client may send nothing of a request's body, once or altogether.
    #[arg(
        long,
        global = true,
        env = "ALCOVE_BODY_TIMEOUT",
        default_value_t = BODY_TIMEOUT,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub body_timeout: u32,
    /// Watched by tests.
    #[arg(skip)]
    pub steps: Steps,
    /// Kinds of storage that policies may name.
    #[arg(skip)]
    pub drivers: DriverKinds,
    /// Kinds of task that a test brings along.
    #[arg(skip)]
    pub kinds: ExtraKinds,
    /// Other replicas hear of changes at once, where the database can tell them.
    #[arg(skip = true)]
    pub carries_news: bool,
    /// What the hash of a password costs; less only where a test is the server.
    #[arg(skip)]
    pub password_cost: PasswordCost,
    /// This program, as the sandbox starts it; another one only where a test is the server.
    #[arg(skip = PathBuf::from(THIS_PROGRAM))]
    pub program: PathBuf,
}

/// The running one, even after an upgrade has replaced it.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// More kinds of task than the program has.
#[derive(Clone, Default)]
pub struct ExtraKinds(Option<Arc<dyn Fn(Registry) -> Registry + Send + Sync>>);

impl ExtraKinds {
    pub fn new(add: impl Fn(Registry) -> Registry + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(add)))
    }

    /// Together with these.
    pub fn add_to(&self, registry: Registry) -> Registry {
        match &self.0 {
            Some(add) => add(registry),
            None => registry,
        }
    }
}

impl fmt::Debug for ExtraKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraKinds({})", self.0.is_some())
    }
}

/// Seconds.
const BODY_TIMEOUT: u32 = 60;

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "0.0.0.0:5212".to_owned(),
            data: PathBuf::from("./data"),
            database_url: None,
            storage_roots: Vec::new(),
            microsoft_login: None,
            oss_callback_keys: None,
            qiniu_regions: None,
            log: None,
            proxy_header: None,
            steps: Steps::default(),
            kinds: ExtraKinds::default(),
            carries_news: true,
            password_cost: PasswordCost::default(),
            program: PathBuf::from(THIS_PROGRAM),
            drivers: DriverKinds::default(),
            trusted_proxies: proxies::this_machine(),
            body_timeout: BODY_TIMEOUT,
        }
    }
}

impl Config {
    /// Whose word counts for where a request comes from.
    pub fn proxies(&self) -> Proxies {
        let header = self.proxy_header.clone().and_then(|Named(name)| name);
        Proxies::new(header, self.trusted_proxies.clone())
    }

    /// What bounds connections.
    pub fn patience(&self) -> Patience {
        Patience {
            body: Duration::from_secs(self.body_timeout.into()),
            ..Patience::default()
        }
    }

    /// The database's URL; an empty variable counts as none.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref().filter(|url| !url.is_empty())
    }
}
