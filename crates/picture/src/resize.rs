//! From many pixels to few.

use super::{PictureError, Shape};
use fast_image_resize::pixels::{U8, U8x3, U8x4};
use fast_image_resize::{
    FilterType, IntoImageView as _, IntoImageViewMut as _, MulDiv, PixelTrait, ResizeAlg,
    ResizeOptions, Resizer,
};
use image::DynamicImage;
use image::metadata::Orientation;

impl Shape {
    /// Pixels of the whole picture before it is turned upright, from which the small one is made
    /// without enlarging anything that was reduced before: at most what there is.
    pub(super) fn wanted(self, (width, height): (u32, u32), turned: bool) -> (u32, u32) {
        let (across, down) = self.turned(turned);
        let (x, y) = (
            f64::from(across) / f64::from(width),
            f64::from(down) / f64::from(height),
        );
        let scale = match self {
            Self::Within { .. } => x.min(y),
            Self::Square(_) => x.max(y),
        };
        let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).clamp(1, side);
        (scaled(width), scaled(height))
    }

    fn turned(self, turned: bool) -> (u32, u32) {
        match self {
            Self::Within { width, height } if turned => (height, width),
            Self::Within { width, height } => (width, height),
            Self::Square(side) => (side, side),
        }
    }

    /// Of the small picture, before it is turned upright. `full` is the whole picture's size.
    fn size(self, full: (u32, u32), turned: bool) -> (u32, u32) {
        match self {
            Self::Within { .. } => self.wanted(full, turned),
            Self::Square(side) => (side, side),
        }
    }
}

/// Whether width and height change their places.
pub fn is_turned(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Reduces a picture and turns it upright. `full` is the size it had before it was decoded.
pub fn reduce(
    image: DynamicImage,
    orientation: Orientation,
    full: (u32, u32),
    shape: Shape,
) -> Result<DynamicImage, PictureError> {
    let (width, height) = shape.size(full, is_turned(orientation));
    let mut small = if (image.width(), image.height()) == (width, height) {
        image
    } else {
        match with_bytes(image) {
            image @ DynamicImage::ImageLuma8(_) => resized::<U8>(&image, width, height)?,
            image @ DynamicImage::ImageRgb8(_) => resized::<U8x3>(&image, width, height)?,
            image => resized_with_alpha(image, width, height)?,
        }
    };
    small.apply_orientation(orientation);
    Ok(small)
}

/// The same picture with a byte a channel, as one of the three kinds that are resized: code for
/// each kind is large. What is written in the end has no more.
fn with_bytes(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => {
            image
        }
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        image if image.color().has_alpha() => image.into_rgba8().into(),
        image => image.into_rgb8().into(),
    }
}

fn resized<P: PixelTrait>(
    image: &DynamicImage,
    width: u32,
    height: u32,
) -> Result<DynamicImage, PictureError> {
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
        .fit_into_destination(Some((0.5, 0.5)))
        .use_alpha(false);
    let mut small = DynamicImage::new(width, height, image.color());
    let (Some(from), Some(mut to)) = (image.image_view::<P>(), small.image_view_mut::<P>()) else {
        return Err(broken("its pixels are of another kind"));
    };
    Resizer::new()
        .resize_typed(&from, &mut to, &options)
        .map_err(broken)?;
    drop(to);
    Ok(small)
}

/// What cannot be seen must not shine through, and here it costs no copy of the picture.
fn resized_with_alpha(
    mut image: DynamicImage,
    width: u32,
    height: u32,
) -> Result<DynamicImage, PictureError> {
    let alpha = MulDiv::new();
    let of = |image: &mut DynamicImage, multiply: bool| {
        let pixels = image.image_view_mut::<U8x4>();
        let mut pixels = pixels.ok_or_else(|| broken("its pixels are of another kind"))?;
        let done = if multiply {
            alpha.multiply_alpha_inplace_typed(&mut pixels)
        } else {
            alpha.divide_alpha_inplace_typed(&mut pixels)
        };
        done.map_err(broken)
    };
    of(&mut image, true)?;
    let mut small = resized::<U8x4>(&image, width, height)?;
    of(&mut small, false)?;
    Ok(small)
}

fn broken(error: impl std::fmt::Display) -> PictureError {
    PictureError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_keeps_proportions_and_never_enlarges() {
        let shape = Shape::Within {
            width: 400,
            height: 300,
        };
        for (full, small) in [
            ((4000, 3000), (400, 300)),
            ((4000, 1000), (400, 100)),
            ((1000, 4000), (75, 300)),
            ((40, 30), (40, 30)),
            ((65_000, 1), (400, 1)),
        ] {
            assert_eq!(shape.size(full, false), small, "{full:?}");
        }
        assert_eq!(shape.size((3000, 4000), true), (300, 400));
    }

    #[test]
    fn a_square_is_covered() {
        let shape = Shape::Square(200);
        assert_eq!(shape.size((10, 3000), false), (200, 200));
        assert_eq!(shape.wanted((4000, 3000), false), (267, 200));
        assert_eq!(shape.wanted((10, 3000), false), (10, 3000));
    }
}
