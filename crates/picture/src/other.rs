//! PNG, WebP, GIF, BMP and TIFF, decoded whole.

use super::{Header, PictureError};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::{BufRead, Seek};

/// For what stands before the pixels.
const HEADER_BYTES: u64 = 16 << 20;
/// Tables and rows.
const FIXED_BYTES: u64 = 4 << 20;

/// How often its decoder holds the pixels at the worst moment; `None` for what is not decoded.
fn copies(format: ImageFormat) -> Option<u64> {
    Some(match format {
        ImageFormat::Png | ImageFormat::Bmp => 1,
        // The frame, and the canvas it is drawn on.
        ImageFormat::Gif => 2,
        // What was packed, unpacked and converted; planes of colour, or a canvas.
        ImageFormat::Tiff | ImageFormat::WebP => 3,
        _ => return None,
    })
}

/// What the same pixels take as one of the kinds that are resized, beside those they are decoded as
/// (`resize::reduce`).
fn converted_bytes(color: ColorType, width: u32, height: u32) -> u64 {
    match color {
        ColorType::L8 | ColorType::Rgb8 | ColorType::Rgba8 => 0,
        _ => u64::from(width) * u64::from(height) * 4,
    }
}

/// What decoding takes.
pub fn header(format: ImageFormat, reader: impl BufRead + Seek) -> Result<Header, PictureError> {
    let copies = copies(format).ok_or(PictureError::Unknown)?;
    let decoder = decoder(format, reader, HEADER_BYTES)?;
    let (width, height) = decoder.dimensions();
    let pixels = decoder.total_bytes();
    let converted = converted_bytes(decoder.color_type(), width, height);
    Ok(Header {
        format,
        width,
        height,
        cost_bytes: pixels
            .saturating_mul(copies)
            .saturating_add(converted)
            .saturating_add(FIXED_BYTES),
    })
}

/// Decodes the picture, or the first of several. Answers which way up it is, too.
pub fn decode(
    header: Header,
    reader: impl BufRead + Seek,
) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut decoder = decoder(header.format, reader, header.cost_bytes)?;
    if decoder.dimensions() != (header.width, header.height) {
        return Err(PictureError::Broken("it changed".to_owned()));
    }
    // A picture that does not say it well is upright.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok((image, orientation))
}

fn decoder<'a>(
    format: ImageFormat,
    reader: impl BufRead + Seek + 'a,
    most_bytes: u64,
) -> Result<impl ImageDecoder + 'a, PictureError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(most_bytes);
    let mut reader = ImageReader::with_format(reader, format);
    reader.limits(limits);
    reader.into_decoder().map_err(broken)
}

fn broken(error: image::ImageError) -> PictureError {
    PictureError::Broken(error.to_string())
}
