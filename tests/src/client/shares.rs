//! Handing files to others, and taking what others hand out.

use serde_json::{Value, json};

use super::Client;
use crate::{Reply, escape, uri};

/// A share as its link tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub id: String,
    pub password: Option<String>,
    /// The link.
    pub url: String,
}

impl Share {
    fn of(url: &str) -> Self {
        let (_, rest) = url.split_once("/s/").expect("a link to a share");
        let (id, password) = match rest.split_once('/') {
            Some((id, password)) => (id, Some(password.to_owned())),
            None => (rest, None),
        };
        Self {
            id: id.to_owned(),
            password,
            url: url.to_owned(),
        }
    }

    /// The URI of a place in the share; `/` is its root.
    pub fn at(&self, path: &str) -> String {
        let password = self.password.as_ref();
        let password = password.map_or_else(String::new, |password| format!(":{password}"));
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let path = segments.fold(String::new(), |path, segment| path + "/" + &escape(segment));
        format!("cloudreve://{}{password}@share{path}", self.id)
    }

    /// The same place for somebody who does not know the password, or thinks it is another.
    pub fn with_password(&self, password: Option<&str>) -> Self {
        Self {
            password: password.map(str::to_owned),
            ..self.clone()
        }
    }
}

impl Client {
    /// Asks for a share; `more` is merged into the body.
    pub async fn try_share(&self, path: &str, more: Value) -> Reply {
        let mut body = json!({ "uri": uri(path) });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        self.put_json("/share", body).await
    }

    pub async fn share(&self, path: &str, more: Value) -> Share {
        let link = self.try_share(path, more).await.ok();
        Share::of(link.as_str().expect("a link"))
    }

    /// Changes a share of what is at `path`.
    pub async fn edit_share(&self, share: &Share, path: &str, more: Value) -> Reply {
        let mut body = json!({ "uri": uri(path) });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        self.post(&format!("/share/{}", share.id), body).await
    }

    pub async fn share_info(&self, id: &str, query: &[(&str, &str)]) -> Reply {
        self.get_json(&format!("/share/info/{id}"), query).await
    }

    pub async fn delete_share(&self, id: &str) -> Reply {
        let path = format!("/share/{id}");
        self.send(self.request(reqwest::Method::DELETE, &path))
            .await
    }

    /// The direct link of a file.
    pub async fn direct_link(&self, path: &str) -> String {
        let body = json!({ "uris": [uri(path)] });
        let made = self.put_json("/file/source", body).await.ok();
        made[0]["link"].as_str().expect("a link").to_owned()
    }
}
