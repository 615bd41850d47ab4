//! Types, as definitions in a stream tell them.

/// What a type looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Bool,
    Int,
    Float,
    Bytes,
    Text,
    Any,
    Opaque(Opaque, &'static str),
    /// A name, which may be empty, and what is in it.
    List(&'static str, Box<Shape>),
    Map(&'static str, Box<(Shape, Shape)>),
    Record(&'static str, Vec<(&'static str, Shape)>),
}

/// By which interface of Go a type encodes itself; a reader insists on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opaque {
    Gob,
    Binary,
}

impl Shape {
    /// The id of a type that needs no definition.
    pub(super) fn basic_id(&self) -> Option<i64> {
        match self {
            Self::Bool => Some(1),
            Self::Int => Some(2),
            Self::Float => Some(4),
            Self::Bytes => Some(5),
            Self::Text => Some(6),
            Self::Any => Some(8),
            Self::Opaque(..) | Self::List(..) | Self::Map(..) | Self::Record(..) => None,
        }
    }
}
