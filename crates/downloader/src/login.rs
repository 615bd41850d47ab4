//! Links as they are shown.

use site::task::without_logins;
use url::Url;

/// A link as it is shown: who may read it learns no password from it, and no name either, which
/// may be a token.
pub fn without_login(link: &str) -> String {
    let Ok(mut url) = Url::parse(link) else {
        return without_logins(link);
    };
    if url.username().is_empty() && url.password().is_none() {
        return link.to_owned();
    }
    let is_hidden = url.set_password(None).is_ok() && url.set_username("***").is_ok();
    if is_hidden { url.into() } else { String::new() }
}
