//! `alcove app`: the apps that people may let in, from the shell.

use super::Outcome;
use crate::config::Config;
use crate::services::Services;
use clap::Subcommand;
use identity::oauth::NewApp;
use site::secret::{Scope, UnknownScope};
use std::io::{self, Write as _};

/// What to do with apps.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Registers an app and prints its id and its secret, which is not shown again.
    Add {
        name: String,
        /// Where answers are sent; repeat it for several. Compared to the letter.
        #[arg(long, required = true)]
        redirect: Vec<String>,
        /// Scopes the app may ask for, separated by spaces.
        #[arg(long, default_value = "openid profile email offline_access")]
        scope: String,
        /// Shown to people who are asked to let it in.
        #[arg(long, default_value = "")]
        homepage: String,
    },
    /// Lists every app.
    List,
    /// Removes an app; its tokens die at once.
    Remove { client_id: String },
    /// Signs identity tokens with a new key; the old one is believed for another week.
    RotateKey,
}

impl AppCommand {
    /// Does it.
    /// # Errors
    /// What the operator should read.
    pub async fn run(self, config: &Config) -> Outcome {
        super::require_site(config)?;
        let services = Services::build(config).await?;
        let done = self.run_with(&services).await;
        services.core.store.clone().close().await;
        done
    }

    async fn run_with(self, services: &Services) -> Outcome {
        let oauth = &services.oauth;
        match self {
            Self::Add {
                name,
                redirect,
                scope,
                homepage,
            } => {
                let scopes: Result<Vec<Scope>, UnknownScope> =
                    scope.split_whitespace().map(str::parse).collect();
                let new = NewApp {
                    name,
                    homepage_url: homepage,
                    redirect_uris: redirect,
                    scopes: scopes?,
                };
                let registered = oauth.register(new).await?;
                println!("client_id: {}", registered.guid);
                println!("client_secret: {}", registered.secret);
            }
            Self::List => {
                let mut out = io::stdout().lock();
                for app in oauth.apps().await? {
                    let state = if app.is_enabled { "on" } else { "off" };
                    let addresses = app.redirect_uris.0.join(" ");
                    writeln!(out, "{}\t{state}\t{}\t{addresses}", app.guid, app.name)?;
                }
            }
            Self::Remove { client_id } => {
                oauth.unregister(&client_id).await?;
                println!("Removed {client_id}");
            }
            Self::RotateKey => {
                println!("Signing with key {}", oauth.rotate_key().await?);
            }
        }
        Ok(())
    }
}
