//! What the caller hears of a job.

use crate::ground::{Ground, is_root, text};
use sandbox::SandboxError;
use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};

#[tokio::test]
async fn input_goes_in_and_output_comes_out() {
    for ground in Ground::both() {
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(b"from the server\n").unwrap();
        input.rewind().unwrap();
        let mut job = ground.job(&["copy"]);
        job.input = input;
        let finished = ground.sandbox.run(job).await.unwrap();
        assert_eq!(text(&finished.output), "from the server\ndid: 16 bytes");
        assert_eq!(finished.stderr_tail, "");
    }
}

#[tokio::test]
async fn each_end_is_told_from_the_others() {
    let ground = Ground::new(true, 1);
    let mut job = ground.job(&["nothing"]);
    job.program = "/usr/bin/no-such-program".into();
    let ended = ground.sandbox.run(job).await.unwrap_err();
    assert_eq!(
        ended.to_string(),
        "there is no program /usr/bin/no-such-program"
    );

    let ended = ground.run(&["complain"]).await.unwrap_err();
    let SandboxError::Failed {
        code: 3,
        stderr_tail,
    } = ended
    else {
        panic!("{ended:?}")
    };
    assert!(stderr_tail.ends_with("ado the end\n"), "{stderr_tail}");
    assert_eq!(stderr_tail.len(), 4096, "the end of many complaints");

    let ended = ground.run(&["abort"]).await;
    let aborted = matches!(
        ended,
        Err(SandboxError::Crashed {
            signal: libc::SIGABRT,
            ..
        })
    );
    assert!(aborted, "{ended:?}");

    // No program, and none of ours.
    let mut job = ground.job(&[]);
    job.program = ground.path().join("no-program");
    std::fs::write(&job.program, "nothing that runs").unwrap();
    let ended = ground.sandbox.run(job).await;
    assert!(matches!(ended, Err(SandboxError::Spawn(_))), "{ended:?}");

    ground.is_clean();
}

#[tokio::test]
async fn jobs_take_turns() {
    let ground = Ground::new(true, 1);
    let start = Instant::now();
    let (one, two) = tokio::join!(ground.run(&["sleep", "1"]), ground.run(&["sleep", "1"]));
    assert!(one.is_ok() && two.is_ok());
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn jobs_at_a_time_are_different_users() {
    let ground = Ground::new(true, 2);
    let (one, two) = tokio::join!(ground.run(&["user"]), ground.run(&["user"]));
    let (one, two) = (text(&one.unwrap().output), text(&two.unwrap().output));
    if is_root() {
        assert_ne!(one, "did: 0");
        assert_ne!(one, two);
    } else {
        assert_eq!(one, two);
    }
}

#[tokio::test]
async fn what_is_in_force_is_told() {
    for ground in Ground::both() {
        let found = ground.confinement().await;
        assert!(
            found.seccomp,
            "every kernel that is built for servers has it"
        );
        let changed = ground.change_user && is_root();
        assert_eq!(found.user, changed.then_some(65_520));
        let kernel = std::fs::read_to_string("/sys/kernel/security/lsm");
        if kernel.is_ok_and(|modules| modules.contains("landlock")) {
            assert!(found.landlock.is_some());
        }
    }
}

#[tokio::test]
async fn a_class_of_jobs_does_not_wait_for_another() {
    for ground in Ground::both() {
        let other = ground.sandbox.beside(1);
        // All places of one class are taken by jobs that stay.
        let stay = || async { ground.sandbox.run(ground.job(&["stay"])).await };
        let beside = async {
            // And the next one of that class has to wait.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let waits = tokio::time::timeout(Duration::from_secs(1), ground.run(&["nothing"]));
            assert!(waits.await.is_err(), "there was a place left");
            let began = Instant::now();
            let ended = other.run(ground.job(&["nothing"])).await;
            assert!(ended.is_ok(), "{ended:?}");
            assert!(began.elapsed() < Duration::from_secs(20));
        };
        tokio::select! {
            _ = stay() => panic!("it did not stay"),
            _ = stay() => panic!("it did not stay"),
            () = beside => {}
        }
    }
}
