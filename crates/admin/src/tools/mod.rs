//! Trying things out before they are relied on.

mod programs;
mod wopi;

use crate::error::AdminError;
use drive::context::Core;
use sandbox::Sandbox;
use site::actor::Actor;
use site::email::Email;
use site::mail::{Letter, Mailer};
use site::settings::{Settings, live};
use site::task::causes;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub use wopi::WopiApp;

/// Settings that a letter leaves by.
const OF_MAIL: [&str; 8] = [
    "smtpHost",
    "smtpPort",
    "smtpUser",
    "smtpPass",
    "smtpEncryption",
    "fromName",
    "fromAdress",
    "replyTo",
];

/// The service behind test buttons.
#[derive(Clone, Debug)]
pub struct Tools {
    core: Arc<Core>,
    sandbox: Arc<Sandbox>,
}

impl Tools {
    pub(crate) fn new(core: Arc<Core>, sandbox: Arc<Sandbox>) -> Self {
        Self { core, sandbox }
    }

    /// Sends a letter by settings that need not be saved; those that are not named are as they are.
    /// # Errors
    /// `BadValue`, also for apps, which would be told what answers where; `Failed` with what the mail
    /// server said
    pub async fn send_test_mail(
        &self,
        actor: &Actor,
        to: &Email,
        values: BTreeMap<String, String>,
    ) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        crate::people_only(actor, "Apps do not send test mails")?;
        let mut rows = live::rows(&self.core.store, &self.core.sealer).await?;
        for (key, value) in values {
            if OF_MAIL.contains(&key.as_str()) {
                if key == "smtpPort" && value.trim().parse::<u16>().is_err() {
                    return Err(AdminError::bad("smtpPort must be a number"));
                }
                rows.insert(key, value);
            }
        }
        let settings = Settings::from_rows(&rows, |_| None);
        let name = self.core.settings().site.name.clone();
        let letter = letter(&name, to);
        let mailer = Mailer::default();
        let sent = mailer.send(&settings.mail, &letter, Uuid::new_v4()).await;
        mailer.close().await;
        sent.map_err(|error| AdminError::Failed(causes(&error)))
    }
}

fn letter(site: &str, to: &Email) -> Letter {
    let text = "This letter was sent to see whether mail leaves. It did.";
    Letter {
        to_address: to.as_str().to_owned(),
        to_name: String::new(),
        subject: format!("{site}: test mail"),
        html: format!("<p>{text}</p>"),
        text: text.to_owned(),
    }
}
