//! Speaking SMTP, over connections that stay open for a while.

use super::Letter;
use crate::settings::{MailSettings, Secret};
use lettre::transport::smtp;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use store::in_change;
use tokio::sync::Mutex;
use uuid::Uuid;

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// For connecting and for each answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Connections at once.
const CONNECTIONS: u32 = 4;
/// Answers about the recipient or the letter (RFC 5321 §4.2.3). Others, such as those about
/// logging in, are about us, and may be put right.
const ABOUT_THE_LETTER: [u16; 6] = [550, 551, 552, 553, 554, 556];

/// Sends letters. One for the whole server.
#[derive(Default)]
pub struct Mailer {
    kept: Mutex<Option<(Route, Smtp)>>,
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("{0:?} is no mail address")]
    Address(String),
    #[error("the message cannot be written: {0}")]
    Message(#[source] lettre::error::Error),
    #[error("TLS for {host}: {source}")]
    Tls { host: String, source: smtp::Error },
    /// The mail server is away, or does not want us.
    #[error("{host}:{port}: {source}")]
    Failed {
        host: String,
        port: u16,
        source: smtp::Error,
    },
    /// The mail server will never take this letter.
    #[error("{host}:{port} refused the letter: {source}")]
    Refused {
        host: String,
        port: u16,
        source: smtp::Error,
    },
}

impl MailError {
    /// Whether trying the same again is pointless.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// What a connection depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Route {
    host: String,
    port: u16,
    user: String,
    password: Secret,
    implicit_tls: bool,
    keepalive: Duration,
}

impl Mailer {
    /// Hands a letter to the mail server of the settings. Returns when it has taken it.
    /// # Errors
    /// [`MailError`]; after one, the letter may still have been taken.
    pub async fn send(
        &self,
        settings: &MailSettings,
        letter: &Letter,
        id: Uuid,
    ) -> Result<(), MailError> {
        in_change::must_not_wait_for("the mail server");
        let message = letter.message(settings, id)?;
        let route = Route::of(settings);
        let smtp = self.smtp(&route).await?;
        match smtp.send(message).await {
            Ok(_) => Ok(()),
            Err(source) => Err(route.failed(source)),
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        if let Some((_, smtp)) = self.kept.lock().await.take() {
            smtp.shutdown().await;
        }
    }

    /// The connections of a route; those of the former one are closed.
    async fn smtp(&self, route: &Route) -> Result<Smtp, MailError> {
        let mut kept = self.kept.lock().await;
        if let Some((known, smtp)) = &*kept
            && known == route
        {
            return Ok(smtp.clone());
        }
        let smtp = route.connect()?;
        if let Some((_, former)) = kept.replace((route.clone(), smtp.clone())) {
            former.shutdown().await;
        }
        Ok(smtp)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer(…)")
    }
}

impl Route {
    fn of(settings: &MailSettings) -> Self {
        Self {
            host: settings.host.trim().to_owned(),
            port: settings.port,
            user: settings.user.clone(),
            password: settings.password.clone(),
            implicit_tls: settings.implicit_tls,
            keepalive: settings.keepalive,
        }
    }

    /// Whether there is a password to say, and others could listen. Without TLS it stays unsaid
    /// then, whatever the server, or somebody in between, claims not to offer.
    fn must_encrypt(&self) -> bool {
        !self.user.is_empty() && !self.password.is_empty() && !is_loopback(&self.host)
    }

    /// TLS from the first byte, or STARTTLS where the server offers it (V4 API, `smtpEncryption`).
    fn connect(&self) -> Result<Smtp, MailError> {
        let tls = TlsParameters::new(self.host.clone()).map_err(|source| MailError::Tls {
            host: self.host.clone(),
            source,
        })?;
        let tls = if self.implicit_tls {
            Tls::Wrapper(tls)
        } else if self.must_encrypt() {
            Tls::Required(tls)
        } else {
            Tls::Opportunistic(tls)
        };
        let pool = PoolConfig::new()
            .max_size(CONNECTIONS)
            .idle_timeout(self.keepalive);
        let mut builder = Smtp::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .pool_config(pool);
        if !self.user.is_empty() && !self.password.is_empty() {
            let password = self.password.expose().to_owned();
            builder = builder.credentials(Credentials::new(self.user.clone(), password));
        }
        Ok(builder.build())
    }

    fn failed(&self, source: smtp::Error) -> MailError {
        let about_the_letter = source
            .status()
            .is_some_and(|code| ABOUT_THE_LETTER.contains(&code.into()));
        let (host, port) = (self.host.clone(), self.port);
        if source.is_permanent() && about_the_letter {
            MailError::Refused { host, port, source }
        } else {
            MailError::Failed { host, port, source }
        }
    }
}

/// Whether what is said to a host stays on this machine.
fn is_loopback(host: &str) -> bool {
    let ip = host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    ip || host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(host: &str, user: &str, password: &str) -> Route {
        Route {
            host: host.to_owned(),
            port: 587,
            user: user.to_owned(),
            password: Secret::new(password),
            implicit_tls: false,
            keepalive: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_password_is_only_said_under_tls() {
        for host in [
            "mail.example.com",
            "192.0.2.1",
            "10.0.0.1",
            "localhost.example",
        ] {
            assert!(route(host, "alice", "secret").must_encrypt(), "{host}");
            assert!(!route(host, "", "").must_encrypt(), "{host}");
        }
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(!route(host, "alice", "secret").must_encrypt(), "{host}");
        }
    }
}
