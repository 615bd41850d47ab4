//! A process confines itself, step by step, and becomes a foreign program.

use crate::spec::{Confinement, NOT_STARTED, Spec, Task, Told};
use crate::{filter, landlock, limits};
use rustix::fs::Mode;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{
    Pid, Signal, getgid, getppid, getuid, set_parent_process_death_signal, setsid, umask,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, Gid, Uid, clear_ambient_capability_set, set_capabilities,
    set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use std::io::{self, Write as _};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Lower than the server in whatever the processor has to choose.
const NICENESS: i32 = 10;

/// Confines itself and does the job. Comes back only from a probe or a failure.
pub fn become_job(spec: &Spec, watcher: i32) -> ExitCode {
    match confine(spec, watcher) {
        Ok(confinement) => tell(&Told::Confined(confinement)),
        Err(Refusal::NotFound) => return not_started(&Told::NotFound),
        Err(Refusal::Failed(why)) => return not_started(&Told::NotStarted(why)),
    }
    match &spec.task {
        Task::Probe => ExitCode::SUCCESS,
        Task::Program { program, args, env } => {
            let mut command = Command::new(program);
            command.args(args).env_clear();
            if let Some(scratch) = &spec.scratch {
                command.env("HOME", &scratch.path);
                command.env("TMPDIR", &scratch.path);
            }
            command.envs(env.iter().map(|(name, value)| (name, value)));
            let error = command.exec();
            not_started(&Told::NotStarted(error.to_string()))
        }
    }
}

fn tell(told: &Told) {
    let mut line = serde_json::to_vec(told).expect("plain values are JSON");
    line.push(b'\n');
    // Whoever does not read it has gone away and ends this process.
    let _ = io::stderr().write_all(&line);
}

fn not_started(told: &Told) -> ExitCode {
    tell(told);
    ExitCode::from(NOT_STARTED as u8)
}

/// Why a process is not confined, and must not go on.
enum Refusal {
    NotFound,
    Failed(String),
}

/// What was being done when it failed.
fn while_doing<E: ToString>(step: &'static str) -> impl FnOnce(E) -> Refusal {
    move |error| Refusal::Failed(format!("{step}: {}", error.to_string()))
}

/// The order matters: what a step needs must not have been taken away by one before.
fn confine(spec: &Spec, watcher: i32) -> Result<Confinement, Refusal> {
    setsid().map_err(while_doing("session"))?;
    umask(Mode::from_raw_mode(0o077));
    close_the_rest().map_err(while_doing("descriptors"))?;
    give_way();
    let doors = landlock::open(spec).map_err(|error| match error {
        landlock::OpenError::NoProgram => Refusal::NotFound,
        landlock::OpenError::Other(why) => Refusal::Failed(why),
    })?;
    let scratch = spec.scratch.as_ref().map(|scratch| scratch.path.as_path());
    std::env::set_current_dir(scratch.unwrap_or(Path::new("/"))).map_err(while_doing("folder"))?;
    let user = spec.user.filter(|user| become_user(*user, scratch));
    let others = limits::tasks_of_user(user.is_some());
    drop_capabilities().map_err(while_doing("capabilities"))?;
    // After the user has changed, which takes it back.
    end_with(watcher).map_err(while_doing("parent"))?;
    set_no_new_privs(true).map_err(while_doing("privileges"))?;
    let landlock = doors.close().map_err(while_doing("landlock"))?;
    let filters = filter::compile().map_err(while_doing("filter"))?;
    limits::set(&spec.limits, others).map_err(while_doing("limits"))?;
    let seccomp = filter::apply(&filters).map_err(while_doing("seccomp"))?;
    Ok(Confinement {
        landlock,
        seccomp,
        user,
    })
}

/// Nothing but the first three descriptors gets through to the program. Ours never do; the server may
/// have been started with some that it knows nothing of.
fn close_the_rest() -> io::Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let Some(fd) = entry?.file_name().to_str().and_then(|fd| fd.parse().ok()) else {
            continue;
        };
        if fd <= libc::STDERR_FILENO {
            continue;
        }
        // SAFETY: this process has one thread, so what was just listed is open.
        #[expect(unsafe_code, reason = "nothing safe names descriptors of others")]
        let inherited = unsafe { BorrowedFd::borrow_raw(fd) };
        fcntl_setfd(inherited, FdFlags::CLOEXEC)?;
    }
    Ok(())
}

/// Lets the server go first, and the kernel end this when memory is short. Not vital.
fn give_way() {
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// Whether it could become another user, who then owns the scratch folder: root can, if that user
/// exists in its container.
fn become_user(id: u32, scratch: Option<&Path>) -> bool {
    if scratch.is_some_and(|path| chown(path, Some(id), Some(id)).is_err()) {
        return false;
    }
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    let done = set_thread_groups(&[]).is_ok()
        && set_thread_res_gid(group, group, group).is_ok()
        && set_thread_res_uid(user, user, user).is_ok();
    if let (false, Some(path)) = (done, scratch) {
        let (user, group) = (getuid().as_raw(), getgid().as_raw());
        // If it fails, the program finds that it cannot write there.
        let _ = chown(path, Some(user), Some(group));
    }
    done
}

fn drop_capabilities() -> io::Result<()> {
    clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    Ok(())
}

/// Has the kernel kill this process when the watcher dies.
fn end_with(watcher: i32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() == Pid::from_raw(watcher) {
        return Ok(());
    }
    Err(io::Error::other("it has died"))
}
