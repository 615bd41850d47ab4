//! URLs that carry their right with them (Azure, service SAS).

use super::client::Container;
use crate::disposition::disposition;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::time::{Duration, SystemTime};
use storage::{BlobKey, DownloadRequest, DriverError};

/// No signature lives longer, as with other stores.
const LONGEST: Duration = Duration::from_hours(7 * 24);
const VERSION: &str = "2023-11-03";
/// The only right.
const READ: &str = "r";

impl Container {
    pub fn signed_download(
        &self,
        key: &BlobKey,
        request: &DownloadRequest,
    ) -> Result<String, DriverError> {
        let mut url = self.url(key);
        if !self.options.is_private {
            // Whoever has no signature cannot ask for another name either.
            return Ok(url.into());
        }
        let until = DateTime::<Utc>::from(SystemTime::now() + request.lifetime.min(LONGEST));
        let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
        let disposition = disposition(request);
        let (account, container) = (&self.options.account, &self.options.container);
        let place = format!("/blob/{account}/{container}/{key}");
        // In the order of the documentation; what is not said is empty.
        let text = [
            READ,
            "",
            &until,
            &place,
            "",
            "",
            "",
            VERSION,
            "b",
            "",
            "",
            "",
            &disposition,
            "",
            "",
            "",
        ]
        .join("\n");
        let mac = Hmac::<Sha256>::new_from_slice(&self.key);
        let mut mac = mac.map_err(|error| crate::refusal::garbage(error.to_string()))?;
        mac.update(text.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        url.query_pairs_mut()
            .append_pair("sv", VERSION)
            .append_pair("sp", READ)
            .append_pair("se", &until)
            .append_pair("sr", "b")
            .append_pair("rscd", &disposition)
            .append_pair("sig", &signature);
        Ok(url.into())
    }
}
