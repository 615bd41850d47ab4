//! Apps and what they were granted.

use super::{BuiltIn, OAuth, OAuthError};
use entity::oauth_client::{Model, Props, Texts};
use entity::{ClientId, Timestamp};
use sha2::{Digest as _, Sha256};
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::secret::Scope;
use site::settings::random_alphanumeric;
use std::fmt::Write as _;
use store::journal::{Entry, Op};
use store::{apps as rows, journal};
use subtle::ConstantTimeEq as _;
use url::Url;
use uuid::Uuid;

/// Form of stored secrets: they are long and random, so a plain digest keeps them.
const HASHED: &str = "sha256:";
/// Letters and digits of a new secret.
const SECRET_CHARS: usize = 32;
/// What a new app may stay away for, seconds (V4 API, OAuth clients).
const REFRESH_TTL_SECS: i64 = 2_592_000;
/// Longest name and address of an app, characters.
use site::limits::APP_TEXT_CHARS as MAX_CHARS;

/// An app to register.
#[derive(Clone, Debug)]
pub struct NewApp {
    pub name: String,
    pub homepage_url: String,
    pub redirect_uris: Vec<String>,
    pub scopes: Vec<Scope>,
}

/// A registered app with its secret, which is told once.
#[derive(Clone, Debug)]
pub struct Registered {
    pub guid: String,
    pub secret: String,
}

/// What one app may do for one account.
#[derive(Clone, Debug)]
pub struct Grant {
    pub app: Model,
    pub scopes: Vec<String>,
    pub last_used_at: Option<Timestamp>,
}

/// As stored.
pub fn hash_of_secret(secret: &str) -> String {
    let mut text = HASHED.to_owned();
    for byte in Sha256::digest(secret.as_bytes()) {
        write!(text, "{byte:02x}").expect("a String takes all text");
    }
    text
}

/// In constant time.
pub(super) fn knows_secret(app: &Model, secret: &str) -> bool {
    let given = hash_of_secret(secret);
    given.as_bytes().ct_eq(app.secret_hash.as_bytes()).into()
}

/// Where an answer may be sent: an absolute address without a fragment, or a path of this site.
/// Nothing a browser would run, and nothing that only looks like a path (`//host`, `/\host`).
fn is_redirect_uri(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if !plain || text.chars().count() > MAX_CHARS * 8 {
        return false;
    }
    if let Some(path) = text.strip_prefix('/') {
        return !path.starts_with('/') && !path.contains('#');
    }
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let runs = matches!(
        url.scheme(),
        "javascript" | "data" | "vbscript" | "blob" | "file" | "about"
    );
    let has_user = !url.username().is_empty() || url.password().is_some();
    let web = matches!(url.scheme(), "http" | "https");
    !runs && !has_user && url.fragment().is_none() && (!web || url.has_host())
}

/// An app as somebody fills it in.
#[derive(Clone, Copy, Debug)]
pub struct AppForm<'a> {
    pub name: &'a str,
    pub homepage_url: &'a str,
    pub redirect_uris: &'a [String],
    pub scopes: &'a [String],
    pub props: &'a Props,
}

/// Addresses and scopes of one app.
const MOST: usize = 100;

