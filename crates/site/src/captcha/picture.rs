//! Putting letters and noise on a canvas.

use std::f32::consts::TAU;

use image::{Rgb, RgbImage};
use rand::{CryptoRng, Rng as _};

use super::CaptchaOptions;
use super::font::{self, COLUMNS, ROWS};

/// Draws the text with the noise asked for, and encodes it as PNG.
pub(super) fn draw<R: CryptoRng>(text: &str, options: &CaptchaOptions, rng: &mut R) -> Vec<u8> {
    let (width, height) = (options.width.clamp(60, 1000), options.height.clamp(24, 400));
    let mut canvas = Canvas(RgbImage::from_pixel(width, height, shade(rng, 235..=255)));
    if options.noise_text {
        let count = if options.dense_text { 24 } else { 12 };
        noise_text(&mut canvas, count, rng);
    }
    letters(&mut canvas, text, rng);
    if options.noise_dots {
        let area = width * height;
        noise_dots(
            &mut canvas,
            area / if options.dense_dots { 60 } else { 160 },
            rng,
        );
    }
    let stroke = (height as f32 / 30.0).max(1.0);
    if options.slime_line {
        for _ in 0..2 {
            wave(&mut canvas, stroke * 0.7, 0.6, &[0.0], rng);
        }
    }
    if options.sine_line {
        wave(&mut canvas, stroke, 2.0, &[0.0], rng);
    }
    if options.hollow_line {
        wave(
            &mut canvas,
            stroke * 0.5,
            1.2,
            &[-2.0 * stroke, 2.0 * stroke],
            rng,
        );
    }
    ripple(&canvas, rng).encode()
}

/// Each letter in its own cell, turned, shifted, stretched and coloured at random.
fn letters<R: CryptoRng>(canvas: &mut Canvas, text: &str, rng: &mut R) {
    let (width, height) = canvas.size();
    let count = text.chars().count() as f32;
    let cell = width * 0.94 / count;
    let dot = (cell / (COLUMNS as f32 + 1.0)).min(height * 0.62 / ROWS as f32);
    for (index, letter) in text.chars().enumerate() {
        let stamp = Stamp {
            letter,
            x: width * 0.03 + cell * (index as f32 + 0.5) + dot * rng.random_range(-0.4..0.4),
            y: height * 0.5 + height * rng.random_range(-0.07..0.07),
            dot_width: dot * rng.random_range(0.85..1.05),
            dot_height: dot * rng.random_range(0.9..1.1),
            angle: rng.random_range(-0.3..0.3),
            color: shade(rng, 20..=130),
        };
        canvas.stamp(&stamp);
    }
}

/// Small faint letters behind the real ones.
fn noise_text<R: CryptoRng>(canvas: &mut Canvas, count: u32, rng: &mut R) {
    let (width, height) = canvas.size();
    for _ in 0..count {
        let letters = super::MIXED;
        let dot = height / 45.0;
        let stamp = Stamp {
            letter: char::from(letters[rng.random_range(0..letters.len())]),
            x: width * rng.random::<f32>(),
            y: height * rng.random::<f32>(),
            dot_width: dot,
            dot_height: dot,
            angle: rng.random_range(-0.8..0.8),
            color: shade(rng, 150..=215),
        };
        canvas.stamp(&stamp);
    }
}

fn noise_dots<R: CryptoRng>(canvas: &mut Canvas, count: u32, rng: &mut R) {
    let (width, height) = canvas.size();
    let radius = (height / 60.0).max(0.8);
    for _ in 0..count {
        let (x, y) = (width * rng.random::<f32>(), height * rng.random::<f32>());
        let color = shade(rng, 40..=200);
        canvas.disc(x, y, radius * rng.random_range(0.6..1.2), color);
    }
}

/// A wavy line across the canvas, once for each offset in height; two make a hollow one.
fn wave<R: CryptoRng>(
    canvas: &mut Canvas,
    radius: f32,
    periods: f32,
    offsets: &[f32],
    rng: &mut R,
) {
    let (width, height) = canvas.size();
    let color = shade(rng, 40..=150);
    let middle = height * rng.random_range(0.3..0.7);
    let swing = height * rng.random_range(0.1..0.3);
    let phase = rng.random_range(0.0..TAU);
    let slope = height * rng.random_range(-0.2..0.2);
    let y_at = |x: f32| {
        let along = x / width;
        middle + swing * (phase + TAU * periods * along).sin() + slope * (along - 0.5)
    };
    for x in (0..canvas.0.width() * 2).map(|step| step as f32 / 2.0) {
        for offset in offsets {
            canvas.disc(x, y_at(x) + offset, radius, color);
        }
    }
}

