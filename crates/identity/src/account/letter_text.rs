//! What the mails of accounts say: the texts of the settings, filled in.

use entity::user;
use site::mail::{Escape, Letter, Values, fill};
use site::settings::live::LiveSettings;
use site::settings::{MailTemplate, MailTemplates};
use url::Url;
use wire::IdKind;

/// A page of the site, by its primary address.
pub(super) fn page(live: &LiveSettings, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = live.settings.site.primary_url().clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/{path}"));
    url.set_fragment(None);
    url.set_query(None);
    url.query_pairs_mut().extend_pairs(query);
    url
}

/// A letter with this link, in the language of its reader. `more` is what only this one may name.
pub(super) fn letter(
    live: &LiveSettings,
    templates: &MailTemplates,
    user: &user::Model,
    language: &str,
    link: &Url,
    more: &[(&'static str, &str)],
) -> Letter {
    let chosen = user.settings.email_language.as_str();
    let language = if chosen.is_empty() { language } else { chosen };
    let MailTemplate { title, body, .. } = templates.for_language(language);
    let mut values = values(live, user, link);
    values.extend(
        more.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let subject = fill(title, &values, Escape::Line);
    Letter {
        to_address: user.email.clone(),
        to_name: user.nick.clone(),
        html: fill(body, &values, Escape::Html),
        text: format!("{subject}\n\n{link}\n"),
        subject,
    }
}

/// What templates may name (V4 API, mail).
fn values(live: &LiveSettings, user: &user::Model, link: &Url) -> Values {
    let site = &live.settings.site;
    let absolute = |path: &str| match site.primary_url().join(path) {
        Ok(url) => url.to_string(),
        Err(_) => String::new(),
    };
    let home = site.primary_url().as_str().trim_end_matches('/').to_owned();
    Values::from([
        ("CommonContext.SiteBasic.Name", site.name.clone()),
        ("CommonContext.SiteBasic.Title", site.title.clone()),
        ("CommonContext.SiteBasic.ID", site.id.clone()),
        (
            "CommonContext.SiteBasic.Description",
            site.description.clone(),
        ),
        ("CommonContext.SiteBasic.Script", site.script.clone()),
        ("CommonContext.Logo.Normal", absolute(&site.logo)),
        ("CommonContext.Logo.Light", absolute(&site.logo_light)),
        ("CommonContext.SiteUrl", home),
        ("User.Nick", user.nick.clone()),
        ("User.Email", user.email.clone()),
        ("User.ID", live.ids.encode(IdKind::User, user.id.0)),
        ("User.Storage", user.used_bytes.to_string()),
        ("Url", link.to_string()),
    ])
}
