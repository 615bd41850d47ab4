//! What browsers ask for outside the API: the web manifest and the web interface.
//!
//! The interface is built by `npm run build` into `frontend/dist` and embedded in release builds;
//! debug builds read it from there. Without it the server works, and answers 404 to its pages.

use crate::api::no_route;
use crate::http::compress::Coding;
use crate::services::Services;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use poem::http::{Method, StatusCode};
use poem::web::Data;
use poem::{Request, Response, handler};
use rust_embed::{EmbeddedFile, RustEmbed};
use site::settings::{Settings, manifest, site_config};
use std::sync::Arc;
use uuid::Uuid;

#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
struct Interface;

/// Names of these never stand for another content: the build puts a hash into them.
const HASHED: &str = "assets/";
/// First segments that belong to programs and links; a page there would only mislead.
const NOT_PAGES: &[&str] = &["api", "dav", "remote.php", "f", "s", "assets", "static"];
/// First segments of the pages that the interface has (V4 API, front-end routes). What asks for
/// anything else, such as a monitor for `/metrics`, must not take a page for an answer.
const PAGES: &[&str] = &[
    "",
    "session",
    "callback",
    "home",
    "shares",
    "tasks",
    "downloads",
    "connect",
    "settings",
    "profile",
    "admin",
];
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "public, no-cache";

/// Only the scripts of the page run, and what they load ([`policy`]). Pictures, media and uploads may come from and go to storage anywhere;
/// frames show viewers of other sites in a sandbox. Style attributes carry the theme.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob: http: https:; \
    media-src 'self' blob: http: https:; connect-src 'self' http: https:; \
    style-src 'self' 'unsafe-inline'; font-src 'self' data:; worker-src 'self' blob:; \
    frame-src http: https:; form-action 'self' http: https:; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'self'";

/// The web manifest (V4 API, static files); the desktop client reads name and icon from it.
#[handler]
pub fn web_manifest(services: Data<&Arc<Services>>) -> Response {
    let manifest = manifest(&services.core.settings().settings);
    let json = serde_json::to_vec(&manifest).expect("a manifest is text");
    Response::builder()
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CACHE_CONTROL, ASK_AGAIN)
        .body(json)
}

/// A file of the interface; else its page.
#[handler]
pub async fn interface(request: &Request, services: Data<&Arc<Services>>) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return no_route();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(file) = file_at(path) {
        return file_answer(request, path, file);
    }
    let first = path.split('/').next().unwrap_or_default();
    if NOT_PAGES.contains(&first) {
        return no_route();
    }
    if is_page(path) {
        return page(services.0).await;
    }
    if !wants_page(request) {
        return no_route();
    }
    // It tells people that there is nothing here.
    let mut lost = page(services.0).await;
    lost.set_status(StatusCode::NOT_FOUND);
    lost
}

/// Whether the interface shows something of its own there. Files have an extension, pages none.
fn is_page(path: &str) -> bool {
    let mut segments = path.split('/');
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    segments.next().is_some_and(|first| PAGES.contains(&first)) && !is_file
}

/// Whether a browser asks, for a person to look at.
fn wants_page(request: &Request) -> bool {
    let accepts = request.header(ACCEPT).unwrap_or_default();
    accepts.contains("text/html")
}

/// The one page of the interface, which finds out itself what its address means.
pub async fn page(services: &Services) -> Response {
    let Some(page) = Interface::get("index.html") else {
        return no_route();
    };
    // Asked only while the page loads; an unreachable database shows soon enough elsewhere.
    let first_run = services.accounts.nobody_yet().await.unwrap_or(false);
    let settings = services.core.settings();
    let page = String::from_utf8_lossy(&page.data);
    page_answer(&page, &settings.settings, first_run)
}

fn file_at(path: &str) -> Option<EmbeddedFile> {
    let packed = matches!(path.rsplit('.').next(), Some("br" | "gz"));
    (!path.is_empty() && !packed && path != "index.html")
        .then(|| Interface::get(path))
        .flatten()
}

fn file_answer(request: &Request, path: &str, file: EmbeddedFile) -> Response {
    let tag = format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..16])
    );
    let hashed = path.starts_with(HASHED);
    let answer = Response::builder()
        .header(CACHE_CONTROL, if hashed { FOREVER } else { ASK_AGAIN })
        .header(ETAG, &tag)
        .header(VARY, "Accept-Encoding")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if request.header(IF_NONE_MATCH) == Some(tag.as_str()) {
        return answer.status(StatusCode::NOT_MODIFIED).finish();
    }
    let answer = answer.header(CONTENT_TYPE, content_type(path));
    let accepted = request.headers().get_all(ACCEPT_ENCODING);
    let packed = Coding::among(accepted, &[Coding::Brotli, Coding::Gzip]).and_then(|coding| {
        let suffix = if coding == Coding::Brotli { "br" } else { "gz" };
        Some((coding, Interface::get(&format!("{path}.{suffix}"))?))
    });
    match packed {
        Some((coding, packed)) => answer
            .header(CONTENT_ENCODING, coding.name())
            .body(packed.data.into_owned()),
        None => answer.body(file.data.into_owned()),
    }
}

