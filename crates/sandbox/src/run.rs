//! The server's side: starts workers, and hears what came of their jobs.

mod process;

use crate::spec::{Confinement, End, Report, Scratch, Spec, Task};
use crate::{Finished, Job, Limits, OutputTo, SandboxError};
use process::{Output, do_job, spawn_failed};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Numbers that no system gives to anybody (systemd's list of users calls 65520–65533 unused).
/// Each job has one of its own, since limits and signals look at users.
const USERS: std::ops::RangeInclusive<u32> = 65_520..=65_533;

/// How the sandbox is set up.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// A program that answers to [`COMMAND`](crate::COMMAND) with [`work`](crate::work): `/proc/self/exe`, which is
    /// the running one even after an upgrade has replaced it.
    pub worker: PathBuf,
    /// Jobs that run at a time; others wait. At most 14, of all classes, where each is a user of its
    /// own.
    pub at_once: usize,
    /// Where scratch folders are made. Who runs as root lets jobs be other users, who reach their
    /// folder by its path only if they may pass through all above.
    pub scratch_root: PathBuf,
    /// Whether jobs become other users where the server is root.
    pub change_user: bool,
}

/// Runs foreign programs, one process tree a job.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct Shared {
    config: SandboxConfig,
    /// Users that no job has now. Empty if jobs do not change theirs.
    users: Mutex<BTreeSet<u32>>,
    /// As many as there are users, where jobs change theirs.
    free_users: Option<Arc<Semaphore>>,
    jobs: AtomicU64,
    told: AtomicBool,
}

impl Sandbox {
    /// Starts nothing yet.
    pub fn new(config: SandboxConfig) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let users = (config.change_user && is_root).then_some(USERS);
        let users: BTreeSet<_> = users.into_iter().flatten().collect();
        let permits = Arc::new(Semaphore::new(config.at_once));
        let free_users = (!users.is_empty()).then(|| Arc::new(Semaphore::new(users.len())));
        let shared = Shared {
            users: Mutex::new(users),
            free_users,
            jobs: AtomicU64::new(0),
            told: AtomicBool::new(false),
            config,
        };
        Self {
            shared: Arc::new(shared),
            permits,
        }
    }

    /// The same for jobs of another class, so many at a time: those of one class do not wait for
    /// those of another, as long as there are users for all of them.
    pub fn beside(&self, at_once: usize) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            permits: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Runs a program to its successful end. If the caller stops waiting, all of the job is killed;
    /// its place is free when nothing of it lives any more.
    /// # Errors
    /// All but success: see [`SandboxError`].
    pub async fn run(&self, job: Job) -> Result<Finished, SandboxError> {
        let (program, limits) = (job.program.clone(), job.limits);
        let task = Task::Program {
            program: job.program,
            args: job.args,
            env: job.env,
        };
        let order = (task, job.limits, job.readable, job.scratch);
        let (report, output) = self.start(order, job.input.into(), job.output).await?;
        let Report {
            end, stderr_tail, ..
        } = report;
        Err(match end {
            End::Exited(0) if output.is_full(&limits) => SandboxError::OutputTooLarge,
            End::Exited(0) => {
                return Ok(Finished {
                    stderr_tail,
                    output: output.bytes(),
                });
            }
            End::Exited(code) => SandboxError::Failed { code, stderr_tail },
            // While somebody waits, a job is cancelled for its output only.
            End::Signalled(libc::SIGXFSZ) | End::Cancelled => SandboxError::OutputTooLarge,
            End::Signalled(libc::SIGXCPU) | End::Deadline => SandboxError::Deadline,
            End::Signalled(signal) => SandboxError::Crashed {
                signal,
                stderr_tail,
            },
            End::Memory => SandboxError::Memory,
            End::Processes => SandboxError::Processes,
            End::Scratch => SandboxError::Scratch,
            End::NotFound => SandboxError::NotFound(program),
            End::NotStarted(why) => SandboxError::Spawn(why),
        })
    }

    /// What this machine confines programs with.
    /// # Errors
    /// No worker can be started at all.
    pub async fn confinement(&self) -> Result<Confinement, SandboxError> {
        const PROBE: Limits = Limits {
            memory: 1 << 30,
            address_space: 1 << 40,
            cpu: Duration::from_secs(10),
            wall: Duration::from_secs(10),
            file_size: 0,
            descriptors: 64,
            processes: 1,
        };
        let order = (Task::Probe, PROBE, Vec::new(), None);
        let (report, _) = self.start(order, Stdio::null(), OutputTo::Bytes(0)).await?;
        match (report.confinement, report.end) {
            (Some(confinement), End::Exited(0)) => Ok(confinement),
            (_, End::NotStarted(why)) => Err(SandboxError::Spawn(why)),
            (_, end) => Err(SandboxError::Spawn(format!("it ended as {end:?}"))),
        }
    }
}

/// What a job is, but for its descriptors.
type Asked = (Task, Limits, Vec<PathBuf>, Option<u64>);

impl Sandbox {
    /// Waits for a place and does the job, in a task of its own: it sees to the end even if nobody
    /// waits for it any more.
    async fn start(
        &self,
        asked: Asked,
        input: Stdio,
        output: OutputTo,
    ) -> Result<(Report, Output), SandboxError> {
        let shared = Arc::clone(&self.shared);
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(spawn_failed)?;
        let free_user = match &shared.free_users {
            Some(users) => Some(Arc::clone(users).acquire_owned().await),
            None => None,
        };
        let free_user = free_user.transpose().map_err(spawn_failed)?;
        let (wanted, cancelled) = oneshot::channel();
        let job = tokio::spawn(async move {
            let user = shared.take_user();
            let spec = shared.spec(asked, user);
            let done = do_job(&shared.config, spec, input, output, cancelled).await;
            shared.users().extend(user);
            if let Ok((report, _)) = &done {
                shared.tell_once(report.confinement);
            }
            drop((permit, free_user));
            done
        });
        let done = job.await.map_err(spawn_failed)?;
        drop(wanted);
        done
    }
}

impl Shared {
    fn users(&self) -> std::sync::MutexGuard<'_, BTreeSet<u32>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_user(&self) -> Option<u32> {
        self.users().pop_first()
    }

    fn spec(&self, (task, limits, readable, scratch): Asked, user: Option<u32>) -> Spec {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed);
        let name = format!("alcove-job-{}-{number}", std::process::id());
        Spec {
            task,
            limits,
            readable,
            scratch: scratch.map(|max_bytes| Scratch {
                path: self.config.scratch_root.join(name),
                max_bytes,
            }),
            user,
        }
    }

    fn tell_once(&self, confinement: Option<Confinement>) {
        let Some(found) = confinement else { return };
        let is_whole = found.landlock.is_some() && found.seccomp;
        if !is_whole && !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(%found, "this kernel confines foreign programs in part only");
        }
    }
}
