//! Where the attempts are made: a sandbox, folders, and the same program outside.

use sandbox::{Confinement, Finished, Job, Limits, OutputTo, Sandbox, SandboxConfig, SandboxError};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const MIB: u64 = 1024 * 1024;

/// The first user that a sandbox of root's gives to a job.
const JOB_USER: u32 = 65_520;

/// A sandbox and a folder that everybody may reach, for a time.
pub struct Ground {
    folder: TempDir,
    pub sandbox: Sandbox,
    /// The hostile program.
    pub program: PathBuf,
    pub change_user: bool,
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Ground {
    /// With jobs as other users, as root's are, and with jobs as the server's user, as all others'
    /// are. The second shows what holds without any help of users.
    pub fn both() -> [Self; 2] {
        [Self::new(true, 2), Self::new(false, 2)]
    }

    pub fn new(change_user: bool, at_once: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let open = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        open(folder.path(), 0o755);
        let scratch_root = folder.path().join("scratch");
        fs::create_dir(&scratch_root).unwrap();
        open(&scratch_root, 0o755);
        // Cargo's folder may be where other users cannot go. Copied by another process: while this
        // one had it open for writing, whatever another thread starts would keep it from running.
        let program = folder.path().join("hostile");
        let built = env!("CARGO_BIN_EXE_hostile");
        assert!(
            Command::new("cp")
                .arg(built)
                .arg(&program)
                .status()
                .unwrap()
                .success()
        );
        open(&program, 0o755);
        let sandbox = Sandbox::new(SandboxConfig {
            worker: program.clone(),
            at_once,
            scratch_root,
            change_user,
        });
        Self {
            folder,
            sandbox,
            program,
            change_user,
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A job that makes these attempts, with room to make them.
    pub fn job(&self, args: &[&str]) -> Job {
        Job {
            program: self.program.clone(),
            args: args.iter().map(ToString::to_string).collect(),
            env: Vec::new(),
            input: File::open("/dev/null").unwrap(),
            output: OutputTo::Bytes(MIB),
            limits: Limits {
                memory: 256 * MIB,
                address_space: 1024 * MIB,
                cpu: Duration::from_mins(1),
                wall: Duration::from_mins(2),
                file_size: 4 * MIB,
                descriptors: 64,
                processes: 16,
            },
            readable: ["/usr", "/lib", "/lib64"].map(PathBuf::from).into(),
            scratch: Some(16 * MIB),
        }
    }

    pub async fn run(&self, args: &[&str]) -> Result<Finished, SandboxError> {
        self.sandbox.run(self.job(args)).await
    }

    /// What one attempt comes to in the sandbox.
    pub async fn inside(&self, attempt: &str) -> String {
        self.inside_of(self.job(&words(attempt))).await
    }

    pub async fn inside_of(&self, job: Job) -> String {
        text(&self.sandbox.run(job).await.unwrap().output)
    }

    /// What it comes to outside, in a new folder, as the server.
    pub fn outside(&self, attempt: &str) -> String {
        let folder = TempDir::new().unwrap();
        let output = self
            .command(attempt)
            .current_dir(folder.path())
            .output()
            .unwrap();
        text(&output.stdout)
    }

    /// The program outside.
    pub fn command(&self, attempt: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words(attempt));
        command
    }

    /// The program outside, as the user of the first job.
    fn command_as_job(&self, attempt: &str) -> Command {
        let mut command = self.command(attempt);
        if self.change_user && is_root() {
            command.uid(JOB_USER).gid(JOB_USER);
        }
        command
    }

    /// What an attempt comes to outside, for the user of the jobs.
    pub fn outside_as_job(&self, attempt: &str) -> String {
        text(&self.command_as_job(attempt).output().unwrap().stdout)
    }

    /// A process of the same user as the jobs, that nobody may touch.
    pub fn victim(&self) -> Victim {
        let mut command = self.command_as_job("stay");
        command
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Victim(command.spawn().unwrap())
    }

    pub async fn confinement(&self) -> Confinement {
        self.sandbox.confinement().await.unwrap()
    }

    /// Nothing is left of any job.
    #[track_caller]
    pub fn is_clean(&self) {
        let left: Vec<_> = fs::read_dir(self.path().join("scratch")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// A process that ends with the test.
pub struct Victim(Child);

impl Victim {
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn words(attempt: &str) -> Vec<&str> {
    attempt.split(' ').collect()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().trim().to_owned()
}

#[track_caller]
pub fn did(attempt: &str, told: &str) {
    assert!(told.starts_with("did: "), "{attempt} outside: {told}");
}

#[track_caller]
pub fn refused(attempt: &str, told: &str) {
    assert!(
        told.starts_with("refused: "),
        "{attempt} in the sandbox: {told}"
    );
}
