//! The proxy in the preferences: ours while something is fetched, and what was there before after it.

use super::web::Web;
use crate::DownloaderError;
use crate::proxy::{ProxyAddress, USER, lock};
use serde_json::{Map, Value, json};

impl Web {
    /// A proxy that an earlier download set, and that is not wanted any more, gives way to what was
    /// set before.
    pub async fn unset_proxy(&self) -> Result<(), DownloaderError> {
        let now: Map<String, Value> = self.ask("app/preferences", Vec::new()).await?;
        if now.get("proxy_username") != Some(&json!(USER)) {
            return Ok(());
        }
        let before = lock(&self.sessions).remove(&self.proxy_key());
        let none = || match now.get("proxy_type") {
            Some(Value::String(_)) => json!({ "proxy_type": "None" }).to_string(),
            _ => json!({ "proxy_type": 0 }).to_string(),
        };
        let wanted = before.unwrap_or_else(none);
        self.tell("app/setPreferences", vec![("json", wanted)])
            .await
    }

    /// Where it is kept which proxy was set before ours.
    fn proxy_key(&self) -> String {
        format!("proxy of {}", self.base)
    }

    /// Trackers and web seeds are asked through our proxy; peers are not.
    pub async fn set_proxy(&self, proxy: Option<&ProxyAddress>) -> Result<(), DownloaderError> {
        let Some(proxy) = proxy else {
            return Ok(());
        };
        let now: Map<String, Value> = self.ask("app/preferences", Vec::new()).await?;
        let is_set = now.get("proxy_ip") == Some(&json!(proxy.host))
            && now.get("proxy_port") == Some(&json!(proxy.port))
            && now.get("proxy_password") == Some(&json!(proxy.password));
        if is_set {
            return Ok(());
        }
        if now.get("proxy_username") != Some(&json!(USER)) {
            let is_proxy = |key: &String| key.starts_with("proxy_");
            let before: Map<String, Value> = now
                .clone()
                .into_iter()
                .filter(|(key, _)| is_proxy(key))
                .collect();
            let before = Value::Object(before).to_string();
            lock(&self.sessions).insert(self.proxy_key(), before);
        }
        // Names since 4.6, numbers before: 3 is HTTP with a password.
        let kind = match now.get("proxy_type") {
            Some(Value::String(_)) => json!("HTTP"),
            _ => json!(3),
        };
        let wanted = json!({
            "proxy_type": kind,
            "proxy_ip": proxy.host,
            "proxy_port": proxy.port,
            "proxy_auth_enabled": true,
            "proxy_username": proxy.user,
            "proxy_password": proxy.password,
            "proxy_bittorrent": true,
            "proxy_misc": true,
            "proxy_rss": true,
            "proxy_hostname_lookup": true,
            "proxy_peer_connections": false,
            "proxy_torrents_only": false,
        });
        self.tell("app/setPreferences", vec![("json", wanted.to_string())])
            .await
    }
}
