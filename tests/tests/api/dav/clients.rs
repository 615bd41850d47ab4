//! Programs of others, from Debian, against the mount: litmus and cadaver.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use tests::TestServer;

/// Runs a program to its end without holding up the runtime.
pub(super) async fn run(mut command: Command, input: &'static str) -> (bool, String) {
    let output = tokio::task::spawn_blocking(move || {
        let name = command.get_program().to_owned();
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap_or_else(|error| {
            panic!(
                "{}: {error}; tests/scripts/install.sh litmus rclone cadaver",
                name.display()
            )
        });
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    });
    let Output {
        status,
        stdout,
        stderr,
    } = output.await.unwrap();
    let text = [stdout, stderr].concat();
    (
        status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn litmus_has_nothing_to_complain_about() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("litmus");
    command
        .args(["-k", &dav.url(), &dav.email, &dav.password])
        .current_dir(folder.path());
    let (passed, text) = run(command, "").await;
    assert!(passed, "{text}");
    for group in ["basic", "copymove", "props", "locks", "http"] {
        let summary = format!("<- summary for `{group}'");
        let line = text.lines().find(|line| line.contains(&summary));
        let line = line.unwrap_or_else(|| panic!("{group} did not run: {text}"));
        assert!(line.contains(" 0 failed. 100.0%"), "{text}");
    }
    for complaint in ["WARNING", "FAIL", "SKIPPED"] {
        assert!(!text.contains(complaint), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cadaver_works_through_its_commands() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let folder = tempfile::tempdir().unwrap();
    let netrc = format!(
        "machine 127.0.0.1\nlogin {}\npassword {}\n",
        dav.email, dav.password
    );
    fs::write(folder.path().join(".netrc"), netrc).unwrap();
    fs::write(folder.path().join("up.txt"), "from cadaver").unwrap();
    let mut command = Command::new("cadaver");
    command
        .arg(dav.url())
        .current_dir(folder.path())
        .env("HOME", folder.path());
    let script = "mkcol docs\ncd docs\nput up.txt\nls\nlock up.txt\nput up.txt\ndiscover up.txt\n\
        unlock up.txt\ncopy up.txt copy.txt\nmove copy.txt moved.txt\nget moved.txt down.txt\n\
        propset up.txt colour red\npropget up.txt colour\ndelete up.txt\ncd ..\nls\nquit\n";
    let (_, text) = run(command, script).await;
    for complaint in ["failed", "error", "Could not", "Authentication"] {
        assert!(!text.contains(complaint), "{complaint}: {text}");
    }
    let came = fs::read_to_string(folder.path().join("down.txt"));
    assert_eq!(
        came.unwrap_or_else(|error| panic!("{error}: {text}")),
        "from cadaver"
    );
    assert!(text.contains("red"), "{text}");
    assert_eq!(admin.names("/docs").await, ["moved.txt"]);
    assert_eq!(admin.get("/docs/moved.txt").await, "from cadaver");
}
