//! A stream becomes a value, within bounds.

use std::collections::HashMap;
use std::sync::Arc;

use super::reader::Reader;
use super::{Bounds, GobError, Value};

/// Deepest nesting; what peers send has about eight levels.
const MAX_DEPTH: usize = 32;
/// Most definitions in a stream, and fields in each; peers send some fifty.
const MAX_TYPES: usize = 1_000;
const MAX_FIELDS: usize = 1_000;

#[derive(Clone)]
enum Definition {
    List(i64),
    Map(i64, i64),
    Record(Arc<[(Arc<str>, i64)]>),
    Opaque,
}

/// Reads one value, to the end of the stream, within [`Bounds::ANSWER`].
///
/// # Errors
/// `Truncated`, `Malformed` (bytes after the value, too), `TooLarge`.
pub fn decode(stream: &[u8]) -> Result<Value, GobError> {
    decode_within(stream, Bounds::ANSWER)
}

/// As [`decode`], within other bounds.
///
/// # Errors
/// As [`decode`].
pub fn decode_within(stream: &[u8], bounds: Bounds) -> Result<Value, GobError> {
    if stream.len() > bounds.bytes {
        return Err(GobError::TooLarge);
    }
    let mut decoder = Decoder {
        reader: Reader::new(stream),
        types: HashMap::new(),
        values_left: bounds.values,
    };
    let id = decoder.type_id(false)?;
    let value = decoder.top(id, MAX_DEPTH)?;
    if !decoder.reader.is_at_end() {
        return Err(GobError::Malformed);
    }
    Ok(value)
}

struct Decoder<'a> {
    reader: Reader<'a>,
    types: HashMap<i64, Definition>,
    values_left: usize,
}

