//! What administrators say of the downloader of a node (V4 API, node settings).

use crate::{DownloaderError, Source};
use serde::Deserialize;
use serde_json::{Map, Value};
use site::outgoing::{AddressRules, Network};
use std::time::Duration;

/// How often a program is asked where nobody says how often.
const USUAL_INTERVAL_SECS: u64 = 10;
const LONGEST_INTERVAL_SECS: u64 = 3600;

/// The part of a node's settings that is about downloads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeSettings {
    provider: String,
    aria2: Option<Program>,
    qbittorrent: Option<Program>,
    interval: Option<f64>,
    pub wait_for_seeding: bool,
    url_validation: Validation,
}

/// A program that fetches.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Program {
    pub server: String,
    /// Of aria2.
    pub token: String,
    /// Of qBittorrent.
    pub user: String,
    pub password: String,
    #[serde(deserialize_with = "map_or_nothing")]
    pub options: Map<String, Value>,
    pub temp_path: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Validation {
    disabled: bool,
    #[serde(deserialize_with = "list_or_nothing")]
    allowed_hosts: Vec<String>,
    #[serde(deserialize_with = "list_or_nothing")]
    allowed_cidrs: Vec<String>,
}

fn map_or_nothing<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Map<String, Value>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn list_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Who fetches.
#[derive(Clone, Debug)]
pub enum Provider {
    /// This server itself.
    Builtin,
    Aria2(Program),
    QBittorrent(Program),
}

impl Provider {
    /// Of the folder with its jobs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Aria2(_) => "aria2",
            Self::QBittorrent(_) => "qbittorrent",
        }
    }

    pub fn program(&self) -> Option<&Program> {
        match self {
            Self::Builtin => None,
            Self::Aria2(program) | Self::QBittorrent(program) => Some(program),
        }
    }
}

impl NodeSettings {
    /// # Errors
    /// `NotConfigured` for what makes no sense
    pub fn read(settings: &Value) -> Result<Self, DownloaderError> {
        let wrong = |error: serde_json::Error| DownloaderError::NotConfigured(error.to_string());
        Self::deserialize(settings).map_err(wrong)
    }

    /// A program that has no address yet is not there: this server fetches itself.
    /// # Errors
    /// `NotConfigured` for a provider that nobody knows
    pub fn provider(&self) -> Result<Provider, DownloaderError> {
        let of = |program: &Option<Program>, make: fn(Program) -> Provider| {
            let program = program.clone();
            let there = program.filter(|program| !program.server.trim().is_empty());
            there.map_or(Provider::Builtin, make)
        };
        match self.provider.as_str() {
            "" | "builtin" => Ok(Provider::Builtin),
            "aria2" => Ok(of(&self.aria2, Provider::Aria2)),
            "qbittorrent" => Ok(of(&self.qbittorrent, Provider::QBittorrent)),
            other => Err(DownloaderError::NotConfigured(format!(
                "there is no provider {other:?}"
            ))),
        }
    }

    /// Who fetches something: links that qBittorrent knows nothing of are this server's.
    /// # Errors
    /// As for [`Self::provider`]
    pub fn provider_for(&self, source: &Source) -> Result<Provider, DownloaderError> {
        let provider = self.provider()?;
        let is_web =
            matches!(source, Source::Link(url) if matches!(url.scheme(), "http" | "https"));
        if is_web && matches!(provider, Provider::QBittorrent(_)) {
            return Ok(Provider::Builtin);
        }
        Ok(provider)
    }

    /// The provider that something was given to, whatever new things go to.
    /// # Errors
    /// `NotConfigured` if it is there no more
    pub fn provider_called(&self, name: &str) -> Result<Provider, DownloaderError> {
        let program = |program: &Option<Program>| {
            let there = program
                .clone()
                .filter(|program| !program.server.trim().is_empty());
            there.ok_or_else(|| {
                DownloaderError::NotConfigured(format!("the node says no more where {name} is"))
            })
        };
        match name {
            "aria2" => Ok(Provider::Aria2(program(&self.aria2)?)),
            "qbittorrent" => Ok(Provider::QBittorrent(program(&self.qbittorrent)?)),
            _ => Ok(Provider::Builtin),
        }
    }

    /// How long to wait until a program is asked again.
    pub fn interval(&self) -> Duration {
        let secs = self.interval.filter(|secs| *secs > 0.0 && secs.is_finite());
        let secs = secs.unwrap_or(USUAL_INTERVAL_SECS as f64);
        Duration::from_secs_f64(secs.min(LONGEST_INTERVAL_SECS as f64))
    }

    /// Which hosts may be asked.
    /// # Errors
    /// `NotConfigured` for a network that is none
    pub fn rules(&self) -> Result<AddressRules, DownloaderError> {
        let validation = &self.url_validation;
        if validation.disabled {
            return Ok(AddressRules::none());
        }
        let texts = validation.allowed_cidrs.iter();
        let networks: Result<Vec<Network>, _> = texts
            .map(|text| {
                text.parse()
                    .map_err(|error| DownloaderError::NotConfigured(format!("{text:?} is {error}")))
            })
            .collect();
        let hosts = validation.allowed_hosts.iter().cloned();
        Ok(AddressRules::new(hosts, networks?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn provider(settings: Value) -> &'static str {
        let settings = NodeSettings::read(&settings).unwrap();
        settings.provider().unwrap().name()
    }

    #[test]
    fn a_program_without_an_address_is_not_there() {
        assert_eq!(provider(json!({ "provider": "aria2" })), "builtin");
        let empty = json!({ "provider": "aria2", "aria2": { "server": " " } });
        assert_eq!(provider(empty), "builtin");
        let there =
            json!({ "provider": "aria2", "aria2": { "server": "http://a", "options": null } });
        assert_eq!(provider(there), "aria2");
        assert_eq!(provider(json!({})), "builtin");
        let odd = NodeSettings::read(&json!({ "provider": "wget" })).unwrap();
        assert!(matches!(
            odd.provider(),
            Err(DownloaderError::NotConfigured(_))
        ));
    }

    #[test]
    fn nonsense_is_said_and_not_guessed() {
        let read = |settings: &Value| NodeSettings::read(settings).and_then(|read| read.rules());
        let wrong = json!({ "url_validation": { "allowed_cidrs": ["10.0.0.0/99"] } });
        assert!(
            read(&wrong)
                .unwrap_err()
                .to_string()
                .contains("10.0.0.0/99")
        );
        assert!(read(&json!({ "url_validation": { "disabled": "yes" } })).is_err());
        let off = json!({ "url_validation": { "disabled": true, "allowed_cidrs": ["x"] } });
        assert!(read(&off).unwrap().allow_all());
        let none = NodeSettings::read(&json!({ "interval": -1 })).unwrap();
        assert_eq!(none.interval(), Duration::from_secs(10));
    }
}
