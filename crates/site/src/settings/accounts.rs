//! Signing up, signing in, and faces.

use md5::{Digest as _, Md5};
use url::Url;

use super::values::Rows;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    pub register_enabled: bool,
    /// New accounts wait for a click in a mail.
    pub email_active: bool,
    /// Group id of new accounts.
    pub default_group: i64,
    /// Passkeys are allowed.
    pub authn_enabled: bool,
    /// Others see e-mail addresses in user objects.
    pub expose_user_email: bool,
    pub avatar: AvatarSettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvatarSettings {
    /// Folder of the pictures, relative to the data directory.
    pub path: String,
    pub max_upload_bytes: u64,
    /// Width after resizing, in pixels, 1 to 4096.
    pub width: u32,
    /// Scheme, host and port only.
    gravatar_origin: Url,
}

/// Host of the setting `gravatar_server` at first.
const GRAVATAR_HOST: &str = "www.gravatar.com";

/// A face needs no more pixels than this, whatever the row says.
const MAX_AVATAR_WIDTH: u32 = 4096;

impl AccountSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            register_enabled: rows.flag("register_enabled"),
            email_active: rows.flag("email_active"),
            default_group: rows.positive("default_group"),
            authn_enabled: rows.flag("authn_enabled"),
            expose_user_email: rows.flag("expose_user_email"),
            avatar: AvatarSettings {
                path: rows.text("avatar_path"),
                max_upload_bytes: rows.number("avatar_size"),
                width: rows.positive::<u32>("avatar_size_l").min(MAX_AVATAR_WIDTH),
                gravatar_origin: rows.parsed("gravatar_server", origin),
            },
        }
    }
}

impl AvatarSettings {
    /// The host of faces, if it is not everybody's.
    pub fn own_gravatar_host(&self) -> Option<String> {
        let host = self.gravatar_origin.host_str()?;
        (host != GRAVATAR_HOST).then(|| host.to_owned())
    }

    /// Where the picture of an e-mail address is, 200 pixels wide; a path in the setting does not
    /// count (V4 API).
    pub fn gravatar_url(&self, email: &str) -> String {
        let digest = Md5::digest(email.to_lowercase().as_bytes());
        let hex = format!("{:032x}", u128::from_be_bytes(digest.into()));
        format!("{}avatar/{hex}?d=mm&s=200", self.gravatar_origin)
    }
}

fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    Url::parse(&url.origin().ascii_serialization()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn gravatar_addresses_drop_the_path_and_fold_case() {
        let mut avatar = crate::settings::Settings::default().accounts.avatar;
        avatar.gravatar_origin = origin("https://faces.example:8443/some/path/").unwrap();
        assert_eq!(
            avatar.gravatar_url("Alice@Example.com"),
            "https://faces.example:8443/avatar/c160f8cc69a4f0bf2b0362752353d060?d=mm&s=200"
        );
        assert_eq!(origin("javascript:alert(1)"), None);
    }
}
