//! People of a directory (LDAP, RFC 4511): looked up by address, proved by binding as them.

use super::person::issuer_key;
use super::{Person, Provider};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions,
    ldap_escape,
};
use site::email::Email;
use site::settings::DirectorySettings;
use std::fmt::Write as _;
use std::time::Duration;
use store::in_change;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long each question may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The answer to a wrong password (RFC 4511, appendix A).
const INVALID_CREDENTIALS: u32 = 49;
/// More answers than asked for: the filter finds several people.
const SIZE_LIMIT_EXCEEDED: u32 = 4;

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// The person of an address, if the password is theirs. `None`: unknown, or another password.
/// Without a password the directory is asked for nobody's sake: it takes about as long.
/// # Errors
/// The directory cannot be asked, or its settings are wrong.
pub(crate) async fn prove(
    settings: &DirectorySettings,
    email: &Email,
    password: Option<&str>,
) -> Result<Option<Person>, LdapError> {
    in_change::must_not_wait_for("the directory");
    // Binding with an empty one succeeds as nobody (RFC 4513 §5.1.2).
    if password.is_some_and(str::is_empty) {
        return Ok(None);
    }
    let options = LdapConnSettings::new()
        .set_conn_timeout(CONNECT_TIMEOUT)
        .set_starttls(settings.start_tls);
    let (connection, mut ldap) = LdapConnAsync::with_settings(options, &settings.url).await?;
    let driving = tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "the connection to the directory ended badly");
        }
    });
    let answer = ask(&mut ldap, settings, email, password).await;
    let _ = ldap.unbind().await;
    driving.abort();
    answer
}

async fn ask(
    ldap: &mut Ldap,
    settings: &DirectorySettings,
    email: &Email,
    password: Option<&str>,
) -> Result<Option<Person>, LdapError> {
    if !settings.bind_dn.is_empty() {
        let secret = settings.bind_password.expose();
        let bound = ldap.with_timeout(TIMEOUT);
        bound
            .simple_bind(&settings.bind_dn, secret)
            .await?
            .success()?;
    }
    let (Some(entry), Some(password)) = (find(ldap, settings, email).await?, password) else {
        return Ok(None);
    };
    let proved = ldap
        .with_timeout(TIMEOUT)
        .simple_bind(&entry.dn, password)
        .await?;
    if proved.rc == INVALID_CREDENTIALS {
        return Ok(None);
    }
    proved.success()?;
    Ok(person(settings, email, &entry))
}

/// The one entry of an address; several are none, because nobody could tell whose account it is.
async fn find(
    ldap: &mut Ldap,
    settings: &DirectorySettings,
    email: &Email,
) -> Result<Option<SearchEntry>, LdapError> {
    let attributes = [
        or(&settings.email_attribute, "mail"),
        or(&settings.name_attribute, "cn"),
        or(&settings.id_attribute, "entryUUID"),
        or(&settings.groups_attribute, "memberOf"),
    ];
    let filter = filter(settings, email);
    let found = ldap
        .with_timeout(TIMEOUT)
        .with_search_options(SearchOptions::new().sizelimit(2))
        .search(&settings.base_dn, Scope::Subtree, &filter, attributes)
        .await?;
    let (mut entries, result) = (found.0, found.1);
    if result.rc != 0 && result.rc != SIZE_LIMIT_EXCEEDED {
        return Err(result.into());
    }
    if entries.len() > 1 {
        tracing::warn!(%filter, "the directory has several entries of one address");
        return Ok(None);
    }
    Ok(entries.pop().map(SearchEntry::construct))
}

/// With the address filled in so that it cannot change what is asked (RFC 4515 §3).
fn filter(settings: &DirectorySettings, email: &Email) -> String {
    or(&settings.user_filter, "(mail={email})")
        .replace("{email}", &ldap_escape(email.to_ascii_domain()))
        .replace("{login}", &ldap_escape(email.local_part()))
}

