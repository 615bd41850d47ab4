//! Where the site is, as a request found it.

use poem::Request;
use poem::http::header::HOST;
use site::settings::live::LiveSettings;
use url::Url;

/// The address of the site for links in the answer to a request; see
/// `SiteSettings::url_for_request` for what a forged `Host` can and cannot do.
pub fn site_url(request: &Request, live: &LiveSettings) -> Url {
    let host = request.header(HOST).unwrap_or_default();
    // Set by a proxy that speaks TLS for us.
    let scheme = match request.header("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    live.settings.site.url_for_request(scheme, host)
}
