//! Where this site is, for links in answers.

use poem::Request;
use poem::http::header::HOST;
use site::settings::live::LiveSettings;

/// The site's URL as the request named it, without a slash at its end.
pub fn site(request: &Request, settings: &LiveSettings) -> String {
    let host = request.header(HOST).unwrap_or_default();
    // Set by a proxy that speaks TLS for us.
    let scheme = request
        .header("x-forwarded-proto")
        .filter(|scheme| *scheme == "https");
    let url = settings
        .site
        .url_for_request(scheme.unwrap_or("http"), host);
    trimmed(url.as_ref())
}

/// The site's first URL, without a slash at its end.
pub fn primary_site(settings: &LiveSettings) -> String {
    trimmed(settings.site.primary_url().as_ref())
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
