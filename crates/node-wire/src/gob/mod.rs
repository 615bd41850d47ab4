//! Go's `gob`, as far as values of the wire need it: a stream of definitions and one value.
//!
//! Streams come from others. [`decode`] keeps to [`Bounds`] and nests at most 32 deep; everything else
//! it answers with an error. Nothing refers to ids of types,
//! which differ between processes: fields are matched by name, unknown ones are skipped.

mod decode;
mod encode;
mod reader;
mod record;
mod scalar;
mod shape;
mod value;

pub use decode::{decode, decode_within};
pub use encode::{FIRST_ID, encode, encode_from};
pub(crate) use record::{SECRET, record};
pub use scalar::{BitSet, Blob, Moment, Text, Unit};
pub use shape::{Opaque, Shape};
pub use value::Value;

use base64::{Engine, engine::general_purpose::STANDARD};

/// How much of a stream is read. A value takes some 60 bytes of memory, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub bytes: usize,
    pub values: usize,
}

impl Bounds {
    /// For answers of a few kilobytes, as most are.
    pub const ANSWER: Self = Self {
        bytes: 8 << 20,
        values: 200_000,
    };
    /// For what lies in a folder and below: some 400,000 files.
    pub const LISTING: Self = Self {
        bytes: 64 << 20,
        values: 3_000_000,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GobError {
    #[error("the stream ends within a value")]
    Truncated,
    #[error("the stream is not gob")]
    Malformed,
    #[error("the stream is larger or deeper than may be")]
    TooLarge,
    #[error("a value is of another kind than expected")]
    WrongKind,
}

/// A type with a place on the wire.
pub trait Gob: Sized + Default {
    fn shape() -> Shape;
    /// # Errors
    /// `WrongKind` for a value of another kind.
    fn of(value: &Value) -> Result<Self, GobError>;
    fn value(&self) -> Value;
    /// Whether a field with this is left out.
    fn is_zero(&self) -> bool;
}

/// What is in `data` of an answer.
///
/// # Errors
/// All of [`GobError`].
pub fn from_data<T: Gob>(data: &str) -> Result<T, GobError> {
    from_data_within(data, Bounds::ANSWER)
}

/// As [`from_data`], for answers of other sizes.
///
/// # Errors
/// All of [`GobError`].
pub fn from_data_within<T: Gob>(data: &str, bounds: Bounds) -> Result<T, GobError> {
    if data.len() / 4 * 3 > bounds.bytes + 2 {
        return Err(GobError::TooLarge);
    }
    let stream = STANDARD.decode(data).map_err(|_| GobError::Malformed)?;
    T::of(&decode_within(&stream, bounds)?)
}

/// What goes into `data` of an answer; never empty.
pub fn to_data<T: Gob>(value: &T) -> String {
    STANDARD.encode(encode(value))
}
