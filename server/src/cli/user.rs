//! `alcove user`: accounts from the shell.

use super::Outcome;
use crate::config::Config;
use crate::services::Services;
use clap::Subcommand;
use identity::account::NewAccount;
use site::actor::ADMIN_GROUP;
use site::email::Email;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Lengths of a password (V4 API, registration).
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 6..=128;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Makes an account; the first one is an administrator anyway.
    Create {
        email: String,
        /// Read from standard input if left out.
        #[arg(long)]
        password: Option<String>,
        /// Makes it an administrator.
        #[arg(long)]
        admin: bool,
    },
    /// Sets a new password and ends every sign-in.
    Password {
        email: String,
        /// Read from standard input if left out.
        #[arg(long)]
        password: Option<String>,
    },
    /// Makes an account an active administrator.
    Promote { email: String },
    /// Blocks an account; its owner is signed out everywhere.
    Ban { email: String },
    /// Lets a blocked account in again.
    Unban { email: String },
    /// Tells what an account holds, and what it may.
    Quota { email: String },
    /// Deletes an account for good, with all it has.
    Delete {
        email: String,
        /// Without this nothing happens.
        #[arg(long)]
        yes: bool,
    },
    /// Switches the second factor of an account off.
    #[command(name = "2fa-off")]
    SecondFactorOff { email: String },
    /// Lists every account.
    List,
}

impl UserCommand {
    /// Does it.
    /// # Errors
    /// What the operator should read.
    pub async fn run(self, config: &Config) -> Outcome {
        // A site may begin with it.
        if !matches!(self, Self::Create { .. }) {
            super::require_site(config)?;
        }
        let services = Services::build(config).await?;
        let done = self.run_with(&services).await;
        services.core.store.clone().close().await;
        done
    }

    async fn run_with(self, services: &Services) -> Outcome {
        let accounts = &services.accounts;
        match self {
            Self::Create {
                email,
                password,
                admin,
            } => {
                let email = Email::parse(&email)?;
                let password = given(password)?;
                let new = NewAccount {
                    email,
                    password,
                    language: String::new(),
                };
                let user = accounts.create_by_operator(new, admin).await?;
                let role = if user.group_id == ADMIN_GROUP {
                    "administrator"
                } else {
                    "user"
                };
                println!("Created {role} {} with id {}", user.email, user.id);
            }
            Self::Password { email, password } => {
                let email = Email::parse(&email)?;
                accounts.set_password(&email, &given(password)?).await?;
                println!("Changed the password of {email}");
            }
            Self::Promote { email } => {
                let email = Email::parse(&email)?;
                accounts.promote(&email).await?;
                println!("{email} is an administrator now");
            }
            Self::Ban { email } => {
                let email = Email::parse(&email)?;
                accounts.block(&email).await?;
                println!("{email} is blocked");
            }
            Self::Unban { email } => {
                let email = Email::parse(&email)?;
                accounts.unblock(&email).await?;
                println!("{email} may sign in again");
            }
            Self::Quota { email } => {
                let email = Email::parse(&email)?;
                let row = services.admin.users.get_by_operator(&email).await?;
                let (used, quota) = (row.user.used_bytes, row.quota);
                println!("{used} of {quota} bytes (group {})", row.group.name);
            }
            Self::Delete { email, yes } => {
                let email = Email::parse(&email)?;
                if !yes {
                    return Err(
                        format!("{email} and all it has would go for good: say --yes").into(),
                    );
                }
                services.admin.users.delete_by_operator(&email).await?;
                println!("{email} is deleted; what it had goes while a server runs");
            }
            Self::SecondFactorOff { email } => {
                let email = Email::parse(&email)?;
                accounts.end_second_factor(&email).await?;
                println!("{email} signs in with the password alone");
            }
            Self::List => {
                let mut out = io::stdout().lock();
                for user in accounts.all().await? {
                    let (id, group) = (user.id, user.group_id);
                    let status = user.status.as_str();
                    writeln!(out, "{id}\t{}\t{status}\tgroup {group}", user.email)?;
                }
            }
        }
        Ok(())
    }
}

/// The password of the command line, else a line of standard input. A terminal does not show it.
fn given(password: Option<String>) -> io::Result<String> {
    let password = match password {
        Some(password) => password,
        None if io::stdin().is_terminal() => rpassword::prompt_password("Password: ")?,
        None => {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    if PASSWORD_CHARS.contains(&password.chars().count()) {
        return Ok(password);
    }
    Err(io::Error::other("a password has 6 to 128 characters"))
}
