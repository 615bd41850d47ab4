//! JPEG, decoded at an eighth, a quarter or half of its size where that is enough: this takes a
//! fraction of the memory and leaves out most of the arithmetic.

use super::{Header, PictureError};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};
use std::io::{BufRead, Read};

/// Tables, rows of blocks and the like.
const FIXED_BYTES: u64 = 2 << 20;
/// Samples of a row of blocks in both directions of the most uneven sampling.
const MCU_SIDE: u64 = 32;

/// What decoding takes when at least `wanted` pixels in one direction have to come out.
pub fn header(
    frame: &Frame,
    reader: impl BufRead,
    wanted: (u32, u32),
) -> Result<Header, PictureError> {
    let mut decoder = Decoder::new(reader);
    let (width, height) = decoder
        .scale(wanted.0 as u16, wanted.1 as u16)
        .map_err(broken)?;
    let scaled = (u64::from(width) + MCU_SIDE) * (u64::from(height) + MCU_SIDE);
    // Planes of all components, and the pixels made of them.
    let mut cost_bytes = FIXED_BYTES + scaled * frame.components.len() as u64 * 2;
    if frame.progressive {
        cost_bytes += frame.coefficients() * 2;
    }
    Ok(Header {
        format: ImageFormat::Jpeg,
        width: frame.width.into(),
        height: frame.height.into(),
        cost_bytes,
    })
}

