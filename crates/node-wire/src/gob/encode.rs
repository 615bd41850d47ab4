//! A value becomes a stream: definitions from the outside in, then the value.

use super::{Gob, Opaque, Shape, Value};

/// The first id of a type that is not built in.
pub const FIRST_ID: i64 = 65;

/// The stream of a value.
pub fn encode<T: Gob>(value: &T) -> Vec<u8> {
    encode_from(value, FIRST_ID)
}

/// As [`encode`], with another first id: a peer that runs for long is at higher ones.
pub fn encode_from<T: Gob>(value: &T, first_id: i64) -> Vec<u8> {
    let shape = T::shape();
    let mut types = Types {
        known: Vec::new(),
        next: first_id,
    };
    types.number(&shape);
    let mut stream = Vec::new();
    types.send(&shape, &mut Vec::new(), &mut stream);
    let mut payload = Vec::new();
    int(types.id(&shape), &mut payload);
    if !matches!(shape, Shape::Record(..)) {
        payload.push(0);
    }
    write(&value.value(), &shape, &mut payload);
    message(&payload, &mut stream);
    stream
}

struct Types {
    known: Vec<(Shape, i64)>,
    next: i64,
}

impl Types {
    fn id(&self, shape: &Shape) -> i64 {
        let known = || self.known.iter().find(|(one, _)| one == shape);
        shape
            .basic_id()
            .or_else(|| known().map(|(_, id)| *id))
            .expect("types are numbered before they are written")
    }

    /// Records come before what is in them, lists and maps after, as Go has it.
    fn number(&mut self, shape: &Shape) {
        if shape.basic_id().is_some() || self.known.iter().any(|(one, _)| one == shape) {
            return;
        }
        match shape {
            Shape::List(_, of) => self.number(of),
            Shape::Map(_, pair) => {
                self.number(&pair.0);
                self.number(&pair.1);
            }
            _ => {}
        }
        self.known.push((shape.clone(), self.next));
        self.next += 1;
        if let Shape::Record(_, fields) = shape {
            for (_, of) in fields {
                self.number(of);
            }
        }
    }

    fn send(&self, shape: &Shape, sent: &mut Vec<i64>, stream: &mut Vec<u8>) {
        let id = self.id(shape);
        if shape.basic_id().is_some() || sent.contains(&id) {
            return;
        }
        sent.push(id);
        let mut payload = Vec::new();
        int(-id, &mut payload);
        self.define(shape, id, &mut payload);
        message(&payload, stream);
        match shape {
            Shape::List(_, of) => self.send(of, sent, stream),
            Shape::Map(_, pair) => {
                self.send(&pair.0, sent, stream);
                self.send(&pair.1, sent, stream);
            }
            Shape::Record(_, fields) => {
                for (_, of) in fields {
                    self.send(of, sent, stream);
                }
            }
            _ => {}
        }
    }

    fn define(&self, shape: &Shape, id: i64, into: &mut Vec<u8>) {
        match shape {
            Shape::List(name, of) => {
                common(2, name, id, into);
                into.push(1);
                int(self.id(of), into);
            }
            Shape::Map(name, pair) => {
                common(4, name, id, into);
                for of in [&pair.0, &pair.1] {
                    into.push(1);
                    int(self.id(of), into);
                }
            }
            Shape::Record(name, fields) => {
                common(3, name, id, into);
                if !fields.is_empty() {
                    into.push(1);
                    uint(fields.len() as u64, into);
                }
                for (name, of) in fields {
                    into.push(1);
                    bytes(name.as_bytes(), into);
                    into.push(1);
                    int(self.id(of), into);
                    into.push(0);
                }
            }
            Shape::Opaque(Opaque::Gob, name) => common(5, name, id, into),
            Shape::Opaque(Opaque::Binary, name) => common(6, name, id, into),
            _ => unreachable!("what is built in has no definition"),
        }
        into.extend([0, 0]);
    }
}

/// Which kind of definition, and its first field: name, if there is one, and id.
fn common(kind: u8, name: &str, id: i64, into: &mut Vec<u8>) {
    into.extend([kind, 1]);
    if name.is_empty() {
        into.push(2);
    } else {
        into.push(1);
        bytes(name.as_bytes(), into);
        into.push(1);
    }
    int(id, into);
    into.push(0);
}

fn write(value: &Value, shape: &Shape, into: &mut Vec<u8>) {
    match (value, shape) {
        (Value::Bool(value), _) => into.push(u8::from(*value)),
        (Value::Int(value), _) => int(*value, into),
        (Value::Uint(value), _) => uint(*value, into),
        (Value::Float(value), _) => uint(value.to_bits().swap_bytes(), into),
        (Value::Bytes(value) | Value::Opaque(value), _) => bytes(value, into),
        (Value::Text(value), _) => bytes(value.as_bytes(), into),
        (Value::List(all), Shape::List(_, of)) => {
            uint(all.len() as u64, into);
            for one in all {
                write(one, of, into);
            }
        }
        (Value::Map(all), Shape::Map(_, pair)) => {
            uint(all.len() as u64, into);
            for (key, one) in all {
                write(key, &pair.0, into);
                write(one, &pair.1, into);
            }
        }
        (Value::Record(_), Shape::Record(_, fields)) => {
            let mut last = 0;
            for (number, (name, of)) in (1u64..).zip(fields) {
                if let Some(field) = value.field(name) {
                    uint(number - last, into);
                    write(field, of, into);
                    last = number;
                }
            }
            into.push(0);
        }
        // No sender of ours fills an interface.
        (Value::Any(_), _) => into.push(0),
        _ => unreachable!("a value has the shape of its type"),
    }
}

fn message(payload: &[u8], stream: &mut Vec<u8>) {
    bytes(payload, stream);
}

fn bytes(all: &[u8], into: &mut Vec<u8>) {
    uint(all.len() as u64, into);
    into.extend(all);
}

fn int(value: i64, into: &mut Vec<u8>) {
    uint((value << 1 ^ value >> 63) as u64, into);
}

fn uint(value: u64, into: &mut Vec<u8>) {
    if value < 0x80 {
        into.push(value as u8);
        return;
    }
    let skipped = value.leading_zeros() as usize / 8;
    into.push((256 - (8 - skipped)) as u8);
    into.extend(&value.to_be_bytes()[skipped..]);
}
