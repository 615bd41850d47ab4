//! Numbers and texts of a stream, message by message.

use super::GobError;

/// What is left of a stream, and of the message that is read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    message: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(stream: &'a [u8]) -> Self {
        Self {
            rest: stream,
            message: &[],
        }
    }

    /// Bytes of this message that are left.
    pub(super) fn left(&self) -> usize {
        self.message.len()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.message.is_empty() && self.rest.is_empty()
    }

    /// Goes on to the next message if this one is read.
    pub(super) fn begin(&mut self) -> Result<(), GobError> {
        while self.message.is_empty() {
            let length = uint(&mut self.rest)?;
            self.message = take(&mut self.rest, length)?;
        }
        Ok(())
    }

    pub(super) fn uint(&mut self) -> Result<u64, GobError> {
        uint(&mut self.message)
    }

    /// The sign is in the lowest bit.
    pub(super) fn int(&mut self) -> Result<i64, GobError> {
        let folded = self.uint()?;
        let half = (folded >> 1) as i64;
        Ok(if folded & 1 == 1 { !half } else { half })
    }

    /// IEEE bits, back to front.
    pub(super) fn float(&mut self) -> Result<f64, GobError> {
        Ok(f64::from_bits(self.uint()?.swap_bytes()))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], GobError> {
        let length = self.uint()?;
        take(&mut self.message, length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, GobError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| GobError::Malformed)
    }

    /// How many things follow. Each has a byte at least, so more than are left cannot be.
    pub(super) fn count(&mut self) -> Result<usize, GobError> {
        let count = self.uint()?;
        let count = usize::try_from(count).map_err(|_| GobError::Truncated)?;
        if count > self.left() {
            return Err(GobError::Truncated);
        }
        Ok(count)
    }
}

fn take<'a>(from: &mut &'a [u8], length: u64) -> Result<&'a [u8], GobError> {
    let length = usize::try_from(length).map_err(|_| GobError::Truncated)?;
    let (taken, rest) = from.split_at_checked(length).ok_or(GobError::Truncated)?;
    *from = rest;
    Ok(taken)
}

/// Below 128 one byte; else how many bytes follow, negated, and those.
fn uint(from: &mut &[u8]) -> Result<u64, GobError> {
    let first = take(from, 1)?[0];
    if first < 0x80 {
        return Ok(first.into());
    }
    let length = 256 - u64::from(first);
    if length > 8 {
        return Err(GobError::Malformed);
    }
    let digits = take(from, length)?;
    Ok(digits
        .iter()
        .fold(0, |sum, digit| sum << 8 | u64::from(*digit)))
}
