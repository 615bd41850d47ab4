//! Which metadata users may write on files, and with what values.
//!
//! A key reads `<category>:<name>` (V4 API, metadata). Categories not named
//! here belong to the server.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    colour::is_colour,
    public_id::{IdKind, PublicIds},
    uri::{FileSystem, FileUri},
};

use crate::limits::allows_folder;
pub use crate::limits::{
    METADATA_KEY_BYTES as MAX_KEY_BYTES, METADATA_VALUE_BYTES as MAX_VALUE_BYTES,
};

/// Target of a share shortcut.
pub const SHARED_REDIRECT: &str = "sys:shared_redirect";
/// Public id of the shortcut target's owner.
pub const SHARED_OWNER: &str = "sys:shared_owner";
/// Marks the placeholder of a running upload.
pub const UPLOAD_SESSION_ID: &str = "sys:upload_session_id";
/// Where a trashed node lay.
pub const RESTORE_URI: &str = "sys:restore_uri";
/// When a trashed node is purged, unix seconds.
pub const EXPECTED_COLLECT_TIME: &str = "sys:expected_collect_time";
/// Its presence stops thumbnailing.
pub const THUMB_DISABLED: &str = "thumb:disabled";

/// One entry of the site's setting `custom_props`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomProp {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: PropKind,
    /// Bytes of a text or link, value of a number, stars; 0 or absent = unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// As `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropKind {
    Text,
    Number,
    Boolean,
    Select,
    MultiSelect,
    Link,
    Rating,
}

/// What the site allows; built from settings `emojis` and `custom_props`.
#[derive(Clone, Debug, Default)]
pub struct MetadataRules {
    pub emoji_preset: HashSet<String>,
    pub custom_props: Vec<CustomProp>,
}

/// One change a user asks for.
#[derive(Clone, Copy, Debug)]
pub struct MetadataPatch<'a> {
    pub key: &'a str,
    /// Empty when the client sent none.
    pub value: &'a str,
    pub remove: bool,
    pub private: bool,
}

/// What an allowed change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    pub action: Action,
    /// Whether the file's `updated_at` moves.
    pub bumps_updated_at: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Set,
    Remove,
}

/// Why a change is refused; each carries the key's rule in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMetadata {
    #[error("private metadata cannot be written")]
    Private,
    #[error("`{0}` is no metadata key")]
    BadKey(String),
    #[error("metadata `{0}` is not for users to write")]
    NotAllowed(String),
    #[error("metadata `{0}` cannot be removed")]
    NotRemovable(String),
    #[error("a metadata value can have at most {MAX_VALUE_BYTES} bytes")]
    ValueTooLong,
    #[error("`{key}` must be {rule}")]
    BadValue { key: String, rule: &'static str },
}

impl MetadataRules {
    /// Decides on one change. `ids` reads the owner's id of a shortcut.
    ///
    /// # Errors
    /// [`BadMetadata`] says which rule the change breaks.
    pub fn check_patch(
        &self,
        patch: MetadataPatch<'_>,
        ids: &PublicIds,
    ) -> Result<Effect, BadMetadata> {
        let MetadataPatch {
            key,
            value,
            remove,
            private,
        } = patch;
        if private {
            return Err(BadMetadata::Private);
        }
        let (category, name) = split_key(key)?;
        if value.len() > MAX_VALUE_BYTES {
            return Err(BadMetadata::ValueTooLong);
        }
        if value.contains('\0') {
            return Err(BadMetadata::BadValue {
                key: key.to_owned(),
                rule: "text without NUL",
            });
        }
        let bumps_updated_at = match category {
            "sys" => check_shortcut(key, value, remove, ids)?,
            "dav" => {
                check(key, remove || is_readable_property(name), READABLE_PROPERTY)?;
                false
            }
            "thumb" => false,
            "customize" => remove || self.check_customize(key, name, value)?,
            "tag" => remove || check(key, value.is_empty() || is_colour(value), COLOUR_OR_EMPTY)?,
            "props" => remove || self.check_prop(key, name, value)?,
            _ => return Err(BadMetadata::NotAllowed(key.to_owned())),
        };
        let cleared = category == "props" && value.is_empty();
        Ok(Effect {
            action: if remove || cleared {
                Action::Remove
            } else {
                Action::Set
            },
            bumps_updated_at: bumps_updated_at && !remove,
        })
    }

    /// Only colour and emoji are checked, and only they count as a change.
    fn check_customize(&self, key: &str, name: &str, value: &str) -> Result<bool, BadMetadata> {
        match name {
            "icon_color" => check(key, is_colour(value), "a colour"),
            "emoji" => check(
                key,
                self.emoji_preset.contains(value),
                "one of the site's emojis",
            ),
            _ => Ok(false),
        }
    }

