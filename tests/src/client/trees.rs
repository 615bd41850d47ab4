//! Folders as tests like to see them: names and paths instead of objects.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Client;

/// As many as the harness asks for at once.
const PAGE: &str = "1000";

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not a text"))
        .to_owned()
}

impl Client {
    /// All file objects of a folder, over as many pages as it takes.
    pub async fn children(&self, path: &str) -> Vec<Value> {
        let mut children = Vec::new();
        let mut token = None::<String>;
        loop {
            let mut query = vec![("page_size", PAGE), ("order_by", "name")];
            if let Some(token) = &token {
                query.push(("next_page_token", token));
            }
            let page = self.list_with(path, &query).await.ok();
            children.extend(
                page["files"]
                    .as_array()
                    .expect("files is an array")
                    .iter()
                    .cloned(),
            );
            token = page["pagination"]["next_token"].as_str().map(str::to_owned);
            if token.is_none() {
                return children;
            }
        }
    }

    /// The names in a folder, in byte order.
    pub async fn names(&self, path: &str) -> Vec<String> {
        let children = self.children(path).await;
        let mut names: Vec<_> = children.iter().map(|child| text(&child["name"])).collect();
        names.sort();
        names
    }

    /// Everything below a folder: path from there, and size (`None` for folders).
    pub async fn sizes_below(&self, path: &str) -> BTreeMap<String, Option<u64>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![(crate::uri(path), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for child in self.children(&folder).await {
                let path = format!("{prefix}/{}", text(&child["name"]));
                if child["type"] == 1 {
                    folders.push((text(&child["path"]), path.clone()));
                    found.insert(path, None);
                } else {
                    found.insert(path, child["size"].as_u64());
                }
            }
        }
        found
    }

    /// The whole drive and the trash, one line each, to compare before and after.
    /// Also the used space, which nothing but a change of these may change.
    pub async fn everything(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .sizes_below("/")
            .await
            .into_iter()
            .map(|line| format!("{line:?}"))
            .collect();
        let mut trash: Vec<_> = self
            .trash()
            .await
            .iter()
            .map(|item| format!("trash: {} {}", item["name"], item["size"]))
            .collect();
        trash.sort();
        lines.append(&mut trash);
        lines.push(format!("used: {}", self.used().await));
        lines
    }

    /// The file objects in the trash.
    pub async fn trash(&self) -> Vec<Value> {
        self.children("cloudreve://trash/").await
    }

    /// The names in the trash, in byte order.
    pub async fn trash_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .trash()
            .await
            .iter()
            .map(|item| text(&item["name"]))
            .collect();
        names.sort();
        names
    }

    /// The URI in the trash of the one item with this name.
    pub async fn in_trash(&self, name: &str) -> String {
        let trash = self.trash().await;
        let mut uris = trash
            .iter()
            .filter(|item| item["name"] == name)
            .map(|item| &item["path"]);
        let uri = uris
            .next()
            .unwrap_or_else(|| panic!("{name} is not in the trash"));
        assert!(
            uris.next().is_none(),
            "{name} is in the trash more than once"
        );
        text(uri)
    }
}
