//! Programs of others, from Debian, against the mount: litmus, rclone, cadaver.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tests::{DavClient, TestServer, bytes_of};

/// Runs a program to its end without holding up the runtime.
async fn run(mut command: Command, input: &'static str) -> (bool, String) {
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

/// rclone with a remote `it:`, as `vendor`.
fn rclone(dav: &DavClient, vendor: &str, args: &[&str]) -> Command {
    let obscured = Command::new("rclone")
        .args(["obscure", &dav.password])
        .output();
    let obscured = obscured.expect("rclone is installed").stdout;
    let mut command = Command::new("rclone");
    command
        .args(args)
        .args([
            "--config",
            "/dev/null",
            "--retries",
            "1",
            "--low-level-retries",
            "2",
        ])
        .env("RCLONE_CONFIG_IT_TYPE", "webdav")
        .env("RCLONE_CONFIG_IT_URL", dav.url())
        .env("RCLONE_CONFIG_IT_VENDOR", vendor)
        .env("RCLONE_CONFIG_IT_USER", &dav.email)
        .env(
            "RCLONE_CONFIG_IT_PASS",
            String::from_utf8(obscured).unwrap().trim(),
        );
    command
}

async fn must(command: Command) -> String {
    let what = format!("{:?}", command.get_args().collect::<Vec<_>>());
    let (passed, text) = run(command, "").await;
    assert!(passed, "{what}: {text}");
    text
}

/// 300 files in folders, with names that are odd but allowed.
fn plant(folder: &Path) {
    let stems = [
        "plain",
        "two words",
        "hash#tag",
        "100%",
        "%41",
        "plus+sign",
        "a&b",
        "semi;colon",
        "q=1",
        "at@home",
        "it's",
        "(round)",
        "[square]",
        "{curly}",
        "tilde~",
        "ünïcödé",
        "文件",
        "ملف",
        "😀",
        "comma,dot.",
        "dollar$",
        "caret^",
        "back`tick",
        "...dots",
        "-dash",
    ];
    for (number, stem) in stems.iter().cycle().take(300).enumerate() {
        let below = folder
            .join(format!("{stem} {}", number % 7))
            .join(format!("deep {}", number % 3));
        fs::create_dir_all(&below).unwrap();
        let bytes = bytes_of(stem, number * 37);
        fs::write(below.join(format!("{stem}{number}.bin")), bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_syncs_moves_and_purges_odd_names() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    plant(&tree);
    let local = tree.to_str().unwrap();
    let plain = |args: &[&str]| rclone(&dav, "other", args);
    must(plain(&["copy", local, "it:plain", "--transfers", "8"])).await;
    must(plain(&["check", "--download", local, "it:plain"])).await;
    must(plain(&["purge", "it:plain"])).await;

    let rclone = |args: &[&str]| rclone(&dav, "nextcloud", args);
    must(rclone(&["copy", local, "it:tree", "--transfers", "8"])).await;
    let again = must(rclone(&["copy", local, "it:tree", "-v"])).await;
    assert!(again.contains("There was nothing to transfer"), "{again}");
    fs::remove_dir_all(tree.join("100% 3")).unwrap();
    fs::write(tree.join("new file"), "new").unwrap();
    must(rclone(&["sync", local, "it:tree", "--transfers", "8"])).await;
    must(rclone(&["moveto", "it:tree", "it:else where/moved"])).await;
    must(rclone(&[
        "check",
        "--download",
        local,
        "it:else where/moved",
    ]))
    .await;
    must(rclone(&[
        "copyto",
        "it:else where/moved/new file",
        "it:one",
    ]))
    .await;
    assert_eq!(admin.get("/one").await, "new");
    must(rclone(&["purge", "it:else where"])).await;
    must(rclone(&["deletefile", "it:one"])).await;
    assert_eq!(admin.names("/").await, [""; 0]);
    server.assert_clean();
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
