//! What the file browser shows.

use std::collections::{BTreeMap, HashSet};

use serde::de::IgnoredAny;

use super::values::Rows;
use super::viewers::{Viewer, ViewerGroup};
use wire::CustomProp;

#[derive(Clone, Debug, PartialEq)]
pub struct ExplorerSettings {
    /// In order of preference, WOPI actions included.
    pub viewers: Vec<ViewerGroup>,
    /// Extension to the id of the viewer preselected for everybody.
    pub default_viewers: BTreeMap<String, String>,
    /// JSON text of `[{exts, icon?, color?, color_dark?, img?}]`.
    pub icons: String,
    /// JSON text of a map from a category's emoji to its members.
    pub emojis: String,
    /// Every emoji of `emojis`.
    pub emoji_presets: HashSet<String>,
    pub custom_props: Vec<CustomProp>,
    pub map: MapSettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapSettings {
    /// `openstreetmap`, `google` or `mapbox`.
    pub provider: &'static str,
    /// `regular`, `satellite`, `terrain` or `roadmap`.
    pub google_tile_type: &'static str,
    /// Public by nature: browsers use it.
    pub mapbox_key: String,
}

impl ExplorerSettings {
    pub(super) fn read(rows: &Rows<'_>) -> Self {
        let (icons, _) = rows.json_text::<Vec<IgnoredAny>>("explorer_icons");
        let (emojis, categories) = rows.json_text::<BTreeMap<String, Vec<String>>>("emojis");
        Self {
            viewers: rows.json("file_viewers"),
            default_viewers: rows.json("viewer_default_apps"),
            icons,
            emojis,
            emoji_presets: categories.into_values().flatten().collect(),
            custom_props: rows.json("custom_props"),
            map: MapSettings {
                provider: rows.choice("map_provider", &["openstreetmap", "google", "mapbox"]),
                google_tile_type: rows.choice(
                    "map_google_tile_type",
                    &["regular", "satellite", "terrain", "roadmap"],
                ),
                mapbox_key: rows.text("map_mapbox_ak"),
            },
        }
    }

    /// The viewer of that id, disabled ones included.
    pub fn viewer(&self, id: &str) -> Option<&Viewer> {
        self.viewers
            .iter()
            .flat_map(|group| &group.viewers)
            .find(|viewer| viewer.id == id)
    }
}
