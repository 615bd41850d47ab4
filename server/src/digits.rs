//! Numbers in texts of a fixed length. Formatting them in general is slow, and listings are full of
//! times.

/// Fills a field with the last digits of a number.
pub fn put(field: &mut [u8], mut number: u32) {
    for digit in field.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
