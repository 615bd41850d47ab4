//! One mail, ready to leave.

use super::MailError;
use crate::email::Email;
use crate::settings::MailSettings;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use uuid::Uuid;

/// Longest name shown beside an address, in characters.
const MAX_NAME_CHARS: usize = 100;

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub to_address: String,
    pub to_name: String,
    pub subject: String,
    pub html: String,
    /// For readers that show no HTML.
    pub text: String,
}

impl Letter {
    /// The message as it travels. `id` is the same whenever this letter is tried again, so that a
    /// mail server that got it twice can tell.
    /// # Errors
    /// `Address` if sender or recipient is no address, `Message`.
    pub(super) fn message(&self, settings: &MailSettings, id: Uuid) -> Result<Message, MailError> {
        let from = mailbox(&settings.from_name, &settings.from_address)?;
        let domain = from.email.domain().to_owned();
        let mut builder = Message::builder()
            .from(from)
            .to(mailbox(&self.to_name, &self.to_address)?)
            .subject(&self.subject)
            .message_id(Some(format!("<{id}@{domain}>")));
        if !settings.reply_to.trim().is_empty() {
            builder = builder.reply_to(mailbox("", &settings.reply_to)?);
        }
        let parts = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        let mut message = builder.multipart(parts).map_err(MailError::Message)?;
        // Keeps answering machines from answering (RFC 3834).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message
            .headers_mut()
            .insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// An address with a name that stays on its line.
fn mailbox(name: &str, address: &str) -> Result<Mailbox, MailError> {
    // Few servers take other letters in a domain (RFC 6531).
    let ascii = Email::parse(address.trim()).map(|email| email.to_ascii_domain());
    let email: Address = ascii
        .as_deref()
        .unwrap_or(address.trim())
        .parse()
        .map_err(|_| MailError::Address(address.to_owned()))?;
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME_CHARS)
        .collect();
    let name = name.trim();
    Ok(Mailbox::new(
        (!name.is_empty()).then(|| name.to_owned()),
        email,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::settings::Settings;

    fn settings() -> MailSettings {
        MailSettings {
            from_name: "Attic\r\nBcc: all@example.com".to_owned(),
            from_address: "attic@example.com".to_owned(),
            reply_to: "help@example.com".to_owned(),
            ..Settings::default().mail
        }
    }

    fn letter(name: &str, address: &str) -> Letter {
        Letter {
            to_address: address.to_owned(),
            to_name: name.to_owned(),
            subject: "Grüße\r\nBcc: all@example.com".to_owned(),
            html: "<p>Hi</p>".to_owned(),
            text: "Hi".to_owned(),
        }
    }

    #[test]
    fn mail_servers_get_domains_in_ascii() {
        let letter = letter("Ada", "ada@bücher.example");
        let message = letter.message(&settings(), Uuid::nil()).unwrap();
        let to: Vec<String> = message
            .envelope()
            .to()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(to, ["ada@xn--bcher-kva.example"]);
    }

    #[test]
    fn nothing_in_a_letter_can_add_a_header() {
        let letter = letter("Eve\r\nBcc: all@example.com", "eve@example.com");
        let message = letter.message(&settings(), Uuid::nil()).unwrap();
        let bytes = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = bytes.split_once("\r\n\r\n").unwrap();
        for line in head.split("\r\n") {
            assert!(!line.to_lowercase().starts_with("bcc"), "{head}");
        }
        assert_eq!(message.envelope().to().len(), 1);
        assert!(head.contains("Reply-To: help@example.com"), "{head}");
        assert!(
            head.contains("Message-ID: <00000000-0000-0000-0000-000000000000@example.com>"),
            "{head}"
        );
    }

    #[test]
    fn a_name_stays_on_its_line() {
        let named = mailbox("Eve\r\nBcc: all@example.com\0", "eve@example.com").unwrap();
        assert_eq!(named.name.as_deref(), Some("EveBcc: all@example.com"));
        assert_eq!(mailbox("\r\n", "eve@example.com").unwrap().name, None);
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for address in ["", "eve", "eve@example.com\r\nRCPT TO:<x@y>", "a b@c"] {
            let refused = letter("Eve", address).message(&settings(), Uuid::nil());
            assert!(matches!(refused, Err(MailError::Address(_))), "{address:?}");
        }
    }
}
