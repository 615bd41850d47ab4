//! What a vendor makes of pictures, and reads in them.

use super::client::Bucket;
use super::dialect::Asked;
use crate::answer::Answer;
use crate::refusal::Refusal;
use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use storage::{BlobKey, DriverError, MediaTag, Picture};

/// No small picture has more bytes.
const MOST_BYTES: usize = 8 << 20;
/// No picture says more of itself.
const MOST_TAGS: usize = 256;

impl Bucket {
    /// `None`: the vendor cannot make anything of this object.
    async fn made_of(
        &self,
        key: &BlobKey,
        (name, value): (&str, String),
    ) -> Result<Option<Answer>, DriverError> {
        let asked = Asked::of(Method::GET, key).with(name, value);
        match self.ask(asked, Bytes::new()).await {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.is_missing() => Err(DriverError::NotFound(key.clone())),
            Err(refusal) if is_no_picture(&refusal) => Ok(None),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    pub async fn small_picture(
        &self,
        key: &BlobKey,
        side_pixels: u32,
    ) -> Result<Option<Picture>, DriverError> {
        if !self.dialect.words().has_pictures {
            return Err(DriverError::Unsupported("make thumbnails"));
        }
        let (name, value) = self.dialect.picture(side_pixels);
        let Some(made) = self.made_of(key, (&name, value)).await? else {
            return Ok(None);
        };
        let kind = made.header(CONTENT_TYPE).unwrap_or_default().to_owned();
        if !kind.starts_with("image/") || made.body.len() > MOST_BYTES {
            return Ok(None);
        }
        Ok(Some(Picture {
            bytes: made.body,
            content_type: kind,
        }))
    }

    pub async fn media_tags(&self, key: &BlobKey) -> Result<Vec<MediaTag>, DriverError> {
        if !self.dialect.words().has_pictures {
            return Err(DriverError::Unsupported("read media tags"));
        }
        let (name, value) = self.dialect.details();
        let told = self.made_of(key, (name, value.to_owned())).await?;
        let told = told.and_then(|told| serde_json::from_slice::<Value>(&told.body).ok());
        let Some(Value::Object(told)) = told else {
            return Ok(Vec::new());
        };
        let tags = told.into_iter().filter_map(|(name, value)| {
            let value = value.get("value").or(value.get("val")).unwrap_or(&value);
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(MediaTag { name, value })
        });
        Ok(tags.take(MOST_TAGS).collect())
    }
}

/// It is there, and no picture, or none that the vendor can read.
fn is_no_picture(refusal: &Refusal) -> bool {
    let no = [
        StatusCode::BAD_REQUEST,
        StatusCode::NOT_FOUND,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    ];
    no.into_iter().any(|status| refusal.is(status)) && !refusal.code.is_empty()
}
