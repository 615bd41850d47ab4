//! One server for one test.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, RwLock},
};

use drive::secret::{MasterKey, Sealer};
use drive::settings::sealed;
use drive::steps::Steps;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use server::config::Config;
use tempfile::TempDir;

use crate::{Client, Program, client::Base, database::Database, host::Host};

/// The folder in which local storage keeps what is not complete.
const STAGING: &str = ".staging";

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
    /// How it is run otherwise than usual, also after a restart.
    flags: fn(&mut Config),
}

impl TestServer {
    pub async fn start() -> Self {
        let mut server = Self::start_empty().await;
        server.admin = Some(server.user("admin").await);
        server
    }

    /// With somebody who watches the steps of changes, and these site settings.
    pub async fn start_watched(steps: Steps, settings: &[(&str, &str)]) -> Self {
        let mut server = Self::on(folder(), Database::fresh().await, true, steps).await;
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

    /// Changes site settings, by name, and restarts, so that they hold.
    pub async fn set(&mut self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.tamper(&format!(
                "INSERT INTO settings (name, value) VALUES ('{name}', '{value}') \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ))
            .await;
        }
        self.restart().await;
    }

    /// Waits until no mail is on its way any more.
    pub async fn mail_is_out(&self) {
        self.nothing_left_of("send_mail").await;
    }

    /// Waits until every thumbnail that nobody asked for is made.
    pub async fn thumbnails_are_made(&self) {
        self.nothing_left_of("make_thumbnail").await;
    }

    /// Waits until tasks of a kind are done.
    pub async fn nothing_left_of(&self, kind: &str) {
        let open = format!(
            "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
             WHERE kind = '{kind}' AND state IN ('queued', 'processing', 'suspending')"
        );
        let patience = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while self.ask(&open).await != "0" {
            let is_late = std::time::Instant::now() >= patience;
            assert!(!is_late, "{kind} is not getting done");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// What the journal tells of an account's doings of one kind, oldest first.
    pub async fn journal(&self, op: &str) -> Vec<serde_json::Value> {
        let database = self.database().await;
        let sql = format!("SELECT detail FROM journal WHERE op = '{op}' ORDER BY id");
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(statement).await.expect("a journal");
        let details = rows.iter().map(|row| {
            let text: String = row.try_get("", "detail").expect("a text");
            serde_json::from_str(&text).expect("JSON")
        });
        let details = details.collect();
        database.close().await.expect("the connection closes");
        details
    }

    /// What the journal tells of one kind of doings with a program, once it tells of any: some
    /// entries are written a moment later.
    pub async fn told(&self, op: &str, agent: &str) -> Vec<serde_json::Value> {
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let mut told = self.journal(op).await;
            told.retain(|entry| entry["user_agent"] == agent);
            if !told.is_empty() {
                return told;
            }
            let is_late = std::time::Instant::now() >= patience;
            assert!(!is_late, "the journal has no {op} by {agent}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Without an administrator: whoever registers first becomes it.
    pub async fn start_empty() -> Self {
        Self::on(folder(), Database::fresh().await, true, Steps::default()).await
    }

    /// With other flags than usual.
    pub async fn start_as(flags: fn(&mut Config)) -> Self {
        let mut server = Self::start().await;
        server.flags = flags;
        server.restart().await;
        server
    }

    async fn on(data: TempDir, database: Database, owns_database: bool, steps: Steps) -> Self {
        let host = Host::start(config(data.path(), &database, &steps)).await;
        let base = Arc::new(RwLock::new(format!("http://{}", host.addr)));
        Self {
            host: Some(host),
            base,
            data,
            database,
            owns_database,
            admin: None,
            steps,
            flags: |_| {},
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
        Some(Self::on(data, database, false, Steps::default()).await)
    }

    /// Stops in order and starts on the same data. Clients find the new address by themselves.
    pub async fn restart(&mut self) {
        self.stop();
        self.start_again().await;
    }

    /// Starts on the same data after [`stop`](Self::stop).
    pub async fn start_again(&mut self) {
        let mut config = config(self.data.path(), &self.database, &self.steps);
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

    /// What only the address of this server's database contains.
    pub(crate) fn database_name(&self) -> String {
        match &self.database {
            Database::Sqlite => self.data().display().to_string(),
            Database::Postgres { name, .. } => name.clone(),
        }
    }

    /// A connection to the server's database, beside the server's own.
    pub async fn database(&self) -> DatabaseConnection {
        self.database.connect(self.data()).await
    }

    /// Changes the server's rows behind its back.
    pub async fn tamper(&self, sql: &str) {
        let database = self.database().await;
        let changed = database.execute_unprepared(sql).await;
        let changed = changed.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_ne!(
            changed.rows_affected(),
            0,
            "nothing is there to change: {sql}"
        );
        database.close().await.expect("the connection closes");
    }

    /// The one text that a query answers under the name `value`.
    pub async fn ask(&self, sql: &str) -> String {
        let database = self.database().await;
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let row = database.query_one_raw(statement).await;
        let row = row.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let row = row.unwrap_or_else(|| panic!("{sql} finds nothing"));
        let value = row.try_get("", "value").expect("a text");
        database.close().await.expect("the connection closes");
        value
    }

    /// A site setting, opened if it is sealed.
    pub async fn setting(&self, name: &str) -> String {
        let stored = self.stored_setting(name).await;
        let key = self.data().join("master.key");
        let key = MasterKey::load_or_create(&key, None).expect("a master key");
        sealed::open(&Sealer::new(&key), name, &stored).expect("sealed by this server")
    }

    /// A site setting as it lies in the database.
    pub async fn stored_setting(&self, name: &str) -> String {
        self.ask(&format!("SELECT value FROM settings WHERE name = '{name}'"))
            .await
    }

    /// Has new uploads come in chunks of this many bytes, from the next start on.
    pub async fn cut_uploads_into(&self, chunk_bytes: u32) {
        let settings = match &self.database {
            Database::Sqlite => "REPLACE(settings, '26214400', '{}')",
            Database::Postgres { .. } => "REPLACE(settings::text, '26214400', '{}')::json",
        };
        let settings = settings.replace("{}", &chunk_bytes.to_string());
        self.tamper(&format!(
            "UPDATE storage_policies SET settings = {settings}"
        ))
        .await;
    }

    /// Lets ordinary users mount their drives (and have bytes go through the server).
    pub async fn allow_dav(&self) {
        self.permit_users("CC08").await;
    }

    /// Takes from ordinary users that they may share; what others share they may open.
    pub async fn forbid_sharing(&self) {
        self.permit_users("8008").await;
    }

    /// What ordinary users may do, as the bytes of a bit set in hexadecimal. The row's time moves,
    /// as it does when an administrator changes it.
    pub async fn permit_users(&self, bits: &str) {
        self.permit(2, bits).await;
    }

    /// The same for the group with this id; that of visitors without an account is 3.
    pub async fn permit(&self, group: i64, bits: &str) {
        let bits = match &self.database {
            Database::Sqlite => format!("X'{bits}'"),
            Database::Postgres { .. } => format!("'\\x{bits}'"),
        };
        self.tamper(&format!(
            "UPDATE groups SET permissions = {bits}, updated_at = updated_at + 1 \
             WHERE id = {group}"
        ))
        .await;
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

    /// Files of users' bytes, half-written ones included.
    pub fn stored_files(&self) -> Vec<PathBuf> {
        let mut files = files_below(self.data());
        files.retain(|path| is_in(path, "uploads") || is_in(path, STAGING));
        files
    }

    /// Half-written files.
    pub fn staged_files(&self) -> Vec<PathBuf> {
        staged_below(self.data())
    }

    /// The doctor has nothing to say.
    #[track_caller]
    pub fn assert_healthy(&self) {
        let output = self.run(["doctor", "--hash"]);
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// No upload left anything half-written behind.
    #[track_caller]
    pub fn assert_clean(&self) {
        let staged = self.staged_files();
        assert!(
            staged.is_empty(),
            "half-written files stayed behind: {staged:?}"
        );
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

fn config(data: &Path, database: &Database, steps: &Steps) -> Config {
    Config {
        listen: "127.0.0.1:0".to_owned(),
        data: data.to_owned(),
        database_url: database.url(),
        steps: steps.clone(),
        ..Config::default()
    }
}

/// Half-written files of whatever server keeps its data there.
pub fn staged_below(data: &Path) -> Vec<PathBuf> {
    let mut files = files_below(data);
    files.retain(|path| is_in(path, STAGING));
    files
}

fn is_in(path: &Path, folder: &str) -> bool {
    path.components()
        .any(|component| component.as_os_str() == folder)
}

/// Every file below a folder; none if there is no such folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("the data folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}
