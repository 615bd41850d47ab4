//! `/site`: what everybody may know.

#![expect(clippy::unused_async, reason = "the API macro awaits every handler")]

mod view;

use super::authority::{Needs, Public};
use super::user::UserView;
use super::{ApiResult, Tag, ok};
use crate::services::Services;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use site::settings::site_config;
use std::sync::Arc;
use view::SiteConfigView;

/// The version of the V4 API that is spoken here; the desktop client refuses older ones.
pub const VERSION: &str = "4.14.0";

/// `/site`
#[derive(Debug)]
pub struct SiteApi {
    services: Arc<Services>,
}

/// A picture and the ticket to answer it with.
#[derive(Debug, Object, Serialize)]
struct CaptchaView {
    /// A data URL.
    image: String,
    ticket: String,
}

impl SiteApi {
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

#[OpenApi(prefix_path = "/site", tag = "Tag::Site")]
impl SiteApi {
    /// Tells the version.
    #[oai(path = "/ping", method = "get", operation_id = "ping")]
    async fn ping(&self, _actor: Needs<Public>) -> ApiResult<String> {
        ok(VERSION.to_owned())
    }

    /// Draws a captcha, good for ten minutes and one try.
    #[oai(path = "/captcha", method = "get", operation_id = "getCaptcha")]
    async fn captcha(&self, _actor: Needs<Public>) -> ApiResult<CaptchaView> {
        let captcha = self.services.accounts.draw_captcha().await?;
        let image = format!("data:image/png;base64,{}", STANDARD.encode(captcha.png));
        ok(CaptchaView {
            image,
            ticket: captcha.ticket,
        })
    }

    /// Tells the settings clients need, by section; an unknown name gives the basic ones.
    #[oai(
        path = "/config/:section",
        method = "get",
        operation_id = "getSiteConfig"
    )]
    async fn config(
        &self,
        actor: Needs<Public>,
        section: Path<String>,
    ) -> ApiResult<SiteConfigView> {
        let live = self.services.core.settings();
        let config = site_config(&section.0, &live.settings);
        let is_basic = !config.instance_id.is_empty() || config.custom_html.is_some();
        let user = is_basic.then(|| UserView::of_actor(&actor, &live.ids));
        ok(SiteConfigView { config, user })
    }
}
