//! `alcove worker`: the program is its own sandbox for others.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use sandbox::{Job, Limits, OutputTo, Sandbox, SandboxConfig};
use tempfile::TempDir;
use tests::{Program, TestServer};

use super::{failed, stdout, succeeded};

const MIB: u64 = 1024 * 1024;

/// Copies its input, keeps something, and looks for what is not its own.
const SCRIPT: &str = r#"
    cat
    echo kept > file && cat file
    cat "$1" || echo refused
    echo changed > "$1" || echo refused
    env | grep ALCOVE || echo clean
"#;

#[tokio::test]
async fn a_foreign_program_gets_its_input_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let secret = folder.path().join("alcove.db");
    fs::write(&secret, "precious").unwrap();
    let input = folder.path().join("input");
    fs::write(&input, "strangers' bytes\n").unwrap();
    let alcove = Program::command(folder.path(), ["worker"]);
    let sandbox = Sandbox::new(SandboxConfig {
        worker: PathBuf::from(alcove.get_program()),
        at_once: 1,
        scratch_root: folder.path().to_owned(),
        change_user: true,
    });
    let finished = sandbox
        .run(Job {
            program: "/bin/sh".into(),
            args: ["-c", SCRIPT, "sh", secret.to_str().unwrap()]
                .map(Into::into)
                .into(),
            env: vec![("PATH".into(), "/usr/bin:/bin".into())],
            input: File::open(&input).unwrap(),
            output: OutputTo::Bytes(MIB),
            limits: Limits {
                memory: 64 * MIB,
                address_space: 256 * MIB,
                cpu: Duration::from_secs(10),
                wall: Duration::from_mins(1),
                file_size: MIB,
                descriptors: 32,
                processes: 8,
            },
            readable: ["/usr", "/bin", "/lib", "/lib64"].map(Into::into).into(),
            scratch: Some(MIB),
        })
        .await;
    let finished = finished.unwrap();
    let output = String::from_utf8(finished.output).unwrap();
    let expected = "strangers' bytes\nkept\nrefused\nrefused\nclean\n";
    assert_eq!(output, expected, "{}", finished.stderr_tail);
    assert_eq!(fs::read_to_string(&secret).unwrap(), "precious");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn it_is_for_the_server_to_call_and_the_doctor_tells_what_it_can_do() {
    let server = TestServer::start().await;
    failed(&server.run(["worker", "nonsense"]), "not for people");
    failed(&server.run(["unpack"]), "not for people");
    let help = server.run(["help"]);
    assert!(!succeeded(&help).contains("worker"), "{help:?}");
    assert!(!succeeded(&help).contains("unpack"), "{help:?}");
    let output = server.run(["doctor"]);
    let said = stdout(&output);
    assert!(
        said.contains("Foreign programs are confined by: "),
        "{said}"
    );
}
