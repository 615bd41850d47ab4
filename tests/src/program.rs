//! The `alcove` program as a process of its own.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Statement};

use crate::Client;
use crate::database::Database;
use crate::free_port;

/// How long a debug build may take from start to the first answer, or to the end of a command.
const START: Duration = Duration::from_mins(1);

/// How a resource is taken away from a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Nothing,
    /// No file may grow beyond this many bytes: every write past it fails, as on a full disk.
    FilesLargerThan(u64),
}

/// A running server process.
pub struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// Starts the server on `data` and waits for its first answer.
    pub async fn serve(data: &Path, refusal: Refusal) -> Self {
        Self::serve_with(data, refusal, |_| {}).await
    }

    /// The same with a command that is changed first.
    pub async fn serve_with(
        data: &Path,
        refusal: Refusal,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let command = match refusal {
            Refusal::Nothing => Command::new(path()),
            Refusal::FilesLargerThan(bytes) => limited(bytes),
        };
        Self::start(command, data, change).await
    }

    /// Starts a server that dies, as by `kill -9`, when it reaches a step. Debug builds only.
    pub async fn serve_until(data: &Path, step: &str) -> Self {
        let mut command = Command::new(path());
        command.env("ALCOVE_DIE_AT", step);
        Self::start(command, data, |_| {}).await
    }

    async fn start(mut command: Command, data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let port = free_port();
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .env_remove("ALCOVE_DATABASE_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        change(&mut command);
        let child = command.spawn().expect("alcove can be started");
        let mut program = Self { child, port };
        program.wait_for_answer().await;
        program
    }

    async fn wait_for_answer(&mut self) {
        let patience = Instant::now() + START;
        let stranger = self.stranger();
        loop {
            let ping = stranger.request(reqwest::Method::GET, "/site/ping");
            if stranger.try_send(ping).await.is_some() {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                panic!("alcove ended before it answered: {status}");
            }
            assert!(Instant::now() < patience, "alcove does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn stranger(&self) -> Client {
        Client::at(&format!("http://127.0.0.1:{}", self.port))
    }

    /// Registers `name` and signs in as it.
    pub async fn user(&self, name: &str) -> Client {
        let email = crate::server::email(name);
        let body = serde_json::json!({ "email": email, "password": crate::PASSWORD });
        self.stranger().post("/user", body).await.ok();
        self.stranger().sign_in(name, crate::PASSWORD).await
    }

    /// The memory the process holds now, without files that it has mapped.
    pub fn memory_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it lives");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        let kib: Option<u64> = kib.and_then(|kib| kib.parse().ok());
        kib.expect("Linux tells it") * 1024
    }

    /// `kill -9`: the process gets no chance to tidy up.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
    }

    /// Waits until it has died by itself.
    pub fn died(mut self) -> bool {
        let patience = Instant::now() + START;
        while Instant::now() < patience {
            let ended = self.child.try_wait().expect("the process is ours");
            if let Some(status) = ended {
                return !status.success();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// Asks it to stop, and answers whether it ended well.
    pub fn stop(mut self) -> bool {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill exists");
        assert!(sent.success(), "the process had ended before");
        self.child.wait().expect("the process is ours").success()
    }

    /// Changes the rows of a program that does not run.
    pub async fn tamper(data: &Path, sql: &str) {
        let database = Database::Sqlite.connect(data).await;
        let changed = database.execute_unprepared(sql).await;
        changed.unwrap_or_else(|error| panic!("{sql}: {error}"));
        database.close().await.expect("the connection closes");
    }

    /// The one text that a query answers under the name `value`.
    pub async fn ask(data: &Path, sql: &str) -> String {
        let database = Database::Sqlite.connect(data).await;
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let row = database.query_one_raw(statement).await;
        let row = row.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let value = row.map(|row| row.try_get("", "value").expect("a text"));
        database.close().await.expect("the connection closes");
        value.unwrap_or_else(|| panic!("{sql} finds nothing"))
    }

    /// Another command of the program, to be changed further and given to [`finish`](Self::finish).
    pub fn command<const N: usize>(data: &Path, args: [&str; N]) -> Command {
        let mut command = Command::new(path());
        command
            .args(args)
            .env("ALCOVE_DATA", data)
            .env_remove("ALCOVE_DATABASE_URL");
        command
    }

    /// Runs another command of the program to its end.
    pub fn run<const N: usize>(data: &Path, args: [&str; N]) -> Output {
        Self::finish(Self::command(data, args), "")
    }

    /// Runs a command to its end, with this text as its standard input.
    pub fn finish(mut command: Command, input: &str) -> Output {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("alcove can be started");
        let id = child.id();
        let mut stdin = child.stdin.take().expect("it was asked for");
        // A command that reads nothing may have ended already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let (sender, output) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = output.recv_timeout(START) else {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
            panic!("{command:?} does not end");
        };
        output.expect("the process is ours")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A shell that lowers the limit, turns its signal into an error, and becomes the program.
fn limited(bytes: u64) -> Command {
    let mut command = Command::new("bash");
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$@\"",
        bytes.div_ceil(1024)
    );
    command.args(["-c", &script, "bash"]).arg(path());
    command
}

/// Where the program is, built from what is on disk now.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let mut build = Command::new(crate::cargo());
        build.args(["build", "--quiet", "--workspace", "--bin", "alcove"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let built = build
            .current_dir(crate::tests_folder())
            .status()
            .expect("cargo runs");
        assert!(built.success(), "alcove does not build");
        // target/debug/deps/api-0123… → target/debug/alcove
        let test = std::env::current_exe().expect("this program has a path");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .expect("it lies in target/…/deps");
        folder.join("alcove")
    })
}
