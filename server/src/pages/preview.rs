//! Previews of shares for the robots of messengers and networks (V4 API, Open Graph).

use crate::api::ApiError;
use crate::api::address::site;
use crate::api::authority::origin_of;
use crate::api::share::share_url;
use crate::services::Services;
use drive::error::FileError;
use drive::share::{InfoOptions, ShareError, ShareInfo};
use entity::FileKind;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, USER_AGENT};
use poem::{Request, Response};
use site::actor::Actor;
use site::settings::live::LiveSettings;
use wire::FileUri;
use wire::uri::write_segment;

/// Parts of the names of robots that read previews, in lower case.
const ROBOTS: [&str; 9] = [
    "facebookexternalhit",
    "facebookcatalog",
    "facebot",
    "twitterbot",
    "linkedinbot",
    "discordbot",
    "telegrambot",
    "slackbot",
    "whatsapp",
];

/// Whether a request wants a preview rather than the page.
pub fn is_robot(request: &Request) -> bool {
    let agent = request
        .header(USER_AGENT)
        .unwrap_or_default()
        .to_lowercase();
    ROBOTS.iter().any(|robot| agent.contains(robot))
}

/// Where the app shows a place.
pub fn home_of(uri: &FileUri) -> String {
    let mut target = "/home?path=".to_owned();
    write_segment(&mut target, &uri.to_string());
    target
}

struct Preview {
    title: String,
    description: String,
    /// Path and query of a thumbnail.
    image: Option<String>,
}

/// The preview of what a URI leads to, as a visitor without an account sees it; nothing is
/// counted.
pub async fn page(request: &Request, services: &Services, uri: Option<&FileUri>) -> Response {
    let settings = services.core.settings();
    let preview = match uri {
        None => invalid(&settings),
        Some(uri) => look(request, services, uri, &settings).await,
    };
    let site = site(request, &settings);
    let (link, target) = match uri {
        Some(uri) => (
            share_url(&site, uri.id().unwrap_or_default(), uri.password()),
            home_of(uri),
        ),
        None => (site.clone(), "/".to_owned()),
    };
    let image = match &preview.image {
        Some(thumbnail) => format!("{site}{thumbnail}"),
        None => image_of(&site, &settings),
    };
    let html = html(&preview, &settings.site.name, &link, &image, &target);
    Response::builder()
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        .header(CACHE_CONTROL, "public, no-cache")
        .body(html)
}

fn invalid(settings: &LiveSettings) -> Preview {
    Preview {
        title: settings.site.name.clone(),
        description: "Invalid Link".to_owned(),
        image: None,
    }
}

/// Whether a visitor without an account finds no share at a URI, or none any more.
pub async fn leads_nowhere(request: &Request, services: &Services, uri: &FileUri) -> bool {
    let Ok(nobody) = services.accounts.nobody().await else {
        return false;
    };
    let nobody = nobody.coming_from(&origin_of(request, &services.proxies));
    let id = uri.id().unwrap_or_default();
    let info = services.shares.info(&nobody, id, InfoOptions::default());
    let Err(FileError::Share(error)) = info.await else {
        return false;
    };
    matches!(
        error,
        ShareError::Gone | ShareError::NotFound | ShareError::Expired | ShareError::BadId
    )
}

async fn look(
    request: &Request,
    services: &Services,
    uri: &FileUri,
    settings: &LiveSettings,
) -> Preview {
    let failed = |error: ApiError| Preview {
        title: settings.site.name.clone(),
        description: if error.code().is_internal() {
            "Internal error".to_owned()
        } else {
            error.to_string()
        },
        image: None,
    };
    let nobody = match services.accounts.nobody().await {
        Ok(nobody) => nobody.coming_from(&origin_of(request, &services.proxies)),
        Err(error) => return failed(error.into()),
    };
    let options = InfoOptions {
        password: uri.password(),
        ..InfoOptions::default()
    };
    let id = uri.id().unwrap_or_default();
    match services.shares.info(&nobody, id, options).await {
        Ok(info) => {
            let image = thumbnail_of(services, &nobody, uri, &info).await;
            Preview {
                image,
                ..describe(info, settings)
            }
        }
        Err(FileError::Share(ShareError::BadId)) => invalid(settings),
        Err(error) => failed(error.into()),
    }
}

