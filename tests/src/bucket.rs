//! A bucket of a real S3 server, which `tests/scripts/with-s3.sh` starts.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{TestServer, tests_folder};

/// Keys of the server's only account.
const ACCESS: &str = "access";
const SECRET: &str = "a secret key";

/// Where the server listens; it ends with its input, that is: with this process.
struct Running {
    endpoint: String,
    _process: Option<Child>,
}

fn running() -> &'static Running {
    static SERVER: OnceLock<Running> = OnceLock::new();
    SERVER.get_or_init(|| match std::env::var("ALCOVE_TEST_S3") {
        Ok(endpoint) => Running {
            endpoint,
            _process: None,
        },
        Err(_) => start(),
    })
}

fn start() -> Running {
    let mut process = Command::new(tests_folder().join("scripts/with-s3.sh"))
        .args(["sh", "-c", "echo $ALCOVE_TEST_S3; cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script runs");
    let output = process.stdout.take().expect("it is piped");
    let mut endpoint = String::new();
    let read = BufReader::new(output).read_line(&mut endpoint);
    assert!(read.is_ok_and(|bytes| bytes > 0), "no S3 server");
    Running {
        endpoint: endpoint.trim().to_owned(),
        _process: Some(process),
    }
}

/// A bucket that nobody else writes to.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub endpoint: String,
    pub name: String,
}

impl Bucket {
    /// The server makes it when something is stored there.
    #[must_use]
    pub fn fresh() -> Self {
        let id = uuid::Uuid::new_v4().simple();
        Self {
            endpoint: running().endpoint.clone(),
            name: format!("b-{id}"),
        }
    }

    /// What the form of the console sends for it, with these settings besides.
    #[must_use]
    pub fn policy(&self, name: &str, more: &Value) -> Value {
        let mut policy = json!({
            "id": 0, "name": name, "type": "s3", "server": self.endpoint,
            "bucket_name": self.name, "is_private": true,
            "access_key": ACCESS, "secret_key": SECRET,
            "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
            "settings": { "chunk_size": 5 << 20, "s3_path_style": true, "file_type": null },
            "edges": {},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            policy["settings"][key] = value.clone();
        }
        policy
    }
}

/// What is in it, told by a client that shares nothing with ours.
impl Bucket {
    fn rclone(&self, command: &[&str], path: &str) -> Vec<u8> {
        let output = Command::new("rclone")
            .args(["--config", "/dev/null", "--s3-provider", "Other"])
            .args([
                "--s3-access-key-id",
                ACCESS,
                "--s3-secret-access-key",
                SECRET,
            ])
            .args(["--s3-force-path-style", "--s3-endpoint", &self.endpoint])
            // It cannot use both its own connections and this one's certificates.
            .env_remove("AWS_CA_BUNDLE")
            .args(command)
            .arg(format!(":s3:{}/{path}", self.name))
            .output()
            .expect("rclone runs");
        assert!(output.status.success(), "{output:?}");
        output.stdout
    }

    /// Keys of all objects.
    pub fn keys(&self) -> Vec<String> {
        let listed = self.rclone(&["lsf", "--recursive"], "");
        let listed = String::from_utf8(listed).expect("names are text");
        let keys = listed.lines().filter(|line| !line.ends_with('/'));
        keys.map(str::to_owned).collect()
    }

    /// Puts something else in place of an object.
    pub fn replace(&self, key: &str, content: &str) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&file, content).expect("it can be written");
        let file = file.path().display().to_string();
        self.rclone(&["copyto", "--ignore-times", &file], key);
    }

    pub fn remove(&self, key: &str) {
        self.rclone(&["deletefile"], key);
    }

    /// What an object holds.
    pub fn content(&self, key: &str) -> Bytes {
        self.rclone(&["cat"], key).into()
    }
}

impl TestServer {
    /// With a bucket that everybody's new files go to.
    pub async fn start_with_bucket(bucket: &Bucket, more: &Value) -> Self {
        let server = Self::start().await;
        server.use_bucket(bucket, more).await;
        server
    }

    /// Has everybody's new files go to a bucket; the policy's number.
    pub async fn use_bucket(&self, bucket: &Bucket, more: &Value) -> i64 {
        let admin = self.admin();
        let body = json!({ "policy": bucket.policy("Bucket", more) });
        admin.post("/admin/policy/test", body.clone()).await.done();
        let made = admin.put_json("/admin/policy", body).await.ok();
        for group in [1, 2] {
            let route = format!("/admin/group/{group}");
            let mut row = admin.get_json(&route, &[]).await.ok();
            row["edges"]["storage_policies"] = json!({ "id": made["id"] });
            admin.put_json(&route, json!({ "group": row })).await.ok();
        }
        made["id"].as_i64().expect("a number")
    }
}