/// Whether an app may be so.
/// # Errors
/// A sentence about what is wrong.
pub fn checked_app(form: AppForm<'_>) -> Result<(), &'static str> {
    let is_long = |text: &str| text.chars().count() > MAX_CHARS;
    let is_line = !form.name.chars().any(char::is_control);
    if form.name.is_empty() || is_long(form.name) || !is_line {
        return Err("A name has 1 to 255 characters");
    }
    let is_web = |text: &str| {
        text.is_empty()
            || text.starts_with('/') && !text.starts_with("//")
            || Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    if is_long(form.homepage_url) || !is_web(form.homepage_url) {
        return Err("homepage_url must be a web address");
    }
    let addresses = form.redirect_uris;
    if addresses.is_empty() || addresses.len() > MOST {
        return Err("An app has 1 to 100 redirect_uris");
    }
    if !addresses.iter().all(|uri| is_redirect_uri(uri)) {
        return Err("Each of redirect_uris must be an address without a fragment, or a path here");
    }
    let scopes: Option<Vec<Scope>> = form.scopes.iter().map(|text| text.parse().ok()).collect();
    match scopes {
        None => return Err("There is no such scope"),
        Some(scopes) if !scopes.contains(&Scope::OpenId) => {
            return Err("scopes must have openid");
        }
        Some(scopes) if scopes.len() > MOST => return Err("Too many scopes"),
        Some(_) => {}
    }
    let props = form.props;
    if is_long(&props.description) || props.icon.len() > MAX_CHARS * 8 {
        return Err("description or icon is too long");
    }
    if props.refresh_token_ttl < 0 {
        return Err("refresh_token_ttl must not be negative");
    }
    Ok(())
}

impl OAuth {
    /// An app that may be used.
    /// # Errors
    /// `AppUnknown`
    pub async fn app(&self, guid: &str) -> Result<Model, OAuthError> {
        let app = rows::by_guid(self.site.store.read(), guid).await?;
        app.filter(|app| app.is_enabled)
            .ok_or(OAuthError::AppUnknown)
    }

    /// Every app, also those switched off.
    /// # Errors
    /// Only the database's.
    pub async fn apps(&self) -> Result<Vec<Model>, OAuthError> {
        Ok(rows::all(&self.site.store).await?)
    }

    /// Registers an app.
    /// # Errors
    /// `BadValue`, `BadRedirect`, `BadScope`.
    pub async fn register(&self, new: NewApp) -> Result<Registered, OAuthError> {
        if new.name.is_empty() || new.name.chars().count() > MAX_CHARS {
            return Err(OAuthError::BadValue("A name has 1 to 255 characters"));
        }
        let addresses = &new.redirect_uris;
        if addresses.is_empty() || !addresses.iter().all(|uri| is_redirect_uri(uri)) {
            return Err(OAuthError::BadRedirect);
        }
        if !new.scopes.contains(&Scope::OpenId) {
            return Err(OAuthError::BadScope);
        }
        let registered = Registered {
            guid: Uuid::new_v4().to_string(),
            secret: random_alphanumeric(SECRET_CHARS, &mut rand::rng()),
        };
        let now = self.site.now();
        let scopes = new.scopes.iter().map(ToString::to_string).collect();
        let row = Model {
            id: ClientId(0),
            guid: registered.guid.clone(),
            secret_hash: hash_of_secret(&registered.secret),
            name: new.name,
            homepage_url: new.homepage_url,
            redirect_uris: Texts(new.redirect_uris),
            scopes: Texts(scopes),
            props: Props {
                refresh_token_ttl: REFRESH_TTL_SECS,
                ..Props::default()
            },
            is_enabled: true,
            created_at: now,
            updated_at: now,
        };
        let tx = self.site.store.begin().await?;
        rows::insert_absent(tx.db(), row).await?;
        tx.commit().await?;
        Ok(registered)
    }

    /// Removes an app; its tokens die at once.
    /// # Errors
    /// `AppUnknown`, `BuiltIn`.
    pub async fn unregister(&self, guid: &str) -> Result<(), OAuthError> {
        if BuiltIn::is_one(guid) {
            return Err(OAuthError::BuiltIn);
        }
        let tx = self.site.store.begin().await?;
        let app = rows::by_guid(tx.db(), guid).await?;
        let app = app.ok_or(OAuthError::AppUnknown)?;
        rows::remove(tx.db(), app.id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What an account lets apps do.
    /// # Errors
    /// Only the database's.
    pub async fn grants(&self, actor: &Actor) -> Result<Vec<Grant>, OAuthError> {
        let user = access::signed_in(actor)?.user.id;
        let found = rows::grants_of(&self.site.store, user).await?;
        let grants = found.into_iter().map(|(grant, app)| Grant {
            app,
            scopes: grant.scopes.0,
            last_used_at: grant.last_used_at,
        });
        Ok(grants.collect())
    }

    /// The scopes an account granted an app; empty if none.
    /// # Errors
    /// Only the database's.
    pub async fn granted(&self, actor: &Actor, app: ClientId) -> Result<Vec<String>, OAuthError> {
        let user = access::signed_in(actor)?.user.id;
        let grant = rows::grant(self.site.store.read(), user, app).await?;
        Ok(grant.map(|grant| grant.scopes.0).unwrap_or_default())
    }

    /// Takes back what an app was granted; its tokens die at once. Also of apps switched off.
    /// # Errors
    /// `GrantUnknown`
    pub async fn revoke(
        &self,
        actor: &Actor,
        guid: &str,
        origin: &Origin,
    ) -> Result<(), OAuthError> {
        let user = access::signed_in(actor)?.user.id;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let app = rows::by_guid(tx.db(), guid).await?;
        let app = app.ok_or(OAuthError::GrantUnknown)?;
        if !rows::revoke_grant(tx.db(), user, app.id, now).await? {
            return Err(OAuthError::GrantUnknown);
        }
        let entry = Entry::of_account(user, Op::RevokeApp).detail(origin.with(&[("app", guid)]));
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_addresses_and_own_paths_only() {
        for good in [
            "https://app.example/callback?x=1",
            "http://127.0.0.1:9000/cb",
            "/callback/desktop",
            "com.example.app:/callback",
            "cloud://callback",
        ] {
            assert!(is_redirect_uri(good), "{good}");
        }
        for bad in [
            "",
            "//evil.example/",
            "/\\evil.example",
            "/a#b",
            "https://app.example/#x",
            "https://user@app.example/",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "https://",
            "relative/path",
            "https://app.example/\r\nLocation: x",
            "https://app.exa mple/",
        ] {
            assert!(!is_redirect_uri(bad), "{bad}");
        }
    }
}