/// The thumbnail of a shared file, if it has one: robots do not have any made.
async fn thumbnail_of(
    services: &Services,
    nobody: &Actor,
    uri: &FileUri,
    info: &ShareInfo,
) -> Option<String> {
    if !info.unlocked || info.file.kind == FileKind::Folder {
        return None;
    }
    let uri = uri.to_root().join(&info.file.name);
    let link = services.thumbnails.stored_link(nobody, &uri).await.ok()?;
    Some(link.path_and_query)
}

fn describe(info: ShareInfo, settings: &LiveSettings) -> Preview {
    let what = if info.file.kind == FileKind::Folder {
        "Folder".to_owned()
    } else if info.unlocked {
        human_size(info.file.size_bytes)
    } else {
        settings.site.description.clone()
    };
    Preview {
        title: info.name,
        description: format!("{what} · {}", info.owner.nick),
        image: None,
    }
}

/// The large icon, else the medium one.
fn image_of(site: &str, settings: &LiveSettings) -> String {
    let pwa = &settings.site.pwa;
    let icon = if pwa.large_icon.is_empty() {
        &pwa.medium_icon
    } else {
        &pwa.large_icon
    };
    if icon.starts_with("http://") || icon.starts_with("https://") {
        icon.clone()
    } else {
        format!("{site}/{}", icon.trim_start_matches('/'))
    }
}

fn html(preview: &Preview, site: &str, link: &str, image: &str, target: &str) -> String {
    let (title, about) = (escape(&preview.title), escape(&preview.description));
    let (site, link, image) = (escape(site), escape(link), escape(image));
    // Percent-coded, so it neither ends the text nor the script.
    let script = serde_json::Value::from(target)
        .to_string()
        .replace('<', "\\u003c");
    let target = escape(target);
    format!(
        r#"<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta property="og:title" content="{title}">
<meta property="og:description" content="{about}">
<meta property="og:image" content="{image}">
<meta property="og:url" content="{link}">
<meta property="og:type" content="website">
<meta property="og:site_name" content="{site}">
<meta name="twitter:card" content="summary">
<meta name="twitter:title" content="{title}">
<meta name="twitter:description" content="{about}">
<meta name="twitter:image" content="{image}">
</head>
<body>
<script>location.replace({script});</script>
<noscript><a href="{target}">{title}</a></noscript>
</body>
</html>
"#
    )
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
            out
        })
}

fn human_size(bytes: i64) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    let (mut size, mut unit) = (bytes.max(0) as f64, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{size:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_are_known_by_any_case() {
        let agent = |agent: &str| is_robot(&Request::builder().header(USER_AGENT, agent).finish());
        assert!(agent("TelegramBot (like TwitterBot)"));
        assert!(agent("WhatsApp/2.23"));
        assert!(!agent("Mozilla/5.0 (X11; Linux x86_64)"));
        assert!(!agent(""));
    }

    #[test]
    fn names_cannot_become_markup() {
        let preview = Preview {
            title: "</title><script>alert(1)</script>\"'".to_owned(),
            description: "a & b".to_owned(),
            image: None,
        };
        let uri = FileUri::share("abc", Some("p\"</script>".to_owned()));
        let page = html(&preview, "<site>", "\"", "'", &home_of(&uri));
        assert!(!page.contains("<script>alert"));
        assert!(!page.contains("<site>"));
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("a &amp; b"));
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KB"),
            (1_572_864, "1.5 MB"),
            (i64::MAX, "8192.0 PB"),
        ] {
            assert_eq!(human_size(bytes), text);
        }
    }
}
