//! rclone, as it speaks to servers of several vendors.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use tests::{DavClient, TestServer, bytes_of};

use super::clients::run;

/// Where the rclone is that these tests mean: that of the distribution, whatever else the PATH has.
pub(super) const FOLDER: &str = "/usr/bin";

/// rclone with a remote `it:`, as `vendor`.
fn rclone(dav: &DavClient, vendor: &str, args: &[&str]) -> Command {
    rclone_at(&dav.url(), dav, vendor, args)
}

/// The same with another address.
pub(super) fn rclone_at(url: &str, dav: &DavClient, vendor: &str, args: &[&str]) -> Command {
    let program = Path::new(FOLDER).join("rclone");
    let obscured = Command::new(&program)
        .args(["obscure", &dav.password])
        .output();
    let obscured = obscured
        .expect("tests/scripts/install.sh /usr/bin/rclone")
        .stdout;
    let mut command = Command::new(program);
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
        .env("RCLONE_CONFIG_IT_URL", url)
        .env("RCLONE_CONFIG_IT_VENDOR", vendor)
        // From 1.63 on it would send large files as only Nextcloud takes them.
        .env("RCLONE_CONFIG_IT_NEXTCLOUD_CHUNK_SIZE", "0")
        .env("RCLONE_CONFIG_IT_USER", &dav.email)
        .env(
            "RCLONE_CONFIG_IT_PASS",
            String::from_utf8(obscured).unwrap().trim(),
        );
    command
}

pub(super) async fn must(command: Command) -> String {
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

/// What people do with a tree, each step checked byte by byte.
async fn work_with_a_tree(vendor: &str) {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    plant(&tree);
    let local = tree.to_str().unwrap();
    let rclone = |args: &[&str]| rclone(&dav, vendor, args);
    must(rclone(&["copy", local, "it:tree", "--transfers", "8"])).await;
    must(rclone(&["check", "--download", local, "it:tree"])).await;
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
async fn a_plain_server_is_copied_to_synchronised_moved_and_purged() {
    work_with_a_tree("other").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_nextcloud_it_is_as_well() {
    work_with_a_tree("nextcloud").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_kept_and_large_files_carried() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large"), bytes_of("large", 12 << 20)).unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    let time = UNIX_EPOCH + Duration::from_secs(1_234_567_890);
    let large = fs::File::options()
        .append(true)
        .open(folder.path().join("large"));
    large.unwrap().set_modified(time).unwrap();
    let local = folder.path().to_str().unwrap();
    for vendor in ["owncloud", "nextcloud", "other"] {
        let remote = format!("it:{vendor}");
        let rclone = |args: &[&str]| rclone(&dav, vendor, args);
        must(rclone(&["copy", local, &remote])).await;
        must(rclone(&["check", "--download", local, &remote])).await;
        // A body of unknown length, and a copy made by the server.
        let piped = rclone(&["rcat", &format!("{remote}/piped")]);
        let (passed, text) = run(piped, "from a pipe").await;
        assert!(passed, "{text}");
        must(rclone(&[
            "copyto",
            &format!("{remote}/piped"),
            &format!("{remote}/copy"),
        ]))
        .await;
        assert_eq!(admin.get(&format!("/{vendor}/copy")).await, "from a pipe");
        if vendor == "other" {
            continue;
        }
        let info = admin.info(&format!("/{vendor}/large")).await.ok();
        assert_eq!(info["updated_at"], "2009-02-13T23:31:30Z", "{vendor}");
    }
}
