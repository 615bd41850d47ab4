#![allow(clippy::unwrap_used)]

mod hostile;

use super::*;
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;

const BOX: Shape = Shape::Within {
    width: 40,
    height: 30,
};
const FORMATS: [ImageFormat; 6] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::WebP,
    ImageFormat::Gif,
    ImageFormat::Bmp,
    ImageFormat::Tiff,
];

/// Left half red, right half blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| {
        Rgb(if x < width / 2 {
            [220, 20, 20]
        } else {
            [20, 20, 220]
        })
    })
    .into()
}

fn bytes_of(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

async fn small(bytes: &[u8], shape: Shape, encoding: Encoding) -> Result<Picture, PictureError> {
    let bytes = Bytes::copy_from_slice(bytes);
    Pictures::new(1).small_of(bytes, shape, encoding).await
}

async fn png(bytes: &[u8], shape: Shape) -> DynamicImage {
    let picture = small(bytes, shape, Encoding::Png).await.unwrap();
    image::load_from_memory_with_format(&picture.bytes, ImageFormat::Png).unwrap()
}

#[track_caller]
fn assert_near(image: &DynamicImage, x: u32, y: u32, colour: [u8; 3]) {
    let pixel = image.get_pixel(x, y).0;
    let is_near = |(a, b): (&u8, &u8)| a.abs_diff(*b) < 30;
    assert!(
        pixel.iter().zip(&colour).all(is_near),
        "{pixel:?} at {x},{y} is not {colour:?}"
    );
}

const RED: [u8; 3] = [220, 20, 20];
const BLUE: [u8; 3] = [20, 20, 220];

#[tokio::test]
async fn every_known_kind_becomes_small_and_looks_the_same() {
    for format in FORMATS {
        for (full, reduced) in [((400, 300), (40, 30)), ((1000, 100), (40, 4))] {
            let image = png(&bytes_of(&halves(full.0, full.1), format), BOX).await;
            assert_eq!(image.dimensions(), reduced, "{format:?}");
            assert_near(&image, 3, reduced.1 / 2, RED);
            assert_near(&image, 36, reduced.1 / 2, BLUE);
        }
    }
}

#[tokio::test]
async fn small_pictures_stay_as_they_are() {
    for format in FORMATS {
        let image = png(&bytes_of(&halves(16, 8), format), BOX).await;
        assert_eq!(image.dimensions(), (16, 8), "{format:?}");
    }
}

#[tokio::test]
async fn a_square_shows_the_middle_and_grows_if_it_must() {
    for format in FORMATS {
        for full in [(1, 1), (300, 20), (400, 400)] {
            let image = png(
                &bytes_of(&halves(full.0, full.1), format),
                Shape::Square(50),
            )
            .await;
            assert_eq!(image.dimensions(), (50, 50), "{format:?}");
        }
    }
    let wide = png(
        &bytes_of(&halves(400, 100), ImageFormat::Jpeg),
        Shape::Square(50),
    )
    .await;
    assert_near(&wide, 4, 25, RED);
    assert_near(&wide, 45, 25, BLUE);
}

/// A JPEG with the Exif segment that cameras write, saying only how it was held.
pub(crate) fn held(orientation: u8, image: &DynamicImage) -> Vec<u8> {
    let jpeg = bytes_of(image, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut all = jpeg[..2].to_vec();
    all.extend([0xff, 0xe1]);
    all.extend((exif.len() as u16 + 2).to_be_bytes());
    all.extend(exif);
    all.extend(&jpeg[2..]);
    all
}

#[tokio::test]
async fn photos_are_turned_upright() {
    let wide = halves(400, 200);
    // Held so that the left side of the sensor was on top.
    let image = png(&held(6, &wide), BOX).await;
    assert_eq!(image.dimensions(), (15, 30));
    assert_near(&image, 7, 3, RED);
    assert_near(&image, 7, 26, BLUE);
    let image = png(&held(8, &wide), BOX).await;
    assert_eq!(image.dimensions(), (15, 30));
    assert_near(&image, 7, 3, BLUE);
    let image = png(&held(3, &wide), BOX).await;
    assert_eq!(image.dimensions(), (40, 20));
    assert_near(&image, 3, 10, BLUE);
    let image = png(&held(99, &wide), BOX).await;
    assert_near(&image, 3, 10, RED);
    // More was turned than shown: there must be enough pixels for the long side.
    let tall = png(&held(6, &halves(1600, 100)), BOX).await;
    assert_eq!(tall.dimensions(), (2, 30));
}

#[tokio::test]
async fn what_is_transparent_stays_so_or_becomes_white() {
    let image: DynamicImage = RgbaImage::from_fn(200, 100, |x, _| {
        // Green that nobody may see.
        Rgba(if x < 100 {
            [0, 255, 0, 0]
        } else {
            [20, 20, 220, 255]
        })
    })
    .into();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = bytes_of(&image, format);
        let picture = png(&bytes, BOX).await;
        assert_eq!(picture.get_pixel(5, 10).0[3], 0, "{format:?}");
        assert_near(&picture, 35, 10, BLUE);
        let edge = picture.get_pixel(20, 10).0;
        assert!(edge[1] < 60, "green shines through: {edge:?}");
        let jpeg = small(&bytes, BOX, Encoding::Jpeg(90)).await.unwrap();
        let jpeg = image::load_from_memory_with_format(&jpeg.bytes, ImageFormat::Jpeg).unwrap();
        assert_near(&jpeg, 5, 10, [255, 255, 255]);
    }
}

#[tokio::test]
async fn samples_of_other_depths_are_understood() {
    let image = halves(200, 100);
    for image in [
        DynamicImage::from(image.to_rgb16()),
        image.to_luma8().into(),
        image.to_luma16().into(),
        image.to_luma_alpha8().into(),
        image.to_rgba16().into(),
    ] {
        let picture = png(&bytes_of(&image, ImageFormat::Png), BOX).await;
        assert_eq!(picture.dimensions(), (40, 20));
    }
    let grey = bytes_of(&image.to_luma8().into(), ImageFormat::Jpeg);
    assert_eq!(png(&grey, BOX).await.dimensions(), (40, 20));
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 30)
        .encode_image(&image)
        .unwrap();
    assert_near(&png(&jpeg, BOX).await, 3, 10, RED);
}

#[tokio::test]
async fn what_a_file_claims_to_be_counts_for_nothing() {
    // Whatever the name was, the bytes are asked.
    for bytes in [
        &b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..],
        b"<?xml version=\"1.0\"?><svg/>",
        b"%PDF-1.7",
        b"",
        b"\0\0\x01\0\x01\0\x10\x10\0\0",
        b"not a picture at all, but long enough for any magic",
    ] {
        let refused = small(bytes, BOX, Encoding::Png).await;
        assert!(matches!(refused, Err(PictureError::Unknown)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_hundred_at_once_all_get_theirs() {
    let pictures = Pictures::new(2);
    let bytes = Bytes::from(bytes_of(&halves(1200, 900), ImageFormat::Png));
    let all = (0..100).map(|_| pictures.small_of(bytes.clone(), BOX, Encoding::Jpeg(80)));
    for picture in futures_util::future::join_all(all).await {
        assert_eq!(picture.unwrap().width, 40);
    }
}
