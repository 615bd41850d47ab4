//! Pictures that a human reads more easily than a program.
//!
//! Drawn from a font of our own, so no file of the host is needed. Answers are kept by the caller
//! and compared with [`matches`].

mod font;
mod picture;

use rand::{CryptoRng, Rng as _};
use subtle::ConstantTimeEq as _;

/// How to draw. Extremes are cut to what can be drawn: 1 to 10 characters, 60 to 1000 pixels
/// wide, 24 to 400 high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptchaOptions {
    pub mode: CaptchaMode,
    /// Characters to read; arithmetic has its own length.
    pub length: u32,
    pub width: u32,
    pub height: u32,
    /// More of the faint letters.
    pub dense_text: bool,
    /// More dots.
    pub dense_dots: bool,
    pub hollow_line: bool,
    pub noise_dots: bool,
    pub noise_text: bool,
    pub slime_line: bool,
    pub sine_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaMode {
    Digits,
    Letters,
    /// A sum, difference or product; the answer is its result.
    Arithmetic,
    Mixed,
}

/// A picture and what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Captcha {
    pub answer: String,
    pub png: Vec<u8>,
}

impl Default for CaptchaOptions {
    fn default() -> Self {
        Self {
            mode: CaptchaMode::Mixed,
            length: 6,
            width: 240,
            height: 60,
            dense_text: false,
            dense_dots: false,
            hollow_line: false,
            noise_dots: true,
            noise_text: false,
            slime_line: true,
            sine_line: false,
        }
    }
}

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Without characters that are taken for one another: 0 O, 1 I L, 2 Z, 5 S, 8 B.
const MIXED: &[u8] = b"34679ACDEFGHJKMNPQRTUVWXY";

impl Captcha {
    /// Draws a new one. The generator must be one whose numbers cannot be foretold.
    pub fn draw<R: CryptoRng>(options: &CaptchaOptions, rng: &mut R) -> Self {
        let (text, answer) = match options.mode {
            CaptchaMode::Digits => word(DIGITS, options.length, rng),
            CaptchaMode::Letters => word(LETTERS, options.length, rng),
            CaptchaMode::Mixed => word(MIXED, options.length, rng),
            CaptchaMode::Arithmetic => arithmetic(rng),
        };
        Self {
            png: picture::draw(&text, options, rng),
            answer,
        }
    }
}

/// Whether an answer is the expected one, whatever its case and the blanks around it. Takes the
/// same time wherever the two differ.
pub fn matches(expected: &str, given: &str) -> bool {
    let (expected, given) = (
        expected.to_ascii_lowercase(),
        given.trim().to_ascii_lowercase(),
    );
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

/// Text and answer are the same.
fn word<R: CryptoRng>(alphabet: &[u8], length: u32, rng: &mut R) -> (String, String) {
    let letter = |_| char::from(alphabet[rng.random_range(0..alphabet.len())]);
    let word: String = (0..length.clamp(1, 10)).map(letter).collect();
    (word.clone(), word)
}

/// Results are never negative.
fn arithmetic<R: CryptoRng>(rng: &mut R) -> (String, String) {
    let (sign, left, right, result) = match rng.random_range(0..3) {
        0 => {
            let (a, b) = (rng.random_range(1..50_u32), rng.random_range(1..50));
            ('+', a, b, a + b)
        }
        1 => {
            let b = rng.random_range(1..50_u32);
            let result = rng.random_range(0..50);
            ('-', b + result, b, result)
        }
        _ => {
            let (a, b) = (rng.random_range(2..10_u32), rng.random_range(2..10));
            ('×', a, b, a * b)
        }
    };
    (format!("{left}{sign}{right}=?"), result.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn rng(seed: u64) -> StdRng {
        StdRng::seed_from_u64(seed)
    }

    fn options(mode: CaptchaMode, length: u32) -> CaptchaOptions {
        CaptchaOptions {
            mode,
            length,
            ..CaptchaOptions::default()
        }
    }

    #[test]
    fn answers_use_the_alphabet_and_length_of_their_mode() {
        for (mode, alphabet) in [
            (CaptchaMode::Digits, DIGITS),
            (CaptchaMode::Letters, LETTERS),
            (CaptchaMode::Mixed, MIXED),
        ] {
            for (asked, given) in [(0, 1), (1, 1), (6, 6), (10, 10), (99, 10)] {
                let captcha = Captcha::draw(&options(mode, asked), &mut rng(asked.into()));
                assert_eq!(captcha.answer.len(), given);
                assert!(captcha.answer.bytes().all(|byte| alphabet.contains(&byte)));
            }
        }
    }

    #[test]
    fn arithmetic_is_answered_by_its_result() {
        let mut rng = rng(7);
        for _ in 0..200 {
            let (text, answer) = arithmetic(&mut rng);
            let task = text.strip_suffix("=?").unwrap();
            let at = task.find(['+', '-', '×']).unwrap();
            let sign = task[at..].chars().next().unwrap();
            let left: i64 = task[..at].parse().unwrap();
            let right: i64 = task[at + sign.len_utf8()..].parse().unwrap();
            let result = match sign {
                '+' => left + right,
                '-' => left - right,
                _ => left * right,
            };
            assert_eq!(answer, result.to_string(), "{text}");
            assert!(result >= 0);
        }
    }

    #[test]
    fn the_picture_is_a_png_of_the_size_asked_for() {
        for (width, height, expected) in [
            (240, 60, (240, 60)),
            (1, 1, (60, 24)),
            (9999, 9999, (1000, 400)),
        ] {
            let options = CaptchaOptions {
                width,
                height,
                ..CaptchaOptions::default()
            };
            let captcha = Captcha::draw(&options, &mut rng(1));
            let picture =
                image::load_from_memory_with_format(&captcha.png, image::ImageFormat::Png).unwrap();
            assert_eq!((picture.width(), picture.height()), expected);
        }
    }

    #[test]
    fn every_noise_and_mode_can_be_drawn() {
        for mode in [
            CaptchaMode::Digits,
            CaptchaMode::Letters,
            CaptchaMode::Arithmetic,
            CaptchaMode::Mixed,
        ] {
            let options = CaptchaOptions {
                mode,
                dense_text: true,
                dense_dots: true,
                hollow_line: true,
                noise_text: true,
                sine_line: true,
                ..CaptchaOptions::default()
            };
            let plain = CaptchaOptions {
                mode,
                ..CaptchaOptions::default()
            };
            let noisy = Captcha::draw(&options, &mut rng(3));
            let calm = Captcha::draw(&plain, &mut rng(3));
            assert_eq!(noisy.answer, calm.answer);
            assert_ne!(noisy.png, calm.png);
        }
    }

    #[test]
    fn two_draws_differ() {
        let mut rng = rng(5);
        let options = CaptchaOptions::default();
        let (one, two) = (
            Captcha::draw(&options, &mut rng),
            Captcha::draw(&options, &mut rng),
        );
        assert_ne!(one.answer, two.answer);
        assert_ne!(one.png, two.png);
    }

    #[test]
    fn answers_are_compared_without_case() {
        assert!(matches("AB3K", "ab3k"));
        assert!(matches("AB3K", " Ab3k "));
        assert!(!matches("AB3K", "AB3"));
        assert!(!matches("AB3K", ""));
        assert!(!matches("AB3K", "AB3KX"));
    }
}
