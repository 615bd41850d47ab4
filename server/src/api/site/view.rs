//! The flat object that serves all sections.

use crate::api::user::UserView;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use site::settings::SiteConfig;
use std::borrow::Cow;

/// A section of the settings; the basic one with whoever asks.
#[derive(Clone, Debug, Serialize)]
pub struct SiteConfigView {
    #[serde(flatten)]
    pub config: SiteConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserView>,
}

const NAME: &str = "SiteConfigView";
const TEXTS: [&str; 23] = [
    "sso_display_name",
    "sso_icon",
    "oidc_display_name",
    "oidc_icon",
    "instance_id",
    "title",
    "themes",
    "default_theme",
    "logo",
    "logo_light",
    "captcha_type",
    "captcha_ReCaptchaKey",
    "turnstile_site_id",
    "captcha_cap_instance_url",
    "captcha_cap_site_key",
    "captcha_cap_asset_server",
    "tos_url",
    "privacy_policy_url",
    "icons",
    "map_provider",
    "google_map_tile_type",
    "mapbox_ak",
    "emoji_preset",
];
const FLAGS: [&str; 11] = [
    "sso_enabled",
    "oidc_enabled",
    "app_promotion",
    "desktop_app_promotion",
    "login_captcha",
    "reg_captcha",
    "forget_captcha",
    "authn",
    "register_enabled",
    "show_encryption_status",
    "full_text_search",
];
const NUMBERS: [&str; 3] = ["max_batch_size", "thumbnail_width", "thumbnail_height"];
const LISTS: [&str; 3] = ["custom_nav_items", "file_viewers", "custom_props"];
const OBJECTS: [&str; 2] = ["custom_html", "default_viewer_mapping"];

/// Written by hand: the domain's struct knows nothing of API descriptions.
impl Type for SiteConfigView {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        NAME.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(NAME.to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(NAME.to_owned(), |registry| {
            UserView::register(registry);
            let mut properties = Vec::new();
            for (names, ty) in [
                (TEXTS.as_slice(), "string"),
                (&FLAGS, "boolean"),
                (&NUMBERS, "integer"),
                (&LISTS, "array"),
                (&OBJECTS, "object"),
            ] {
                properties.extend(names.iter().map(|name| (*name, one(ty))));
            }
            properties.push(("thumb_exts", list_of(MetaSchema::new("string"))));
            properties.push(("user", UserView::schema_ref()));
            properties.sort_by_key(|(name, _)| *name);
            MetaSchema {
                description: Some("Only the section's keys are there, and none that is empty"),
                properties,
                ..MetaSchema::new("object")
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

fn one(ty: &'static str) -> MetaSchemaRef {
    if ty == "array" {
        return list_of(MetaSchema::new("object"));
    }
    MetaSchemaRef::Inline(Box::new(MetaSchema::new(ty)))
}

fn list_of(items: MetaSchema) -> MetaSchemaRef {
    let items = Some(Box::new(MetaSchemaRef::Inline(Box::new(items))));
    MetaSchemaRef::Inline(Box::new(MetaSchema {
        items,
        ..MetaSchema::new("array")
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use site::settings::{Settings, site_config};

    /// The schema is written by hand, so this keeps it true.
    #[test]
    fn the_description_names_every_key_that_is_sent() {
        let mut registry = Registry::new();
        SiteConfigView::register(&mut registry);
        let described: Vec<_> = registry.schemas[NAME]
            .properties
            .iter()
            .map(|(name, _)| *name)
            .collect();
        let settings = Settings::default();
        for section in ["basic", "login", "explorer", "emojis", "app", "thumb"] {
            let sent = serde_json::to_value(site_config(section, &settings)).unwrap();
            for key in sent.as_object().unwrap().keys() {
                assert!(described.contains(&key.as_str()), "{section}.{key}");
            }
        }
    }
}
