//! Nothing of a job outlives it: not its end, not its caller, not the server, not its worker.

use crate::ground::{Ground, text};
use sandbox::{OutputTo, SandboxError};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(1);

fn is_alive(pid: u32) -> bool {
    // What is dead and not yet buried holds nothing.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim().starts_with('Z'))
}

fn pids(told: &str) -> Vec<u32> {
    let told = told.strip_prefix("did: ").expect("it told of its children");
    told.split(' ')
        .map(|pid| pid.trim().parse().unwrap())
        .collect()
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a program that goes on has written to its file: its children.
fn told_in(file: &Path) -> Vec<u32> {
    let told = wait_for("it says what it started", || {
        fs::read_to_string(file)
            .ok()
            .filter(|told| told.ends_with('\n'))
    });
    let pids = pids(&told);
    assert!(
        pids.len() == 2 && pids.iter().all(|pid| is_alive(*pid)),
        "{told}"
    );
    pids
}

fn all_die(pids: &[u32]) {
    wait_for(&format!("{pids:?} die"), || {
        (!pids.iter().any(|pid| is_alive(*pid))).then_some(())
    });
}

#[tokio::test]
async fn children_and_theirs_end_with_the_program() {
    for ground in Ground::both() {
        let outside = pids(&ground.outside("linger parent"));
        assert!(
            outside.iter().all(|pid| is_alive(*pid)),
            "outside they stay"
        );
        for pid in outside {
            let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }

        let finished = ground.run(&["linger", "parent"]).await.unwrap();
        let pids = pids(&text(&finished.output));
        assert_eq!(pids.len(), 2);
        // At once: the answer comes after their end.
        assert!(!pids.iter().any(|pid| is_alive(*pid)), "{pids:?}");
        ground.is_clean();
    }
}

/// A job that goes on, and the file in which it names its children.
fn going_on(ground: &Ground) -> (sandbox::Job, PathBuf) {
    let file = ground.path().join("told");
    let mut job = ground.job(&["linger", "waiting-parent"]);
    job.output = OutputTo::File(File::create(&file).unwrap());
    (job, file)
}

#[tokio::test]
async fn all_end_with_the_deadline() {
    for ground in Ground::both() {
        let (mut job, file) = going_on(&ground);
        job.limits.wall = Duration::from_secs(5);
        let ended = ground.sandbox.run(job).await;
        assert!(matches!(ended, Err(SandboxError::Deadline)), "{ended:?}");
        let told = pids(&fs::read_to_string(file).unwrap());
        assert!(!told.iter().any(|pid| is_alive(*pid)), "{told:?}");
        ground.is_clean();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_end_when_nobody_waits_any_more() {
    for change_user in [true, false] {
        let ground = Ground::new(change_user, 1);
        let (job, file) = going_on(&ground);
        let mut told = Vec::new();
        tokio::select! {
            ended = ground.sandbox.run(job) => panic!("{ended:?}"),
            found = tokio::task::spawn_blocking(move || told_in(&file)) => told.extend(found.unwrap()),
        }
        // There is one place, which is free when all are dead.
        ground.run(&["nothing"]).await.unwrap();
        assert!(!told.iter().any(|pid| is_alive(*pid)), "{told:?}");
        ground.is_clean();
    }
}

/// A process that runs a job, and that job's processes.
fn host(ground: &Ground) -> (std::process::Child, Vec<u32>) {
    let scratch = ground.path().join("scratch");
    let mut command = ground.command("host");
    command.arg(&ground.program).arg(&scratch);
    let host = command.stdout(Stdio::null()).spawn().unwrap();
    let told = told_in(&scratch.join("output"));
    fs::remove_file(scratch.join("output")).unwrap();
    (host, told)
}

#[test]
fn all_end_when_the_server_is_killed() {
    let ground = Ground::new(true, 1);
    let (mut host, told) = host(&ground);
    host.kill().unwrap();
    host.wait().unwrap();
    all_die(&told);
    wait_for("the scratch folder is removed", || {
        let scratch = ground.path().join("scratch");
        (fs::read_dir(scratch).unwrap().count() == 0).then_some(())
    });
}

#[test]
fn the_program_ends_when_its_worker_is_killed() {
    let ground = Ground::new(true, 1);
    let (mut host, told) = host(&ground);
    let children = |pid: u32| {
        let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let pids = list
            .split_whitespace()
            .map(|pid| pid.parse::<u32>().unwrap());
        pids.collect::<Vec<_>>()
    };
    let workers = children(host.id());
    let [worker] = workers.as_slice() else {
        panic!("{workers:?}")
    };
    let programs = children(*worker);
    let pid = rustix::process::Pid::from_raw(*worker as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    all_die(&programs);
    // The server hears of it.
    assert!(host.wait().unwrap().success());
    for pid in told {
        let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}
