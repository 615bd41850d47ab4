//! Who the verified claims of a provider speak of.

use super::provider::unconfirmed;
use super::{Person, Provider, SsoError};
use crate::external::issuer_key;
use serde_json::{Map, Value};
use site::email::Email;
use site::settings::OpenIdSettings;

/// Claim with groups where the settings name none.
const GROUPS: &str = "groups";

/// Who verified claims speak of.
pub(super) fn person(
    provider: Provider,
    settings: &OpenIdSettings,
    claims: &Map<String, Value>,
) -> Result<Person, SsoError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    // Some providers write the flag as text.
    let confirmed = match claims.get("email_verified") {
        Some(Value::Bool(confirmed)) => *confirmed,
        Some(Value::String(confirmed)) => confirmed == "true",
        _ => false,
    };
    // Confirmed is the mailbox as it was written, not what its letters stand for.
    let email = Email::parse(text("email")).ok().filter(|email| {
        let written = text("email").rsplit_once('@');
        written.is_some_and(|(local, _)| local.to_lowercase() == email.local_part())
    });
    let names = ["name", "nickname", "preferred_username"];
    let name = names.map(text).into_iter().find(|name| !name.is_empty());
    let subject = text("sub");
    // Longer ones are forbidden (OpenID Connect Site §2), and cut ones could be somebody else's.
    if subject.is_empty() || subject.len() > 255 {
        return Err(unconfirmed("the subject is empty or too long"));
    }
    let claim = Some(settings.groups_claim.as_str()).filter(|name| !name.is_empty());
    Ok(Person {
        provider,
        issuer: issuer_key(&settings.issuer),
        subject: subject.to_owned(),
        email: email.filter(|_| confirmed || settings.trust_email),
        name: name.unwrap_or_default().to_owned(),
        groups: texts(claims.get(claim.unwrap_or(GROUPS))),
    })
}

/// One text, or a list of them.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}
