//! The apps every site knows: their ids and secrets are compiled into the official programs, so
//! they are no secrets, and must be exactly these (V4 API, OAuth 2 provider).

use super::apps::hash_of_secret;
use entity::oauth_client::{Model, Props, Texts};
use entity::{ClientId, Timestamp};

/// An app that is always there.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    pub guid: &'static str,
    pub secret: &'static str,
    /// A key that clients translate.
    pub name: &'static str,
    pub redirect_uri: &'static str,
    /// Separated by spaces.
    pub scopes: &'static str,
    icon: &'static str,
}

pub const DESKTOP: BuiltIn = BuiltIn {
    guid: "393a1839-f52e-498e-9972-e77cc2241eee",
    secret: "8GaQIu3lOSdqYoDHi9cR8IZ4pvuMH8ya",
    name: "application:oauth.desktop",
    redirect_uri: "/callback/desktop",
    scopes: "profile email openid offline_access UserInfo.Write Workflow.Write Files.Write \
             Shares.Write",
    icon: "/static/img/cloudreve.svg",
};

pub const IOS: BuiltIn = BuiltIn {
    guid: "220db97a-44a3-44f7-99b6-d767262b4daa",
    secret: "1kxOW4IyVOkPlsKCnTwzfHyP8XrbpfaF",
    name: "application:setting.iOSApp",
    redirect_uri: "/callback/ios",
    scopes: "profile email openid offline_access UserInfo.Write Workflow.Write Files.Write \
             Shares.Write UserSecurityInfo.Write Finance.Write DavAccount.Write",
    icon: "/static/img/cloudreve_ios.svg",
};

/// Seconds a built-in app may stay away.
const REFRESH_TTL_SECS: i64 = 7_776_000;

impl BuiltIn {
    pub const ALL: [Self; 2] = [DESKTOP, IOS];

    /// Whether an app is built in.
    pub fn is_one(guid: &str) -> bool {
        Self::ALL.iter().any(|app| app.guid == guid)
    }

    fn row(&self, now: Timestamp) -> Model {
        Model {
            // Chosen by the database.
            id: ClientId(0),
            guid: self.guid.to_owned(),
            secret_hash: hash_of_secret(self.secret),
            name: self.name.to_owned(),
            homepage_url: String::new(),
            redirect_uris: Texts(vec![self.redirect_uri.to_owned()]),
            scopes: Texts(self.scopes.split_whitespace().map(str::to_owned).collect()),
            props: Props {
                description: String::new(),
                icon: self.icon.to_owned(),
                refresh_token_ttl: REFRESH_TTL_SECS,
            },
            is_enabled: true,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Rows of the built-in apps.
pub fn rows(now: Timestamp) -> impl Iterator<Item = Model> {
    BuiltIn::ALL.into_iter().map(move |app| app.row(now))
}
