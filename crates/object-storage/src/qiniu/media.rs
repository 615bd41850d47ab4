//! What Kodo makes of pictures, and reads in pictures, songs and films.

use super::client::Bucket;
use super::refusal::{error_of, understood};
use crate::answer::Answer;
use crate::http::Tries;
use crate::refusal::Refusal;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use storage::{BlobKey, DriverError, MediaTag, Picture};

/// No small picture has more bytes.
const MOST_BYTES: usize = 8 << 20;
/// Nothing says more of itself.
const MOST_TAGS: usize = 256;
/// How it is said that nothing can be made of an object: it is no picture, a broken one, or too large.
const NOTHING_TO_MAKE: [u16; 6] = [400, 404, 406, 413, 415, 478];

impl Bucket {
    /// `None`: the vendor cannot make anything of this object.
    async fn made_of(&self, key: &BlobKey, what: &str) -> Result<Option<Answer>, DriverError> {
        let mut tries = Tries::begin(&self.http);
        let answer = loop {
            let address = self.own_address(key, &[what.to_owned()]);
            if let Some(answer) = tries.send(self.http.get(address)).await {
                break answer.map_err(understood);
            }
        };
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if is_no_medium(&refusal) => {
                // Whether the object is missing, or only what it would be made of.
                self.stat_object(key).await.map(|_| None)
            }
            Err(refusal) => Err(error_of(refusal)),
        }
    }

    pub async fn small_picture(
        &self,
        key: &BlobKey,
        side_pixels: u32,
    ) -> Result<Option<Picture>, DriverError> {
        // As large as fits, and never larger than it is.
        let what = format!("imageView2/2/w/{side_pixels}/h/{side_pixels}/format/png");
        let Some(made) = self.made_of(key, &what).await? else {
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
        let told = match self.made_of(key, "exif").await? {
            Some(told) => Some(told),
            None => self.made_of(key, "avinfo").await?,
        };
        let told = told.and_then(|told| serde_json::from_slice::<Value>(&told.body).ok());
        let Some(Value::Object(told)) = told else {
            return Ok(Vec::new());
        };
        let mut tags = tags_in(told);
        tags.truncate(MOST_TAGS);
        Ok(tags)
    }
}

/// Of pictures each entry has its value by its side; of songs and films what is told stands in one
/// entry, and what they say of themselves below that.
fn tags_in(told: Map<String, Value>) -> Vec<MediaTag> {
    let mut tags = Vec::new();
    for (name, value) in told {
        let value = value.get("val").cloned().unwrap_or(value);
        match value {
            Value::Object(more) if name == "format" || name == "tags" => tags.extend(tags_in(more)),
            Value::String(value) => tags.push(MediaTag { name, value }),
            Value::Number(number) => tags.push(MediaTag {
                name,
                value: number.to_string(),
            }),
            _ => {}
        }
    }
    tags
}

/// It is not there, or nothing that the vendor can read.
fn is_no_medium(refusal: &Refusal) -> bool {
    let status = refusal.status.map(|status| status.as_u16());
    status.is_some_and(|status| NOTHING_TO_MAKE.contains(&status))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_told_of_pictures_and_of_songs_becomes_tags() {
        let names = |told: Value| -> Vec<String> {
            let told = told.as_object().unwrap().clone();
            let tags = tags_in(told).into_iter();
            tags.map(|tag| format!("{}={}", tag.name, tag.value))
                .collect()
        };
        let picture = json!({ "Make": { "val": "Camera", "type": 2 }, "Odd": [1] });
        assert_eq!(names(picture), ["Make=Camera"]);
        let song = json!({
            "format": { "duration": "61.5", "nb_streams": 1, "tags": { "title": "Song" } },
            "streams": [{ "codec_name": "mp3" }],
        });
        assert_eq!(names(song), ["duration=61.5", "nb_streams=1", "title=Song"]);
    }
}
