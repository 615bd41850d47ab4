//! The applications that open files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::values::{is_default, null_as_default};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewerGroup {
    #[serde(default, deserialize_with = "null_as_default")]
    pub viewers: Vec<Viewer>,
}

/// One entry of the "open with" list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Viewer {
    /// Built-in ids are fixed in the clients; others are free.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: ViewerKind,
    /// Plain text or a translation key of the clients.
    #[serde(default)]
    pub display_name: String,
    /// Without dots.
    #[serde(default, deserialize_with = "null_as_default")]
    pub exts: Vec<String>,
    /// Of a custom viewer, with `{$src}`-like variables.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub url: String,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub icon: String,
    /// Extension to action (`view`, `edit`) to URL template. Only administrators see it.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub wopi_actions: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub props: BTreeMap<String, String>,
    /// In bytes; zero means any.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub max_size: u64,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub disabled: bool,
    /// Entries of the "new file" menu.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub templates: Vec<NewFileTemplate>,
    /// `pc`, `mobile` or `all`; empty means all.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub platform: String,
    /// Permission bits, all of them needed.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "is_default"
    )]
    pub required_group_permission: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewerKind {
    Builtin,
    Wopi,
    Custom,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFileTemplate {
    pub ext: String,
    #[serde(default)]
    pub display_name: String,
}

impl Viewer {
    /// As everybody may see it: without the URLs of the office server.
    pub fn public(&self) -> Self {
        Self {
            wopi_actions: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// Whether it takes a file of that extension and size.
    pub fn opens(&self, ext: &str, size_bytes: u64) -> bool {
        !self.disabled
            && (self.max_size == 0 || size_bytes <= self.max_size)
            && self.exts.iter().any(|own| own.eq_ignore_ascii_case(ext))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OFFICE: &str = r#"[{"viewers":[{"id":"office","type":"wopi","display_name":"Office",
        "exts":["docx"],"max_size":100,"props":null,"templates":null,
        "wopi_actions":{"docx":{"view":"https://o/?u={$src}","edit":"https://o/e"}}}]}]"#;

    #[test]
    fn the_public_form_hides_office_urls_and_empty_fields() {
        let groups: Vec<ViewerGroup> = serde_json::from_str(OFFICE).unwrap();
        let viewer = &groups[0].viewers[0];
        assert_eq!(viewer.wopi_actions["docx"]["edit"], "https://o/e");
        assert_eq!(
            serde_json::to_string(&viewer.public()).unwrap(),
            r#"{"id":"office","type":"wopi","display_name":"Office","exts":["docx"],"max_size":100}"#
        );
    }

    #[test]
    fn a_viewer_opens_its_extensions_up_to_its_limit() {
        let groups: Vec<ViewerGroup> = serde_json::from_str(OFFICE).unwrap();
        let mut viewer = groups[0].viewers[0].clone();
        assert!(viewer.opens("DOCX", 100));
        assert!(!viewer.opens("docx", 101));
        assert!(!viewer.opens("doc", 1));
        viewer.max_size = 0;
        assert!(viewer.opens("docx", u64::MAX));
        viewer.disabled = true;
        assert!(!viewer.opens("docx", 1));
    }
}
