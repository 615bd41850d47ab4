#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

fn no_env(_: &str) -> Option<String> {
    None
}

fn with(rows: &[(&str, &str)]) -> Settings {
    let mut table: HashMap<String, String> = seeds(no_env, &mut rand::rng()).into_iter().collect();
    table.extend(
        rows.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    Settings::from_rows(&table, no_env)
}

fn config(section: &str, settings: &Settings) -> Value {
    serde_json::to_value(site_config(section, settings)).unwrap()
}

fn keys(section: &str, settings: &Settings) -> Vec<String> {
    let mut keys: Vec<_> = config(section, settings)
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    keys.sort_unstable();
    keys
}

#[test]
fn a_new_site_reads_as_documented() {
    let settings = Settings::default();
    assert_eq!(settings.site.name, "Alcove");
    assert_eq!(
        settings.site.primary_url().as_str(),
        "http://localhost:5212/"
    );
    assert_eq!(settings.accounts.default_group, 2);
    assert!(settings.accounts.register_enabled && !settings.accounts.email_active);
    assert_eq!(settings.captcha.kind, CaptchaKind::Normal);
    assert_eq!(
        (
            settings.captcha.picture.width,
            settings.captcha.picture.height
        ),
        (240, 60)
    );
    assert_eq!(settings.tokens.access_ttl, Duration::from_hours(1));
    assert_eq!(settings.tokens.refresh_ttl, Duration::from_hours(14 * 24));
    assert_eq!(settings.files.max_edit_bytes, 50 << 20);
    assert_eq!(settings.files.archive_ttl, Duration::from_mins(10));
    assert_eq!(settings.files.public_max_age, Duration::from_hours(24));
    assert_eq!(settings.events.debounce, Duration::from_secs(5));
    assert_eq!(settings.queues.get("io_intense").unwrap().workers, 30);
    assert_eq!(settings.queues.slave.retry_delay, Duration::from_secs(5));
    assert_eq!(
        settings.cron.trash_bin_collect.every(),
        Some(Duration::from_mins(33))
    );
    assert_eq!(settings.thumbnails.encoding, ThumbEncoding::Png);
    assert_eq!(settings.thumbnails.quality, 95);
    assert_eq!(settings.media_meta.music.max_remote_bytes, Some(1 << 30));
    assert_eq!(settings.media_meta.ffprobe.max_local_bytes, None);
    assert_eq!(settings.encryption.vault, KeyVault::Setting);
    assert_eq!(settings.mail.port, 25);
}

#[test]
fn the_seeded_explorer_has_its_viewers_icons_and_emojis() {
    let explorer = Settings::default().explorer;
    let ids: Vec<_> = explorer.viewers[0]
        .viewers
        .iter()
        .map(|viewer| viewer.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "music",
            "epub",
            "googledocs",
            "m365online",
            "pdf",
            "video",
            "markdown",
            "drawio",
            "image",
            "monaco",
            "photopea",
            "excalidraw",
            "archive"
        ]
    );
    // Whatever hands files to other companies waits for an administrator.
    let off: Vec<_> = explorer.viewers[0]
        .viewers
        .iter()
        .filter(|viewer| viewer.disabled)
        .map(|viewer| viewer.id.as_str())
        .collect();
    assert_eq!(off, ["googledocs", "m365online", "drawio", "photopea"]);
    assert_eq!(
        explorer
            .viewer("archive")
            .unwrap()
            .required_group_permission,
        [5]
    );
    assert_eq!(
        explorer.viewer("drawio").unwrap().props["host"],
        "https://embed.diagrams.net"
    );
    let icons: Vec<Value> = serde_json::from_str(&explorer.icons).unwrap();
    assert_eq!(icons.len(), 24);
    let emojis: HashMap<String, Vec<String>> = serde_json::from_str(&explorer.emojis).unwrap();
    assert_eq!(emojis.len(), 9);
    assert!(explorer.emoji_presets.contains("🍇") && explorer.emoji_presets.len() > 1500);
    let rating = explorer
        .custom_props
        .iter()
        .find(|prop| prop.id == "rating");
    assert_eq!(rating.unwrap().max, Some(5));
}

#[test]
fn an_empty_table_reads_as_the_code_defaults() {
    let settings = Settings::from_rows(&HashMap::new(), no_env);
    assert_eq!(settings.site.name, "Alcove");
    assert_eq!(settings.tokens.refresh_ttl, Duration::from_hours(180 * 24));
    assert_eq!(settings.files.archive_ttl, Duration::from_secs(20));
    assert_eq!(settings.files.public_max_age, Duration::ZERO);
    assert_eq!(settings.files.chunk_retries, 3);
    assert_eq!(settings.thumbnails.encoding, ThumbEncoding::Jpg);
    assert_eq!(settings.thumbnails.quality, 85);
    assert_eq!(settings.explorer.map.google_tile_type, "roadmap");
    assert!(settings.media_meta.ffprobe.enabled);
    assert_eq!(
        settings.explorer.viewers,
        Settings::default().explorer.viewers
    );
}

