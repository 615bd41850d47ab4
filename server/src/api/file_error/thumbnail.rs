//! Failures about thumbnails.

use super::Described;
use crate::api::code::Code;
use drive::thumbnail::ThumbnailError;
use site::picture::PictureError;

pub fn describe(error: &ThumbnailError) -> Described {
    match error {
        ThumbnailError::Missing => (Code::EntityNotExist, "There is no thumbnail".into()),
        ThumbnailError::Picture(error) => {
            let (code, why) = of_picture(error);
            (code, format!("No thumbnail can be made: {why}").into())
        }
    }
}

fn of_picture(error: &PictureError) -> Described {
    let (code, words) = match error {
        PictureError::Unknown => (Code::NotSet, "not a picture of a known kind"),
        PictureError::TooLarge { width, height } => {
            let words = format!("a picture of {width} by {height} pixels is too large");
            return (Code::NotSet, words.into());
        }
        PictureError::Broken(how) => {
            return (Code::NotSet, format!("the picture is broken: {how}").into());
        }
        PictureError::TooSlow => (Code::NotSet, "decoding the picture takes too long"),
        PictureError::Unreadable(error) => {
            let words = format!("cannot read the picture: {error}");
            return (Code::IoFailed, words.into());
        }
    };
    (code, words.into())
}
