//! What fields are made of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Gob, GobError, Opaque, Shape, Value};

/// From year 1 to 1970, in seconds.
const TO_1970: i64 = 62_135_596_800;

macro_rules! scalar {
    ($type:ty, $kind:ident, $zero:expr) => {
        impl Gob for $type {
            fn shape() -> Shape {
                Shape::$kind
            }
            fn of(value: &Value) -> Result<Self, GobError> {
                match value {
                    Value::$kind(value) => Ok(value.clone()),
                    _ => Err(GobError::WrongKind),
                }
            }
            fn value(&self) -> Value {
                Value::$kind(self.clone())
            }
            fn is_zero(&self) -> bool {
                *self == $zero
            }
        }
    };
}

scalar!(bool, Bool, false);
scalar!(i64, Int, 0);
scalar!(f64, Float, 0.0);
scalar!(String, Text, "");

/// Bytes, which are not a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

/// A moment in UTC; the default is the zero time of Go, the beginning of year 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub DateTime<Utc>);

/// A value that is a text of its own type, as a URI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub String);

/// The bytes of a bit set, lowest bits first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitSet(pub Vec<u8>);

/// A value without content: `struct{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unit;

impl Default for Moment {
    fn default() -> Self {
        Self(DateTime::from_timestamp(-TO_1970, 0).expect("year 1 is in range"))
    }
}

impl Gob for Moment {
    fn shape() -> Shape {
        Shape::Opaque(Opaque::Gob, "Time")
    }

    /// Version, seconds since year 1, nanoseconds, offset in minutes; version 2 has seconds of it, too.
    fn of(value: &Value) -> Result<Self, GobError> {
        let Value::Opaque(bytes) = value else {
            return Err(GobError::WrongKind);
        };
        if !matches!((bytes.len(), bytes.first()), (15, Some(1)) | (16, Some(2))) {
            return Err(GobError::Malformed);
        }
        let seconds = bytes[1..9].try_into().map(i64::from_be_bytes);
        let nanoseconds = bytes[9..13].try_into().map(u32::from_be_bytes);
        let (Ok(seconds), Ok(nanoseconds)) = (seconds, nanoseconds) else {
            return Err(GobError::Malformed);
        };
        if nanoseconds >= 1_000_000_000 {
            return Err(GobError::Malformed);
        }
        let unix = seconds.checked_sub(TO_1970).ok_or(GobError::Malformed)?;
        let moment = DateTime::from_timestamp(unix, nanoseconds);
        moment.map(Self).ok_or(GobError::Malformed)
    }

    fn value(&self) -> Value {
        let mut bytes = vec![1];
        bytes.extend((self.0.timestamp() + TO_1970).to_be_bytes());
        // A leap second is a second and more; Go knows none.
        let nanoseconds = self.0.timestamp_subsec_nanos().min(999_999_999);
        bytes.extend(nanoseconds.to_be_bytes());
        bytes.extend((-1i16).to_be_bytes());
        Value::Opaque(bytes)
    }

    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl Gob for Blob {
    fn shape() -> Shape {
        Shape::Bytes
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        match value {
            Value::Bytes(bytes) => Ok(Self(bytes.clone())),
            _ => Err(GobError::WrongKind),
        }
    }
    fn value(&self) -> Value {
        Value::Bytes(self.0.clone())
    }
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Gob for Text {
    fn shape() -> Shape {
        Shape::Opaque(Opaque::Binary, "URI")
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        let Value::Opaque(bytes) = value else {
            return Err(GobError::WrongKind);
        };
        let text = String::from_utf8(bytes.clone());
        text.map(Self).map_err(|_| GobError::Malformed)
    }
    fn value(&self) -> Value {
        Value::Opaque(self.0.clone().into_bytes())
    }
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Gob for BitSet {
    fn shape() -> Shape {
        Shape::Opaque(Opaque::Binary, "BooleanSet")
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        match value {
            Value::Opaque(bytes) => Ok(Self(bytes.clone())),
            _ => Err(GobError::WrongKind),
        }
    }
    fn value(&self) -> Value {
        Value::Opaque(self.0.clone())
    }
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Gob for Unit {
    fn shape() -> Shape {
        Shape::Record("", Vec::new())
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        match value {
            Value::Record(_) => Ok(Self),
            _ => Err(GobError::WrongKind),
        }
    }
    fn value(&self) -> Value {
        Value::Record(Vec::new())
    }
    fn is_zero(&self) -> bool {
        false
    }
}

impl<T: Gob> Gob for Option<T> {
    fn shape() -> Shape {
        T::shape()
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        T::of(value).map(Some)
    }
    /// Only what is there is asked for its value.
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Any(None), Gob::value)
    }
    fn is_zero(&self) -> bool {
        self.as_ref().is_none_or(Gob::is_zero)
    }
}

impl<T: Gob> Gob for Vec<T> {
    fn shape() -> Shape {
        Shape::List("", Box::new(T::shape()))
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        match value {
            Value::List(all) => all.iter().map(T::of).collect(),
            _ => Err(GobError::WrongKind),
        }
    }
    fn value(&self) -> Value {
        Value::List(self.iter().map(Gob::value).collect())
    }
    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<K: Gob + Ord, T: Gob> Gob for BTreeMap<K, T> {
    fn shape() -> Shape {
        Shape::Map("", Box::new((K::shape(), T::shape())))
    }
    fn of(value: &Value) -> Result<Self, GobError> {
        let Value::Map(all) = value else {
            return Err(GobError::WrongKind);
        };
        let pairs = all.iter();
        pairs
            .map(|(key, one)| Ok((K::of(key)?, T::of(one)?)))
            .collect()
    }
    fn value(&self) -> Value {
        let pairs = self.iter().map(|(key, one)| (key.value(), one.value()));
        Value::Map(pairs.collect())
    }
    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}
