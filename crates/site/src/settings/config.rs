//! What clients may know of the settings, section by section.

use std::collections::BTreeMap;

use serde::Serialize;

use super::values::is_default;
use super::{CustomHtml, NavItem, Settings, ViewerGroup};
use wire::CustomProp;

/// One flat object for every section. Only a section's own keys are filled, and a key is left out
/// when it is empty, false or zero; `custom_html` alone is always in the basic section (V4 API).
/// The basic section's `user` depends on who asks and is the caller's to add.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SiteConfig {
    // basic
    #[serde(skip_serializing_if = "is_default")]
    pub instance_id: String,
    #[serde(skip_serializing_if = "is_default")]
    pub title: String,
    /// JSON text.
    #[serde(skip_serializing_if = "is_default")]
    pub themes: String,
    #[serde(skip_serializing_if = "is_default")]
    pub default_theme: String,
    #[serde(skip_serializing_if = "is_default")]
    pub logo: String,
    #[serde(skip_serializing_if = "is_default")]
    pub logo_light: String,
    #[serde(skip_serializing_if = "is_default")]
    pub captcha_type: String,
    #[serde(rename = "captcha_ReCaptchaKey", skip_serializing_if = "is_default")]
    pub captcha_recaptcha_key: String,
    #[serde(skip_serializing_if = "is_default")]
    pub turnstile_site_id: String,
    #[serde(skip_serializing_if = "is_default")]
    pub captcha_cap_instance_url: String,
    #[serde(skip_serializing_if = "is_default")]
    pub captcha_cap_site_key: String,
    #[serde(skip_serializing_if = "is_default")]
    pub captcha_cap_asset_server: String,
    #[serde(skip_serializing_if = "is_default")]
    pub custom_nav_items: Vec<NavItem>,
    #[serde(skip_serializing_if = "is_default")]
    pub custom_html: Option<CustomHtml>,
    // basic and login
    #[serde(skip_serializing_if = "is_default")]
    pub sso_enabled: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub sso_display_name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub sso_icon: String,
    #[serde(skip_serializing_if = "is_default")]
    pub oidc_enabled: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub oidc_display_name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub oidc_icon: String,
    // basic and app
    #[serde(skip_serializing_if = "is_default")]
    pub app_promotion: bool,
    // app
    #[serde(skip_serializing_if = "is_default")]
    pub desktop_app_promotion: bool,
    // login
    #[serde(skip_serializing_if = "is_default")]
    pub login_captcha: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub reg_captcha: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub forget_captcha: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub authn: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub register_enabled: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tos_url: String,
    #[serde(skip_serializing_if = "is_default")]
    pub privacy_policy_url: String,
    // explorer
    #[serde(skip_serializing_if = "is_default")]
    pub max_batch_size: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub file_viewers: Vec<ViewerGroup>,
    #[serde(skip_serializing_if = "is_default")]
    pub default_viewer_mapping: BTreeMap<String, String>,
    /// JSON text.
    #[serde(skip_serializing_if = "is_default")]
    pub icons: String,
    #[serde(skip_serializing_if = "is_default")]
    pub map_provider: String,
    #[serde(skip_serializing_if = "is_default")]
    pub google_map_tile_type: String,
    #[serde(skip_serializing_if = "is_default")]
    pub mapbox_ak: String,
    #[serde(skip_serializing_if = "is_default")]
    pub thumbnail_width: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub thumbnail_height: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub custom_props: Vec<CustomProp>,
    #[serde(skip_serializing_if = "is_default")]
    pub show_encryption_status: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub full_text_search: bool,
    // emojis
    /// JSON text.
    #[serde(skip_serializing_if = "is_default")]
    pub emoji_preset: String,
    // thumb
    #[serde(skip_serializing_if = "is_default")]
    pub thumb_exts: Vec<String>,
}

