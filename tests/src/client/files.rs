//! Looking at files and moving them about.

use serde_json::{Value, json};

use super::Client;
use crate::{Reply, uri};

fn uris<P: AsRef<str>>(paths: &[P]) -> Vec<String> {
    paths.iter().map(|path| uri(path.as_ref())).collect()
}

impl Client {
    pub async fn list(&self, path: &str) -> Reply {
        self.list_with(path, &[]).await
    }

    /// A listing with more query parameters.
    pub async fn list_with(&self, path: &str, query: &[(&str, &str)]) -> Reply {
        let uri = uri(path);
        let mut all = vec![("uri", uri.as_str())];
        all.extend_from_slice(query);
        self.get_json("/file", &all).await
    }

    pub async fn info(&self, path: &str) -> Reply {
        self.info_with(path, &[]).await
    }

    pub async fn info_with(&self, path: &str, query: &[(&str, &str)]) -> Reply {
        let uri = uri(path);
        let mut all = vec![("uri", uri.as_str())];
        all.extend_from_slice(query);
        self.get_json("/file/info", &all).await
    }

    pub async fn info_by_id(&self, id: &str) -> Reply {
        self.get_json("/file/info", &[("id", id)]).await
    }

    pub async fn create(&self, kind: &str, path: &str) -> Reply {
        self.post("/file/create", json!({ "uri": uri(path), "type": kind }))
            .await
    }

    /// Creates a folder (and those above it), and answers it.
    pub async fn create_folder(&self, path: &str) -> Value {
        self.create("folder", path).await.ok()
    }

    /// Creates an empty file and answers it.
    pub async fn create_file(&self, path: &str) -> Value {
        self.create("file", path).await.ok()
    }

    pub async fn rename(&self, path: &str, new_name: &str) -> Reply {
        self.post(
            "/file/rename",
            json!({ "uri": uri(path), "new_name": new_name }),
        )
        .await
    }

    pub async fn move_to<P: AsRef<str>>(&self, paths: &[P], dst: &str) -> Reply {
        self.post(
            "/file/move",
            json!({ "uris": uris(paths), "dst": uri(dst) }),
        )
        .await
    }

    pub async fn copy_to<P: AsRef<str>>(&self, paths: &[P], dst: &str) -> Reply {
        let body = json!({ "uris": uris(paths), "dst": uri(dst), "copy": true });
        self.post("/file/move", body).await
    }

    /// To the trash.
    pub async fn delete<P: AsRef<str>>(&self, paths: &[P]) -> Reply {
        self.delete_json("/file", json!({ "uris": uris(paths) }))
            .await
    }

    /// Past the trash, or out of it.
    pub async fn delete_for_good<P: AsRef<str>>(&self, paths: &[P]) -> Reply {
        let body = json!({ "uris": uris(paths), "skip_soft_delete": true });
        self.delete_json("/file", body).await
    }

    pub async fn empty_trash(&self) -> Reply {
        self.send(self.request(reqwest::Method::DELETE, "/file/trash"))
            .await
    }

    pub async fn restore<P: AsRef<str>>(&self, paths: &[P]) -> Reply {
        self.post("/file/restore", json!({ "uris": uris(paths) }))
            .await
    }

    pub async fn patch_metadata(&self, path: &str, patches: Value) -> Reply {
        let body = json!({ "uris": [uri(path)], "patches": patches });
        self.patch("/file/metadata", body).await
    }

    /// The public metadata, as an object.
    pub async fn metadata(&self, path: &str) -> Value {
        self.info(path).await.ok()["metadata"].clone()
    }

    pub async fn unlock(&self, tokens: &[&str]) -> Reply {
        self.delete_json("/file/lock", json!({ "tokens": tokens }))
            .await
    }

    pub async fn set_view(&self, path: &str, view: Value) -> Reply {
        self.patch("/file/view", json!({ "uri": uri(path), "view": view }))
            .await
    }

    pub async fn pin(&self, path: &str, name: Option<&str>) -> Reply {
        self.put_json("/file/pin", json!({ "uri": uri(path), "name": name }))
            .await
    }

    pub async fn unpin(&self, path: &str) -> Reply {
        self.delete_json("/file/pin", json!({ "uri": uri(path) }))
            .await
    }

    /// The stored versions, newest first, without thumbnails.
    pub async fn versions(&self, path: &str) -> Vec<Value> {
        self.stored(path, 0).await
    }

    /// What is stored of a file, newest first: versions (0), thumbnails (1).
    pub async fn stored(&self, path: &str, kind: i64) -> Vec<Value> {
        let info = self.info_with(path, &[("extended", "true")]).await.ok();
        let entities = info["extended_info"]["entities"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        entities
            .into_iter()
            .filter(|entity| entity["type"] == kind)
            .collect()
    }

    pub async fn set_version(&self, path: &str, version: &str) -> Reply {
        let body = json!({ "uri": uri(path), "version": version });
        self.post("/file/version/current", body).await
    }

    pub async fn delete_version(&self, path: &str, version: &str) -> Reply {
        let body = json!({ "uri": uri(path), "version": version });
        self.delete_json("/file/version", body).await
    }
}
