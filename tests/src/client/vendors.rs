//! Uploads that go to the vendor: parts and completion under its URLs, then a word to the server.

use bytes::Bytes;
use reqwest::Method;

use super::{Client, UploadSession};
use crate::Reply;

impl UploadSession {
    /// A text of the answer.
    #[track_caller]
    pub fn text(&self, field: &str) -> &str {
        let text = self.data[field].as_str();
        text.unwrap_or_else(|| panic!("no {field} in {}", self.data))
    }

    /// Where the parts go.
    pub fn part_urls(&self) -> Vec<String> {
        let urls = self.data["upload_urls"].as_array();
        let urls = urls.into_iter().flatten();
        urls.map(|url| url.as_str().expect("a URL").to_owned())
            .collect()
    }

    /// Where it is said that all of it lies there.
    pub fn callback(&self, kind: &str) -> String {
        let (id, secret) = (&self.id, self.text("callback_secret"));
        format!("/callback/{kind}/{id}/{secret}")
    }
}

/// The status of a request to the vendor.
async fn status(method: Method, url: &str, body: Bytes) -> u16 {
    let request = reqwest::Client::new().request(method, url).body(body);
    let response = request.send().await.expect("the vendor answers");
    response.status().as_u16()
}

impl Client {
    /// Sends one part to the vendor.
    pub async fn send_part(&self, session: &UploadSession, index: usize, bytes: Bytes) -> u16 {
        status(Method::PUT, &session.part_urls()[index], bytes).await
    }

    /// Sends all parts to the vendor, and has it join them.
    pub async fn send_parts(&self, session: &UploadSession, bytes: &Bytes) {
        for (index, part) in session.chunks(bytes).into_iter().enumerate() {
            assert_eq!(self.send_part(session, index, part).await, 200);
        }
        assert_eq!(self.join_parts(session).await, 200);
    }

    /// Has the vendor join the parts.
    pub async fn join_parts(&self, session: &UploadSession) -> u16 {
        status(Method::POST, session.text("completeURL"), Bytes::new()).await
    }

    /// Tells the server, as nobody in particular.
    pub async fn call_back(&self, path: &str) -> Reply {
        let url = format!("/api/v4{path}");
        self.send(self.fetch_request(Method::GET, &url)).await
    }

    /// Fetches a file the way browsers do: from wherever they are sent.
    pub async fn get_at_vendor(&self, path: &str) -> (String, Bytes) {
        let sent = self.fetch(&self.url(path).await).await;
        assert_eq!(sent.status, 302, "{}", sent.text());
        let url = sent.header("location").to_owned();
        let fetched = reqwest::get(&url).await.expect("the vendor answers");
        assert_eq!(fetched.status(), 200);
        let bytes = fetched.bytes().await.expect("the whole content arrives");
        (url, bytes)
    }
}

/// The same where the vendor is S3: whoever joins the parts says what they are.
impl Client {
    /// Sends one part; its tag.
    pub async fn send_bucket_part(
        &self,
        session: &UploadSession,
        index: usize,
        bytes: Bytes,
    ) -> Result<String, u16> {
        let put = reqwest::Client::new().put(&session.part_urls()[index]);
        let put = put.header("Content-Type", "application/octet-stream");
        let answer = put.body(bytes).send().await.expect("the vendor answers");
        match answer.status().as_u16() {
            200 => Ok(answer.headers()["etag"]
                .to_str()
                .expect("a text")
                .to_owned()),
            status => Err(status),
        }
    }

    /// Has it join the parts with these tags.
    pub async fn join_bucket_parts(&self, session: &UploadSession, tags: &[String]) -> u16 {
        let parts = (1..).zip(tags);
        let parts: Vec<String> = parts
            .map(|(n, tag)| format!("<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>"))
            .collect();
        let parts = parts.concat();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let post = reqwest::Client::new().post(session.text("completeURL"));
        let post = post.header("content-type", "application/octet-stream");
        let answer = post.body(body).send().await.expect("the vendor answers");
        answer.status().as_u16()
    }

    /// Sends everything and has it joined; the server is not told yet.
    pub async fn send_to_bucket(&self, session: &UploadSession, bytes: &Bytes) {
        let mut tags = Vec::new();
        for (index, part) in session.chunks(bytes).into_iter().enumerate() {
            let sent = self.send_bucket_part(session, index, part).await;
            tags.push(sent.expect("the part is taken"));
        }
        assert_eq!(self.join_bucket_parts(session, &tags).await, 200);
    }

    /// Uploads a new file, or a new version, the way browsers do where a bucket keeps the bytes.
    pub async fn put_into_bucket(&self, path: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let session = self.open_overwrite(path, bytes.len() as u64).await;
        self.send_to_bucket(&session, &bytes).await;
        self.call_back(&session.callback("s3")).await.done();
    }
}
