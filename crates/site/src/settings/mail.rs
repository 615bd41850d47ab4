//! How mail leaves, and what it says.

use std::time::Duration;

use serde::Deserialize;

use super::values::{Rows, Secret};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    pub from_name: String,
    pub from_address: String,
    pub host: String,
    pub port: u16,
    /// Empty: no `Reply-To`.
    pub reply_to: String,
    /// Empty: no login.
    pub user: String,
    pub password: Secret,
    /// TLS from the first byte, else STARTTLS where the server offers it.
    pub implicit_tls: bool,
    /// How long an idle connection stays open.
    pub keepalive: Duration,
    pub activation: MailTemplates,
    pub reset: MailTemplates,
    pub invitation: MailTemplates,
    pub task_done: MailTemplates,
    pub task_failed: MailTemplates,
    pub damage: MailTemplates,
}

/// One text in several languages; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTemplates(Vec<MailTemplate>);

/// Both parts are Go templates, the body is HTML.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MailTemplate {
    pub language: String,
    pub title: String,
    pub body: String,
}

impl MailSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            from_name: rows.text("fromName"),
            from_address: rows.text("fromAdress"),
            host: rows.text("smtpHost"),
            port: rows.positive("smtpPort"),
            reply_to: rows.text("replyTo"),
            user: rows.text("smtpUser"),
            password: rows.secret("smtpPass"),
            implicit_tls: rows.flag("smtpEncryption"),
            keepalive: rows.secs("mail_keepalive"),
            activation: MailTemplates::read(rows, "mail_activation_template"),
            reset: MailTemplates::read(rows, "mail_reset_template"),
            invitation: MailTemplates::read(rows, "mail_invitation_template"),
            task_done: MailTemplates::read(rows, "mail_task_done_template"),
            task_failed: MailTemplates::read(rows, "mail_task_failed_template"),
            damage: MailTemplates::read(rows, "mail_damage_template"),
        }
    }

    /// Whether letters leave. A new site sends from a place that nobody else knows.
    pub fn is_set_up(&self) -> bool {
        !self.host.trim().is_empty() && !self.from_address.trim().ends_with("@localhost")
    }
}

impl MailTemplates {
    fn read(rows: &Rows<'_>, key: &str) -> Self {
        Self(rows.json_if(key, |templates: &Vec<MailTemplate>| !templates.is_empty()))
    }

    /// The text in that language, whatever its case, else the first one.
    pub fn for_language(&self, language: &str) -> &MailTemplate {
        self.0
            .iter()
            .find(|template| template.language.eq_ignore_ascii_case(language))
            .or_else(|| self.0.first())
            .expect("an empty list counts as unreadable, and the default has eleven texts")
    }

    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|template| template.language.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    #[test]
    fn recipients_read_their_language_or_the_first_one() {
        let mail = Settings::default().mail;
        assert_eq!(mail.reset.for_language("de-de").language, "de-DE");
        assert_eq!(mail.reset.for_language("xx").language, "en-US");
        assert_eq!(mail.reset.for_language("").language, "en-US");
    }

    #[test]
    fn every_text_has_its_link_and_only_known_variables() {
        let mail = Settings::default().mail;
        let known = [
            ".CommonContext.SiteBasic.Name",
            ".CommonContext.SiteUrl",
            ".CommonContext.Logo.Normal",
            ".User.Nick",
            ".Url",
            ".Task.Name",
            ".Damage.Count",
        ];
        for templates in [
            &mail.activation,
            &mail.reset,
            &mail.invitation,
            &mail.task_done,
            &mail.task_failed,
            &mail.damage,
        ] {
            assert_eq!(
                templates.languages().collect::<Vec<_>>(),
                [
                    "en-US", "zh-CN", "zh-TW", "de-DE", "es-ES", "fr-FR", "it-IT", "ja-JP",
                    "ko-KR", "pt-BR", "ru-RU"
                ]
            );
            for template in &templates.0 {
                assert!(
                    template
                        .title
                        .starts_with("[{{ .CommonContext.SiteBasic.Name }}] ")
                );
                assert!(template.body.contains(r#"<a href="{{ .Url }}""#));
                for text in [&template.title, &template.body] {
                    for expression in text.split("{{").skip(1) {
                        let name = expression.split("}}").next().map_or("", str::trim);
                        assert!(known.contains(&name), "{}: {name}", template.language);
                    }
                }
            }
        }
    }
}
