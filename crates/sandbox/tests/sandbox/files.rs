//! Nothing is read but what the job names, and nothing changed but the scratch folder.

use crate::ground::{Ground, did, is_root, refused};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// What somebody else's folder holds; `{data}` is its path in the attempts.
fn fill(data: &Path, program: &Path) {
    let _ = fs::remove_dir_all(data);
    fs::create_dir(data).unwrap();
    fs::write(data.join("secret"), "precious").unwrap();
    // Nothing but the sandbox is in the way: everybody may do everything here.
    fs::set_permissions(data.join("secret"), Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(data, Permissions::from_mode(0o777)).unwrap();
    std::os::unix::fs::symlink(program, data.join("tool")).unwrap();
}

fn is_untouched(data: &Path) {
    let mut names: Vec<_> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["secret", "tool"]);
    let secret = data.join("secret");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "precious");
    let metadata = secret.metadata().unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o666, 1));
    assert!(metadata.mtime() > 0);
}

/// What landlock refuses, in all its versions.
const PATHS: &[&str] = &[
    "read /etc/passwd",
    "list /",
    "list {data}",
    "read {data}/secret",
    "read {data}/../data/secret",
    "write {data}/new",
    "write {data}/secret",
    "append {data}/secret",
    "open-truncate {data}/secret",
    "mkdir {data}/folder",
    "remove {data}/secret",
    "rename {data}/secret {data}/other",
    "rename {data}/secret mine",
    "symlink-read to-secret {data}/secret",
    "symlink-write to-secret-too {data}/secret",
    "hard-link linked {data}/secret",
    "write /tmp/alcove-hostile",
    "read /proc/self/environ",
    "copy-and-execute ./tool",
];

/// What the filter of system calls refuses, whether there is landlock or not.
const CALLS: &[&str] = &[
    "truncate {data}/secret",
    "chmod {data}/secret",
    "touch {data}/secret",
    "inotify",
];

#[tokio::test]
async fn what_is_not_the_jobs_is_neither_read_nor_changed() {
    for ground in Ground::both() {
        let data = ground.path().join("data");
        let found = ground.confinement().await;
        let paths = PATHS.iter().filter(|_| found.landlock.is_some());
        let calls = CALLS.iter().filter(|_| found.seccomp);
        for attempt in paths.chain(calls) {
            let attempt = attempt.replace("{data}", &data.display().to_string());
            fill(&data, &ground.program);
            did(&attempt, &ground.outside(&attempt));
            let _ = fs::remove_file("/tmp/alcove-hostile");
            fill(&data, &ground.program);
            let mut job = ground.job(&attempt.split(' ').collect::<Vec<_>>());
            // Room for a copy of this program.
            job.limits.file_size = 1 << 30;
            job.scratch = Some(1 << 30);
            refused(&attempt, &ground.inside_of(job).await);
            is_untouched(&data);
        }
        if is_root() {
            did("device", &ground.outside("device here"));
        }
        refused("device", &ground.inside("device here").await);
        ground.is_clean();
    }
}

#[tokio::test]
async fn other_processes_are_not_read_even_where_all_of_proc_is_readable() {
    for ground in Ground::both() {
        if ground.confinement().await.landlock.is_none() {
            return;
        }
        let victim = ground.victim();
        for file in [
            "environ",
            "maps",
            "fd/0",
            "root/etc/hostname",
            "cwd/etc/hostname",
        ] {
            let attempt = format!("read /proc/{}/{file}", victim.id());
            did(&attempt, &ground.outside(&attempt));
            let mut job = ground.job(&["read", attempt.strip_prefix("read ").unwrap()]);
            job.readable.push("/proc".into());
            refused(&attempt, &ground.inside_of(job).await);
        }
        let mut job = ground.job(&["read", "/proc/self/root/etc/passwd"]);
        job.readable.push("/proc".into());
        refused("read through its own root", &ground.inside_of(job).await);
    }
}

#[tokio::test]
async fn the_scratch_folder_and_what_the_job_names_can_be_used() {
    for ground in Ground::both() {
        let named = ground.path().join("named");
        fs::write(&named, "12345").unwrap();
        fs::set_permissions(&named, Permissions::from_mode(0o644)).unwrap();
        let (read, write) = (
            format!("read {}", named.display()),
            format!("append {}", named.display()),
        );
        let mut job = ground.job(&[
            "all",
            "write mine",
            "append mine",
            "read mine",
            "mkdir folder",
            "rename mine folder/mine",
            "read folder/mine",
            "remove folder/mine",
            "write /dev/null",
            &read,
            &write,
        ]);
        job.readable.push(named);
        let told = ground.inside_of(job).await;
        let lines: Vec<_> = told.lines().collect();
        let (last, others) = lines.split_last().unwrap();
        assert!(others.iter().all(|line| line.contains(": did: ")), "{told}");
        ground.is_clean();
        if ground.confinement().await.landlock.is_none() {
            continue;
        }
        assert!(last.contains(": refused: "), "{told}");
        let mut job = ground.job(&["write", "mine"]);
        job.scratch = None;
        refused("write without scratch", &ground.inside_of(job).await);
    }
}
