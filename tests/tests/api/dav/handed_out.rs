//! The commands for rclone that we hand out, run exactly as they are printed.

use std::fs;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use tests::{DavClient, TestServer};

use super::clients::run;
use super::rclone::FOLDER;

/// A file of this repository.
fn source(path: &str) -> String {
    let root = tests::tests_folder().join("..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// A shell in a folder of its own, where rclone knows nothing yet.
struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("folder")).unwrap();
        let file = folder.path().join("folder/a.txt");
        fs::write(&file, "kept").unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(1_234_567_890);
        let file = fs::File::options().append(true).open(file);
        file.unwrap().set_modified(time).unwrap();
        Self { folder }
    }

    async fn run(&self, line: &str) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.folder.path());
        command.env("PATH", format!("{FOLDER}:/bin"));
        command.env("RCLONE_CONFIG", self.folder.path().join("rclone.conf"));
        let (passed, text) = run(command, "").await;
        assert!(passed, "{line}: {text}");
        text
    }
}

/// A line with the reader's own values in the place of ours.
fn filled(line: &str, marks: [&str; 3], dav: &DavClient) -> String {
    let url = dav.url();
    let values = [url.trim_end_matches('/'), dav.email.as_str(), &dav.password];
    marks
        .iter()
        .zip(values)
        .fold(line.to_owned(), |line, (mark, value)| {
            assert!(line.contains(*mark), "{mark} in {line}");
            line.replace(*mark, value)
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_connects_rclone() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let page = source("docs/webdav.md");
    let block = page
        .split("```sh\n")
        .find(|block| block.contains("rclone config create"));
    let block = block.unwrap().split("```").next().unwrap();
    let block = block.replace("\\\n", "");
    let [create, sync, mount] = block.lines().collect::<Vec<_>>()[..] else {
        panic!("not three commands: {block}");
    };
    let shell = Shell::new();
    let marks = ["https://your.host/dav", "you@example.com", "PASSWORD"];
    shell.run(&filled(create, marks, &dav)).await;
    shell.run(sync).await;
    assert_eq!(admin.get("/folder/a.txt").await, "kept");
    let info = admin.info("/folder/a.txt").await.ok();
    assert_eq!(info["updated_at"], "2009-02-13T23:31:30Z");
    // What it takes to mount is not there on every machine; the options are.
    assert!(mount.starts_with("rclone mount drive: "), "{mount}");
    shell.run(&format!("{mount} --help")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_interface_connects_rclone() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/seen.txt", "x").await;
    let dav = admin.mount().await;
    let commands = source("frontend/src/features/settings/mountCommands.ts");
    let (_, command) = commands.split_once("RCLONE = \"").unwrap();
    let (command, _) = command.split_once('"').unwrap();
    let shell = Shell::new();
    let marks = ["{{server}}", "{{email}}", "{{password}}"];
    shell.run(&filled(command, marks, &dav)).await;
    assert_eq!(shell.run("rclone lsf drive:").await.trim(), "seen.txt");
    shell.run("rclone sync folder drive:folder").await;
    let info = admin.info("/folder/a.txt").await.ok();
    assert_eq!(info["updated_at"], "2009-02-13T23:31:30Z");
}
