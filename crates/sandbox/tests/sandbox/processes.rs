//! No other process can be touched, no privilege gained, and nothing is inherited.

use crate::ground::{Ground, did, is_root, refused};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

#[tokio::test]
async fn no_other_process_can_be_touched() {
    for ground in Ground::both() {
        let attempts = [
            "kill {} 0",
            "kill -{} 0",
            "kill -1 0",
            "tkill {}",
            "tgkill {}",
            "pidfd-kill {}",
            "limit-of {}",
            "priority-of {}",
            "vm-read {}",
            "ptrace {}",
            "kill {} 9",
        ];
        for attempt in attempts {
            let mut victim = ground.victim();
            let attempt = attempt.replace("{}", &victim.id().to_string());
            refused(&attempt, &ground.inside(&attempt).await);
            assert!(victim.is_alive(), "{attempt}");
            // It is no group of its own.
            if !attempt.starts_with("kill -") {
                did(&attempt, &ground.outside_as_job(&attempt));
            }
        }
        did("kill -1 0", &ground.outside("kill -1 0"));
        // Nor can it go where it would not be found.
        did("setsid", &ground.outside("setsid"));
        refused("setsid", &ground.inside("setsid").await);
    }
}

#[tokio::test]
async fn no_privilege_is_kept_or_gained() {
    for ground in Ground::both() {
        for attempt in ["setuid", "setgid"] {
            let told = ground.inside(attempt).await;
            if is_root() {
                did(attempt, &ground.outside(attempt));
            }
            // Root without capabilities is what it is already.
            if ground.change_user {
                refused(attempt, &told);
            }
        }
        for (name, expected) in [
            ("NoNewPrivs:", "NoNewPrivs: 1"),
            ("Seccomp:", "Seccomp: 2"),
            ("CapEff:", "CapEff: 0000000000000000"),
            ("CapPrm:", "CapPrm: 0000000000000000"),
            ("CapInh:", "CapInh: 0000000000000000"),
            ("CapAmb:", "CapAmb: 0000000000000000"),
        ] {
            let mut job = ground.job(&["status", name]);
            job.readable.push("/proc".into());
            assert_eq!(ground.inside_of(job).await, format!("did: {expected}"));
        }
        let namespace = format!("unshare {}", libc::CLONE_NEWUSER);
        if is_root() {
            did("kernel", &ground.outside("kernel"));
            did(&namespace, &ground.outside(&namespace));
        }
        refused("kernel", &ground.inside("kernel").await);
        refused(&namespace, &ground.inside(&namespace).await);
    }
}

#[tokio::test]
async fn a_program_that_runs_as_its_owner_does_not_in_the_sandbox() {
    if !is_root() {
        return;
    }
    let ground = Ground::new(true, 1);
    let owned = ground.path().join("owned");
    fs::copy(&ground.program, &owned).unwrap();
    fs::set_permissions(&owned, Permissions::from_mode(0o4755)).unwrap();
    let attempt = format!("run {} user", owned.display());
    let mut outside = ground.command(&attempt);
    let output = outside.uid(65_520).output().unwrap();
    assert_eq!(output.stdout, b"did: did: 0\n", "set-user-ID works here");
    let mut job = ground.job(&attempt.split(' ').collect::<Vec<_>>());
    job.readable.push(owned);
    assert_eq!(ground.inside_of(job).await, "did: did: 65520");
}

#[tokio::test]
async fn nothing_is_inherited_but_three_descriptors() {
    let leaked = File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&leaked, rustix::io::FdFlags::empty()).unwrap();
    for ground in Ground::both() {
        let outside = ground.outside("descriptors");
        assert_ne!(outside, "did: 0 1 2", "one more is inherited outside");
        let mut job = ground.job(&["descriptors"]);
        job.readable.push("/proc".into());
        assert_eq!(ground.inside_of(job).await, "did: 0 1 2");

        let mut outside = ground.command("environment");
        let output = outside.env("SECRET", "key").output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("SECRET"));
        let mut job = ground.job(&["environment"]);
        job.env.push(("LANG".to_owned(), "C".to_owned()));
        assert_eq!(ground.inside_of(job).await, "did: HOME LANG TMPDIR");
        let mut job = ground.job(&["environment"]);
        job.scratch = None;
        assert_eq!(ground.inside_of(job).await, "did:");
    }
}
