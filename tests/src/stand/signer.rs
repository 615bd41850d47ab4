//! The vendors' own libraries, in a process beside this one.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// Where the key is that callbacks are signed with.
pub(super) const KEY_PATH: &str = "/callback_pub_key_v1.pem";
const PACKAGES: [&str; 5] = [
    "alibabacloud-oss-v2==1.4.1",
    "cos-python-sdk-v5==1.9.44",
    "esdk-obs-python==3.26.6",
    "ks3sdk==1.18.0",
    "qiniu==7.18.0",
];

struct Signer {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// Ends with its input, which ends with this process.
    _running: Child,
}

fn start() -> Signer {
    let manifest = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let here = Path::new(&manifest);
    // Of the crate of the drivers, or of the tests.
    let scripts = [here.join("scripts"), here.join("../../tests/scripts")];
    let scripts = scripts.iter().find(|scripts| scripts.is_dir());
    let scripts = scripts.expect("the scripts are there");
    let python = Command::new(scripts.join("python.sh"))
        .arg("python-vendors")
        .args(PACKAGES)
        .output()
        .expect("bash is there");
    assert!(
        python.status.success(),
        "the vendors' libraries are missing"
    );
    let python = String::from_utf8(python.stdout).expect("a path");
    let mut running = Command::new(python.trim())
        .arg("-Wignore")
        .arg(scripts.join("vendors.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python can be started");
    Signer {
        to: running.stdin.take().expect("it was asked for"),
        from: BufReader::new(running.stdout.take().expect("it was asked for")),
        _running: running,
    }
}

fn ask_now(question: &Value) -> Value {
    static SIGNER: OnceLock<Mutex<Signer>> = OnceLock::new();
    let signer = SIGNER.get_or_init(|| Mutex::new(start()));
    let mut signer = signer.lock().expect("no panic");
    writeln!(signer.to, "{question}").expect("it listens");
    let mut line = String::new();
    signer.from.read_line(&mut line).expect("it answers");
    serde_json::from_str(&line).expect("a line of JSON")
}

pub(super) async fn ask(question: Value) -> Value {
    let asked = tokio::task::spawn_blocking(move || ask_now(&question));
    asked.await.expect("no panic")
}

/// Why the vendor would refuse a request.
pub(super) async fn what_is_wrong(request: Value) -> Option<String> {
    let told = ask(request).await;
    let is_right = told["is_right"] == true;
    (!is_right).then(|| told["why"].as_str().unwrap_or_default().to_owned())
}

pub(super) async fn public_key() -> String {
    let told = ask(json!({ "question": "public key" })).await;
    told["pem"].as_str().expect("a text").to_owned()
}

/// The signature under which OSS calls back with this path and body.
pub async fn sign_callback(path: &str, body: &str) -> String {
    let text = BASE64_STANDARD.encode(format!("{path}\n{body}"));
    let told = ask(json!({ "question": "callback", "text": text })).await;
    told["signature"].as_str().expect("a text").to_owned()
}