fn person(settings: &DirectorySettings, asked: &Email, entry: &SearchEntry) -> Option<Person> {
    let values = |name: &str| {
        let found = entry
            .attrs
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .map(|(_, values)| values.as_slice())
            .unwrap_or_default()
    };
    let id = or(&settings.id_attribute, "entryUUID");
    let Some(subject) = values(id).first().cloned().or_else(|| binary(entry, id)) else {
        tracing::warn!(
            dn = entry.dn,
            attribute = id,
            "an entry of the directory has no id"
        );
        return None;
    };
    let emails = values(or(&settings.email_attribute, "mail"));
    let mut emails = emails.iter().filter_map(|text| Email::parse(text).ok());
    let first = emails.clone().next();
    // The one that was typed, if it is among several.
    let email = emails.find(|email| email == asked).or(first);
    let name = values(or(&settings.name_attribute, "cn")).first();
    Some(Person {
        provider: Provider::Directory,
        issuer: issuer_key(&settings.base_dn.to_lowercase()),
        subject,
        email,
        name: name.cloned().unwrap_or_default(),
        groups: values(or(&settings.groups_attribute, "memberOf")).to_vec(),
    })
}

/// An id that is no text, such as Active Directory's, in hexadecimal digits.
fn binary(entry: &SearchEntry, name: &str) -> Option<String> {
    let found = entry
        .bin_attrs
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    let bytes = found?.1.first()?;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").ok()?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashMap;

    fn entry(attributes: &[(&str, &[&str])]) -> SearchEntry {
        let attrs = attributes.iter().map(|(name, values)| {
            let values = values.iter().map(ToString::to_string).collect();
            ((*name).to_owned(), values)
        });
        SearchEntry {
            dn: "uid=carol,dc=example".to_owned(),
            attrs: attrs.collect(),
            bin_attrs: HashMap::new(),
        }
    }

    #[test]
    fn an_address_cannot_change_the_question() {
        let settings = DirectorySettings {
            user_filter: "(&(uid={login})(mail={email}))".to_owned(),
            ..DirectorySettings::default()
        };
        let email = Email::parse("*@example.com").unwrap();
        assert_eq!(
            filter(&settings, &email),
            r"(&(uid=\2a)(mail=\2a@example.com))"
        );
        let plain = filter(&DirectorySettings::default(), &email);
        assert_eq!(plain, r"(mail=\2a@example.com)");
        let domain = Email::parse("a@bücher.example").unwrap();
        let ascii = filter(&DirectorySettings::default(), &domain);
        assert_eq!(ascii, "(mail=a@xn--bcher-kva.example)");
    }

    #[test]
    fn people_are_known_by_what_never_changes() {
        let settings = DirectorySettings {
            base_dn: "DC=Example".to_owned(),
            ..DirectorySettings::default()
        };
        let asked = Email::parse("second@example.com").unwrap();
        let mails: &[&str] = &["First@example.com", "second@example.com"];
        let found = entry(&[
            ("mail", mails),
            ("entryuuid", &["id-1"]),
            ("CN", &["Carol"]),
        ]);
        let carol = person(&settings, &asked, &found).unwrap();
        assert_eq!(carol.subject, "id-1");
        assert_eq!(carol.issuer, "dc=example");
        assert_eq!(carol.email, Some(asked.clone()));
        assert_eq!(carol.name, "Carol");

        let mut found = entry(&[("mail", &["first@example.com"])]);
        assert!(
            person(&settings, &asked, &found).is_none(),
            "no id, no person"
        );
        found
            .bin_attrs
            .insert("entryUUID".to_owned(), vec![vec![1, 0xff]]);
        let carol = person(&settings, &asked, &found).unwrap();
        assert_eq!(carol.subject, "01ff");
        assert_eq!(carol.email.unwrap().as_str(), "first@example.com");
    }
}
