//! `/admin/summary`: how the site is doing.

use crate::api::authority::{AdminRead, Needs};
use crate::api::time::wire;
use crate::api::{ApiResult, Nullable, Tag, ok};
use crate::services::Services;
use admin::{Charts, State};
use chrono::{DateTime, Days, Local, NaiveTime, Utc};
use entity::Timestamp;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// `/admin/summary`
#[derive(Debug)]
pub struct SummaryApi {
    pub(in crate::api) services: Arc<Services>,
}

/// How the site is doing.
#[derive(Debug, Object, Serialize)]
struct SiteSummary {
    /// `null`: to be generated.
    metrics_summary: Nullable<SiteMetrics>,
    /// Where the site is, the first one before others.
    site_urls: Vec<String>,
    version: ProgramVersion,
    /// How things stand.
    state: SiteState,
}

/// What came on each of the last days, and how much there is.
#[derive(Debug, Object, Serialize)]
struct SiteMetrics {
    /// When each day begins, today last.
    dates: Vec<DateTime<Utc>>,
    /// Files and folders made on each.
    files: Vec<u64>,
    users: Vec<u64>,
    shares: Vec<u64>,
    file_total: u64,
    user_total: u64,
    share_total: u64,
    entities_total: u64,
    generated_at: DateTime<Utc>,
}

/// Which program this is.
#[derive(Debug, Object, Serialize)]
struct ProgramVersion {
    /// Of the API.
    version: String,
    pro: bool,
    commit: String,
    /// Of this program.
    alcove: String,
}

/// How things stand; at most a minute old.
#[derive(Debug, Object, Serialize)]
struct SiteState {
    storage: Vec<PolicyUsage>,
    /// Wrong tries to sign in since a day.
    failed_sign_ins: u64,
    /// `sqlite`, `postgres` or `mysql`.
    database: String,
    /// Letters can be sent.
    has_mail: bool,
    /// Bytes left on the disk of the data folder.
    disk_free: u64,
    disk_total: u64,
}

/// What a policy keeps.
#[derive(Debug, Object, Serialize)]
struct PolicyUsage {
    policy_id: i64,
    name: String,
    r#type: String,
    blobs: u64,
    bytes: i64,
}

impl From<&Charts> for SiteMetrics {
    fn from(charts: &Charts) -> Self {
        Self {
            dates: charts.days.iter().copied().map(wire).collect(),
            files: charts.files.clone(),
            users: charts.users.clone(),
            shares: charts.shares.clone(),
            file_total: charts.totals.files,
            user_total: charts.totals.users,
            share_total: charts.totals.shares,
            entities_total: charts.totals.blobs,
            generated_at: wire(charts.made_at),
        }
    }
}

/// Days that the charts show.
const DAYS: u64 = 12;

/// When each of these days begins where the server is, and when the last one ends.
fn days() -> Vec<Timestamp> {
    let today = Local::now().date_naive();
    let first = today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today);
    let midnights = (0..=DAYS).filter_map(|n| {
        let midnight = first
            .checked_add_days(Days::new(n))?
            .and_time(NaiveTime::MIN);
        // Where clocks are put forward at midnight, the day begins an hour later.
        let begins = midnight.and_local_timezone(Local).earliest();
        let begins = begins.map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc));
        Some(Timestamp(begins.timestamp_micros()))
    });
    midnights.collect()
}

impl SummaryApi {
    fn state(&self, state: &State) -> SiteState {
        let kept = state.kept.iter().map(|kept| PolicyUsage {
            policy_id: kept.policy.0,
            name: kept.name.clone(),
            r#type: kept.kind.clone(),
            blobs: kept.blobs,
            bytes: kept.bytes,
        });
        let core = &self.services.core;
        let (disk_free, disk_total) = crate::disk::room(&core.data).unwrap_or_default();
        SiteState {
            storage: kept.collect(),
            failed_sign_ins: state.failed_sign_ins,
            database: core.store.kind().to_owned(),
            has_mail: core.settings().settings.mail.is_set_up(),
            disk_free,
            disk_total,
        }
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl SummaryApi {
    /// How the site is doing. The charts are kept for a day.
    #[oai(path = "/admin/summary", method = "get", operation_id = "getSummary")]
    async fn summary(
        &self,
        actor: Needs<AdminRead>,
        /// Draw the charts if there are none.
        #[oai(default)]
        generate: Query<bool>,
        /// With `generate`: the charts are drawn anew if they are older, in seconds. Ours.
        max_age: Query<Option<u32>>,
    ) -> ApiResult<SiteSummary> {
        let overview = &self.services.admin.overview;
        let wanted = (*generate, max_age.filter(|_| *generate));
        let charts = overview.charts(&actor, &days(), wanted).await?;
        let state = overview.state(&actor).await?;
        let live = self.services.core.settings();
        let urls = live.settings.site.urls.iter().map(ToString::to_string);
        let urls = urls.map(|url| url.trim_end_matches('/').to_owned());
        ok(SiteSummary {
            metrics_summary: Nullable(charts.as_deref().map(SiteMetrics::from)),
            site_urls: urls.collect(),
            version: ProgramVersion {
                version: crate::api::site::VERSION.to_owned(),
                pro: false,
                commit: String::new(),
                alcove: env!("CARGO_PKG_VERSION").to_owned(),
            },
            state: self.state(&state),
        })
    }
}
