//! Pictures that are broken, or made to hurt.

use super::super::source::Watched;
use super::*;
use image::Frame;
use image::codecs::gif::GifEncoder;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

/// Numbers that look random and are the same each time.
fn numbers(mut seed: u32) -> impl Iterator<Item = u32> {
    std::iter::repeat_with(move || {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed
    })
}

#[tokio::test]
async fn what_ends_too_early_is_an_error_or_at_least_a_picture() {
    for format in FORMATS {
        let whole = bytes_of(&halves(64, 48), format);
        for end in (0..whole.len()).step_by(1 + whole.len() / 100) {
            match small(&whole[..end], BOX, Encoding::Png).await {
                Ok(picture) => assert_eq!((picture.width, picture.height), (40, 30)),
                Err(error) => assert!(error.is_final(), "{format:?} to {end}: {error}"),
            }
        }
        let start = small(&whole[..whole.len().min(20)], BOX, Encoding::Png).await;
        assert!(start.is_err(), "{format:?}");
    }
}

#[tokio::test]
async fn what_was_damaged_anywhere_harms_nobody() {
    for format in FORMATS {
        let whole = bytes_of(&halves(64, 48), format);
        let mut numbers = numbers(0x9e37_79b9);
        for _ in 0..60 {
            let mut bytes = whole.clone();
            for _ in 0..4 {
                let at = numbers.next().unwrap() as usize % bytes.len();
                bytes[at] = numbers.next().unwrap() as u8;
            }
            if let Err(error) = small(&bytes, BOX, Encoding::Png).await {
                assert!(error.is_final(), "{format:?}: {error}");
            }
        }
    }
}

/// CRC-32 as PNG has it (PNG annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    })
}

/// A picture of one pixel that claims to be of this size.
fn claiming(format: ImageFormat, side: u16) -> Vec<u8> {
    let mut bytes = bytes_of(&halves(2, 2), format);
    let (big, little) = (side.to_be_bytes(), side.to_le_bytes());
    match format {
        ImageFormat::Png => {
            for at in [16, 20] {
                bytes[at..at + 4].copy_from_slice(&u32::from(side).to_be_bytes());
            }
            let sum = crc(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        }
        ImageFormat::Jpeg => {
            let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]);
            let frame = frame.unwrap();
            for at in [frame + 5, frame + 7] {
                bytes[at..at + 2].copy_from_slice(&big);
            }
        }
        ImageFormat::Gif => {
            for at in [6, 8] {
                bytes[at..at + 2].copy_from_slice(&little);
            }
        }
        ImageFormat::Bmp => {
            for at in [18, 22] {
                bytes[at..at + 4].copy_from_slice(&u32::from(side).to_le_bytes());
            }
        }
        other => panic!("nobody said where {other:?} has its size"),
    }
    bytes
}

#[tokio::test]
async fn a_claim_to_be_huge_is_refused_before_anything_is_decoded() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::Bmp,
    ] {
        let refused = small(&claiming(format, 30_000), BOX, Encoding::Png).await;
        assert!(
            matches!(refused, Err(PictureError::TooLarge { .. })),
            "{format:?}: {refused:?}"
        );
        // Within the bounds, but there is nothing behind it.
        let empty = small(&claiming(format, 4_000), BOX, Encoding::Png).await;
        if let Err(error) = empty {
            assert!(error.is_final());
        }
    }
}

#[test]
fn nothing_that_is_let_through_takes_more_than_there_is() {
    let header = |width, height, cost_bytes| Header {
        format: ImageFormat::Png,
        width,
        height,
        cost_bytes,
    };
    assert!(header(8_000, 8_000, MOST_BYTES).checked().is_ok());
    assert!(header(8_000, 8_001, 1).checked().is_err());
    assert!(header(1, 1, MOST_BYTES + 1).checked().is_err());
    assert!(header(0, 5, 1).checked().is_err());
    assert!(header(u32::MAX, u32::MAX, 1).checked().is_err());
}

#[tokio::test]
async fn of_ten_thousand_frames_the_first_is_shown() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let frame = |image: DynamicImage| Frame::new(image.into_rgba8());
    encoder.encode_frame(frame(halves(80, 60))).unwrap();
    for _ in 0..10_000 {
        encoder.encode_frame(frame(halves(2, 2))).unwrap();
    }
    drop(encoder);
    let picture = png(&bytes, BOX).await;
    assert_eq!(picture.dimensions(), (40, 30));
    assert_near(&picture, 3, 15, RED);
}

/// Gives some bytes, and then fails.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[tokio::test]
async fn a_storage_that_fails_is_not_the_pictures_fault() {
    for format in FORMATS {
        let whole = bytes_of(&halves(64, 48), format);
        for end in [1, whole.len() / 2] {
            let source = Failing(Cursor::new(whole[..end].to_vec()));
            let failed = Pictures::new(1).small(source, BOX, Encoding::Png).await;
            assert!(
                matches!(failed, Err(PictureError::Unreadable(_))),
                "{format:?}: {failed:?}"
            );
        }
    }
}

#[test]
fn what_takes_too_long_is_given_up() {
    let mut source = Watched::for_at_most(Box::new(Cursor::new(vec![0; 100])), Duration::ZERO);
    let mut bytes = Vec::new();
    assert!(source.read_to_end(&mut bytes).is_err());
    let blamed = source.blame(PictureError::Unknown);
    assert!(matches!(blamed, PictureError::TooSlow) && blamed.is_final());
}
