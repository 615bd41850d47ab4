//! Nobody can be sent elsewhere by an address of this site.

use reqwest::Method;
use serde_json::json;
use tests::TestServer;

use super::SITE_SETTING;

/// Addresses that have led elsewhere in one program or another.
const LURES: [&str; 18] = [
    "//evil.example",
    "//evil.example/%2e%2e",
    "///evil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/.evil.example",
    "/@evil.example",
    "/session?redirect=https://evil.example",
    "/session/authorize?response_type=code&client_id=x&redirect_uri=https://evil.example",
    "/session/authorize?response_type=code&client_id=393a1839-f52e-498e-9972-e77cc2241eee&redirect_uri=//evil.example",
    "/callback/openid/2?code=x&state=https://evil.example",
    "/callback/desktop?code=x&redirect=//evil.example",
    "/login?refresh_token=x&next=https://evil.example",
    "/s/https:%2f%2fevil.example",
    "/f/x/https:%2f%2fevil.example",
    "/dav//evil.example",
    "/manifest.json/..//evil.example",
    "/api/v4//evil.example/..",
];

/// Whether a redirect, if it is one, ends where it began.
fn stays(location: &str) -> bool {
    let absolute = location.strip_prefix("https://drive.example/");
    let path = absolute.or(location.strip_prefix('/'));
    location.is_empty() || path.is_some_and(|path| !path.starts_with(['/', '\\']))
}

#[tokio::test]
async fn no_address_of_the_site_leads_elsewhere() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let stranger = server.stranger();
    for lure in LURES {
        for host in ["drive.example", "evil.example"] {
            let request = stranger
                .request_outside(Method::GET, lure)
                .header("Host", host)
                .header("X-Forwarded-Host", "evil.example");
            let reply = stranger.send(request).await;
            let location = reply.header("location");
            assert!(stays(location), "{lure} {host}: {location}");
            assert!(reply.header("refresh").is_empty(), "{lure} {host}");
        }
    }
}

#[tokio::test]
async fn a_forged_host_does_not_get_into_what_other_servers_are_told() {
    let provider = TestServer::start().await;
    let config = json!({ "issuer": provider.address(), "client_id": "x", "client_secret": "x" });
    let server = TestServer::start_with(&[
        SITE_SETTING,
        ("oidc_enabled", "1"),
        ("oidc_config", &config.to_string()),
    ])
    .await;
    let stranger = server.stranger();
    for (name, value) in [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
        ("Origin", "https://evil.example"),
        ("Referer", "https://evil.example/"),
    ] {
        let request = stranger
            .request(Method::PUT, "/session/openid")
            .header(name, value)
            .json(&json!({ "provider": 2 }));
        let url = stranger.send(request).await.ok();
        let url = url.as_str().unwrap();
        assert!(!url.contains("evil"), "{name}: {url}");
        assert!(url.starts_with(&provider.address()), "{name}: {url}");
    }
}
