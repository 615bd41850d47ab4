//! Thumbnails that the vendor of a policy makes, where the policy wishes that (V4 API, native thumbnails).

use super::encoding_of;
use crate::context::Core;
use crate::error::FileError;
use crate::policy::Policy;
use entity::{blob, storage_policy::Settings};
use serde_json::Value;
use site::picture::{Encoding, Picture, Shape};
use storage::{BlobKey, DriverError};

/// Names of files whose pictures the vendor makes, and how large they may be.
const EXTENSIONS: &str = "thumb_exts";
const ALL_EXTENSIONS: &str = "thumb_support_all_exts";
const MOST_BYTES: &str = "thumb_max_size";

/// Whether a vendor is to make the thumbnail of a file.
pub(super) fn is_asked(policy: &Policy, name: &str, size_bytes: i64) -> bool {
    policy.can.native_thumbnails && is_wished(&policy.row.settings, name, size_bytes)
}

fn is_wished(settings: &Settings, name: &str, size_bytes: i64) -> bool {
    let most = settings.other.get(MOST_BYTES).and_then(Value::as_i64);
    if most.is_some_and(|most| most > 0 && size_bytes > most) {
        return false;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let wished = settings.other.get(EXTENSIONS).and_then(Value::as_array);
    let mut wished = wished.into_iter().flatten().filter_map(Value::as_str);
    settings.is_on(ALL_EXTENSIONS)
        || (!extension.is_empty() && wished.any(|known| known.eq_ignore_ascii_case(extension)))
}

/// The picture that the vendor makes of a blob, as large and written as ours; `None` if it makes none that
/// can be read.
/// # Errors
/// `Storage`, `Thumbnail` if it may work later
pub(super) async fn picture(
    core: &Core,
    policy: &Policy,
    content: &blob::Model,
) -> Result<Option<(Picture, Encoding)>, FileError> {
    let Ok(key) = BlobKey::parse(content.key.as_str()) else {
        return Ok(None);
    };
    let live = core.settings();
    let settings = &live.settings.thumbnails;
    let side = settings.width.max(settings.height);
    let made = match policy.driver.native_thumbnail(&key, side).await {
        Ok(Some(made)) => made,
        Ok(None) | Err(DriverError::Unsupported(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let encoding = encoding_of(settings);
    let shape = Shape::Within {
        width: settings.width,
        height: settings.height,
    };
    // It comes from elsewhere: it is read as warily as what people send.
    match core.pictures.small_of(made.bytes, shape, encoding).await {
        Ok(picture) => Ok(Some((picture, encoding))),
        Err(error) if error.is_final() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_vendor_makes_what_the_policy_names() {
        let mut settings = Settings::default();
        assert!(!is_wished(&settings, "a.heic", 5));
        settings
            .other
            .insert(EXTENSIONS.to_owned(), json!(["heic", "png"]));
        assert!(is_wished(&settings, "a.HEIC", 5));
        assert!(!is_wished(&settings, "a.txt", 5));
        assert!(!is_wished(&settings, "heic", 5));
        settings.other.insert(MOST_BYTES.to_owned(), json!(4));
        assert!(!is_wished(&settings, "a.heic", 5));
        settings.other.insert(MOST_BYTES.to_owned(), json!(0));
        settings
            .other
            .insert(ALL_EXTENSIONS.to_owned(), json!(true));
        assert!(is_wished(&settings, "a.txt", 5));
    }
}
