//! The upload protocol: open a session, send chunks, done with the last one.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use super::Client;
use crate::{Reply, uri};

/// An open upload session.
#[derive(Clone, Debug)]
pub struct UploadSession {
    pub id: String,
    pub uri: String,
    /// Bytes; 0 means the whole file is one chunk.
    pub chunk_size: usize,
    /// The whole answer.
    pub data: Value,
}

impl UploadSession {
    /// Of the answer that opened it.
    pub fn of(data: Value) -> Self {
        let text = |key: &str| data[key].as_str().expect("a text").to_owned();
        let chunk_size = data["chunk_size"].as_u64().expect("a number") as usize;
        Self {
            id: text("session_id"),
            uri: text("uri"),
            chunk_size,
            data,
        }
    }

    /// `bytes` cut as the session wants them; a file without bytes is one empty chunk.
    pub fn chunks(&self, bytes: &Bytes) -> Vec<Bytes> {
        if bytes.is_empty() || self.chunk_size == 0 {
            return vec![bytes.clone()];
        }
        (0..bytes.len())
            .step_by(self.chunk_size)
            .map(|start| bytes.slice(start..bytes.len().min(start + self.chunk_size)))
            .collect()
    }
}

impl Client {
    /// Asks for a session for `size` bytes; `more` is merged into the body.
    pub async fn try_open_upload(&self, path: &str, size: u64, more: Value) -> Reply {
        let mut body = json!({ "uri": uri(path), "size": size });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        self.put_json("/file/upload", body).await
    }

    pub async fn open_upload(&self, path: &str, size: u64) -> UploadSession {
        UploadSession::of(self.try_open_upload(path, size, json!({})).await.ok())
    }

    /// For a file that may be there already.
    pub async fn open_overwrite(&self, path: &str, size: u64) -> UploadSession {
        let version = json!({ "entity_type": "version" });
        UploadSession::of(self.try_open_upload(path, size, version).await.ok())
    }

    pub fn chunk_request(
        &self,
        session: &str,
        index: impl std::fmt::Display,
        bytes: impl Into<Bytes>,
    ) -> reqwest::RequestBuilder {
        self.request(Method::POST, &format!("/file/upload/{session}/{index}"))
            .header("Content-Type", "application/octet-stream")
            .body(bytes.into())
    }

    pub async fn send_chunk(
        &self,
        session: &str,
        index: impl std::fmt::Display,
        bytes: impl Into<Bytes>,
    ) -> Reply {
        self.send(self.chunk_request(session, index, bytes)).await
    }

    pub async fn cancel_upload(&self, session: &str, path: &str) -> Reply {
        self.delete_json("/file/upload", json!({ "id": session, "uri": uri(path) }))
            .await
    }

    /// Uploads a new file.
    pub async fn put(&self, path: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let session = self.open_upload(path, bytes.len() as u64).await;
        self.finish_upload(&session, &bytes).await;
    }

    /// Uploads a file, as a new version if it exists.
    pub async fn overwrite(&self, path: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let session = self.open_overwrite(path, bytes.len() as u64).await;
        self.finish_upload(&session, &bytes).await;
    }

    /// Sends all chunks in order.
    pub async fn finish_upload(&self, session: &UploadSession, bytes: &Bytes) {
        for (index, chunk) in session.chunks(bytes).into_iter().enumerate() {
            self.send_chunk(&session.id, index, chunk).await.done();
        }
    }

    /// Uploads; `None` if the server went away meanwhile, the refusal's code if it refused.
    pub async fn try_put(&self, path: &str, bytes: Bytes) -> Option<Result<(), i64>> {
        let body = json!({ "uri": uri(path), "size": bytes.len(), "entity_type": "version" });
        let opening = self.request(Method::PUT, "/file/upload").json(&body);
        let opened = self.try_send(opening).await?;
        if opened.code() != 0 {
            return Some(Err(opened.code()));
        }
        let session = UploadSession::of(opened.data());
        for (index, chunk) in session.chunks(&bytes).into_iter().enumerate() {
            let sent = self
                .try_send(self.chunk_request(&session.id, index, chunk))
                .await?;
            if sent.code() != 0 {
                return Some(Err(sent.code()));
            }
        }
        Some(Ok(()))
    }
}
