//! Storage policies as clients see them.

use drive::policy::Policy;
use drive::policy::choice::Offered;
use poem_openapi::Object;
use serde::Serialize;
use site::settings::live::LiveSettings;
use wire::IdKind;

/// A storage policy as uploaders need it.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct PolicyView {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_suffix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_suffix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_name_regexp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_name_regexp: Option<String>,
    pub r#type: String,
    /// Largest file, bytes; 0 = no limit.
    pub max_size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_concurrency: Option<i64>,
}

impl PolicyView {
    /// A policy as people choose it: one that is spread over others looks like the first of them,
    /// under its own name.
    pub fn of_offered(policy: &Offered, settings: &LiveSettings) -> Option<Self> {
        let like = policy.takers.first()?;
        Some(Self {
            id: settings.ids.encode(IdKind::Policy, policy.id.0),
            name: policy.name.clone(),
            ..Self::of(like, settings)
        })
    }

    /// A policy row.
    pub fn of(policy: &Policy, settings: &LiveSettings) -> Self {
        let row = &policy.row;
        let options = &row.settings;
        let list = options.file_type.clone().filter(|list| !list.is_empty());
        let (allowed, denied) = if options.is_file_type_deny_list {
            (None, list)
        } else {
            (list, None)
        };
        let pattern = Some(options.file_regexp.clone()).filter(|pattern| !pattern.is_empty());
        let (allowed_name, denied_name) = if options.is_name_regexp_deny_list {
            (None, pattern)
        } else {
            (pattern, None)
        };
        Self {
            id: settings.ids.encode(IdKind::Policy, row.id.0),
            name: row.name.clone(),
            allowed_suffix: allowed,
            denied_suffix: denied,
            allowed_name_regexp: allowed_name,
            denied_name_regexp: denied_name,
            r#type: row.kind.clone(),
            max_size: row.max_size,
            relay: options.relay.then_some(true),
            chunk_concurrency: Some(options.chunk_concurrency).filter(|n| *n > 0),
        }
    }
}