#[test]
fn a_lost_secret_key_is_replaced_by_one_nobody_knows() {
    let lost = || with(&[("secret_key", "")]).tokens.secret_key;
    assert_eq!(lost().expose().len(), 256);
    assert_ne!(lost(), lost());
}

#[test]
fn garbage_counts_as_the_code_default() {
    let settings = with(&[
        ("siteURL", "not a url"),
        ("default_group", "-1"),
        ("captcha_type", "riddle"),
        ("captcha_mode", "9"),
        ("captcha_CaptchaLen", "0"),
        ("access_token_ttl", "soon"),
        ("archive_timeout", "99999999999999999999"),
        ("max_page_size", "0"),
        ("public_resource_maxage", "-5"),
        ("mime_mapping", "{\".x\": 1}"),
        ("file_viewers", "[{\"viewers\":[{\"id\":7}]}]"),
        ("explorer_icons", "{}"),
        ("emojis", "[1]"),
        ("theme_options", "null"),
        ("map_provider", "atlas"),
        ("queue_thumb_worker_num", "0"),
        ("queue_thumb_backoff_factor", "NaN"),
        ("cron_entity_collect", "@every never"),
        ("thumb_encode_method", "bmp"),
        ("thumb_encode_quality", "300"),
        ("mail_reset_template", "[]"),
        ("smtpPort", "70000"),
    ]);
    let empty = Settings::from_rows(&HashMap::new(), no_env);
    assert_eq!(settings.site.urls, empty.site.urls);
    assert_eq!(settings.accounts, empty.accounts);
    assert_eq!(settings.captcha, empty.captcha);
    assert_eq!(settings.tokens.access_ttl, empty.tokens.access_ttl);
    assert_eq!(settings.files.archive_ttl, empty.files.archive_ttl);
    assert_eq!(settings.files.max_page_size, 2000);
    assert_eq!(settings.files.public_max_age, Duration::ZERO);
    assert_eq!(settings.files.mime, empty.files.mime);
    assert_eq!(settings.explorer.viewers, empty.explorer.viewers);
    assert_eq!(settings.explorer.icons, empty.explorer.icons);
    assert_eq!(settings.explorer.emojis, empty.explorer.emojis);
    assert_eq!(settings.appearance.themes, empty.appearance.themes);
    assert_eq!(settings.explorer.map.provider, "openstreetmap");
    assert_eq!(settings.queues.thumb, empty.queues.thumb);
    assert_eq!(settings.cron.entity_collect, empty.cron.entity_collect);
    assert_eq!(settings.thumbnails.encoding, ThumbEncoding::Jpg);
    assert_eq!(settings.thumbnails.quality, 85);
    assert_eq!(settings.mail, empty.mail);
}

#[test]
fn flags_are_true_only_as_1_or_true() {
    for (value, on) in [
        ("1", true),
        ("true", true),
        ("0", false),
        ("yes", false),
        ("", false),
    ] {
        assert_eq!(
            with(&[("email_active", value)]).accounts.email_active,
            on,
            "{value}"
        );
    }
}

#[test]
fn the_environment_overrides_rows() {
    let rows = HashMap::from([
        ("siteName".to_owned(), "row".to_owned()),
        ("siteDes".to_owned(), "row".to_owned()),
        ("max_page_size".to_owned(), "10".to_owned()),
    ]);
    let env = |name: &str| match name {
        "CR_SETTING_siteName" => Some("theirs".to_owned()),
        "ALCOVE_SETTING_siteName" => Some("ours".to_owned()),
        "CR_SETTING_siteDes" => Some(String::new()),
        "CR_SETTING_max_page_size" => Some("77".to_owned()),
        _ => None,
    };
    let settings = Settings::from_rows(&rows, env);
    assert_eq!(settings.site.name, "ours");
    assert_eq!(settings.site.description, "");
    assert_eq!(settings.files.max_page_size, 77);
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let settings = with(&[
        ("smtpPass", "hunter2"),
        ("captcha_cap_secret_key", "hunter2"),
    ]);
    let text = format!("{settings:?}");
    assert!(!text.contains("hunter2"));
    assert!(!text.contains(settings.tokens.secret_key.expose()));
}

