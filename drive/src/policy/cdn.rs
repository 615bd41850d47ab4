//! Downloads by way of a network that stands in front of a vendor (V4 API, custom proxy).

use entity::storage_policy::Settings;
use serde_json::Value;
use url::Url;

/// Whether downloads go that way.
const SWITCH: &str = "custom_proxy";
/// Where it is.
const SERVER: &str = "proxy_server";

/// What stands in front of the vendor of a policy, if anything does.
pub(crate) fn of(settings: &Settings) -> Option<Url> {
    let server = settings.other.get(SERVER).and_then(Value::as_str);
    let server = server.filter(|_| settings.is_on(SWITCH))?;
    let url = Url::parse(server.trim()).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// # Errors
/// A sentence, if somebody stands there whom nobody would find.
pub fn check(settings: &Settings) -> Result<(), &'static str> {
    let server = settings.other.get(SERVER).and_then(Value::as_str);
    let is_named = server.is_some_and(|server| !server.trim().is_empty());
    if settings.is_on(SWITCH) && is_named && of(settings).is_none() {
        return Err("proxy_server must be a whole address, such as https://cdn.example.com");
    }
    Ok(())
}

/// The address of the vendor by that way: its place is taken, its path stands behind that of the proxy,
/// and what is asked for stays, before what the proxy is asked for besides.
pub(crate) fn through(proxy: &Url, vendor: &str) -> Option<String> {
    let vendor = Url::parse(vendor).ok()?;
    let mut url = proxy.clone();
    let prefix = proxy.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}{}", vendor.path()));
    let own = proxy
        .query_pairs()
        .filter(|(name, _)| !vendor.query_pairs().any(|(asked, _)| asked == *name));
    let own: Vec<(String, String)> = own
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    // As the vendor wrote it: signatures are over the very text.
    url.set_query(vendor.query());
    if !own.is_empty() {
        url.query_pairs_mut().extend_pairs(own);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn the_vendor_s_place_is_taken_and_nothing_else_changes() {
        let vendor = "https://b.s3.example:9000/a%20b/%E6%96%87.bin?X-Sig=a%2Bb%2F&x=1";
        for (proxy, expected) in [
            (
                "https://cdn.example",
                "https://cdn.example/a%20b/%E6%96%87.bin?X-Sig=a%2Bb%2F&x=1",
            ),
            (
                "http://me:pw@cdn.example:81/",
                "http://me:pw@cdn.example:81/a%20b/%E6%96%87.bin?X-Sig=a%2Bb%2F&x=1",
            ),
            (
                "https://cdn.example/files/?x=2&t=9",
                "https://cdn.example/files/a%20b/%E6%96%87.bin?X-Sig=a%2Bb%2F&x=1&t=9",
            ),
        ] {
            let proxy = Url::parse(proxy).unwrap();
            assert_eq!(through(&proxy, vendor).unwrap(), expected);
        }
        let bare = Url::parse("https://cdn.example").unwrap();
        assert_eq!(
            through(&bare, "https://b.example/k").unwrap(),
            "https://cdn.example/k"
        );
    }

    #[test]
    fn only_a_web_address_that_is_switched_on_stands_there() {
        let settings = |on: bool, server: &str| {
            let mut settings = Settings::default();
            settings.other.insert(SWITCH.to_owned(), json!(on));
            settings.other.insert(SERVER.to_owned(), json!(server));
            settings
        };
        assert!(of(&settings(true, " https://cdn.example ")).is_some());
        for (on, server) in [
            (false, "https://cdn.example"),
            (true, ""),
            (true, "cdn.example"),
            (true, "file:///etc"),
        ] {
            assert_eq!(of(&settings(on, server)), None, "{server}");
        }
        for server in [
            "cdn.example",
            "//cdn.example",
            "cdn.example:8443/a",
            "ftp://cdn.example",
            "https://",
        ] {
            assert!(check(&settings(true, server)).is_err(), "{server}");
            assert!(check(&settings(false, server)).is_ok(), "{server}");
        }
        for server in ["", "https://cdn.example", " http://10.0.0.7:81/files?x=1 "] {
            assert!(check(&settings(true, server)).is_ok(), "{server}");
        }
    }
}
