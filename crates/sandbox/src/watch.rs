//! The worker watches over one job, and sees to it that nothing is left of it.

use crate::scratch;
use crate::spec::{Confinement, End, NOT_STARTED, Order, Report, Spec, Told};
use crate::{COMMAND, usage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, kill_process_group, pidfd_open,
    set_child_subreaper, wait,
};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often memory is looked at, and how often if there is a folder to look at as well.
const TICK: Duration = Duration::from_millis(20);
const FOLDER_TICK: Duration = Duration::from_millis(50);

/// How long to wait for processes that were killed before killing once more.
const REAP: Duration = Duration::from_millis(1);

/// What is kept of the program's complaints: this much of the beginning, which holds what the
/// process said before it became the program, and of the end.
const HEAD_BYTES: usize = 4 * 1024;
const TAIL_BYTES: usize = 4 * 1024;

/// Does the job in a child and reports on the standard error.
pub fn watch(spec: Spec) -> ExitCode {
    let report = run(&spec).unwrap_or_else(|error| Report {
        confinement: None,
        end: End::NotStarted(error.to_string()),
        stderr_tail: String::new(),
    });
    let json = serde_json::to_vec(&report).expect("plain values are JSON");
    // If nobody reads it, nobody needs it.
    let _ = io::stderr().write_all(&json);
    ExitCode::SUCCESS
}

fn run(spec: &Spec) -> io::Result<Report> {
    let deadline = Instant::now() + spec.limits.wall;
    // Whatever the job leaves behind becomes a child of this process.
    set_child_subreaper(Some(getpid()))?;
    let Some(folder) = &spec.scratch else {
        return run_child(spec, deadline);
    };
    scratch::create(&folder.path)?;
    let done = run_child(spec, deadline);
    if let Err(error) = scratch::remove(&folder.path) {
        let path = folder.path.display();
        return Err(io::Error::other(format!(
            "{path} cannot be removed: {error}"
        )));
    }
    done
}

fn run_child(spec: &Spec, deadline: Instant) -> io::Result<Report> {
    let order = Order::Confine(spec.clone(), getpid().as_raw_nonzero().get());
    let mut child = Command::new("/proc/self/exe")
        .arg(COMMAND)
        .arg(serde_json::to_string(&order)?)
        .env_clear()
        .stderr(Stdio::piped())
        .spawn()?;
    let mut complaints = Complaints::default();
    let seen = observe(&mut child, spec, deadline, &mut complaints);
    let status = end_all(&mut child)?;
    complaints.read_the_rest(&mut child);
    Ok(report(seen?, status, &complaints))
}

