//! What an app learns of a person, by scope (OpenID Connect Site §5.4).

use entity::user;
use serde::Serialize;
use site::secret::{Scope, ScopeSet};
use site::settings::live::LiveSettings;
use url::Url;
use wire::IdKind;

/// Claims about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Public id of the account.
    pub sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// Absolute address of the face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

impl Claims {
    /// What these scopes show. `site` is where the app reached the drive.
    pub fn of(user: &user::Model, live: &LiveSettings, site: &Url, scopes: ScopeSet) -> Self {
        let sub = live.ids.encode(IdKind::User, user.id.0);
        let profile = scopes.allows(Scope::Profile);
        let email = scopes.allows(Scope::Email);
        let face = profile && !user.avatar.is_empty();
        let base = site.as_str().trim_end_matches('/');
        Self {
            picture: face.then(|| format!("{base}/api/v4/user/avatar/{sub}")),
            name: profile.then(|| user.nick.clone()),
            preferred_username: profile.then(|| user.nick.clone()),
            updated_at: profile.then(|| user.updated_at.unix_secs()),
            email: email.then(|| user.email.clone()),
            email_verified: email.then(|| vouches_for_addresses(live)),
            sub,
        }
    }
}

/// Whether an address proves anything: where strangers register with any address and nobody asks
/// them to confirm it, other software must not take it for theirs.
fn vouches_for_addresses(live: &LiveSettings) -> bool {
    live.settings.accounts.email_active || !live.settings.accounts.register_enabled
}
