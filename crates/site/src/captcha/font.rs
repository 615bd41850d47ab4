//! A small alphabet for captchas: dots on a grid, joined to strokes.

/// Dots across a glyph.
pub(super) const COLUMNS: i32 = 5;
/// Dots down a glyph.
pub(super) const ROWS: i32 = 7;

/// Rows from the top, the leftmost dot in the highest of five bits.
type Glyph = [u8; ROWS as usize];

#[rustfmt::skip]
static GLYPHS: &[(char, Glyph)] = &[
    ('0', [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('2', [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111]),
    ('3', [0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110]),
    ('4', [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    ('5', [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    ('6', [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('7', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000]),
    ('8', [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    ('9', [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100]),
    ('A', [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('B', [0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110]),
    ('C', [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110]),
    ('D', [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110]),
    ('E', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111]),
    ('F', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000]),
    ('G', [0b01110, 0b10001, 0b10000, 0b10111, 0b10001, 0b10001, 0b01111]),
    ('H', [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('J', [0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100]),
    ('K', [0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001]),
    ('L', [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111]),
    ('M', [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001]),
    ('N', [0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001]),
    ('P', [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000]),
    ('Q', [0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101]),
    ('R', [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001]),
    ('S', [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110]),
    ('T', [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100]),
    ('U', [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('V', [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100]),
    ('W', [0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001]),
    ('X', [0b10001, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b10001]),
    ('Y', [0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100]),
    ('Z', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111]),
    ('+', [0b00000, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0b00000]),
    ('-', [0b00000, 0b00000, 0b00000, 0b11111, 0b00000, 0b00000, 0b00000]),
    ('×', [0b00000, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b00000]),
    ('=', [0b00000, 0b00000, 0b11111, 0b00000, 0b11111, 0b00000, 0b00000]),
    ('?', [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b00000, 0b00100]),
];

/// A straight line between two dots; a lone dot is one of no length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    from: (f32, f32),
    to: (f32, f32),
}

/// The strokes of a character, or of a question mark for one that the font lacks. Lengths are in
/// dots from the upper left.
pub(super) fn strokes(letter: char) -> Vec<Stroke> {
    let glyph = glyph(letter);
    let center = |column: i32, row: i32| (column as f32 + 0.5, row as f32 + 0.5);
    let mut strokes = Vec::new();
    for (column, row) in grid().filter(|(column, row)| dot(&glyph, *column, *row)) {
        strokes.push(Stroke {
            from: center(column, row),
            to: center(column, row),
        });
        for (right, down) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
            // Dots that touch by a corner are joined unless they are so already around it.
            let around = right != 0
                && down != 0
                && (dot(&glyph, column + right, row) || dot(&glyph, column, row + down));
            if dot(&glyph, column + right, row + down) && !around {
                let to = center(column + right, row + down);
                strokes.push(Stroke {
                    from: center(column, row),
                    to,
                });
            }
        }
    }
    strokes
}

/// How far a point is from the nearest stroke.
pub(super) fn distance(strokes: &[Stroke], x: f32, y: f32) -> f32 {
    strokes
        .iter()
        .map(|stroke| stroke.distance(x, y))
        .fold(f32::INFINITY, f32::min)
}

impl Stroke {
    fn distance(&self, x: f32, y: f32) -> f32 {
        let (along_x, along_y) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        let (x, y) = (x - self.from.0, y - self.from.1);
        let square = along_x * along_x + along_y * along_y;
        let share = if square > 0.0 {
            ((x * along_x + y * along_y) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (x - along_x * share).hypot(y - along_y * share)
    }
}

fn glyph(letter: char) -> Glyph {
    let find = |wanted| {
        GLYPHS
            .iter()
            .find(|(own, _)| *own == wanted)
            .map(|(_, glyph)| *glyph)
    };
    find(letter)
        .or_else(|| find('?'))
        .expect("the font has a question mark")
}

fn grid() -> impl Iterator<Item = (i32, i32)> {
    (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)))
}

fn dot(glyph: &[u8], column: i32, row: i32) -> bool {
    let inside = (0..COLUMNS).contains(&column) && (0..ROWS).contains(&row);
    inside && (glyph[row as usize] >> (COLUMNS - 1 - column)) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_captchas_show_has_its_own_dots() {
        let shown = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ+-×=?";
        for letter in shown.chars() {
            assert!(GLYPHS.iter().any(|(own, _)| *own == letter), "{letter}");
        }
        for (index, (letter, glyph)) in GLYPHS.iter().enumerate() {
            assert!(
                GLYPHS[..index].iter().all(|(_, other)| other != glyph),
                "{letter}"
            );
        }
    }

    #[test]
    fn strokes_join_neighbours_and_cut_no_corner() {
        // A bar of five dots: five dots and four joints.
        assert_eq!(strokes('-').len(), 9);
        // An L has a column of seven and a foot of five, one dot shared, and no diagonal.
        assert_eq!(strokes('L').len(), 11 + 10);
        // The arms of a cross meet only by corners.
        assert_eq!(strokes('×').len(), 9 + 8);
        assert_eq!(strokes('?'), strokes('€'));
    }

    #[test]
    fn distance_is_measured_to_the_nearest_stroke() {
        let minus = strokes('-');
        for (x, y, expected) in [
            (2.5, 3.5, 0.0),
            (3.0, 3.5, 0.0),
            (2.5, 1.5, 2.0),
            (6.5, 3.5, 2.0),
        ] {
            assert!((distance(&minus, x, y) - expected).abs() < 1e-6, "{x} {y}");
        }
    }
}
