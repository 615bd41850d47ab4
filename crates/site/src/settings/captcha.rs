//! When a visitor must show to be human, and who checks it.

use super::catalogue::services::{RECAPTCHA_VERIFY_URL, TURNSTILE_VERIFY_URL};
use super::values::{Rows, Secret};
use crate::captcha::{CaptchaMode, CaptchaOptions};
use url::Url;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptchaSettings {
    pub on_login: bool,
    pub on_register: bool,
    pub on_reset: bool,
    pub kind: CaptchaKind,
    /// How to draw the built-in picture.
    pub picture: CaptchaOptions,
    pub recaptcha_site_key: String,
    pub recaptcha_secret: Secret,
    /// Who verifies; another host than Google's where that is not reachable.
    pub recaptcha_verify_url: Url,
    pub turnstile_site_key: String,
    pub turnstile_secret: Secret,
    pub turnstile_verify_url: Url,
    pub cap_instance_url: String,
    pub cap_site_key: String,
    pub cap_secret: Secret,
    /// Where the browser loads the widget from: `jsdelivr`, `unpkg` or `instance`.
    pub cap_asset_server: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaKind {
    /// A picture drawn here.
    Normal,
    /// reCAPTCHA v2.
    Recaptcha,
    /// Legacy; handled as `Normal`.
    Tcaptcha,
    Turnstile,
    Cap,
}

impl CaptchaKind {
    /// Spelling of the V4 API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Recaptcha => "recaptcha",
            Self::Tcaptcha => "tcaptcha",
            Self::Turnstile => "turnstile",
            Self::Cap => "cap",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [
            Self::Normal,
            Self::Recaptcha,
            Self::Tcaptcha,
            Self::Turnstile,
            Self::Cap,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

impl CaptchaSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        Self {
            on_login: rows.flag("login_captcha"),
            on_register: rows.flag("reg_captcha"),
            on_reset: rows.flag("forget_captcha"),
            kind: rows.parsed("captcha_type", CaptchaKind::parse),
            picture: picture(rows),
            recaptcha_site_key: rows.text("captcha_ReCaptchaKey"),
            recaptcha_secret: rows.secret("captcha_ReCaptchaSecret"),
            recaptcha_verify_url: rows.parsed("captcha_recaptcha_verify_url", verify_url),
            turnstile_verify_url: rows.parsed("captcha_turnstile_verify_url", verify_url),
            turnstile_site_key: rows.text("captcha_turnstile_site_key"),
            turnstile_secret: rows.secret("captcha_turnstile_site_secret"),
            cap_instance_url: rows.text("captcha_cap_instance_url"),
            cap_site_key: rows.text("captcha_cap_site_key"),
            cap_secret: rows.secret("captcha_cap_secret_key"),
            cap_asset_server: rows.choice(
                "captcha_cap_asset_server",
                &["jsdelivr", "unpkg", "instance"],
            ),
        }
    }
}

fn verify_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// Whether that URL is one that the program chose, and no operator.
pub fn is_built_in_verifier(url: &Url) -> bool {
    [RECAPTCHA_VERIFY_URL, TURNSTILE_VERIFY_URL].contains(&url.as_str())
}

fn picture(rows: &Rows<'_>) -> CaptchaOptions {
    CaptchaOptions {
        mode: rows.parsed("captcha_mode", |text| match text {
            "0" => Some(CaptchaMode::Digits),
            "1" => Some(CaptchaMode::Letters),
            "2" => Some(CaptchaMode::Arithmetic),
            "3" => Some(CaptchaMode::Mixed),
            _ => None,
        }),
        length: rows.positive("captcha_CaptchaLen"),
        width: rows.positive("captcha_width"),
        height: rows.positive("captcha_height"),
        dense_text: rows.number::<u32>("captcha_ComplexOfNoiseText") > 0,
        dense_dots: rows.number::<u32>("captcha_ComplexOfNoiseDot") > 0,
        hollow_line: rows.flag("captcha_IsShowHollowLine"),
        noise_dots: rows.flag("captcha_IsShowNoiseDot"),
        noise_text: rows.flag("captcha_IsShowNoiseText"),
        slime_line: rows.flag("captcha_IsShowSlimeLine"),
        sine_line: rows.flag("captcha_IsShowSineLine"),
    }
}