impl Decoder<'_> {
    /// The id of the value that follows, after the definitions before it.
    fn type_id(&mut self, in_any: bool) -> Result<i64, GobError> {
        loop {
            self.reader.begin()?;
            let id = self.reader.int()?;
            if id >= 0 {
                return Ok(id);
            }
            let id = id.checked_neg().ok_or(GobError::Malformed)?;
            self.define(id)?;
            if self.reader.left() > 0 {
                if !in_any {
                    return Err(GobError::Malformed);
                }
                // The length of what follows, which is in this message, too.
                self.reader.uint()?;
            }
        }
    }

    /// Reads the fields of a record whose numbers are known.
    fn numbered(
        &mut self,
        mut field: impl FnMut(&mut Self, u64) -> Result<(), GobError>,
    ) -> Result<(), GobError> {
        let mut number = 0u64;
        loop {
            match self.reader.uint()? {
                0 => return Ok(()),
                step => number = number.checked_add(step).ok_or(GobError::Malformed)?,
            }
            field(self, number)?;
        }
    }

    fn define(&mut self, id: i64) -> Result<(), GobError> {
        let mut made = None;
        self.numbered(|all, kind| {
            made = Some(all.definition(kind)?);
            Ok(())
        })?;
        if self.types.len() >= MAX_TYPES {
            return Err(GobError::TooLarge);
        }
        let made = made.ok_or(GobError::Malformed)?;
        match self.types.insert(id, made) {
            Some(_) => Err(GobError::Malformed),
            None => Ok(()),
        }
    }

    /// 1 array, 2 list, 3 record, 4 map, 5 to 7 types with encoders of their own. The first field is
    /// name and id, of which neither is needed.
    fn definition(&mut self, kind: u64) -> Result<Definition, GobError> {
        let (mut first, mut second, mut fields) = (0, 0, Vec::new());
        self.numbered(|all, number| match (kind, number) {
            (1..=7, 1) => all.skip_common(),
            (1 | 2 | 4, 2) => all.reader.int().map(|id| first = id),
            (1 | 4, 3) => all.reader.int().map(|id| second = id),
            (3, 2) => all.fields().map(|read| fields = read),
            _ => Err(GobError::Malformed),
        })?;
        match kind {
            1 | 2 => Ok(Definition::List(first)),
            3 => Ok(Definition::Record(fields.into())),
            4 => Ok(Definition::Map(first, second)),
            5..=7 => Ok(Definition::Opaque),
            _ => Err(GobError::Malformed),
        }
    }

    fn skip_common(&mut self) -> Result<(), GobError> {
        self.numbered(|all, number| match number {
            1 => all.reader.text().map(drop),
            2 => all.reader.int().map(drop),
            _ => Err(GobError::Malformed),
        })
    }

    fn fields(&mut self) -> Result<Vec<(Arc<str>, i64)>, GobError> {
        let count = self.reader.count()?;
        if count > MAX_FIELDS {
            return Err(GobError::TooLarge);
        }
        let mut fields = Vec::with_capacity(count);
        for _ in 0..count {
            let (mut name, mut id) = (Arc::from(""), 0);
            self.numbered(|all, number| match number {
                1 => all.reader.text().map(|text| name = text.into()),
                2 => all.reader.int().map(|read| id = read),
                _ => Err(GobError::Malformed),
            })?;
            fields.push((name, id));
        }
        Ok(fields)
    }

    /// A value by itself. What is no record has a zero in front.
    fn top(&mut self, id: i64, depth: usize) -> Result<Value, GobError> {
        let is_record = matches!(self.types.get(&id), Some(Definition::Record(_)));
        if !is_record && self.reader.uint()? != 0 {
            return Err(GobError::Malformed);
        }
        self.value(id, depth)
    }

    fn value(&mut self, id: i64, depth: usize) -> Result<Value, GobError> {
        let depth = depth.checked_sub(1).ok_or(GobError::TooLarge)?;
        self.values_left = self.values_left.checked_sub(1).ok_or(GobError::TooLarge)?;
        match id {
            1 => match self.reader.uint()? {
                0 => Ok(Value::Bool(false)),
                1 => Ok(Value::Bool(true)),
                _ => Err(GobError::Malformed),
            },
            2 => self.reader.int().map(Value::Int),
            3 => self.reader.uint().map(Value::Uint),
            4 => self.reader.float().map(Value::Float),
            5 => self.reader.bytes().map(|read| Value::Bytes(read.to_vec())),
            // Names on a disk may be no text; one of them must not hide all others.
            6 => {
                let read = self.reader.bytes()?;
                Ok(Value::Text(String::from_utf8_lossy(read).into_owned()))
            }
            8 => self.any(depth),
            _ => self.defined(id, depth),
        }
    }

    fn defined(&mut self, id: i64, depth: usize) -> Result<Value, GobError> {
        match self.types.get(&id).cloned() {
            Some(Definition::Opaque) => self.reader.bytes().map(|read| Value::Opaque(read.into())),
            Some(Definition::Record(fields)) => self.record(&fields, depth),
            Some(Definition::List(of)) => {
                let count = self.reader.count()?;
                let all = (0..count).map(|_| self.value(of, depth));
                Ok(Value::List(all.collect::<Result<_, _>>()?))
            }
            Some(Definition::Map(key, of)) => {
                let count = self.reader.count()?;
                let all = (0..count).map(|_| Ok((self.value(key, depth)?, self.value(of, depth)?)));
                Ok(Value::Map(all.collect::<Result<_, _>>()?))
            }
            None => Err(GobError::Malformed),
        }
    }

    fn record(&mut self, fields: &[(Arc<str>, i64)], depth: usize) -> Result<Value, GobError> {
        let mut read = Vec::new();
        self.numbered(|all, number| {
            let index = usize::try_from(number - 1).map_err(|_| GobError::Malformed)?;
            let (name, id) = fields.get(index).ok_or(GobError::Malformed)?;
            read.push((Arc::clone(name), all.value(*id, depth)?));
            Ok(())
        })?;
        Ok(Value::Record(read))
    }

    /// The name of a type, its definitions and id, a length, and a value by itself.
    fn any(&mut self, depth: usize) -> Result<Value, GobError> {
        let name: Arc<str> = self.reader.text()?.into();
        if name.is_empty() {
            return Ok(Value::Any(None));
        }
        let id = self.type_id(true)?;
        self.reader.uint()?;
        let value = self.top(id, depth)?;
        Ok(Value::Any(Some((name, Box::new(value)))))
    }
}