/// The public view of a section; a name that is none gives the basic one.
pub fn site_config(section: &str, settings: &Settings) -> SiteConfig {
    match section {
        "login" => login(settings),
        "explorer" => explorer(settings),
        "emojis" => SiteConfig {
            emoji_preset: settings.explorer.emojis.clone(),
            ..SiteConfig::default()
        },
        "app" => SiteConfig {
            app_promotion: settings.site.app_promotion,
            desktop_app_promotion: settings.site.desktop_app_promotion,
            ..SiteConfig::default()
        },
        "thumb" => SiteConfig {
            thumb_exts: settings.thumbnails.thumb_exts(),
            ..SiteConfig::default()
        },
        _ => basic(settings),
    }
}

fn basic(settings: &Settings) -> SiteConfig {
    let Settings {
        site,
        captcha,
        appearance,
        ..
    } = settings;
    SiteConfig {
        instance_id: site.id.clone(),
        title: site.name.clone(),
        themes: appearance.themes.clone(),
        default_theme: appearance.default_theme.clone(),
        logo: site.logo.clone(),
        logo_light: site.logo_light.clone(),
        captcha_type: captcha.kind.as_str().to_owned(),
        captcha_recaptcha_key: captcha.recaptcha_site_key.clone(),
        turnstile_site_id: captcha.turnstile_site_key.clone(),
        captcha_cap_instance_url: captcha.cap_instance_url.clone(),
        captcha_cap_site_key: captcha.cap_site_key.clone(),
        captcha_cap_asset_server: captcha.cap_asset_server.to_owned(),
        custom_nav_items: appearance.nav_items.clone(),
        custom_html: Some(appearance.custom_html.clone()),
        app_promotion: site.app_promotion,
        ..providers(settings)
    }
}

/// Who else one can sign in with.
fn providers(settings: &Settings) -> SiteConfig {
    let all = &settings.single_sign_on;
    let (logto, openid) = (all.logto.clone(), all.openid.clone());
    let (sso_enabled, oidc_enabled) = (logto.is_some(), openid.is_some());
    let (logto, openid) = (logto.unwrap_or_default(), openid.unwrap_or_default());
    SiteConfig {
        sso_enabled,
        sso_display_name: logto.display_name,
        sso_icon: logto.icon,
        oidc_enabled,
        oidc_display_name: openid.display_name,
        oidc_icon: openid.icon,
        ..SiteConfig::default()
    }
}

fn login(settings: &Settings) -> SiteConfig {
    let Settings {
        site,
        accounts,
        captcha,
        ..
    } = settings;
    SiteConfig {
        login_captcha: captcha.on_login,
        reg_captcha: captcha.on_register,
        forget_captcha: captcha.on_reset,
        authn: accounts.authn_enabled,
        register_enabled: accounts.register_enabled,
        tos_url: site.tos_url.clone(),
        privacy_policy_url: site.privacy_policy_url.clone(),
        ..providers(settings)
    }
}

fn explorer(settings: &Settings) -> SiteConfig {
    let Settings {
        explorer,
        files,
        thumbnails,
        encryption,
        search,
        ..
    } = settings;
    let public = |group: &ViewerGroup| ViewerGroup {
        viewers: group.viewers.iter().map(super::Viewer::public).collect(),
    };
    SiteConfig {
        max_batch_size: files.max_batch_size,
        file_viewers: explorer.viewers.iter().map(public).collect(),
        default_viewer_mapping: explorer.default_viewers.clone(),
        icons: explorer.icons.clone(),
        map_provider: explorer.map.provider.to_owned(),
        google_map_tile_type: explorer.map.google_tile_type.to_owned(),
        mapbox_ak: explorer.map.mapbox_key.clone(),
        thumbnail_width: thumbnails.width,
        thumbnail_height: thumbnails.height,
        custom_props: explorer.custom_props.clone(),
        show_encryption_status: encryption.show_status,
        full_text_search: search.enabled,
        ..SiteConfig::default()
    }
}