/// Decodes with at least `wanted` pixels in one direction, if there are as many. Answers which
/// way up it is, too.
pub fn decode(
    reader: impl BufRead,
    wanted: (u32, u32),
    most_bytes: u64,
) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut decoder = Decoder::new(reader);
    decoder.set_max_decoding_buffer_size(most_bytes as usize);
    let (width, height) = decoder
        .scale(wanted.0 as u16, wanted.1 as u16)
        .map_err(broken)?;
    let pixels = decoder.decode().map_err(broken)?;
    let info = decoder
        .info()
        .ok_or_else(|| PictureError::Broken("it has no frame".to_owned()))?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    let (width, height) = (u32::from(width), u32::from(height));
    let image = match info.pixel_format {
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(Into::into),
        // The more significant half of each sample.
        PixelFormat::L16 => {
            let high = pixels.chunks_exact(2).map(|pair| {
                let sample = u16::from_ne_bytes([pair[0], pair[1]]);
                (sample >> 8) as u8
            });
            GrayImage::from_raw(width, height, high.collect()).map(Into::into)
        }
        PixelFormat::CMYK32 => RgbImage::from_raw(width, height, rgb_of(&pixels)).map(Into::into),
    };
    let image = image.ok_or_else(|| PictureError::Broken("pixels are missing".to_owned()))?;
    Ok((image, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Without a profile of the inks, the plainest way to mix them.
fn rgb_of(cmyk: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(cmyk.len() / 4 * 3);
    for ink in cmyk.chunks_exact(4) {
        let light = |ink: u8| 255 - u16::from(ink);
        for colour in &ink[..3] {
            rgb.push((light(*colour) * light(ink[3]) / 255) as u8);
        }
    }
    rgb
}

fn broken(error: jpeg_decoder::Error) -> PictureError {
    PictureError::Broken(error.to_string())
}

/// The frame header (ITU-T T.81 B.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    width: u16,
    height: u16,
    progressive: bool,
    /// How often each component is sampled, across and down.
    components: Vec<(u8, u8)>,
}

impl Frame {
    /// Reads up to the frame header.
    pub fn read(reader: &mut impl Read) -> Result<Self, PictureError> {
        let bad = |what: &str| PictureError::Broken(what.to_owned());
        let byte = |reader: &mut dyn Read| {
            let mut byte = [0];
            match reader.read_exact(&mut byte) {
                Ok(()) => Ok(byte[0]),
                Err(_) => Err(bad("it ends before its frame")),
            }
        };
        loop {
            while byte(reader)? != 0xff {}
            let mut marker = byte(reader)?;
            while marker == 0xff {
                marker = byte(reader)?;
            }
            // Markers without a segment: stuffed bytes, restarts, start of image.
            if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
                continue;
            }
            if matches!(marker, 0xd9 | 0xda) {
                return Err(bad("it has no frame"));
            }
            let length = u16::from_be_bytes([byte(reader)?, byte(reader)?]);
            let length = length
                .checked_sub(2)
                .ok_or_else(|| bad("a segment without length"))?;
            let mut segment = vec![0; usize::from(length)];
            if reader.read_exact(&mut segment).is_err() {
                return Err(bad("it ends within a segment"));
            }
            // Of the starts of frames, all but those of tables that share their range.
            if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                let progressive = marker == 0xc2;
                return Self::parse(&segment, progressive).ok_or_else(|| bad("a bad frame"));
            }
        }
    }

    fn parse(segment: &[u8], progressive: bool) -> Option<Self> {
        let [_, h1, h0, w1, w0, count, components @ ..] = segment else {
            return None;
        };
        let count = usize::from(*count);
        if !(1..=4).contains(&count) || components.len() < count * 3 {
            return None;
        }
        let components: Vec<(u8, u8)> = components
            .chunks_exact(3)
            .take(count)
            .map(|component| (component[1] >> 4, component[1] & 15))
            .collect();
        let is_sound =
            |(across, down): &(u8, u8)| (1..=4).contains(across) && (1..=4).contains(down);
        components.iter().all(is_sound).then_some(Self {
            width: u16::from_be_bytes([*w1, *w0]),
            height: u16::from_be_bytes([*h1, *h0]),
            progressive,
            components,
        })
    }

    /// Width and height, pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width.into(), self.height.into())
    }

    /// Coefficients of all components, with those that fill up the last blocks.
    fn coefficients(&self) -> u64 {
        let most = |of: fn(&(u8, u8)) -> u8| self.components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (most(|c| c.0), most(|c| c.1));
        let columns = u64::from(self.width).div_ceil(8 * u64::from(across));
        let rows = u64::from(self.height).div_ceil(8 * u64::from(down));
        let blocks = |c: &(u8, u8)| columns * u64::from(c.0) * rows * u64::from(c.1);
        self.components.iter().map(blocks).sum::<u64>() * 64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn coefficients_follow_the_sampling() {
        let frame = |components: &[(u8, u8)]| Frame {
            width: 17,
            height: 16,
            progressive: true,
            components: components.to_vec(),
        };
        assert_eq!(frame(&[(1, 1)]).coefficients(), 3 * 2 * 64);
        let subsampled = frame(&[(2, 2), (1, 1), (1, 1)]);
        assert_eq!(subsampled.coefficients(), (4 * 2 + 2 + 2) * 64);
    }

    #[test]
    fn a_frame_is_found_behind_other_segments_and_nowhere_else() {
        let frame = [
            0xff, 0xd8, 0xff, 0xe0, 0, 4, 0xff, 0xc0, 0xff, 0xff, 0xc2, 0, 11, 8, 0, 9, 1, 2, 1, 1,
            0x11, 0,
        ];
        let found = Frame::read(&mut frame.as_slice()).unwrap();
        assert_eq!(found.size(), (258, 9));
        assert!(found.progressive);
        for end in 0..frame.len() {
            assert!(Frame::read(&mut &frame[..end]).is_err());
        }
        assert!(Frame::read(&mut [0xff, 0xd8, 0xff, 0xda].as_slice()).is_err());
    }

    #[test]
    fn inks_mix_to_light() {
        let inks = [0, 0, 0, 0, 255, 0, 0, 0, 9, 9, 9, 255];
        assert_eq!(rgb_of(&inks), [255, 255, 255, 0, 255, 255, 0, 0, 0]);
    }
}