/// Waits until the job ends or must end; the reason if it must.
fn observe(
    child: &mut Child,
    spec: &Spec,
    deadline: Instant,
    complaints: &mut Complaints,
) -> io::Result<Option<End>> {
    let job = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let server = io::stderr();
    let tick = if spec.scratch.is_some() {
        FOLDER_TICK
    } else {
        TICK
    };
    let mut next_tick = Instant::now() + tick;
    loop {
        let now = Instant::now();
        if now >= deadline {
            return Ok(Some(End::Deadline));
        }
        if now >= next_tick {
            if let Some(end) = over_limits(spec) {
                return Ok(Some(end));
            }
            next_tick = Instant::now() + tick;
        }
        let patience = deadline.min(next_tick).saturating_duration_since(now);
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        let pipe = child.stderr.as_ref().filter(|_| !complaints.ended);
        let mut watched = vec![
            PollFd::new(&job, PollFlags::IN),
            // Its other end is closed when the server dies, or does not want the answer any more.
            PollFd::new(&server, PollFlags::empty()),
        ];
        watched.extend(pipe.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        match poll(&mut watched, Some(&patience)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let happened: Vec<_> = watched.iter().map(PollFd::revents).collect();
        if happened[1].intersects(PollFlags::ERR | PollFlags::HUP) {
            return Ok(Some(End::Cancelled));
        }
        if happened.get(2).is_some_and(|event| !event.is_empty()) {
            complaints.read_once(child);
        }
        if !happened[0].is_empty() {
            return Ok(None);
        }
    }
}

fn over_limits(spec: &Spec) -> Option<End> {
    let held = usage::of(&usage::descendants());
    if held.memory > spec.limits.memory {
        return Some(End::Memory);
    }
    if held.tasks > spec.limits.processes {
        return Some(End::Processes);
    }
    let folder = spec.scratch.as_ref()?;
    let stored = scratch::bytes_below(&folder.path);
    let fits = stored.is_some_and(|stored| stored + held.nameless <= folder.max_bytes);
    (!fits).then_some(End::Scratch)
}

/// Kills all of the job and waits until all are dead.
fn end_all(child: &mut Child) -> io::Result<ExitStatus> {
    let pid = Pid::from_child(child);
    // Its number is its group's until it is waited for. Nothing leaves the group where system calls
    // are filtered. It may have ended before it had a group.
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = kill_process(pid, Signal::KILL);
    let status = child.wait()?;
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => {
                for left in usage::descendants() {
                    let left = i32::try_from(left).ok().and_then(Pid::from_raw);
                    // It may have died meanwhile; its number is its own until it is waited for.
                    let _ = left.map(|pid| kill_process(pid, Signal::KILL));
                }
                std::thread::sleep(REAP);
            }
            // No child is left.
            Err(_) => return Ok(status),
        }
    }
}

/// What came on the program's standard error.
#[derive(Default)]
struct Complaints {
    head: Vec<u8>,
    tail: Vec<u8>,
    ended: bool,
}

impl Complaints {
    /// Reads what is there, which is something.
    fn read_once(&mut self, child: &mut Child) {
        let mut buffer = [0; 16 * 1024];
        let pipe = child.stderr.as_mut().expect("it was asked for");
        match pipe.read(&mut buffer) {
            Ok(0) | Err(_) => self.ended = true,
            Ok(count) => self.add(&buffer[..count]),
        }
    }

    /// Reads what is left, without waiting for more.
    fn read_the_rest(&mut self, child: &mut Child) {
        while !self.ended {
            let pipe = child.stderr.as_ref().expect("it was asked for");
            let mut watched = [PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN)];
            match poll(&mut watched, Some(&Timespec::default())) {
                Ok(1) => self.read_once(child),
                _ => return,
            }
        }
    }

    fn add(&mut self, mut bytes: &[u8]) {
        if !self.head.contains(&b'\n') && self.head.len() < HEAD_BYTES {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(bytes.len(), |end| end + 1);
            self.head.extend_from_slice(&bytes[..length]);
            bytes = &bytes[length..];
        }
        self.tail.extend_from_slice(bytes);
        let too_much = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..too_much);
    }
}

/// Puts together what was seen, how the child ended, and what it said.
fn report(seen: Option<End>, status: ExitStatus, complaints: &Complaints) -> Report {
    let mut confinement: Option<Confinement> = None;
    let told = match serde_json::from_slice(&complaints.head) {
        Ok(Told::Confined(found)) => {
            confinement = Some(found);
            // A program that says the same only denies that it ran.
            let ended = status.code() == Some(NOT_STARTED);
            ended
                .then(|| serde_json::from_slice(&complaints.tail).ok())
                .flatten()
        }
        Ok(told) => Some(told),
        Err(_) => None,
    };
    let by_itself = match (told, status.signal(), status.code()) {
        (Some(Told::NotFound), ..) => End::NotFound,
        (Some(Told::NotStarted(why)), ..) => End::NotStarted(why),
        (_, Some(signal), _) => End::Signalled(signal),
        (_, None, code) if confinement.is_some() => End::Exited(code.unwrap_or_default()),
        _ => End::NotStarted(String::from_utf8_lossy(&complaints.head).into_owned()),
    };
    Report {
        confinement,
        end: seen.unwrap_or(by_itself),
        stderr_tail: String::from_utf8_lossy(&complaints.tail).into_owned(),
    }
}
