//! Colours, links and markup of the web client.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::values::{Rows, is_default};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppearanceSettings {
    /// JSON text of a map from a primary colour to theme options.
    pub themes: String,
    /// A key of `themes`.
    pub default_theme: String,
    pub nav_items: Vec<NavItem>,
    pub custom_html: CustomHtml,
}

/// A link in the sidebar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NavItem {
    /// Iconify name.
    #[serde(default)]
    pub icon: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub url: String,
}

/// Markup that the web client inserts raw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CustomHtml {
    #[serde(skip_serializing_if = "is_default")]
    pub headless_footer: String,
    #[serde(skip_serializing_if = "is_default")]
    pub headless_bottom: String,
    #[serde(skip_serializing_if = "is_default")]
    pub sidebar_bottom: String,
}

impl AppearanceSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        let (themes, _) = rows.json_text::<Map<String, Value>>("theme_options");
        Self {
            themes,
            default_theme: rows.text("defaultTheme"),
            nav_items: rows.json("custom_nav_items"),
            custom_html: CustomHtml {
                headless_footer: rows.text("headless_footer_html"),
                headless_bottom: rows.text("headless_bottom_html"),
                sidebar_bottom: rows.text("sidebar_bottom_html"),
            },
        }
    }
}
