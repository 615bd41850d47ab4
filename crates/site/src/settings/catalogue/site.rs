//! Who the site is, who may come in, and how they prove to be human.

use super::{Initial, Seed, seed, text};

pub(super) static BASIC: &[Seed] = &[
    text("siteName", "Alcove"),
    text("siteDes", "Alcove"),
    text("siteTitle", "Cloud storage for everyone"),
    seed("siteID", Initial::Uuid),
    text("siteURL", "http://localhost:5212"),
    text("siteScript", ""),
    text("pwa_small_icon", "/static/img/favicon.ico"),
    text("pwa_medium_icon", "/static/img/logo192.png"),
    text("pwa_large_icon", "/static/img/logo512.png"),
    text("pwa_display", "standalone"),
    text("pwa_theme_color", "#000000"),
    text("pwa_background_color", "#ffffff"),
    text("site_logo", "/static/img/logo.svg"),
    text("site_logo_light", "/static/img/logo_light.svg"),
    text("tos_url", ""),
    text("privacy_policy_url", ""),
    text("show_app_promotion", "1"),
    text("show_desktop_app_promotion", "1"),
];

pub(super) static SESSION: &[Seed] = &[
    text("register_enabled", "1"),
    text("email_active", "0"),
    text("default_group", "2"),
    text("authn_enabled", "1"),
    text("expose_user_email", "1"),
    text("avatar_path", "avatar"),
    text("avatar_size", "4194304"),
    text("avatar_size_l", "200"),
    text("gravatar_server", "https://www.gravatar.com/"),
    text("phone_required", "false"),
    text("phone_enabled", "false"),
    text("logto_enabled", "0"),
    text(
        "logto_config",
        r#"{"direct_sign_in":true,"display_name":"vas.sso"}"#,
    ),
    text("qq_login", "0"),
    text("qq_login_config", r#"{"direct_sign_in":false}"#),
    text("oidc_enabled", "0"),
    text("oidc_config", "{}"),
    text("ldap_enabled", "0"),
    text("ldap_config", "{}"),
];

pub(super) static CAPTCHA: &[Seed] = &[
    text("login_captcha", "0"),
    text("reg_captcha", "0"),
    text("forget_captcha", "0"),
    text("captcha_type", "normal"),
    text("captcha_mode", "3"),
    text("captcha_CaptchaLen", "6"),
    text("captcha_height", "60"),
    text("captcha_width", "240"),
    text("captcha_ComplexOfNoiseText", "0"),
    text("captcha_ComplexOfNoiseDot", "0"),
    text("captcha_IsShowHollowLine", "0"),
    text("captcha_IsShowNoiseDot", "1"),
    text("captcha_IsShowNoiseText", "0"),
    text("captcha_IsShowSlimeLine", "1"),
    text("captcha_IsShowSineLine", "0"),
    text("captcha_ReCaptchaKey", "defaultKey"),
    text("captcha_ReCaptchaSecret", "defaultSecret"),
    text("captcha_turnstile_site_key", ""),
    text("captcha_turnstile_site_secret", ""),
    text("captcha_cap_instance_url", ""),
    text("captcha_cap_site_key", ""),
    text("captcha_cap_secret_key", ""),
    text("captcha_cap_asset_server", "jsdelivr"),
];

/// Rows that nothing reads; administrators' pages and imports expect them to exist.
pub(super) static UNUSED: &[Seed] = &[text("ban_time", "604800"), text("license", "")];
