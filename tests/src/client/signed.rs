//! How long addresses of vendors are good for.

use super::Client;
use serde_json::json;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};
use url::Url;

/// What was reached by a share or a direct link leads to addresses that live no longer.
const SHORT_SECS: i64 = 300;
/// Between when an address was signed and when it is looked at.
const SLACK_SECS: i64 = 5;

/// Seconds from now, whichever vendor it is of.
fn life_secs(address: &str) -> i64 {
    let url = Url::parse(address).expect("an address");
    let pairs: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let number = |name: &str| pairs.get(name)?.parse::<i64>().ok();
    let lives = ["X-Amz-Expires", "X-Goog-Expires", "x-oss-expires"];
    if let Some(secs) = lives.into_iter().find_map(number) {
        return secs;
    }
    let cos = pairs
        .get("q-sign-time")
        .and_then(|time| time.split_once(';'));
    let cos = cos.and_then(|(_, until)| until.parse().ok());
    let azure = pairs.get("se").map(|until| {
        let until = chrono::DateTime::parse_from_rfc3339(until);
        until.expect("a time").timestamp()
    });
    let until = ["Expires", "e"].into_iter().find_map(number);
    let until = until.or(cos).or(azure);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later");
    until.unwrap_or_else(|| panic!("no end in {address}")) - now.as_secs().cast_signed()
}

impl Client {
    /// Where an address of this server leads to, which is one of a vendor.
    async fn sent_to(&self, address: &str) -> String {
        let mut sent = self.fetch(address).await;
        // A direct link leads there by way of another address of this server.
        if sent.header("location").contains("/file/content/") {
            let next = sent.header("location").to_owned();
            sent = self.fetch(&next).await;
        }
        assert_eq!(sent.status, 302, "{}", sent.text());
        assert_eq!(sent.header("cache-control"), "private, no-store");
        sent.header("location").to_owned()
    }

    /// What is at the vendor, at `/shared/a.bin`, is fetched by addresses that live as long as is usual by its owner, and
    /// some minutes for whom it is shared with or who has a direct link, neither of which opens
    /// anything once it is taken back.
    pub async fn assert_others_fetch_for_minutes(&self, stranger: &Self) {
        let own = self.sent_to(&self.url("/shared/a.bin").await).await;
        assert!(life_secs(&own) > 2 * SHORT_SECS, "{own}");
        let share = self.share("/shared", json!({})).await;
        let shared = stranger.url(&share.at("/a.bin")).await;
        let direct = self.direct_link("/shared/a.bin").await;
        for address in [&shared, &direct] {
            let there = stranger.sent_to(address).await;
            let life = life_secs(&there);
            let is_short = 0 < life && life <= SHORT_SECS + SLACK_SECS;
            assert!(is_short, "{life} seconds: {there}");
        }
        self.delete_share(&share.id).await.done();
        assert_ne!(stranger.fetch(&shared).await.status, 302);
    }
}
