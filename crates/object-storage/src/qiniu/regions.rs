//! In which region a bucket is, and by which hosts that is reached: the vendor says so.

use super::refusal::error_of;
use crate::answer::Answer;
use crate::http::{BadOptions, Http, Tries, endpoint};
use crate::refusal::{Refusal, garbage};
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::DriverError;
use tokio::sync::Mutex;
use url::Url;

/// Where the vendor says it.
const SERVICE: &str = "https://uc.qiniuapi.com";
/// It is asked again after so long at the latest, and not before so long.
const LONGEST: Duration = Duration::from_hours(24);
const SHORTEST: Duration = Duration::from_mins(1);

/// Addresses without a slash at their end.
#[derive(Debug)]
pub(super) struct Hosts {
    /// Takes bytes.
    pub up: String,
    /// Knows objects.
    pub rs: String,
    /// Lists them.
    pub rsf: String,
}

#[derive(Debug)]
struct Known {
    hosts: Arc<Hosts>,
    until: Instant,
}

#[derive(Clone, Debug)]
pub(super) struct Regions {
    service: Url,
    is_accelerated: bool,
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Deserialize)]
struct Told {
    /// The region of the bucket, and then those that stand in for it.
    hosts: Vec<Region>,
}

#[derive(Deserialize)]
struct Region {
    #[serde(default)]
    ttl: u64,
    up: Domains,
    rs: Domains,
    rsf: Domains,
}

#[derive(Deserialize)]
struct Domains {
    domains: Vec<String>,
    #[serde(default)]
    acc_domains: Vec<String>,
}

fn address(names: &[String]) -> Result<String, DriverError> {
    let first = names.first().map_or("", |name| name);
    let root = endpoint(first).map_err(|error| garbage(error.to_string()))?;
    Ok(root.as_str().trim_end_matches('/').to_owned())
}

impl Region {
    fn hosts(&self, is_accelerated: bool) -> Result<Hosts, DriverError> {
        let faster = &self.up.acc_domains;
        let is_faster = is_accelerated && !faster.is_empty();
        Ok(Hosts {
            up: address(if is_faster { faster } else { &self.up.domains })?,
            rs: address(&self.rs.domains)?,
            rsf: address(&self.rsf.domains)?,
        })
    }
}

impl Regions {
    /// `service`: where it is said, if not at the vendor's.
    pub fn new(service: Option<&str>, is_accelerated: bool) -> Result<Self, BadOptions> {
        Ok(Self {
            service: endpoint(service.unwrap_or(SERVICE))?,
            is_accelerated,
            known: Arc::default(),
        })
    }

    /// Of a bucket, as whoever has the access key is told.
    pub async fn hosts(
        &self,
        http: &Http,
        (access_key, bucket): (&str, &str),
    ) -> Result<Arc<Hosts>, DriverError> {
        // Who comes meanwhile waits for the same answer.
        let mut known = self.known.lock().await;
        if let Some(Known { hosts, until }) = &*known
            && Instant::now() < *until
        {
            return Ok(Arc::clone(hosts));
        }
        match self.ask(http, (access_key, bucket)).await {
            Ok((hosts, life)) => {
                let hosts = Arc::new(hosts);
                *known = Some(Known {
                    hosts: Arc::clone(&hosts),
                    until: Instant::now() + life,
                });
                Ok(hosts)
            }
            // Buckets do not move: what was true is true still.
            Err(error) => match &mut *known {
                Some(Known { hosts, until }) => {
                    tracing::warn!(bucket, %error, "the region of a bucket is not told");
                    *until = Instant::now() + SHORTEST;
                    Ok(Arc::clone(hosts))
                }
                None => Err(error),
            },
        }
    }

    async fn ask(
        &self,
        http: &Http,
        (access_key, bucket): (&str, &str),
    ) -> Result<(Hosts, Duration), DriverError> {
        let mut url = self.service.clone();
        url.set_path("/v4/query");
        url.query_pairs_mut()
            .extend_pairs([("ak", access_key), ("bucket", bucket)]);
        let mut tries = Tries::begin(http);
        let answer = loop {
            if let Some(answer) = tries.send(http.get(url.clone())).await {
                break answer;
            }
        };
        let answer: Answer = answer.map_err(|refusal: Refusal| error_of(refusal))?;
        let told = serde_json::from_slice::<Told>(&answer.body).ok();
        let region = told.and_then(|told| told.hosts.into_iter().next());
        let region = region.ok_or_else(|| answer.is_strange())?;
        let life = Duration::from_secs(region.ttl).clamp(SHORTEST, LONGEST);
        Ok((region.hosts(self.is_accelerated)?, life))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_go_to_the_faster_hosts_where_that_is_wanted_and_there_are_such() {
        let region = |up: serde_json::Value| -> Region {
            serde_json::from_value(json!({
                "region": "z0", "ttl": 86400, "up": up,
                "rs": { "domains": ["rs-z0.qiniuapi.com"] },
                "rsf": { "domains": ["rsf-z0.qiniuapi.com"] },
            }))
            .unwrap()
        };
        let plain = region(json!({ "domains": ["upload.qiniup.com", "up.qiniup.com"] }));
        let hosts = plain.hosts(true).unwrap();
        assert_eq!(hosts.up, "https://upload.qiniup.com");
        assert_eq!(hosts.rs, "https://rs-z0.qiniuapi.com");
        let both = region(json!({
            "domains": ["upload.qiniup.com"],
            "acc_domains": ["files.kodo-accelerate.cn-east-1.qiniucs.com"],
        }));
        assert_eq!(both.hosts(false).unwrap().up, "https://upload.qiniup.com");
        assert!(both.hosts(true).unwrap().up.contains("accelerate"));
        assert!(region(json!({ "domains": [] })).hosts(false).is_err());
    }
}