    fn check_prop(&self, key: &str, id: &str, value: &str) -> Result<bool, BadMetadata> {
        let prop = self.custom_props.iter().find(|prop| prop.id == id);
        let prop = prop.ok_or_else(|| BadMetadata::NotAllowed(key.to_owned()))?;
        // An empty value clears the property whatever its kind.
        check(
            key,
            value.is_empty() || prop.accepts(value),
            prop.kind.rule(),
        )
    }
}

const COLOUR_OR_EMPTY: &str = "a colour or empty";

const READABLE_PROPERTY: &str = "named in a namespace of characters that URIs have";

/// Whether WebDAV clients can read a listing with this property, `{namespace}|{name}`.
fn is_readable_property(name: &str) -> bool {
    let namespace = name.rsplit_once('|').map(|(namespace, _)| namespace);
    namespace.is_none_or(is_namespace)
}

/// Whether an XML namespace has only characters that URIs have. Programs join it to the name behind
/// it with another one (in Python it is `}`), and cannot read a document where it has that one.
pub fn is_namespace(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c),
        _ => !c.is_control() && !c.is_whitespace() && !matches!(c, '\u{fffe}' | '\u{ffff}'),
    })
}

fn split_key(key: &str) -> Result<(&str, &str), BadMetadata> {
    let bad_key = || BadMetadata::BadKey(key.chars().take(64).collect());
    let (category, name) = key.split_once(':').ok_or_else(bad_key)?;
    if name.is_empty() || key.len() > MAX_KEY_BYTES || key.contains('\0') {
        return Err(bad_key());
    }
    Ok((category, name))
}

/// Of the server's own keys users write two, when they make a shortcut.
fn check_shortcut(
    key: &str,
    value: &str,
    remove: bool,
    ids: &PublicIds,
) -> Result<bool, BadMetadata> {
    match key {
        SHARED_REDIRECT | SHARED_OWNER if remove => Err(BadMetadata::NotRemovable(key.to_owned())),
        SHARED_REDIRECT => {
            let shares = FileUri::parse(value).is_ok_and(|uri| {
                uri.fs() == FileSystem::Share && allows_folder(&uri.path_string())
            });
            check(key, shares, "the URI of a share")
        }
        SHARED_OWNER => check(key, ids.decode(IdKind::User, value).is_some(), "a user id"),
        _ => Err(BadMetadata::NotAllowed(key.to_owned())),
    }
}

/// `Ok(true)`, so that it can end a rule for values that count as a change.
fn check(key: &str, holds: bool, rule: &'static str) -> Result<bool, BadMetadata> {
    if holds {
        Ok(true)
    } else {
        Err(BadMetadata::BadValue {
            key: key.to_owned(),
            rule,
        })
    }
}

/// What links may begin with. Others are for programs, or are scripts (`javascript:`, `data:`).
const SCHEMES: [&str; 6] = ["http", "https", "ftp", "ftps", "mailto", "tel"];

/// Whether a link is one of [`SCHEMES`] or has no scheme at all, read as browsers do: they skip
/// what is blank in front, and line breaks and tabs anywhere (WHATWG URL, basic parser).
fn leads_somewhere(link: &str) -> bool {
    let blank = |c: char| c <= ' ';
    let link: String = link
        .trim_start_matches(blank)
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    let Some((scheme, _)) = link.split_once(':') else {
        return true;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    !is_scheme
        || SCHEMES
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
}

impl CustomProp {
    /// Whether a non-empty value fits the definition.
    fn accepts(&self, value: &str) -> bool {
        let max = self.max.filter(|&max| max > 0);
        let below_max = |number: i64| max.is_none_or(|max| number <= max);
        let min = self.min.unwrap_or(0);
        let is_option = |choice: &str| self.options.iter().flatten().any(|option| option == choice);
        match self.kind {
            PropKind::Text | PropKind::Link => {
                let bytes = value.len() as i64;
                let is_harmless = self.kind == PropKind::Text || leads_somewhere(value);
                is_harmless && bytes >= min && below_max(bytes)
            }
            PropKind::Number => value.parse().is_ok_and(|n: i64| n >= min && below_max(n)),
            PropKind::Rating => value.parse().is_ok_and(|n: i64| n >= 0 && below_max(n)),
            PropKind::Boolean => matches!(value, "true" | "false"),
            PropKind::Select => is_option(value),
            PropKind::MultiSelect => serde_json::from_str::<Vec<String>>(value)
                .is_ok_and(|choices| choices.iter().all(|choice| is_option(choice))),
        }
    }
}

impl PropKind {
    const fn rule(self) -> &'static str {
        match self {
            Self::Text => "of the allowed length",
            Self::Link => "a link to a page, of the allowed length",
            Self::Number => "a whole number in range",
            Self::Boolean => "`true` or `false`",
            Self::Select => "one of the options",
            Self::MultiSelect => "a JSON list of options",
            Self::Rating => "a number of stars in range",
        }
    }
}

#[cfg(test)]
#[path = "metadata_key_tests.rs"]
mod tests;
