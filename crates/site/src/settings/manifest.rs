//! What a browser needs to install the site as an app.

use serde::Serialize;

use super::Settings;

/// The document at `/manifest.json`, without an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    pub name: String,
    pub short_name: String,
    pub icons: [ManifestIcon; 3],
    pub start_url: &'static str,
    pub display: String,
    pub theme_color: String,
    pub background_color: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManifestIcon {
    pub src: String,
    pub sizes: &'static str,
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// The manifest of a site; both names are the site's.
pub fn manifest(settings: &Settings) -> Manifest {
    let pwa = &settings.site.pwa;
    let icon = |src: &String, sizes, kind| ManifestIcon {
        src: src.clone(),
        sizes,
        kind,
    };
    Manifest {
        name: settings.site.name.clone(),
        short_name: settings.site.name.clone(),
        icons: [
            icon(&pwa.small_icon, "64x64 32x32 24x24 16x16", "image/x-icon"),
            icon(&pwa.medium_icon, "192x192", "image/png"),
            icon(&pwa.large_icon, "512x512", "image/png"),
        ],
        start_url: ".",
        display: pwa.display.clone(),
        theme_color: pwa.theme_color.clone(),
        background_color: pwa.background_color.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_manifest_carries_the_sites_name_and_icons() {
        let json = serde_json::to_value(manifest(&Settings::default())).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "name": "Alcove",
                "short_name": "Alcove",
                "icons": [
                    {"src": "/static/img/favicon.ico", "sizes": "64x64 32x32 24x24 16x16",
                     "type": "image/x-icon"},
                    {"src": "/static/img/logo192.png", "sizes": "192x192", "type": "image/png"},
                    {"src": "/static/img/logo512.png", "sizes": "512x512", "type": "image/png"},
                ],
                "start_url": ".",
                "display": "standalone",
                "theme_color": "#000000",
                "background_color": "#ffffff",
            })
        );
    }
}
