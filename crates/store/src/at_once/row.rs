//! Values on their way into SQLite, and rows on their way out.

use rusqlite::ToSql;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use sea_orm::Value;
use sea_orm::sea_query::{ColumnType, ValueType};
use std::cell::Cell;

/// A row of a short read.
pub(crate) struct Row<'a> {
    columns: &'a rusqlite::Row<'a>,
    prefix: &'static str,
    /// Where the next column is likely to be.
    next: Cell<usize>,
}

/// What can be made of a row of a short read.
pub(crate) trait OfRow: Sized {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// Makes types of rows: the columns have the names of the fields.
macro_rules! rows_of {
    ($($type:ty { $($field:ident),+ $(,)? })+) => {$(
        impl $crate::at_once::OfRow for $type {
            fn of_row(row: &$crate::at_once::Row<'_>) -> rusqlite::Result<Self> {
                Ok(Self { $($field: row.get(stringify!($field))?),+ })
            }
        }
    )+};
}
pub(crate) use rows_of;

impl<'a> Row<'a> {
    pub(super) fn of(row: &'a rusqlite::Row<'a>) -> Self {
        Self {
            columns: row,
            prefix: "",
            next: Cell::new(0),
        }
    }

    /// The same with columns whose names begin like this.
    pub fn with_prefix(&self, prefix: &'static str) -> Self {
        Self {
            columns: self.columns,
            prefix,
            next: self.next.clone(),
        }
    }

    /// The value of a column.
    pub fn get<T: ValueType>(&self, name: &str) -> rusqlite::Result<T> {
        self.at(self.place_of(name)?)
    }

    /// The value of a column by its place.
    pub fn at<T: ValueType>(&self, place: usize) -> rusqlite::Result<T> {
        let cell = self.columns.get_ref(place)?;
        let wanted = T::column_type();
        let value = value_of(cell, &wanted);
        value
            .and_then(|value| T::try_from(value).ok())
            .ok_or_else(|| {
                rusqlite::Error::InvalidColumnType(place, format!("{wanted:?}"), cell.data_type())
            })
    }

    /// Columns mostly come in the order in which they are asked for.
    fn place_of(&self, name: &str) -> rusqlite::Result<usize> {
        let columns = self.columns.as_ref();
        let count = columns.column_count();
        let first = self.next.get();
        let is_it = |place: &usize| {
            let column = columns.column_name(*place).unwrap_or_default();
            column.strip_prefix(self.prefix) == Some(name)
        };
        let places = (first..count).chain(0..first.min(count));
        let place = { places }.find(is_it);
        let place = place.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        self.next.set(place + 1);
        Ok(place)
    }
}

/// A value in the form in which this type of column has it. `None`: it is of another type.
fn value_of(cell: ValueRef<'_>, wanted: &ColumnType) -> Option<Value> {
    let number = match cell {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Null => None,
        ValueRef::Text(text) => return text_of(text, wanted),
        ValueRef::Blob(bytes) => return is_bytes(wanted).then(|| Value::from(bytes.to_vec())),
        ValueRef::Real(_) => return None,
    };
    Some(match wanted {
        ColumnType::BigInteger => Value::BigInt(number),
        ColumnType::Integer => Value::Int(number.map(TryFrom::try_from).transpose().ok()?),
        ColumnType::SmallInteger => {
            Value::SmallInt(number.map(TryFrom::try_from).transpose().ok()?)
        }
        ColumnType::Boolean => Value::Bool(number.map(|number| number != 0)),
        // Only nothing can be of every type.
        _ if number.is_some() => return None,
        ColumnType::Json | ColumnType::JsonBinary => Value::Json(None),
        wanted if is_bytes(wanted) => Value::Bytes(None),
        _ => Value::String(None),
    })
}

fn text_of(text: &[u8], wanted: &ColumnType) -> Option<Value> {
    match wanted {
        ColumnType::Json | ColumnType::JsonBinary => {
            let json: serde_json::Value = serde_json::from_slice(text).ok()?;
            Some(Value::from(json))
        }
        ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_) => {
            Some(Value::from(std::str::from_utf8(text).ok()?))
        }
        _ => None,
    }
}

fn is_bytes(wanted: &ColumnType) -> bool {
    matches!(
        wanted,
        ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob
    )
}

/// A value of a statement.
pub(super) struct Bound<'a>(pub &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        fn number<'a>(number: Option<impl Into<i64>>) -> ToSqlOutput<'a> {
            number.map_or(Null.into(), |number| number.into().into())
        }
        let borrowed = |value| ToSqlOutput::Borrowed(value);
        Ok(match self.0 {
            Value::Bool(value) => number(*value),
            Value::SmallInt(value) => number(*value),
            Value::Int(value) => number(*value),
            Value::BigInt(value) => number(*value),
            Value::String(Some(text)) => borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(Some(bytes)) => borrowed(ValueRef::Blob(bytes)),
            Value::String(None) | Value::Bytes(None) => Null.into(),
            // Nothing that is read by is of another type.
            _ => {
                return Err(rusqlite::Error::ToSqlConversionFailure(
                    "no such type".into(),
                ));
            }
        })
    }
}
