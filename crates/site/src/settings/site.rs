//! Name, addresses and looks of the site as a whole.

use url::Url;

use super::values::Rows;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    pub name: String,
    pub description: String,
    pub title: String,
    /// Instance id, a UUID on seeded sites; part of the state hashes of sessions.
    pub id: String,
    /// At least one `http` or `https` URL; the first is the primary one.
    pub urls: Vec<Url>,
    /// Markup put raw into the page.
    pub script: String,
    pub pwa: PwaSettings,
    pub logo: String,
    /// For dark backgrounds.
    pub logo_light: String,
    /// Empty hides the link, as in `privacy_policy_url`.
    pub tos_url: String,
    pub privacy_policy_url: String,
    pub app_promotion: bool,
    pub desktop_app_promotion: bool,
}

/// What the web manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PwaSettings {
    pub small_icon: String,
    pub medium_icon: String,
    pub large_icon: String,
    pub display: String,
    pub theme_color: String,
    pub background_color: String,
}

impl SiteSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            name: rows.text("siteName"),
            description: rows.text("siteDes"),
            title: rows.text("siteTitle"),
            id: rows.text("siteID"),
            urls: rows.parsed("siteURL", site_urls),
            script: rows.text("siteScript"),
            pwa: PwaSettings {
                small_icon: rows.text("pwa_small_icon"),
                medium_icon: rows.text("pwa_medium_icon"),
                large_icon: rows.text("pwa_large_icon"),
                display: rows.text("pwa_display"),
                theme_color: rows.text("pwa_theme_color"),
                background_color: rows.text("pwa_background_color"),
            },
            logo: rows.text("site_logo"),
            logo_light: rows.text("site_logo_light"),
            tos_url: rows.text("tos_url"),
            privacy_policy_url: rows.text("privacy_policy_url"),
            app_promotion: rows.flag("show_app_promotion"),
            desktop_app_promotion: rows.flag("show_desktop_app_promotion"),
        }
    }

    /// For links that leave without a request: mails, callbacks, tasks.
    pub fn primary_url(&self) -> &Url {
        self.urls
            .first()
            .expect("unreadable URL lists fall back to the default one")
    }

    /// For links in an answer: the URL that the request's `Host` (with its port, if any) names,
    /// else the primary one.
    pub fn url_for_host(&self, host: &str) -> &Url {
        self.urls
            .iter()
            .find(|url| names_host(url, host))
            .unwrap_or_else(|| self.primary_url())
    }
}

impl SiteSettings {
    /// For links in an answer: like [`Self::url_for_host`]; but while nobody has said where the
    /// site is, it is where this request found it. `scheme` is the request's.
    pub fn url_for_request(&self, scheme: &str, host: &str) -> Url {
        let configured = self.url_for_host(host);
        if self.is_configured() || names_host(configured, host) {
            return configured.clone();
        }
        let asked = Url::parse(&format!("{scheme}://{host}/")).ok();
        asked
            .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty())
            .unwrap_or_else(|| configured.clone())
    }

    /// Hosts and ports at which somebody said that the site is.
    pub fn own_places(&self) -> Vec<(String, u16)> {
        let configured = self.urls.iter().filter(|_| self.is_configured());
        let place = |url: &Url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?));
        configured.filter_map(place).collect()
    }

    fn is_configured(&self) -> bool {
        self.urls.len() > 1 || self.primary_url().as_str() != UNCONFIGURED
    }
}

/// What `siteURL` is seeded with.
const UNCONFIGURED: &str = "http://localhost:5212/";

/// The readable ones of a comma-separated list; `None` if there is none.
fn site_urls(list: &str) -> Option<Vec<Url>> {
    let urls: Vec<Url> = list
        .split(',')
        .filter_map(|part| Url::parse(part.trim()).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .collect();
    (!urls.is_empty()).then_some(urls)
}

/// A list of addresses of the site as it is stored, from one that somebody wrote; `None` if a part
/// is no web address.
pub fn site_urls_text(list: &str) -> Option<String> {
    let parts = list.split(',').map(site_urls);
    let urls: Vec<Vec<Url>> = parts.collect::<Option<_>>()?;
    let texts: Vec<String> = urls
        .iter()
        .flatten()
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .collect();
    Some(texts.join(","))
}

fn names_host(url: &Url, host: &str) -> bool {
    let Some(own) = url.host_str() else {
        return false;
    };
    // A client may or may not spell out the port that the scheme implies.
    let rest = match host.get(..own.len()) {
        Some(start) if start.eq_ignore_ascii_case(own) => &host[own.len()..],
        _ => return false,
    };
    match rest.strip_prefix(':') {
        Some(port) => port.parse().ok() == url.port_or_known_default(),
        None => rest.is_empty() && url.port().is_none(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn links_use_the_address_the_visitor_used() {
        let mut site = crate::settings::Settings::default().site;
        site.urls = site_urls("https://drive.example.com, http://10.0.0.5:5212,https://[::1]:8443")
            .unwrap();
        for (host, expected) in [
            ("drive.example.com", 0),
            ("DRIVE.example.com:443", 0),
            ("10.0.0.5:5212", 1),
            ("[::1]:8443", 2),
            // Strangers and near misses get the primary one.
            ("10.0.0.5", 0),
            ("10.0.0.5:5213", 0),
            ("10.0.0.55:5212", 0),
            ("", 0),
            ("evil.example", 0),
        ] {
            assert_eq!(site.url_for_host(host), &site.urls[expected], "{host}");
        }
    }

    #[test]
    fn unreadable_addresses_are_skipped() {
        let urls = site_urls("nonsense,ftp://x,,https://b.example/drive").unwrap();
        assert_eq!(
            urls.iter().map(Url::as_str).collect::<Vec<_>>(),
            ["https://b.example/drive"]
        );
        assert_eq!(site_urls("nonsense,"), None);
    }
}

#[cfg(test)]
mod request_tests {
    use super::super::Settings;
    use std::collections::HashMap;

    fn site(list: &str) -> super::SiteSettings {
        let rows = HashMap::from([("siteURL".to_owned(), list.to_owned())]);
        Settings::from_rows(&rows, |_| None).site
    }

    #[test]
    fn an_unconfigured_site_is_where_it_was_asked() {
        let site = site("http://localhost:5212");
        let url = |scheme, host| site.url_for_request(scheme, host).to_string();
        assert_eq!(url("http", "192.168.1.5:5212"), "http://192.168.1.5:5212/");
        assert_eq!(url("https", "drive.example"), "https://drive.example/");
        assert_eq!(url("http", "localhost:5212"), "http://localhost:5212/");
        for odd in ["", "a b", "x@evil", "a/b", "a?b"] {
            assert_eq!(url("http", odd), "http://localhost:5212/", "{odd}");
        }
    }

    #[test]
    fn a_configured_site_is_where_it_says() {
        let site = site("https://drive.example,http://10.0.0.1");
        let url = |host| site.url_for_request("http", host).to_string();
        assert_eq!(url("evil.example"), "https://drive.example/");
        assert_eq!(url("10.0.0.1"), "http://10.0.0.1/");
    }
}
