//! One server for one test.

mod rows;
mod stored;

pub use stored::{files_below, staged_below};

use std::{
    path::Path,
    process::{Command, Output},
    sync::{Arc, RwLock},
};

use drive::policy::DriverKinds;
use serde_json::json;
use server::config::Config;
use site::secret::PasswordCost;
use site::steps::Steps;
use tempfile::TempDir;

use crate::{Client, Program, VENDOR, Vendor, client::Base, database::Database, host::Host};

/// The password of everybody the harness registers.
pub const PASSWORD: &str = "correct horse battery";

/// A server on a free port of this machine, with a data folder and a database nobody else uses.
///
/// The first to register becomes administrator, so the harness registers `admin` before anybody.
pub struct TestServer {
    host: Option<Host>,
    base: Base,
    data: TempDir,
    database: Database,
    /// The database goes with this server.
    owns_database: bool,
    admin: Option<Client>,
    steps: Steps,
    drivers: DriverKinds,
    /// How it is run otherwise than usual, also after a restart.
    flags: Box<dyn Fn(&mut Config) + Send + Sync>,
}

impl TestServer {
    pub async fn start() -> Self {
        let mut server = Self::start_empty().await;
        server.admin = Some(server.user("admin").await);
        server
    }

    /// With somebody who watches the steps of changes, and these site settings.
    pub async fn start_watched(steps: Steps, settings: &[(&str, &str)]) -> Self {
        let mut server = Self::fresh(steps, DriverKinds::default()).await;
        server.admin = Some(server.user("admin").await);
        if !settings.is_empty() {
            server.set(settings).await;
        }
        server
    }

