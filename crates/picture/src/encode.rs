//! Small pictures as bytes.

use super::PictureError;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbImage};

/// How a small picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Png,
    /// Quality 1 to 100. What is transparent becomes white.
    Jpeg(u8),
}

/// A small picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

impl Encoding {
    /// Of file names, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg(_) => "jpg",
        }
    }

    pub(crate) fn write(self, image: DynamicImage) -> Result<Picture, PictureError> {
        let (width, height) = (image.width(), image.height());
        let mut bytes = Vec::new();
        let has_alpha = image.color().has_alpha();
        let written = match self {
            Self::Png if has_alpha => {
                let pixels = image.into_rgba8();
                let encoder = PngEncoder::new(&mut bytes);
                encoder.write_image(&pixels, width, height, ExtendedColorType::Rgba8)
            }
            Self::Png => {
                let pixels = image.into_rgb8();
                let encoder = PngEncoder::new(&mut bytes);
                encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8)
            }
            Self::Jpeg(quality) => {
                let pixels = if has_alpha {
                    on_white(&image)
                } else {
                    image.into_rgb8()
                };
                let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100));
                encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8)
            }
        };
        written.map_err(|error| PictureError::Broken(error.to_string()))?;
        Ok(Picture {
            bytes,
            width,
            height,
        })
    }
}

/// A picture of our own as PNG.
/// # Errors
/// `Broken`
pub fn png(image: RgbImage) -> Result<Vec<u8>, PictureError> {
    Ok(Encoding::Png.write(DynamicImage::ImageRgb8(image))?.bytes)
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let pixels = image.to_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, a] = pixels.get_pixel(x, y).0.map(u16::from);
        let over = |colour: u16| ((colour * a + 255 * (255 - a)) / 255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}
