//! `/admin/license`: what clients of sites with a licence ask. There is nothing to buy here.

use crate::api::authority::{AdminWrite, Needs};
use crate::api::{ApiResult, Tag, ok};
use crate::services::Services;
use chrono::{DateTime, Days, Utc};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/license`
#[derive(Debug)]
pub struct LicenseApi {
    pub(in crate::api) services: Arc<Services>,
    pub(in crate::api) started: DateTime<Utc>,
}

/// A licence, as clients read it.
#[derive(Debug, Object, Serialize)]
struct License {
    expired_at: DateTime<Utc>,
    signed_at: DateTime<Utc>,
    root_domains: Vec<String>,
    /// Hosts of the site.
    domains: Vec<String>,
    vol_domains: Vec<String>,
}

/// A licence that was given by hand.
#[derive(Object)]
struct GivenLicense {
    /// Not looked at.
    license: String,
}

/// A century.
const DAYS: Days = Days::new(36_525);

impl LicenseApi {
    fn license(&self) -> License {
        let live = self.services.core.settings();
        let urls = live.settings.site.urls.iter();
        License {
            expired_at: Utc::now() + DAYS,
            signed_at: self.started,
            root_domains: Vec::new(),
            domains: urls
                .filter_map(|url| Some(url.host_str()?.to_owned()))
                .collect(),
            vol_domains: Vec::new(),
        }
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl LicenseApi {
    /// Fetches the licence anew. Nothing is stored: everything is licensed, for good.
    #[oai(
        path = "/admin/license/refreshAuto",
        method = "post",
        operation_id = "refreshLicense"
    )]
    #[expect(clippy::unused_async, reason = "the macro awaits every handler")]
    async fn refresh(&self, _actor: Needs<AdminWrite>) -> ApiResult<License> {
        ok(self.license())
    }

    /// Takes a licence. Nothing is stored.
    #[oai(
        path = "/admin/license/refreshManual",
        method = "post",
        operation_id = "enterLicense"
    )]
    #[expect(clippy::unused_async, reason = "the macro awaits every handler")]
    async fn enter(
        &self,
        _actor: Needs<AdminWrite>,
        _body: Json<GivenLicense>,
    ) -> ApiResult<License> {
        ok(self.license())
    }
}
