//! Attempts on other processes, on privileges, and on the kernel.

use super::{Attempt, call};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Children that lingered this long were not killed.
const LONG: Duration = Duration::from_mins(10);

pub fn attempt(words: &[&str]) -> Option<Attempt> {
    let number = |name: &str| -> i64 { name.parse().expect("a number") };
    Some(match words {
        ["nothing"] => Ok("nothing".into()),
        ["environment"] => {
            let mut names: Vec<_> = std::env::vars().map(|(name, _)| name).collect();
            names.sort();
            Ok(names.join(" "))
        }
        ["status", name] => status(name),
        ["descriptors"] => descriptors(),
        ["complain"] => {
            eprintln!("{}the end", "much ado ".repeat(10_000));
            std::process::exit(3)
        }
        ["abort"] => std::process::abort(),
        ["kill", pid, signal] => syscall(libc::SYS_kill, [number(pid), number(signal), 0, 0, 0, 0]),
        ["tkill", pid] => syscall(libc::SYS_tkill, [number(pid), 0, 0, 0, 0, 0]),
        ["tgkill", pid] => syscall(libc::SYS_tgkill, [number(pid), number(pid), 0, 0, 0, 0]),
        ["pidfd-kill", pid] => pidfd_kill(number(pid)),
        // PTRACE_SEIZE
        ["ptrace", pid] => syscall(libc::SYS_ptrace, [0x4206, number(pid), 0, 0, 0, 0]),
        ["vm-read", pid] => syscall(libc::SYS_process_vm_readv, [number(pid), 0, 0, 0, 0, 0]),
        ["limit-of", pid] => syscall(libc::SYS_prlimit64, [number(pid), 4, 0, 0, 0, 0]),
        ["priority-of", pid] => syscall(libc::SYS_setpriority, [0, number(pid), 19, 0, 0, 0]),
        ["setsid"] => rustix::process::setsid()
            .map(|_| "left".into())
            .map_err(Into::into),
        ["setuid"] => syscall(libc::SYS_setuid, [0; 6]),
        ["setgid"] => syscall(libc::SYS_setgid, [0; 6]),
        ["user"] => Ok(rustix::process::geteuid().as_raw().to_string()),
        ["run", program, rest @ ..] => Command::new(program)
            .args(rest)
            .output()
            .map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned()),
        ["unshare", flags] => syscall(libc::SYS_unshare, [number(flags), 0, 0, 0, 0, 0]),
        ["kernel"] => kernel(),
        ["linger", how] => linger(how),
        ["stay"] => {
            std::thread::sleep(LONG);
            Ok("stayed".into())
        }
        _ => return None,
    })
}

fn syscall(name: libc::c_long, args: [i64; 6]) -> Attempt {
    call(name, args).map(|answer| format!("answer {answer}"))
}

fn pidfd_kill(pid: i64) -> Attempt {
    let process = call(libc::SYS_pidfd_open, [pid, 0, 0, 0, 0, 0])?;
    syscall(libc::SYS_pidfd_send_signal, [process, 0, 0, 0, 0, 0])
}

/// Parts of the kernel that no decoder needs, asked for nonsense: whoever may use them is told that
/// it is nonsense.
fn kernel() -> Attempt {
    let parts = [
        ("mount", libc::SYS_mount),
        ("chroot", libc::SYS_chroot),
        ("move_mount", libc::SYS_move_mount),
        ("fsopen", libc::SYS_fsopen),
        ("setns", libc::SYS_setns),
        ("add_key", libc::SYS_add_key),
        ("keyctl", libc::SYS_keyctl),
        ("bpf", libc::SYS_bpf),
        ("perf_event_open", libc::SYS_perf_event_open),
        ("io_uring_setup", libc::SYS_io_uring_setup),
        ("clone3", libc::SYS_clone3),
        ("acct", libc::SYS_acct),
        ("shmget", libc::SYS_shmget),
        ("mq_open", libc::SYS_mq_open),
        ("open_by_handle_at", libc::SYS_open_by_handle_at),
    ];
    let reached = |part: libc::c_long| match call(part, [-1; 6]) {
        Ok(_) => true,
        Err(error) => !matches!(error.raw_os_error(), Some(libc::EPERM | libc::ENOSYS)),
    };
    let reached: Vec<_> = parts
        .iter()
        .filter(|(_, part)| reached(*part))
        .map(|(name, _)| *name)
        .collect();
    if reached.is_empty() {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    Ok(format!(
        "{} of {}: {}",
        reached.len(),
        parts.len(),
        reached.join(" ")
    ))
}

fn status(name: &str) -> Attempt {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name));
    Ok(line.unwrap_or_default().replace('\t', " "))
}

/// Those that are open, but for the one that lists them.
fn descriptors() -> Attempt {
    let mut open: Vec<_> = fs::read_dir("/proc/self/fd")?
        .flatten()
        .filter(|entry| fs::read_link(entry.path()).is_ok_and(|to| !to.starts_with("/proc")))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    open.sort();
    Ok(open.join(" "))
}

/// Leaves a child and a grandchild behind, and tells their numbers: `session` ones try to leave the
/// session first.
fn linger(how: &str) -> Attempt {
    let me = std::env::args().next().expect("it was started by its path");
    let leave = |what: &str| {
        let mut child = Command::new(&me);
        child
            .args(["linger", what])
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        child
    };
    match how {
        "parent" | "waiting-parent" => {
            let child = leave("child").stdout(Stdio::piped()).spawn()?;
            let pid = child.id();
            let mut told = child.stdout.expect("it was asked for");
            let mut grandchild = [0; 64];
            let length = std::io::Read::read(&mut told, &mut grandchild)?;
            let grandchild = String::from_utf8_lossy(&grandchild[..length]);
            let pids = format!("{pid} {}", grandchild.trim());
            if how == "waiting-parent" {
                println!("did: {pids}");
                std::thread::sleep(LONG);
            }
            Ok(pids)
        }
        "child" => {
            let grandchild = leave("grandchild").stdout(Stdio::null()).spawn()?;
            println!("{}", grandchild.id());
            std::thread::sleep(LONG);
            Ok("stayed".into())
        }
        _ => {
            // Whether it succeeds is another attempt's matter.
            let _ = rustix::process::setsid();
            let _ = rustix::process::setpgid(None, None);
            std::thread::sleep(LONG);
            Ok("stayed".into())
        }
    }
}
