//! Who else may say who somebody is: OpenID providers and a directory.
//!
//! Each is one JSON object, so that it is set whole. Key names that the V4 API knows from Logto
//! (`endpoint`, `app_id`, `app_secret`) mean the same everywhere.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::values::{Rows, Secret};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleSignOnSettings {
    /// Any provider that speaks OpenID Connect.
    pub openid: Option<OpenIdSettings>,
    pub logto: Option<OpenIdSettings>,
    /// LDAP, asked when a password does not fit an account here.
    pub directory: Option<DirectorySettings>,
}

/// An OpenID provider, and how far it is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OpenIdSettings {
    /// Where `/.well-known/openid-configuration` is below; exactly as the provider names itself.
    #[serde(alias = "endpoint")]
    pub issuer: String,
    #[serde(alias = "app_id")]
    pub client_id: String,
    #[serde(alias = "app_secret")]
    pub client_secret: Secret,
    /// On the button.
    pub display_name: String,
    pub icon: String,
    /// Asked for besides `openid profile email`.
    pub scopes: Vec<String>,
    /// Addresses count as confirmed even if the provider does not say so.
    pub trust_email: bool,
    /// Claim with the names of the person's groups; empty: `groups`.
    pub groups_claim: String,
    #[serde(flatten)]
    pub joining: JoiningSettings,
}

/// A directory, and how far it is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DirectorySettings {
    /// `ldap://host:389` or `ldaps://host:636`.
    pub url: String,
    pub start_tls: bool,
    /// Who looks people up; empty: nobody in particular.
    pub bind_dn: String,
    pub bind_password: Secret,
    /// Where people are below.
    pub base_dn: String,
    /// Finds one person; `{email}` and `{login}` (what stands before the `@`) are filled in.
    /// Empty: `(mail={email})`.
    pub user_filter: String,
    /// Attribute with the mail address; empty: `mail`.
    pub email_attribute: String,
    /// Attribute with the name to show; empty: `cn`.
    pub name_attribute: String,
    /// Attribute that never changes; empty: `entryUUID` (`objectGUID` on Active Directory).
    pub id_attribute: String,
    /// Attribute with the person's groups; empty: `memberOf`.
    pub groups_attribute: String,
    #[serde(flatten)]
    pub joining: JoiningSettings,
}

/// What becomes of people who come for the first time, and of their groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct JoiningSettings {
    /// Make accounts for people who have none.
    pub create_accounts: bool,
    /// Link to the account that has the same, confirmed, address. Whoever may choose addresses at
    /// the provider can then take accounts over.
    pub link_by_email: bool,
    /// Their group → group id here. The first match in the order of the names counts.
    pub group_map: BTreeMap<String, i64>,
    /// Also move people who have an account, at each sign-in.
    pub sync_groups: bool,
}

impl JoiningSettings {
    /// The group here of somebody who is in these groups there.
    pub fn group_of(&self, theirs: &[String]) -> Option<i64> {
        let mut matches = self.group_map.iter();
        let found = matches.find(|(name, _)| theirs.iter().any(|group| group == *name));
        found.map(|(_, id)| *id)
    }
}

/// Where Logto's provider is below its endpoint.
const LOGTO_PATH: &str = "/oidc";

impl SingleSignOnSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        let openid: OpenIdSettings = rows.json("oidc_config");
        let mut logto: OpenIdSettings = rows.json("logto_config");
        let endpoint = logto.issuer.trim_end_matches('/');
        if !endpoint.is_empty() && !endpoint.ends_with(LOGTO_PATH) {
            logto.issuer = format!("{endpoint}{LOGTO_PATH}");
        }
        let directory: DirectorySettings = rows.json("ldap_config");
        let usable = |on: bool, provider: &OpenIdSettings| {
            on && !provider.issuer.is_empty() && !provider.client_id.is_empty()
        };
        let has_directory = rows.flag("ldap_enabled") && !directory.url.is_empty();
        Self {
            openid: usable(rows.flag("oidc_enabled"), &openid).then_some(openid),
            logto: usable(rows.flag("logto_enabled"), &logto).then_some(logto),
            directory: has_directory.then_some(directory),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::settings::Settings;
    use std::collections::HashMap;

    fn read(rows: &[(&str, &str)]) -> SingleSignOnSettings {
        let rows: HashMap<_, _> = rows
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::from_rows(&rows, |_| None).single_sign_on
    }

    #[test]
    fn nobody_else_is_believed_by_default() {
        let settings = Settings::default().single_sign_on;
        assert_eq!(settings.openid, None);
        assert_eq!(settings.logto, None);
        assert_eq!(settings.directory, None);
    }

    #[test]
    fn logto_is_a_provider_below_its_endpoint() {
        let config = r#"{"endpoint":"https://logto.example/","app_id":"a","app_secret":"s","direct_sign_in":true}"#;
        let settings = read(&[("logto_enabled", "1"), ("logto_config", config)]);
        let logto = settings.logto.unwrap();
        assert_eq!(logto.issuer, "https://logto.example/oidc");
        assert_eq!(logto.client_secret.expose(), "s");
        assert!(!logto.joining.create_accounts);
    }

    #[test]
    fn half_a_configuration_is_none() {
        let half = r#"{"issuer":"https://id.example"}"#;
        let settings = read(&[("oidc_enabled", "1"), ("oidc_config", half)]);
        assert_eq!(settings.openid, None);
        assert_eq!(read(&[("ldap_enabled", "1")]).directory, None);
    }

    #[test]
    fn the_first_group_that_matches_counts() {
        let config = r#"{"url":"ldap://x","group_map":{"b":5,"a":4},"create_accounts":true}"#;
        let settings = read(&[("ldap_enabled", "1"), ("ldap_config", config)]);
        let joining = settings.directory.unwrap().joining;
        let groups = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            joining.group_of(&names)
        };
        assert_eq!(groups(&["b", "a"]), Some(4));
        assert_eq!(groups(&["b"]), Some(5));
        assert_eq!(groups(&["c"]), None);
        assert!(joining.create_accounts && !joining.link_by_email);
    }
}