fn page_answer(page: &str, settings: &Settings, first_run: bool) -> Response {
    let site = &settings.site;
    // Of this answer alone, so that nobody can know it before.
    let nonce = Uuid::new_v4().simple().to_string();
    let html = with_nonce(page, &nonce)
        .replace("{siteName}", &escape(&site.name))
        .replace("{siteDes}", &escape(&site.description))
        .replace("{firstRun}", if first_run { "true" } else { "false" })
        .replace("{basics}", &escape(&basics(settings)))
        .replace("</body>", &format!("{}</body>", site.script));
    Response::builder()
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        .header(CACHE_CONTROL, ASK_AGAIN)
        .header(CONTENT_SECURITY_POLICY, policy(settings, &nonce))
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(REFERRER_POLICY, "same-origin")
        .header(HeaderName::from_static("x-robots-tag"), "noindex")
        .body(html)
}

/// What the first form needs to know, so that it need not ask: JSON by section.
fn basics(settings: &Settings) -> String {
    let section = |name| site_config(name, settings);
    serde_json::json!({ "basic": section("basic"), "login": section("login") }).to_string()
}

/// Marks the scripts that the build put into the page as its own.
fn with_nonce(page: &str, nonce: &str) -> String {
    page.replace("<script ", &format!("<script nonce=\"{nonce}\" "))
        .replace(
            "<link rel=\"modulepreload\" ",
            &format!("<link nonce=\"{nonce}\" rel=\"modulepreload\" "),
        )
}

/// The policy, opened for what the administrator put into the page. `'self'` alone would take
/// what people upload for scripts, since it is served from here; it counts only in browsers that
/// do not know `'strict-dynamic'` (CSP 3).
fn policy(settings: &Settings, nonce: &str) -> String {
    let vendors = match settings.captcha.kind.as_str() {
        "turnstile" => " https://challenges.cloudflare.com",
        "recaptcha" => " https://www.recaptcha.net https://www.gstatic.cn https://www.gstatic.com",
        // Its widget is part of the interface, and compiles its solver.
        "cap" => " 'wasm-unsafe-eval'",
        _ => "",
    };
    if !settings.site.script.is_empty() {
        return format!("{POLICY}; script-src 'self'{vendors} 'unsafe-inline' https:");
    }
    format!("{POLICY}; script-src 'nonce-{nonce}' 'strict-dynamic' 'self'{vendors}")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use site::settings::CaptchaKind;

    #[test]
    fn names_cannot_leave_their_place_in_the_page() {
        assert_eq!(escape("<b>\"A&B\""), "&lt;b&gt;&quot;A&amp;B&quot;");
    }

    #[test]
    fn the_page_knows_what_its_first_form_needs() {
        let mut settings = Settings::default();
        settings.site.name = "<script>\"".to_owned();
        let known: serde_json::Value = serde_json::from_str(&basics(&settings)).unwrap();
        assert_eq!(known["basic"]["title"], "<script>\"");
        assert!(known["login"].is_object());
        assert!(!escape(&basics(&settings)).contains(['<', '"']));
    }

    #[test]
    fn only_addresses_of_the_interface_are_pages() {
        for page in [
            "",
            "home",
            "session",
            "session/signup",
            "session/authorize",
            "callback/desktop",
            "callback/openid/1",
            "profile/AbC",
            "shares",
            "connect",
            "settings",
            "admin/settings",
        ] {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "health",
            "healthz",
            "metrics",
            "openapi.json",
            "robots.txt",
            "favicon.ico",
            "wp-login.php",
            "home/a.js",
            ".env",
            ".git/config",
            "apis",
            "homes",
            "%2e",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[test]
    fn scripts_come_from_here_alone() {
        assert!(!POLICY.contains("script-src"));
        assert!(POLICY.starts_with("default-src 'self'"));
        let mut settings = Settings::default();
        let own = policy(&settings, "n0nce");
        assert!(own.ends_with("; script-src 'nonce-n0nce' 'strict-dynamic' 'self'"));
        // What an administrator adds has no nonce, so theirs may run and all others.
        settings.site.script = "<script>1</script>".to_owned();
        assert!(policy(&settings, "n0nce").ends_with("; script-src 'self' 'unsafe-inline' https:"));
    }

    #[test]
    fn scripts_of_the_page_are_known_by_a_nonce_of_its_own() {
        let page = "<head><link rel=\"modulepreload\" href=\"/assets/b.js\">\
            <script type=\"module\" src=\"/assets/a.js\"></script>\
            <title>{siteName}</title></head>";
        let mut settings = Settings::default();
        settings.site.name = "<script src=x>".to_owned();
        let answer = || page_answer(page, &settings, false);
        let nonce_of = |answer: &Response| {
            let policy = answer.header(CONTENT_SECURITY_POLICY).unwrap_or_default();
            let (_, rest) = policy.split_once("'nonce-").unwrap();
            rest.split('\'').next().unwrap().to_owned()
        };
        let (one, two) = (answer(), answer());
        assert_ne!(nonce_of(&one), nonce_of(&two));
        let nonce = nonce_of(&one);
        let html = futures_util::FutureExt::now_or_never(one.into_body().into_string());
        let html = html.unwrap().unwrap();
        assert_eq!(
            html.matches(&format!("nonce=\"{nonce}\"")).count(),
            2,
            "{html}"
        );
        assert_eq!(html.matches("<script").count(), 1, "{html}");
    }

    #[test]
    fn only_the_solver_of_cap_is_compiled() {
        let mut settings = Settings::default();
        assert!(!policy(&settings, "n0nce").contains("wasm"));
        settings.captcha.kind = CaptchaKind::Cap;
        assert!(policy(&settings, "n0nce").ends_with(" 'self' 'wasm-unsafe-eval'"));
    }

    #[test]
    fn packed_variants_and_the_page_are_no_files_of_their_own() {
        assert!(file_at("index.html").is_none());
        assert!(file_at("assets/a.js.br").is_none());
        assert!(file_at("").is_none());
    }
}
