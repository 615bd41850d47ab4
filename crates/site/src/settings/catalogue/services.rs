//! Mail, queues, looks, and the server itself.

use super::{Initial, Seed, differing, seed, text};

/// Where Google and Cloudflare verify captchas.
pub(in crate::settings) const RECAPTCHA_VERIFY_URL: &str =
    "https://www.google.com/recaptcha/api/siteverify";
pub(in crate::settings) const TURNSTILE_VERIFY_URL: &str =
    "https://challenges.cloudflare.com/turnstile/v0/siteverify";

pub(super) static MAIL: &[Seed] = &[
    text("fromName", "Alcove"),
    // The spelling is the one clients send.
    text("fromAdress", "no-reply@localhost"),
    text("smtpHost", "localhost"),
    text("smtpPort", "25"),
    text("replyTo", ""),
    text("smtpUser", ""),
    text("smtpPass", ""),
    text("smtpEncryption", "0"),
    text("mail_keepalive", "30"),
    text(
        "mail_activation_template",
        include_str!("../../../assets/settings/mail_activation_template.json"),
    ),
    text(
        "mail_reset_template",
        include_str!("../../../assets/settings/mail_reset_template.json"),
    ),
];

pub(super) static QUEUES: &[Seed] = &[
    text("queue_media_meta_worker_num", "30"),
    text("queue_media_meta_max_execution", "3600"),
    text("queue_media_meta_backoff_factor", "2"),
    text("queue_media_meta_backoff_max_duration", "60"),
    text("queue_media_meta_max_retry", "1"),
    text("queue_media_meta_retry_delay", "0"),
    text("queue_thumb_worker_num", "15"),
    text("queue_thumb_max_execution", "300"),
    text("queue_thumb_backoff_factor", "2"),
    text("queue_thumb_backoff_max_duration", "60"),
    text("queue_thumb_max_retry", "0"),
    text("queue_thumb_retry_delay", "0"),
    text("queue_recycle_worker_num", "5"),
    text("queue_recycle_max_execution", "900"),
    text("queue_recycle_backoff_factor", "2"),
    text("queue_recycle_backoff_max_duration", "60"),
    text("queue_recycle_max_retry", "0"),
    text("queue_recycle_retry_delay", "0"),
    text("queue_io_intense_worker_num", "30"),
    text("queue_io_intense_max_execution", "2592000"),
    text("queue_io_intense_backoff_factor", "2"),
    text("queue_io_intense_backoff_max_duration", "600"),
    text("queue_io_intense_max_retry", "5"),
    text("queue_io_intense_retry_delay", "0"),
    text("queue_remote_download_worker_num", "5"),
    text("queue_remote_download_max_execution", "864000"),
    text("queue_remote_download_backoff_factor", "2"),
    text("queue_remote_download_backoff_max_duration", "600"),
    text("queue_remote_download_max_retry", "5"),
    text("queue_remote_download_retry_delay", "0"),
];

pub(super) static APPEARANCE: &[Seed] = &[
    text(
        "theme_options",
        include_str!("../../../assets/settings/theme_options.json"),
    ),
    text("defaultTheme", "#1976d2"),
    text("custom_nav_items", "[]"),
    text("headless_footer_html", ""),
    text("headless_bottom_html", ""),
    text("sidebar_bottom_html", ""),
];

pub(super) static SERVER: &[Seed] = &[
    text("temp_path", "temp"),
    seed("secret_key", Initial::Alphanumeric(256)),
    seed("hash_id_salt", Initial::Alphanumeric(64)),
    text("access_token_ttl", "3600"),
    differing("refresh_token_ttl", "1209600", "15552000"),
    text("cron_garbage_collect", "@every 30m"),
];

/// Keys that have a meaning but no row on a new site.
pub(super) static UNSEEDED: &[Seed] = &[
    text("queue_slave_worker_num", "15"),
    text("queue_slave_max_execution", "86400"),
    text("queue_slave_backoff_factor", "4"),
    text("queue_slave_backoff_max_duration", "3600"),
    text("queue_slave_max_retry", "5"),
    text("queue_slave_retry_delay", "5"),
    text("captcha_TCaptcha_CaptchaAppId", ""),
    text("captcha_TCaptcha_AppSecretKey", ""),
    text("captcha_TCaptcha_SecretId", ""),
    text("captcha_TCaptcha_SecretKey", ""),
    text("captcha_recaptcha_verify_url", RECAPTCHA_VERIFY_URL),
    text("captcha_turnstile_verify_url", TURNSTILE_VERIFY_URL),
    text(
        "mail_invitation_template",
        include_str!("../../../assets/settings/mail_invitation_template.json"),
    ),
    text(
        "mail_task_done_template",
        include_str!("../../../assets/settings/mail_task_done_template.json"),
    ),
    text(
        "mail_task_failed_template",
        include_str!("../../../assets/settings/mail_task_failed_template.json"),
    ),
    text(
        "mail_damage_template",
        include_str!("../../../assets/settings/mail_damage_template.json"),
    ),
    text("mail_receipt_template", ""),
    text("mail_exceed_quota_template", ""),
    text("relocate_bytes_per_second", "0"),
];
