//! What a WebP says about its size, compared with what is inside: its decoder would only look
//! when the pixels are there.

use super::PictureError;
use std::io::{BufRead, Seek};

/// Signature of the container, its length and kind.
const CONTAINER_BYTES: i64 = 12;
/// Of a chunk: kind and length.
const HEADER_BYTES: i64 = 8;
/// Place and size of an animation's frame.
const PLACE_BYTES: i64 = 16;
/// A frame up to its size (RFC 6386 9.1).
const FRAME_BYTES: i64 = 10;

/// Looks at the frames that may be decoded: the picture, and the first one of an animation.
/// What cannot be followed is left to the decoder, which follows the same way.
/// # Errors
/// `Broken` for a frame that is larger than the picture
pub fn check<R: BufRead + Seek>(mut reader: R, canvas: (u32, u32)) -> Result<(), PictureError> {
    if reader.seek_relative(CONTAINER_BYTES).is_err() {
        return Ok(());
    }
    let (mut pictures, mut animations) = (0, 0);
    while let Some((kind, length)) = chunk(&mut reader) {
        let mut used = 0;
        match &kind {
            b"VP8 " => {
                pictures += 1;
                if pictures == 1 {
                    used = frame(&mut reader, canvas)?;
                }
            }
            b"ANMF" => {
                animations += 1;
                if animations == 1 {
                    used = animated(&mut reader, canvas)?;
                }
            }
            _ => {}
        }
        if reader.seek_relative(length - used).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Kind and padded length of the chunk that begins here.
fn chunk(reader: &mut impl BufRead) -> Option<([u8; 4], i64)> {
    let mut header = [0; HEADER_BYTES as usize];
    reader.read_exact(&mut header).ok()?;
    let [k0, k1, k2, k3, l0, l1, l2, l3] = header;
    let length = i64::from(u32::from_le_bytes([l0, l1, l2, l3]));
    Some(([k0, k1, k2, k3], length + (length & 1)))
}

/// Looks at the first frame of an animation; answers how far that went.
fn animated<R: BufRead + Seek>(reader: &mut R, canvas: (u32, u32)) -> Result<i64, PictureError> {
    let mut used = PLACE_BYTES;
    if reader.seek_relative(PLACE_BYTES).is_err() {
        return Ok(used);
    }
    let Some((kind, length)) = chunk(reader) else {
        return Ok(used);
    };
    used += HEADER_BYTES;
    if &kind == b"ALPH" {
        if reader.seek_relative(length).is_err() || chunk(reader).is_none() {
            return Ok(used + length);
        }
        used += length + HEADER_BYTES;
    } else if &kind != b"VP8 " {
        return Ok(used);
    }
    Ok(used + frame(reader, canvas)?)
}

/// Looks at the size of a frame; answers how far that went.
fn frame(reader: &mut impl BufRead, (width, height): (u32, u32)) -> Result<i64, PictureError> {
    let mut start = [0; FRAME_BYTES as usize];
    if reader.read_exact(&mut start).is_err() {
        return Ok(FRAME_BYTES);
    }
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    if side(start[6], start[7]) > width || side(start[8], start[9]) > height {
        return Err(PictureError::Broken(
            "a frame is larger than the picture".to_owned(),
        ));
    }
    Ok(FRAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        let mut chunk = kind.to_vec();
        chunk.extend((body.len() as u32).to_le_bytes());
        chunk.extend(body);
        chunk.extend(vec![0; body.len() % 2]);
        chunk
    }

    fn checked(chunks: &[Vec<u8>]) -> bool {
        let mut all = b"RIFF\0\0\0\0WEBP".to_vec();
        for chunk in chunks {
            all.extend(chunk);
        }
        check(Cursor::new(all), (100, 50)).is_ok()
    }

    fn frame(width: u16, height: u16) -> Vec<u8> {
        let mut frame = vec![0, 0, 0, 0x9d, 1, 0x2a];
        frame.extend(width.to_le_bytes());
        frame.extend(height.to_le_bytes());
        chunk(*b"VP8 ", &frame)
    }

    #[test]
    fn frames_larger_than_the_picture_are_found_wherever_they_hide() {
        let other = chunk(*b"EXIF", b"odd");
        assert!(checked(&[other.clone(), frame(100, 50)]));
        assert!(!checked(&[other.clone(), frame(101, 50)]));
        assert!(!checked(&[frame(100, 16_383)]));
        let alpha = chunk(*b"ALPH", b"abc");
        for before in [vec![], alpha] {
            let moving = |frame: Vec<u8>| {
                let body = [vec![0; 16], before.clone(), frame].concat();
                chunk(*b"ANMF", &body)
            };
            assert!(checked(&[other.clone(), moving(frame(100, 50))]));
            assert!(!checked(&[other.clone(), moving(frame(100, 51))]));
            // Behind an animation that is fine.
            assert!(!checked(&[moving(frame(1, 1)), frame(100, 51)]));
        }
        // What does not go on is nobody's business here.
        assert!(checked(&[]) && checked(&[b"VP8 ".to_vec()]));
    }
}