/// Bends the whole picture, so that letters have no straight edges.
fn ripple<R: CryptoRng>(canvas: &Canvas, rng: &mut R) -> Canvas {
    let (width, height) = canvas.size();
    let swing = height * rng.random_range(0.03..0.06);
    let (phase_x, phase_y) = (rng.random_range(0.0..TAU), rng.random_range(0.0..TAU));
    let picture = &canvas.0;
    Canvas(RgbImage::from_fn(
        picture.width(),
        picture.height(),
        |x, y| {
            let (x, y) = (x as f32, y as f32);
            let from_x = x + swing * (phase_x + TAU * y / height).sin();
            let from_y = y + swing * (phase_y + TAU * 2.0 * x / width).sin();
            canvas.sample(from_x, from_y)
        },
    ))
}

/// A random colour with channels in that range.
fn shade<R: CryptoRng>(rng: &mut R, range: std::ops::RangeInclusive<u8>) -> Rgb<u8> {
    Rgb([(); 3].map(|()| rng.random_range(range.clone())))
}

/// One letter and how it lies; lengths in pixels, the position is its centre.
struct Stamp {
    letter: char,
    x: f32,
    y: f32,
    dot_width: f32,
    dot_height: f32,
    /// Radians.
    angle: f32,
    color: Rgb<u8>,
}

/// Half the width of a stroke, in dots.
const PEN_RADIUS: f32 = 0.42;

struct Canvas(RgbImage);

impl Canvas {
    fn size(&self) -> (f32, f32) {
        (self.0.width() as f32, self.0.height() as f32)
    }

    fn stamp(&mut self, stamp: &Stamp) {
        let strokes = font::strokes(stamp.letter);
        let (sin, cos) = stamp.angle.sin_cos();
        let (columns, rows) = (COLUMNS as f32, ROWS as f32);
        let reach = (columns * stamp.dot_width).hypot(rows * stamp.dot_height) / 2.0 + 1.0;
        self.blend_around(stamp.x, stamp.y, reach, stamp.color, |dx, dy| {
            let column = (dx * cos + dy * sin) / stamp.dot_width + columns / 2.0;
            let row = (dy * cos - dx * sin) / stamp.dot_height + rows / 2.0;
            let depth = PEN_RADIUS - font::distance(&strokes, column, row);
            // Edges are one pixel soft.
            (depth * stamp.dot_width + 0.5).clamp(0.0, 1.0)
        });
    }

    fn disc(&mut self, x: f32, y: f32, radius: f32, color: Rgb<u8>) {
        self.blend_around(x, y, radius + 1.0, color, |dx, dy| {
            (radius + 0.5 - dx.hypot(dy)).clamp(0.0, 1.0)
        });
    }

    /// Lays a colour over the pixels within `reach`, as opaque as `cover` of the distance says.
    fn blend_around(
        &mut self,
        x: f32,
        y: f32,
        reach: f32,
        color: Rgb<u8>,
        cover: impl Fn(f32, f32) -> f32,
    ) {
        let (width, height) = self.size();
        let columns = (x - reach).max(0.0) as u32..(x + reach).clamp(0.0, width) as u32;
        let rows = (y - reach).max(0.0) as u32..(y + reach).clamp(0.0, height) as u32;
        for row in rows {
            for column in columns.clone() {
                let share = cover(column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                let pixel = self.0.get_pixel_mut(column, row);
                *pixel = mix(*pixel, color, share);
            }
        }
    }

    /// The colour between pixels; beyond the edge it is that of the edge.
    fn sample(&self, x: f32, y: f32) -> Rgb<u8> {
        let (width, height) = self.size();
        let (x, y) = (x.clamp(0.0, width - 1.0), y.clamp(0.0, height - 1.0));
        let (left, top) = (x as u32, y as u32);
        let right = (left + 1).min(self.0.width() - 1);
        let bottom = (top + 1).min(self.0.height() - 1);
        let at = |x, y| *self.0.get_pixel(x, y);
        let upper = mix(at(left, top), at(right, top), x.fract());
        let lower = mix(at(left, bottom), at(right, bottom), x.fract());
        mix(upper, lower, y.fract())
    }

    fn encode(self) -> Vec<u8> {
        ::picture::png(self.0).expect("memory takes every byte")
    }
}

/// `share` of the second colour, 0 to 1.
fn mix(under: Rgb<u8>, over: Rgb<u8>, share: f32) -> Rgb<u8> {
    let channel = |index: usize| {
        let (under, over) = (f32::from(under.0[index]), f32::from(over.0[index]));
        (under + (over - under) * share).round() as u8
    };
    Rgb([channel(0), channel(1), channel(2)])
}