#[test]
fn the_basic_section_has_its_keys_and_answers_for_unknown_names() {
    let settings = Settings::default();
    let expected = [
        "app_promotion",
        "captcha_ReCaptchaKey",
        "captcha_cap_asset_server",
        "captcha_type",
        "custom_html",
        "default_theme",
        "instance_id",
        "logo",
        "logo_light",
        "themes",
        "title",
    ];
    assert_eq!(keys("basic", &settings), expected);
    assert_eq!(keys("vas", &settings), expected);
    let basic = config("basic", &settings);
    assert_eq!(basic["custom_html"], json!({}));
    assert_eq!(basic["title"], "Alcove");
    assert!(basic["themes"].as_str().unwrap().starts_with('{'));

    let full = with(&[
        ("captcha_type", "cap"),
        ("captcha_turnstile_site_key", "t"),
        ("captcha_cap_instance_url", "https://cap"),
        ("captcha_cap_site_key", "c"),
        ("custom_nav_items", r#"[{"icon":"i","name":"n","url":"u"}]"#),
        ("headless_footer_html", "<b>"),
        ("show_app_promotion", "0"),
    ]);
    let basic = config("basic", &full);
    assert_eq!(basic["captcha_type"], "cap");
    assert_eq!(basic["turnstile_site_id"], "t");
    assert_eq!(basic["captcha_cap_instance_url"], "https://cap");
    assert_eq!(basic["captcha_cap_site_key"], "c");
    assert_eq!(
        basic["custom_nav_items"],
        json!([{"icon": "i", "name": "n", "url": "u"}])
    );
    assert_eq!(basic["custom_html"], json!({"headless_footer": "<b>"}));
    assert_eq!(basic.get("app_promotion"), None);
}

#[test]
fn the_login_section_shows_what_is_on() {
    assert_eq!(
        config("login", &Settings::default()),
        json!({"authn": true, "register_enabled": true})
    );
    let strict = with(&[
        ("login_captcha", "1"),
        ("reg_captcha", "1"),
        ("forget_captcha", "1"),
        ("authn_enabled", "0"),
        ("register_enabled", "0"),
        ("tos_url", "/tos"),
        ("privacy_policy_url", "/privacy"),
    ]);
    assert_eq!(
        config("login", &strict),
        json!({"login_captcha": true, "reg_captcha": true, "forget_captcha": true,
               "tos_url": "/tos", "privacy_policy_url": "/privacy"})
    );
}

#[test]
fn the_explorer_section_has_its_keys() {
    let settings = Settings::default();
    assert_eq!(
        keys("explorer", &settings),
        [
            "custom_props",
            "file_viewers",
            "google_map_tile_type",
            "icons",
            "map_provider",
            "max_batch_size",
            "show_encryption_status",
            "thumbnail_height",
            "thumbnail_width",
        ]
    );
    let explorer = config("explorer", &settings);
    assert_eq!(explorer["max_batch_size"], 3000);
    assert_eq!(explorer["file_viewers"][0]["viewers"][0]["id"], "music");
    assert_eq!(
        explorer["custom_props"][1],
        json!({"id": "rating", "name": "fileManager.rating", "type": "rating", "max": 5,
               "icon": "fluent:data-bar-vertical-star-24-filled"})
    );
    let full = with(&[
        ("fts_enabled", "1"),
        ("map_mapbox_ak", "pk"),
        ("viewer_default_apps", r#"{"md":"monaco"}"#),
    ]);
    let explorer = config("explorer", &full);
    assert_eq!(explorer["full_text_search"], true);
    assert_eq!(explorer["mapbox_ak"], "pk");
    assert_eq!(explorer["default_viewer_mapping"], json!({"md": "monaco"}));
}

#[test]
fn nobody_sees_the_office_servers_urls() {
    let settings = with(&[(
        "file_viewers",
        r#"[{"viewers":[{"id":"o","type":"wopi","display_name":"O","exts":["docx"],
            "wopi_actions":{"docx":{"view":"https://office.internal/"}}}]}]"#,
    )]);
    assert_eq!(
        settings.explorer.viewers[0].viewers[0].wopi_actions.len(),
        1
    );
    assert!(
        !config("explorer", &settings)
            .to_string()
            .contains("office.internal")
    );
}

#[test]
fn the_small_sections_have_their_keys() {
    let settings = Settings::default();
    assert_eq!(keys("emojis", &settings), ["emoji_preset"]);
    assert_eq!(
        config("app", &settings),
        json!({"app_promotion": true, "desktop_app_promotion": true})
    );
    assert_eq!(
        config("thumb", &settings),
        json!({"thumb_exts": ["bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"]})
    );
    let none = with(&[
        ("thumb_builtin_enabled", "0"),
        ("thumb_music_cover_enabled", "0"),
    ]);
    assert_eq!(config("thumb", &none), json!({}));
}
