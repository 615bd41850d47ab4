//! From many pixels to few.

use super::{PictureError, Shape};
use fast_image_resize::{FilterType, MulDiv, ResizeAlg, ResizeOptions, Resizer};
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
    mut image: DynamicImage,
    orientation: Orientation,
    full: (u32, u32),
    shape: Shape,
) -> Result<DynamicImage, PictureError> {
    let (width, height) = shape.size(full, is_turned(orientation));
    let mut small = if (image.width(), image.height()) == (width, height) {
        image
    } else {
        // What cannot be seen must not shine through, and here it costs no copy of the picture.
        let has_alpha = image.color().has_alpha();
        let alpha = MulDiv::new();
        if has_alpha {
            alpha.multiply_alpha_inplace(&mut image).map_err(broken)?;
        }
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
            .fit_into_destination(Some((0.5, 0.5)))
            .use_alpha(false);
        let mut small = DynamicImage::new(width, height, image.color());
        Resizer::new()
            .resize(&image, &mut small, &options)
            .map_err(broken)?;
        drop(image);
        if has_alpha {
            alpha.divide_alpha_inplace(&mut small).map_err(broken)?;
        }
        small
    };
    small.apply_orientation(orientation);
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
