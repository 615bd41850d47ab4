//! The system calls that a program is refused.
//!
//! A list of what is forbidden, since decoders differ in what they need: what leads to the network,
//! to other processes, or out of the folders that landlock leaves, also on kernels whose landlock is
//! too old to see to it, and parts of the kernel that no decoder has business with. Programs run as
//! the server's user where the server is not root, so nothing here relies on users.

mod calls;

use calls::{REFUSED, REFUSED_HERE, UNKNOWN};
use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// The filters for this process and what comes from it; none on machines that they are not made for.
pub fn compile() -> Result<Vec<BpfProgram>, BackendError> {
    let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
        return Ok(Vec::new());
    };
    let mut refused = always(REFUSED.iter().chain(REFUSED_HERE));
    refused.append(&mut by_argument(std::process::id().into())?);
    let filters = [
        (refused, libc::EPERM),
        (always(UNKNOWN.iter()), libc::ENOSYS),
    ];
    let compile = |(rules, error): (Rules, i32)| {
        let action = SeccompAction::Errno(error as u32);
        SeccompFilter::new(both_numbers(rules), SeccompAction::Allow, action, arch)?.try_into()
    };
    filters.into_iter().map(compile).collect()
}

/// Whether they are in force: some kernels have no filters.
pub fn apply(filters: &[BpfProgram]) -> Result<bool, Error> {
    for filter in filters {
        match seccompiler::apply_filter(filter) {
            Ok(()) => {}
            Err(Error::Seccomp(error)) if is_unsupported(&error) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(!filters.is_empty())
}

fn is_unsupported(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL))
}

fn always<'a>(calls: impl Iterator<Item = &'a c_long>) -> Rules {
    calls.map(|call| (*call, Vec::new())).collect()
}

/// On x86-64 a second set of numbers leads to the same calls, where the kernel has x32. What is x32's
/// alone has twins among the others, so no program that is not made for it needs it.
fn both_numbers(mut rules: Rules) -> Rules {
    if cfg!(target_arch = "x86_64") {
        const X32: c_long = 0x4000_0000;
        const X32_ONLY: std::ops::RangeInclusive<c_long> = 512..=547;
        rules.extend(X32_ONLY.map(|call| (call, Vec::new())));
        let twins: Vec<_> = rules
            .iter()
            .map(|(call, rules)| (call | X32, rules.clone()))
            .collect();
        rules.extend(twins);
    }
    rules
}

/// Refused with some arguments only. `own` is the id of this process, which the program keeps.
fn by_argument(own: u64) -> Result<Rules, BackendError> {
    let mut rules = Rules::new();
    // Signals go to the program itself, or to its whole group. It has no others by number: where
    // landlock is too old and the user is the server's, the server would be among them.
    for call in [libc::SYS_kill, libc::SYS_rt_sigqueueinfo] {
        rules.insert(call, vec![all(&[not(0, 0)?, not(0, own)?])?]);
    }
    for call in [libc::SYS_tgkill, libc::SYS_tkill] {
        rules.insert(call, vec![all(&[not(0, own)?])?]);
    }
    // Limits and priorities: its own.
    for call in [
        libc::SYS_prlimit64,
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setattr,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setscheduler,
    ] {
        rules.insert(call, vec![all(&[not(0, 0)?, not(0, own)?])?]);
    }
    for (call, process) in [
        (libc::SYS_setpriority, PRIO_PROCESS),
        (libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS),
    ] {
        let of_others = all(&[not(1, 0)?, not(1, own)?])?;
        rules.insert(call, vec![all(&[not(0, process)?])?, of_others]);
    }
    // Pairs of sockets are pipes, but those of datagrams can be given another address.
    let mut pairs = vec![all(&[not(0, libc::AF_UNIX as u64)?])?];
    for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW] {
        pairs.push(all(&[has(1, 0xf, kind as u64)?])?);
    }
    rules.insert(libc::SYS_socketpair, pairs);
    // New processes, but no new namespaces.
    let namespaces = [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    let with_one = |flag: i32| all(&[has(0, flag as u64, flag as u64)?]);
    let new = namespaces
        .map(with_one)
        .into_iter()
        .collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_clone, new);
    // Signals in the kernel's name, and leases that others would wait for.
    let fcntl = [libc::F_SETOWN, F_SETSIG, F_SETOWN_EX, libc::F_SETLEASE];
    rules.insert(libc::SYS_fcntl, any_of(1, &fcntl.map(|it| it as u64))?);
    // The same by ioctl, typing on terminals, flags of files.
    rules.insert(libc::SYS_ioctl, any_of(1, IOCTLS)?);
    Ok(rules)
}

/// `include/uapi/linux/{resource,ioprio}.h`
const PRIO_PROCESS: u64 = 0;
const IOPRIO_WHO_PROCESS: u64 = 1;

/// `include/uapi/asm-generic/fcntl.h`
const F_SETSIG: i32 = 10;
const F_SETOWN_EX: i32 = 15;

/// `FIOSETOWN`, `SIOCSPGRP`, `TIOCSTI`, `TIOCLINUX`, `FS_IOC_SETFLAGS`, `FS_IOC_FSSETXATTR`,
/// `FS_IOC_ENABLE_VERITY`.
const IOCTLS: &[u64] = &[
    0x8901,
    0x8902,
    0x5412,
    0x541c,
    0x4008_6602,
    0x401c_5820,
    0x4080_6685,
];

/// One rule for each value of an argument.
fn any_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    let rule = |value: &u64| all(&[condition(argument, SeccompCmpOp::Eq, *value)?]);
    values.iter().map(rule).collect()
}

fn all(conditions: &[SeccompCondition]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.to_vec())
}

fn not(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    condition(argument, SeccompCmpOp::Ne, value)
}

fn has(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    condition(argument, SeccompCmpOp::MaskedEq(mask), value)
}

/// All of these arguments are 32 bits wide for the kernel, whatever stands above.
fn condition(
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}
