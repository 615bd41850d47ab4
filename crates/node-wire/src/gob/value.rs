//! A value as it is in a stream.

use std::sync::Arc;

/// What was read, or is to be written. Pointers are flattened away, zero fields are absent.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    /// Fields by name, in the order of the definition.
    Record(Vec<(Arc<str>, Value)>),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// Bytes of a type with an encoder of its own.
    Opaque(Vec<u8>),
    /// A value with the name of its type, or nothing.
    Any(Option<(Arc<str>, Box<Value>)>),
}

impl Value {
    /// A field of a record.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Record(fields) = self else {
            return None;
        };
        let mut fields = fields.iter();
        fields
            .find(|(one, _)| &**one == name)
            .map(|(_, value)| value)
    }

    /// The texts in a list, through the name of its type if there is one.
    pub fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::Any(Some((_, inner))) => inner.texts(),
            Self::List(all) => all
                .iter()
                .map(|one| match one {
                    Self::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}
