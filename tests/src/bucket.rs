//! A bucket of a real S3 server, which `tests/scripts/with-s3.sh` starts.

use std::{process::Command, sync::OnceLock};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{Client, TestServer, proxy::Proxy, running::Running};

/// Keys of the server's only account.
const ACCESS: &str = "access";
const SECRET: &str = "a secret key";

fn endpoint() -> &'static str {
    static SERVER: OnceLock<Running> = OnceLock::new();
    let server = SERVER.get_or_init(|| Running::of("with-s3.sh", "ALCOVE_TEST_S3"));
    &server.endpoint
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
            endpoint: endpoint().to_owned(),
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

    /// How many uploads wait for more, or for their end.
    pub fn unfinished(&self) -> usize {
        let told = self.rclone(&["backend", "list-multipart-uploads"], "");
        String::from_utf8_lossy(&told)
            .matches("\"UploadId\"")
            .count()
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

    /// Everything in it goes, and the bucket as well.
    pub fn delete(&self) {
        self.rclone(&["purge"], "");
    }

    /// It is there again, with nothing in it.
    pub fn make(&self) {
        self.rclone(&["mkdir"], "");
    }

    /// The same bucket, spoken to by way of whoever stands before it.
    #[must_use]
    pub fn behind(&self, proxy: &Proxy) -> Self {
        Self {
            endpoint: proxy.endpoint.clone(),
            name: self.name.clone(),
        }
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
        self.use_storage(bucket.policy("Bucket", more)).await
    }

    /// The same with a policy that is tried and made; its number.
    pub async fn use_storage(&self, policy: Value) -> i64 {
        self.admin().use_storage(policy).await
    }
}

impl Client {
    /// As an administrator, has everybody's new files go to a policy; its number.
    pub async fn use_storage(&self, policy: Value) -> i64 {
        let body = json!({ "policy": policy });
        self.post("/admin/policy/test", body).await.done();
        self.use_untried_storage(policy).await
    }

    /// The same without a look at whether it works.
    pub async fn use_untried_storage(&self, policy: Value) -> i64 {
        let body = json!({ "policy": policy });
        let made = self.put_json("/admin/policy", body).await.ok();
        for group in [1, 2] {
            let route = format!("/admin/group/{group}");
            let mut row = self.get_json(&route, &[]).await.ok();
            row["edges"]["storage_policies"] = json!({ "id": made["id"] });
            self.put_json(&route, json!({ "group": row })).await.ok();
        }
        made["id"].as_i64().expect("a number")
    }
}
