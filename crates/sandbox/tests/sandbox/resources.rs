//! Nobody takes more than the job grants.

use crate::ground::{Ground, did, refused};
use sandbox::{OutputTo, SandboxError};
use std::io::{Read as _, Seek as _};
use std::time::{Duration, Instant};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn memory_is_bounded_for_each_process_and_for_all() {
    for ground in Ground::both() {
        did("allocate", &ground.outside("allocate 1200"));
        refused("allocate", &ground.inside("allocate 1200").await);
        did("allocate less", &ground.inside("allocate 100").await);

        did("memory-file", &ground.outside("memory-file"));
        refused("memory-file", &ground.inside("memory-file").await);

        // Each little, together too much.
        for attempt in ["allocate-slowly 200", "allocate-in-children 4 100"] {
            did(attempt, &ground.outside(attempt));
            let mut job = ground.job(&attempt.split(' ').collect::<Vec<_>>());
            job.limits.memory = 80 * MIB;
            let ended = ground.sandbox.run(job).await;
            assert!(matches!(ended, Err(SandboxError::Memory)), "{ended:?}");
        }
        ground.is_clean();
    }
}

#[tokio::test]
async fn processes_and_threads_are_bounded() {
    for ground in Ground::both() {
        for attempt in ["fork 300", "spawn-threads 300"] {
            did(attempt, &ground.outside(attempt));
            match ground.run(&attempt.split(' ').collect::<Vec<_>>()).await {
                // The worker was there first.
                Err(SandboxError::Processes) => {}
                Ok(finished) => refused(attempt, &crate::ground::text(&finished.output)),
                other => panic!("{attempt}: {other:?}"),
            }
        }
        ground.is_clean();
    }
}

#[tokio::test]
async fn what_else_its_user_runs_takes_nothing_from_a_job() {
    for ground in Ground::both() {
        let others: Vec<_> = (0..100).map(|_| ground.victim()).collect();
        did("fork", &ground.inside("fork 5").await);
        drop(others);
    }
}

#[tokio::test]
async fn time_is_bounded_whether_spent_or_slept() {
    for ground in Ground::both() {
        let mut job = ground.job(&["sleep", "600"]);
        job.limits.wall = Duration::from_millis(300);
        let ended = ground.sandbox.run(job).await;
        assert!(matches!(ended, Err(SandboxError::Deadline)), "{ended:?}");

        let mut job = ground.job(&["compute", "600"]);
        job.limits.cpu = Duration::from_secs(1);
        job.limits.wall = Duration::from_mins(10);
        let start = Instant::now();
        let ended = ground.sandbox.run(job).await;
        assert!(
            start.elapsed() < Duration::from_mins(5),
            "its own time is up first"
        );
        assert!(matches!(ended, Err(SandboxError::Deadline)), "{ended:?}");

        let mut job = ground.job(&[
            "-c",
            "trap '' TERM INT HUP QUIT XCPU USR1; while :; do :; done",
        ]);
        job.program = "/bin/sh".into();
        job.limits.wall = Duration::from_millis(300);
        let ended = ground.sandbox.run(job).await;
        assert!(matches!(ended, Err(SandboxError::Deadline)), "{ended:?}");

        did("compute", &ground.outside("compute 2"));
        did("sleep", &ground.outside("sleep 1"));
        ground.is_clean();
    }
}

#[tokio::test]
async fn descriptors_are_bounded() {
    for ground in Ground::both() {
        did("open", &ground.outside("open 500"));
        let told = ground.inside("open 500").await;
        assert!(told.starts_with("refused: after 61:"), "{told}");
    }
}

#[tokio::test]
async fn output_is_bounded() {
    for ground in Ground::both() {
        let ended = ground.run(&["print", "100"]).await;
        assert!(
            matches!(ended, Err(SandboxError::OutputTooLarge)),
            "{ended:?}"
        );

        let mut file = tempfile::tempfile().unwrap();
        let mut job = ground.job(&["print", "100"]);
        job.output = OutputTo::File(file.try_clone().unwrap());
        let ended = ground.sandbox.run(job).await;
        assert!(
            matches!(ended, Err(SandboxError::OutputTooLarge)),
            "{ended:?}"
        );
        assert!(file.metadata().unwrap().len() <= 4 * MIB);

        // Within its bounds it comes whole.
        file.set_len(0).unwrap();
        file.rewind().unwrap();
        let mut job = ground.job(&["print", "3"]);
        job.output = OutputTo::File(file.try_clone().unwrap());
        ground.sandbox.run(job).await.unwrap();
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        let printed = text.trim_end_matches("did: 3 MiB\n");
        assert_eq!(printed.len() as u64, 3 * MIB);
        let output = ground.command("print 100").output().unwrap().stdout;
        assert!(output.len() as u64 > 100 * MIB, "outside it comes whole");
    }
}

#[tokio::test]
async fn the_scratch_folder_is_bounded() {
    for ground in Ground::both() {
        did("fill", &ground.outside("fill big 10"));
        // One file, larger than files may be.
        let ended = ground.run(&["fill", "big", "10"]).await;
        assert!(
            matches!(ended, Err(SandboxError::OutputTooLarge)),
            "{ended:?}"
        );
        // Many, and many without a name.
        for attempt in ["fill-many", "fill-nameless"] {
            did(attempt, &ground.outside(&format!("{attempt} . 40 2")));
            let ended = ground.run(&[attempt, ".", "40", "2"]).await;
            assert!(
                matches!(ended, Err(SandboxError::Scratch)),
                "{attempt}: {ended:?}"
            );
            did(attempt, &ground.inside(&format!("{attempt} . 4 2")).await);
        }
        ground.is_clean();
    }
}

#[tokio::test]
async fn what_is_deep_or_locked_is_removed_all_the_same() {
    for ground in Ground::both() {
        let told = ground.inside("dig 700").await;
        did("dig", &told);
        ground.is_clean();
    }
}
