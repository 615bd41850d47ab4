//! Signing in: somebody who has a drive lets the site in, once, and the site keeps a token that it
//! renews by itself.

use crate::error::OnedriveError;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse as _, TokenUrl,
};
use site::outgoing::Outgoing;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use url::Url;

/// Where Microsoft signs people in whose Graph is on another host than the one of the world.
const NATIONAL: [(&str, &str); 2] = [
    (
        "microsoftgraph.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
    ),
    ("graph.microsoft.us", "https://login.microsoftonline.us"),
];
const WORLD: &str = "https://login.microsoftonline.com";
/// What is asked for: a token that lives on without its owner, and files to read and write.
const SCOPES: [&str; 2] = ["offline_access", "files.readwrite.all"];
/// How long a token lives of which nothing is said.
const SHORT_LIFE: Duration = Duration::from_mins(10);

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The application as which a site is registered at Microsoft.
#[derive(Clone, Debug)]
pub struct App {
    id: ClientId,
    secret: ClientSecret,
    redirect: RedirectUrl,
}

impl App {
    /// Its id, its secret and where it takes people back to.
    /// # Errors
    /// `BadValue` if that is no address
    pub fn new(id: &str, secret: &str, redirect: &str) -> Result<Self, OnedriveError> {
        let bad = |error: url::ParseError| {
            OnedriveError::BadValue(format!("The redirect address is none: {error}"))
        };
        Ok(Self {
            id: ClientId::new(id.to_owned()),
            secret: ClientSecret::new(secret.to_owned()),
            redirect: RedirectUrl::new(redirect.to_owned()).map_err(bad)?,
        })
    }
}

/// What a site gets in with.
#[derive(Clone)]
pub struct Tokens {
    /// Opens the drive.
    pub access: String,
    /// Gets the next ones; `None`: the one that was used goes on being good.
    pub refresh: Option<String>,
    /// How long `access` does.
    pub life: Duration,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens(for {:?})", self.life)
    }
}

/// Where people sign in.
#[derive(Clone, Debug)]
pub struct Login {
    base: Url,
    outgoing: Outgoing,
}

impl Login {
    /// The one that belongs to a host of Graph, unless another is named.
    /// # Errors
    /// `BadValue` for an address that is none; `Outgoing`
    pub fn of_graph(server: &str, named: Option<&Url>) -> Result<Self, OnedriveError> {
        let host = Url::parse(server)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let national = NATIONAL
            .into_iter()
            .find(|(graph, _)| host.as_deref() == Some(*graph));
        let base = match named {
            Some(named) => named.clone(),
            None => Url::parse(national.map_or(WORLD, |(_, login)| login)).map_err(unusable)?,
        };
        // A host that an operator named may be anywhere.
        let trusted = named.and_then(Url::host_str).map(str::to_owned);
        Ok(Self {
            base,
            outgoing: Outgoing::trusting(trusted)?,
        })
    }

    /// The page where somebody lets the app in, and that comes back with this state.
    /// # Errors
    /// `Unusable`
    pub fn page(&self, app: &App, state: &str) -> Result<String, OnedriveError> {
        let client = self.client(app)?;
        let state = CsrfToken::new(state.to_owned());
        let asked = client.authorize_url(|| state);
        let (page, _) = asked
            .add_scopes(SCOPES.map(str::to_owned).map(Scope::new))
            .url();
        Ok(page.into())
    }

    /// Tokens for the code that somebody came back with.
    /// # Errors
    /// `Refused`, `Unusable`
    pub async fn exchange(&self, app: &App, code: &str) -> Result<Tokens, OnedriveError> {
        let client = self.client(app)?;
        let code = AuthorizationCode::new(code.to_owned());
        let http = |question| {
            let outgoing = self.outgoing.clone();
            async move { outgoing.send(question).await }
        };
        tokens(client.exchange_code(code).request_async(&http).await)
    }

    /// New tokens for the one that gets them.
    /// # Errors
    /// `Refused`, `Unusable`
    pub async fn renew(&self, app: &App, refresh: &str) -> Result<Tokens, OnedriveError> {
        let client = self.client(app)?;
        let refresh = RefreshToken::new(refresh.to_owned());
        let asked = client.exchange_refresh_token(&refresh);
        // Left out in the form of the standard; Microsoft compares it where it is said.
        let asked = asked.add_extra_param("redirect_uri", app.redirect.as_str().to_owned());
        let http = |question| {
            let outgoing = self.outgoing.clone();
            async move { outgoing.send(question).await }
        };
        tokens(asked.request_async(&http).await)
    }

    fn client(&self, app: &App) -> Result<Client, OnedriveError> {
        let at = |end: &str| self.base.join(&format!("common/oauth2/v2.0/{end}"));
        let authorize = at("authorize").map_err(unusable)?;
        let token = at("token").map_err(unusable)?;
        Ok(BasicClient::new(app.id.clone())
            .set_client_secret(app.secret.clone())
            .set_auth_type(AuthType::RequestBody)
            .set_redirect_uri(app.redirect.clone())
            .set_auth_uri(AuthUrl::from_url(authorize))
            .set_token_uri(TokenUrl::from_url(token)))
    }
}

fn unusable(error: impl fmt::Display) -> OnedriveError {
    OnedriveError::Unusable(error.to_string())
}

type Answer<E> =
    Result<BasicTokenResponse, RequestTokenError<E, oauth2::basic::BasicErrorResponse>>;

fn tokens<E: Error + 'static>(answer: Answer<E>) -> Result<Tokens, OnedriveError> {
    let tokens = answer.map_err(|error| match error {
        RequestTokenError::ServerResponse(said) => {
            let words = said
                .error_description()
                .map_or_else(|| said.error().to_string(), Clone::clone);
            OnedriveError::Refused(words)
        }
        RequestTokenError::Request(error) => unusable(causes(&error)),
        error => unusable(causes(&error)),
    })?;
    Ok(Tokens {
        access: tokens.access_token().secret().clone(),
        refresh: tokens.refresh_token().map(|token| token.secret().clone()),
        life: tokens.expires_in().unwrap_or(SHORT_LIFE),
    })
}

/// An error with all that caused it.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