    /// With these site settings, by name, instead of the factory's.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let mut server = Self::start().await;
        server.set(settings).await;
        server
    }

    /// With a mail server, and further site settings.
    pub async fn start_with_mail(mail: &crate::MailServer, settings: &[(&str, &str)]) -> Self {
        let mail = mail.settings();
        let mut all: Vec<(&str, &str)> = mail
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend(settings);
        Self::start_with(&all).await
    }

    /// Without an administrator: whoever registers first becomes it.
    pub async fn start_empty() -> Self {
        Self::fresh(Steps::default(), DriverKinds::default()).await
    }

    /// With a storage vendor to whom all new uploads go, in pieces of [`PART_BYTES`]; and with
    /// somebody who watches the steps of changes.
    ///
    /// [`PART_BYTES`]: crate::PART_BYTES
    pub async fn start_with_vendor(vendor: &Vendor, steps: Steps) -> Self {
        let mut server = Self::fresh(steps, vendor.kinds()).await;
        server.admin = Some(server.user("admin").await);
        let policy = format!(
            "UPDATE storage_policies SET kind = '{VENDOR}', server = 'here', secret_key = 's3cret'"
        );
        server.tamper(&policy).await;
        server.cut_uploads_into(0).await;
        server.restart().await;
        server
    }

    /// With other flags than usual.
    pub async fn start_as(flags: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let mut server = Self::start().await;
        server.flags = Box::new(flags);
        server.restart().await;
        server
    }

    async fn fresh(steps: Steps, drivers: DriverKinds) -> Self {
        let watch = (steps, drivers);
        Self::on(folder(), Database::fresh().await, true, watch).await
    }

    /// A server on what a backup held, put back by the program.
    pub async fn restored(backup: &Path, master_key: &Path) -> Self {
        let (data, database) = (folder(), Database::empty().await);
        let mut command = Program::command(data.path(), ["backup", "restore"]);
        command.arg(backup).arg("--master-key").arg(master_key);
        if let Some(url) = database.url() {
            command.env("ALCOVE_DATABASE_URL", url);
        }
        let output = Program::finish(command, "");
        assert!(output.status.success(), "{output:?}");
        let plain = (Steps::default(), DriverKinds::default());
        Self::on(data, database, true, plain).await
    }

    async fn on(
        data: TempDir,
        database: Database,
        owns_database: bool,
        (steps, drivers): (Steps, DriverKinds),
    ) -> Self {
        let host = Host::start(config(data.path(), &database, &steps, &drivers)).await;
        let base = Arc::new(RwLock::new(format!("http://{}", host.addr)));
        Self {
            host: Some(host),
            base,
            data,
            database,
            owns_database,
            admin: None,
            steps,
            drivers,
            flags: Box::new(|_| {}),
        }
    }

    /// Another server on the same database, with a data folder of its own; `None` on SQLite,
    /// which belongs to one server. Rows and the master key are shared, bytes are not.
    pub async fn beside(&self) -> Option<Self> {
        let database = match &self.database {
            Database::Sqlite => return None,
            shared @ Database::Postgres { .. } => shared.clone(),
        };
        let data = tempfile::tempdir().expect("a folder");
        for file in ["master.key", "folder.id"] {
            let copied = std::fs::copy(self.data().join(file), data.path().join(file));
            copied.expect("it can be copied");
        }
        let plain = (Steps::default(), DriverKinds::default());
        Some(Self::on(data, database, false, plain).await)
    }

    /// The same with other flags than usual.
    pub async fn beside_as(
        &self,
        flags: impl Fn(&mut Config) + Send + Sync + 'static,
    ) -> Option<Self> {
        let mut other = self.beside().await?;
        other.flags = Box::new(flags);
        other.restart().await;
        Some(other)
    }

    /// Where the server's database is; `None` on SQLite, which puts it into the data folder.
    pub fn database_url(&self) -> Option<String> {
        self.database.url()
    }

    /// Stops in order and starts on the same data. Clients find the new address by themselves.
    pub async fn restart(&mut self) {
        self.stop();
        self.start_again().await;
    }

    /// Starts on the same data after [`stop`](Self::stop).
    pub async fn start_again(&mut self) {
        let (steps, drivers) = (&self.steps, &self.drivers);
        let mut config = config(self.data.path(), &self.database, steps, drivers);
        (self.flags)(&mut config);
        let host = Host::start(config).await;
        *self.base.write().expect("no thread panicked with it") = format!("http://{}", host.addr);
        self.host = Some(host);
    }

    /// Where it answers; another place after each start.
    pub fn address(&self) -> String {
        self.base
            .read()
            .expect("no thread panicked with it")
            .clone()
    }

    /// The administrator.
    pub fn admin(&self) -> &Client {
        self.admin.as_ref().expect("started with an administrator")
    }

    /// Registers `name` and signs in as it.
    pub async fn user(&self, name: &str) -> Client {
        let stranger = self.stranger();
        stranger
            .post(
                "/user",
                json!({ "email": email(name), "password": PASSWORD }),
            )
            .await
            .ok();
        stranger.sign_in(name, PASSWORD).await
    }

    /// Somebody who has not signed in.
    pub fn stranger(&self) -> Client {
        Client::nobody(self.base.clone())
    }

    /// Where the server keeps its bytes and, on SQLite, its rows.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// A command of the program on this server's data.
    pub fn command<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut command = Program::command(self.data(), args);
        if let Some(url) = self.database.url() {
            command.env("ALCOVE_DATABASE_URL", url);
        }
        command
    }

    /// Runs a command of the program on this server's data to its end.
    pub fn run<const N: usize>(&self, args: [&str; N]) -> Output {
        Program::finish(self.command(args), "")
    }

    /// Stops in order; nothing of it may stay alive.
    pub fn stop(&mut self) {
        let alive = self.host.take().map_or(0, |mut host| host.stop());
        if !std::thread::panicking() {
            assert_eq!(
                alive, 0,
                "tasks outlived the server (or it panicked while stopping)"
            );
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
        if matches!(self.database, Database::Sqlite) || !self.owns_database {
            return;
        }
        // The test's own runtime may be gone or be single-threaded.
        std::thread::scope(|scope| {
            let removal = scope.spawn(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime can be made")
                    .block_on(self.database.remove());
            });
            // A panic here must not hide the test's own.
            assert!(
                removal.join().is_ok() || std::thread::panicking(),
                "the database stays"
            );
        });
    }
}

pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("alcove-test-")
        .tempdir()
        .expect("a folder")
}

fn config(data: &Path, database: &Database, steps: &Steps, drivers: &DriverKinds) -> Config {
    Config {
        listen: "127.0.0.1:0".to_owned(),
        data: data.to_owned(),
        database_url: database.url(),
        steps: steps.clone(),
        drivers: drivers.clone(),
        password_cost: PasswordCost::LEAST,
        // This process is the server, and no worker.
        program: "/proc/self/no-program".into(),
        ..Config::default()
    }
}
